"""Real processes for these tests: other users of the server, workers, supervisors."""

import os
import pwd
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

REPOSITORY = Path(__file__).resolve().parents[2]

# First line of a process's program: the package `portal` without its __init__, which loads Celery and takes a
# quarter of a second. It also proves that what these tests run needs neither Celery nor Django.
BARE_PACKAGE = (
    "import sys, types; portal = sys.modules['portal'] = types.ModuleType('portal');"
    f" portal.__path__ = [{str(REPOSITORY / 'portal')!r}]\n"
)


def wait_until(condition: Callable[[], object], what: str, seconds: float = 15) -> None:
    """Asks every 10 ms; fails with `what` when the time is over."""
    pause = threading.Event()
    for _ in range(int(seconds * 100)):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError(f"{what}: not within {seconds:g} seconds")


def environment(**more: str) -> dict[str, str]:
    """Ours, without what leads to another database or broker, and with the repository to import from.

    `BROKER_URL` is read by the command `celery` itself, too, whatever the app says.
    """
    elsewhere = ("DATABASE_URL", "PORTAL_TEST_DATABASE_URL", "BROKER_URL")
    kept = {name: value for name, value in os.environ.items() if name not in elsewhere}
    paths = os.pathsep.join([str(REPOSITORY), str(Path(psycopg.__file__).parents[1])])
    return kept | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"} | more


def as_user(name: str | None) -> dict[str, Any]:
    """How `subprocess` becomes that user."""
    entry = pwd.getpwnam(name) if name else None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []} if entry else {}


@cache
def python_for(name: str | None) -> str | None:
    """A Python that this user can run with our packages: ours may lie below a closed home, the system's never."""
    system = shutil.which(f"python3.{sys.version_info.minor}", path=os.defpath)
    for python in (sys.executable, system or sys.executable):
        try:
            command = [python, "-c", "import psycopg, celery"]
            if subprocess.run(command, env=environment(), cwd="/", **as_user(name)).returncode == 0:
                return python
        except PermissionError:
            continue
    return None


class Actor:
    """A Python process that does what it is told, line by line, and ends when its input does."""

    LOOP = """
from pathlib import Path
from portal.embedded import postgres
for line in sys.stdin:
    print(repr(eval(line)), flush=True)
"""

    def __init__(self, *, user: str | None = None) -> None:
        self.process = subprocess.Popen(
            [
                python_for(user) or sys.executable,
                "-c",
                BARE_PACKAGE + self.LOOP,
            ],
            cwd="/",
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **as_user(user),
        )

    def begin(self, expression: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(expression + "\n")
        self.process.stdin.flush()

    def answer(self) -> object:
        assert self.process.stdout and self.process.stderr
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return eval(line)

    def ask(self, expression: str) -> object:
        self.begin(expression)
        return self.answer()

    def ensure(self, var_dir: Path, *, durable: bool = False) -> str:
        return str(self.ask(f"postgres.ensure(Path({str(var_dir)!r}), durable={durable})"))

    def complaint(self) -> str:
        """The last line of the error that ended it."""
        _, stderr = self.process.communicate(timeout=30)
        return str(stderr.strip().splitlines()[-1])

    def leave(self) -> None:
        """Ends in order, as at the end of a program."""
        _, stderr = self.process.communicate(timeout=30)
        assert (self.process.returncode, stderr) == (0, "")

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def cast_of(count: int, *, user: str | None = None) -> Iterator[list[Actor]]:
    actors = [Actor(user=user) for _ in range(count)]
    try:
        yield actors
    finally:
        for actor in actors:
            if actor.process.poll() is None:
                actor.kill()
