"""Locks on files, which the kernel releases whatever becomes of the process that held them."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def opened(path: Path, flags: int = os.O_CREAT) -> Iterator[int]:
    """A descriptor of the file; closing it ends the lock unless a child has inherited it."""
    descriptor = os.open(path, os.O_RDWR | flags, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def take_shared(descriptor: int) -> bool:
    """Takes the lock along with others, unless somebody has it alone."""
    return _take(descriptor, fcntl.LOCK_SH)


def take_alone(descriptor: int) -> bool:
    """Takes the lock, unless somebody has it."""
    return _take(descriptor, fcntl.LOCK_EX)


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Asks again every 10 ms, and returns the last answer."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _take(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
