"""A small supervisor: keeps a few processes running, and stops them together.

`manage.py serve` is web, worker and beat under one of these. It adds nothing to what they print.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

LOOK_SECONDS = 0.1
HEALTHY_SECONDS = 60
LONGEST_DELAY_SECONDS = 30
PR_SET_PDEATHSIG = 1

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Process:
    """What to keep running.

    Args:
        name: for the log.
        argv: program and arguments.
        env: its whole environment; None means ours.
        grace_seconds: how long it may take to end after SIGTERM before it is killed.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    grace_seconds: float = 20


class Supervisor:
    """Starts its processes, starts again what ends, and ends when told to.

    Each life of a process has a name of its own in `PROCESS_LIFE`, and in `LIFE_BEFORE` that of the one it follows,
    which is over for certain: what that one held need not wait until its lease ends.

    Args:
        processes: started in this order, stopped all at once.
        every_second: called once a second while they run, to look after something else; what it raises is logged.
        first_delay_seconds: the pause before a process that ended is started again. It doubles with every
            time up to 30 seconds, and is forgotten once the process has lived for a minute.
    """

    def __init__(
        self,
        processes: Iterable[Process],
        *,
        every_second: Callable[[], object] | None = None,
        first_delay_seconds: float = 1,
    ) -> None:
        self._children = [_Child(process, first_delay_seconds) for process in processes]
        self._every_second = every_second
        self._stops_asked = 0

    def run(self) -> int:
        """Runs until SIGTERM, SIGINT (Ctrl-C) or SIGHUP; a second one of these kills instead of waiting.

        Returns:
            0 when every process ended by itself after SIGTERM, 1 when one had to be killed.
        """
        before = {number: signal.signal(number, self._ask_to_stop) for number in _STOP_SIGNALS}
        try:
            self._watch()
        finally:
            ended_well = self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0 if ended_well else 1

    def _ask_to_stop(self, *_: object) -> None:
        self._stops_asked += 1

    def _watch(self) -> None:
        next_second = time.monotonic() + 1
        while not self._stops_asked:
            for child in self._children:
                child.keep_running()
            if self._every_second and time.monotonic() > next_second:
                try:
                    self._every_second()
                except Exception:
                    logger.exception("What should happen every second failed")
                next_second = time.monotonic() + 1
            time.sleep(LOOK_SECONDS)

    def _stop(self) -> bool:
        for child in self._children:
            child.ask_to_end()
        asked = time.monotonic()
        ended_well = True
        while any(child.is_running() for child in self._children):
            for child in self._children:
                patience = child.process.grace_seconds if self._stops_asked < 2 else 0
                if child.is_running() and time.monotonic() - asked > patience:
                    logger.warning("%s did not end in time and is killed", child.process.name)
                    child.kill()
                    ended_well = False
            time.sleep(LOOK_SECONDS)
        return ended_well


class _Child:
    """One process through all its lives."""

    def __init__(self, process: Process, first_delay: float) -> None:
        self.process = process
        self._first_delay = self._delay = first_delay
        self._popen: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._start_at = 0.0
        self._life = ""

    def keep_running(self) -> None:
        now = time.monotonic()
        if self._popen and not self.is_running():
            if now - self._started > HEALTHY_SECONDS:
                self._delay = self._first_delay
            logger.error(
                "%s ended with code %s and starts again in %g seconds",
                *(self.process.name, self._popen.returncode, self._delay),
            )
            self._popen = None
            self._start_at = now + self._delay
            self._delay = min(2 * self._delay, LONGEST_DELAY_SECONDS)
        if not self._popen and now >= self._start_at:
            self._start()

    def is_running(self) -> bool:
        if self._popen is None or self._popen.returncode is not None:
            return False
        if self._popen.poll() is None:
            return True
        # What it leaves behind would hold on to its port, and to its work.
        self._signal_group(signal.SIGKILL)
        return False

    def ask_to_end(self) -> None:
        # Only the first of its group: a pool's children are their parent's to stop, after the task in hand.
        if self._popen and self.is_running():
            self._popen.terminate()

    def kill(self) -> None:
        self._signal_group(signal.SIGKILL)

    def _start(self) -> None:
        parent = os.getpid()
        before, self._life = self._life, uuid.uuid4().hex
        inherited = os.environ if self.process.env is None else self.process.env
        self._popen = subprocess.Popen(  # noqa: S603 our own commands
            self.process.argv,
            env={**inherited, "PROCESS_LIFE": self._life, "LIFE_BEFORE": before},
            stdin=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C reaches us only, and we tell them
            preexec_fn=lambda: _die_with(parent),
        )
        self._started = time.monotonic()
        logger.info("%s runs as process %s", self.process.name, self._popen.pid)

    def _signal_group(self, number: int) -> None:
        if self._popen:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, number)


_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with(parent: int) -> None:
    """In the child, before its program: be killed when the supervisor dies, even by SIGKILL. Linux only."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it has died already
            os._exit(1)
