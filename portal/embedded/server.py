"""The PostgreSQL server of one data folder: makes the folder, starts the server, waits for it, stops it.

Whoever calls `bring_up` or `shut_down` sees to it that nobody else does so meanwhile, as `postgres.py` does.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from portal.embedded.binaries import Account, EmbeddedPostgresError, can_enter, installation, server_account
from portal.embedded.locks import opened, take_alone, take_shared, wait_for

START_SECONDS = 120  # the recovery after a crash replays at most 512 MB of log
STOP_SECONDS = 60
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES = 100  # the kernel takes 107 on Linux, 103 on macOS
LOG_BYTES = 10 * 1024 * 1024

# For a machine with two cores that also runs the web, the workers and perhaps a browser.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %q%a ",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Server:
    """What works, or could work, on `home/data`."""

    # Kept, or Python warns that a child was forgotten.
    _started: list[subprocess.Popen[bytes]] = []

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / "data"
        self.log = home / "server.log"
        self._log_start = 0

    def is_there(self) -> bool:
        """Whether any process of a server lives, by the lock that they inherit.

        The process id in `postmaster.pid` cannot be trusted for this: it may belong to a zombie, or, once a
        container was started anew, to somebody else. While the lock is free, that file is a leftover.
        """
        try:
            with opened(self.home / "server.lock", flags=0) as lock:
                return not take_shared(lock)
        except FileNotFoundError:
            return False

    def bring_up(self, durable: bool) -> str:
        """Gets the server from whatever state to ready, and returns the database's address.

        One loop for all: a server that is ready, one in recovery, one that is just stopping, the last
        processes of one that was killed (they live on for some milliseconds), and none.
        """
        started = False
        deadline = time.monotonic() + START_SECONDS
        while True:
            if not self.is_there():
                if started:
                    raise EmbeddedPostgresError(
                        f"PostgreSQL did not start: {self._last_words()}. Its log is {self.log}; "
                        "mend what it names and start again, or set DATABASE_URL."
                    )
                self._start(durable)
                started = True
            try:
                return self._sign_in(durable)
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise EmbeddedPostgresError(
                        f"PostgreSQL in {self.home} was not ready within {START_SECONDS} seconds "
                        f"({_one_line(error)}): look into {self.log}, and start again."
                    ) from error
            time.sleep(0.02)

    def shut_down(self) -> None:
        """Ends the server: open transactions are rolled back, committed ones are kept."""
        socket_folder = self._pid_file()[4]
        for request in (
            signal.SIGINT,
            signal.SIGQUIT,
        ):  # fast; then at once, to be recovered at the next start
            if not self.is_there():
                return
            with suppress(ProcessLookupError, ValueError):  # killed, or too young to have written its id
                os.kill(int(self._pid_file()[0]), request)
            if wait_for(lambda: not self.is_there(), STOP_SECONDS):
                with suppress(OSError):
                    os.rmdir(
                        socket_folder
                    )  # leave nothing in the temporary folder; a next start makes it anew
                return
        raise EmbeddedPostgresError(
            f"PostgreSQL in {self.home} did not stop within {2 * STOP_SECONDS} seconds: "
            f"look into {self.log}, and end its processes yourself."
        )

    def _start(self, durable: bool) -> None:
        account = server_account(self.data)
        programs = installation(account, self.home)
        if not self.data.exists() or not any(self.data.iterdir()):
            self._initialise(programs, account, durable)
        socket_folder = self._socket_folder(account)
        # No server is there, so these are leftovers. PostgreSQL would believe them.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (socket_folder / SOCKET_NAME).unlink(missing_ok=True)
        (socket_folder / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
        settings = {**SETTINGS, "unix_socket_directories": str(socket_folder)}
        if not durable:
            settings |= NOT_DURABLE
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with (
            opened(self.home / "server.lock") as lock,
            opened(self.log, os.O_CREAT | os.O_APPEND) as log,
        ):
            wait_for(lambda: take_alone(lock), 5)  # is_there() of others holds it for a moment
            self._log_start = self.log.stat().st_size
            self._started.append(
                subprocess.Popen(  # noqa: S603 the wheel's program, our words
                    [
                        programs / "bin" / "postgres",
                        *("-D", _seen_by(account, self.data)),
                        *(f"--{name}={value}" for name, value in settings.items()),
                    ],
                    cwd=self.data,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[lock],
                    **_run_as(account),
                )
            )

    def _initialise(self, programs: Path, account: Account | None, durable: bool) -> None:
        """A new data folder, under another name until it is whole: `initdb` may be killed at any moment."""
        for leftover in self.home.glob("new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(prefix="new-", dir=self.home))
        if account:
            os.chown(draft, account.uid, account.gid)
        done = subprocess.run(  # noqa: S603 likewise
            [
                programs / "bin" / "initdb",
                f"--pgdata={_seen_by(account, draft)}",
                "--username=postgres",
                "--auth=trust",  # the socket's folder is the lock on the door
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",  # the same order and case rules on every system
                *([] if durable else ["--no-sync"]),
            ],
            cwd=draft,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **_run_as(account),
        )
        if done.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            raise EmbeddedPostgresError(
                f"A new database in {self.home} could not be made: {_one_line(done.stderr)}. "
                "Mend what it names and start again, or set DATABASE_URL."
            )
        draft.rename(self.data)

    def _sign_in(self, durable: bool) -> str:
        """Makes owner and database if they are missing; `OperationalError` while the server is not ready."""
        folder = self._pid_file()[4]
        if not folder:
            raise psycopg.OperationalError("it has not opened its socket yet")
        with psycopg.connect(
            host=folder, port=5432, user="postgres", dbname="postgres", connect_timeout=5, autocommit=True
        ) as connection:
            if durable and connection.execute("SHOW fsync").fetchone() == ("off",):
                raise EmbeddedPostgresError(
                    f"PostgreSQL in {self.home} runs without fsync, because tests started it so: "
                    "end them first, or set another VAR_DIR."
                )
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'portal'").fetchone():
                connection.execute("CREATE ROLE portal LOGIN CREATEDB CREATEROLE BYPASSRLS")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'portal'").fetchone():
                connection.execute("CREATE DATABASE portal OWNER portal")
        return f"postgresql://portal@/portal?host={quote(folder)}&port=5432"

    def _socket_folder(self, account: Account | None) -> Path:
        """A private folder for the socket: below home, or elsewhere where that is too long or closed."""
        name = f"portal-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]}"
        for folder in (self.home / "run", Path(tempfile.gettempdir(), name), Path("/tmp", name)):  # noqa: S108
            if len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_BYTES and can_enter(
                folder.parent, account
            ):
                break
        folder.mkdir(exist_ok=True, mode=0o700)
        if account and folder.lstat().st_uid == 0:
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
        found = folder.lstat()
        owner = account.uid if account else os.geteuid()
        if folder.is_symlink() or found.st_uid != owner or found.st_mode & 0o077:
            raise EmbeddedPostgresError(
                f"{folder} should hold PostgreSQL's socket, but it is not private to the server: "
                "somebody else made it or opened it; remove it and start again."
            )
        return folder

    def _pid_file(self) -> list[str]:
        """Lines of `postmaster.pid`: process id, data folder, start time, port, socket folder, …"""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            lines = []
        return lines + [""] * (5 - len(lines))

    def _last_words(self) -> str:
        """What the server complained of last since it was started."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").splitlines()
        complaints = [line for line in lines if "FATAL" in line or "PANIC" in line]
        return _one_line((complaints or lines or ["it said nothing"])[-1])


def _seen_by(account: Account | None, folder: Path) -> str:
    """How the server names its working folder.

    Below a home of mode 0700 its account cannot walk to the data. It need not: we put it there, and Linux
    follows /proc/self/cwd without asking for the folders above.
    """
    if can_enter(folder.parent, account):
        return str(folder)
    if not Path("/proc/self/cwd").exists():
        raise EmbeddedPostgresError(
            f"PostgreSQL cannot run as root and its own user cannot enter {folder.parent}: "
            "set VAR_DIR to a folder that others can enter, or start the portal as an ordinary user."
        )
    return "/proc/self/cwd"


def _run_as(account: Account | None) -> dict[str, Any]:
    # A session of its own: Ctrl-C is for us, we decide when the server stops. Nothing of our environment:
    # PGDATA, PGOPTIONS and their like are for other servers, and secrets are not the server's business.
    common: dict[str, Any] = {
        "env": {"LC_ALL": "C", "PATH": os.defpath},
        "start_new_session": True,
        "umask": 0o077,
    }
    return common | ({"user": account.uid, "group": account.gid, "extra_groups": []} if account else {})


def _one_line(text: object) -> str:
    return " ".join(str(text).split()).rstrip(".")
