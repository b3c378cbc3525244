"""A piece of work in a process of its own, which a named point (portal.drill) may kill."""

import os
import signal
import traceback
from collections.abc import Callable
from pathlib import Path

from django.db import connections

from portal import drill


def run(work: Callable[[], object], *, kill_at: str = "", folder: Path) -> int:
    """Fork, do the work, and wait. The signal that ended it, or 0. With `kill_at` it must have been reached."""
    for connection in connections.all():
        connection.close()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            drill._AT = kill_at
            os.environ["DRILL_DIR"] = str(folder)
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    if kill_at:
        assert (folder / kill_at).exists(), f"The point {kill_at} was never reached."
        assert os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL
    else:
        assert os.waitstatus_to_exitcode(ended) == 0, "The work failed; its traceback is above."
    return os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else 0
