"""A PostgreSQL server of our own, for one machine and no installation.

Many processes share it: whoever comes first starts it, the last to leave stops it. Three locks below
`VAR_DIR/postgres` keep the count, and the kernel lets go of them whatever dies:

* `start.lock`, alone: somebody starts or stops the server.
* `users.lock`, shared: every process that uses the server.
* `server.lock`, alone: the server's own processes, which inherit it when they are started.

A unix socket in a folder that only we (and the server's account) can enter is the only way in.
"""

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.embedded.binaries import EmbeddedPostgresError
from portal.embedded.locks import opened, take_alone, take_shared, wait_for
from portal.embedded.server import START_SECONDS, Server

__all__ = ["EmbeddedPostgresError", "cluster_for_tests", "ensure", "is_running", "stop"]

# What this process uses: home → descriptor that holds `users.lock`. A forked child inherits it, and then the
# lock is free only when parent and child have both closed it.
_in_use: dict[Path, int] = {}


def ensure(var_dir: Path, *, durable: bool = True) -> str:
    """The address of the database `portal`, whose server runs when this returns.

    It goes on running until the last process that called this has ended. Killed processes leave it running;
    the next call finds it. Calling again is cheap (5 ms), and mends a server that was killed.

    Args:
        var_dir: the data lie in its folder `postgres`, the server's log in `postgres/server.log`.
        durable: False trades safety on power loss for speed: for ordinary tests only.

    Returns:
        `postgresql://portal@/portal?host=FOLDER_OF_THE_SOCKET&port=5432`. The role `portal` owns the database
        and may make roles and databases, as an owner at a hosting company may; it is no superuser.

    Raises:
        EmbeddedPostgresError: with a sentence for people.
    """
    home = _home(var_dir)
    with _alone(home):
        _join(home)
        try:
            return Server(home).bring_up(durable)
        except BaseException:
            _part(home)
            raise


def stop(var_dir: Path) -> None:
    """Stops the server, whoever uses it: open transactions are rolled back, committed ones are kept.

    Raises:
        EmbeddedPostgresError: it did not stop within two minutes.
    """
    home = _home(var_dir)
    if home.exists():
        with _alone(home):
            _part(home)
            Server(home).shut_down()


def is_running(var_dir: Path) -> bool:
    """Whether a server works on this folder (it may still be starting, or already be stopping)."""
    return Server(_home(var_dir)).is_there()


def cluster_for_tests(folder: Path) -> str:
    """For tests: what `PORTAL_TEST_DATABASE_URL` or `DATABASE_URL` names, else a server without fsync."""
    named = os.environ.get("PORTAL_TEST_DATABASE_URL") or os.environ.get("DATABASE_URL")
    return named or ensure(folder, durable=False)


def _home(var_dir: Path) -> Path:
    return var_dir.resolve() / "postgres"


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Alone in starting and stopping, with a sentence for what the system refuses."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.geteuid() == 0:
            home.chmod(0o711)  # the server's account passes through to the data, which are its own
        with opened(home / "start.lock") as lock:
            if not wait_for(lambda: take_alone(lock), START_SECONDS):
                raise EmbeddedPostgresError(
                    f"PostgreSQL in {home} has been starting or stopping in another process for "
                    f"{START_SECONDS} seconds: end that process if it hangs, and start again."
                )
            yield
    except PermissionError as error:
        raise EmbeddedPostgresError(
            f"PostgreSQL in {home} is closed to this user ({error.strerror}: {error.filename}), "
            "probably because another user started the portal here first: "
            "start it as that user, or set another VAR_DIR."
        ) from error
    except OSError as error:
        raise EmbeddedPostgresError(
            f"PostgreSQL in {home} could not be run ({error.strerror}: {error.filename}): "
            "mend that and start again, or set DATABASE_URL."
        ) from error


def _join(home: Path) -> None:
    """Counts this process among the users, until it ends."""
    if home not in _in_use:
        users = os.open(home / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        take_shared(users)  # succeeds: it is taken alone only under start.lock, which is ours
        _in_use[home] = users


def _part(home: Path) -> None:
    if home in _in_use:
        # Closed, not unlocked: unlocking would also end what a forked child holds.
        os.close(_in_use.pop(home))


@atexit.register
def _leave() -> None:
    """Parts from every server, and stops those that nobody else uses."""
    for home in list(_in_use):
        _part(home)
        if not home.exists():
            continue  # deleted under the server, which notices that by itself within a minute
        with _alone(home), opened(home / "users.lock") as users:
            if take_alone(users):
                Server(home).shut_down()
