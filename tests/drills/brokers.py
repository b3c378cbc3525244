"""Brokers of a drill's own, to be killed: never the machine's, which belongs to somebody else."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.drills.installation import free_port

START_SECONDS = 90  # RabbitMQ takes seven seconds on a quiet machine


class Broker:
    """A server process that is started again after a kill, as a service manager does."""

    url: str
    port: int

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()

    def command(self) -> tuple[list[str], dict[str, str]]:
        """What starts it: arguments, and what its environment has beside ours."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        arguments, env = self.command()
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(
                arguments, cwd=self.folder, env={**os.environ, **env}, stdout=log, stderr=log, process_group=0
            )
        give_up = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < give_up, self._last_words()
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, and started again."""
        self._end()
        self.start()

    def stop(self) -> None:
        self._end()

    def _end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # a shell script that starts it dies with it
        self.process.wait(10)

    def _answers(self) -> bool:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", self.port), 1)):
            return True
        return False

    def _last_words(self) -> str:
        return (self.folder / "broker.log").read_text(errors="replace")[-2000:]


class Redis(Broker):
    """Without any memory on disk: a kill loses every message."""

    program = shutil.which("redis-server")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> tuple[list[str], dict[str, str]]:
        assert self.program
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        return [self.program, *(word for name, value in options.items() for word in (f"--{name}", value))], {}


class RabbitMQ(Broker):
    """With its messages on disk, a node name, ports and a name server (epmd) that no other RabbitMQ uses.

    Debian's `rabbitmq-server` on the path changes user and folder; the script behind it does what it is told.
    """

    program = next(
        (str(path) for path in [Path("/usr/lib/rabbitmq/bin/rabbitmq-server")] if path.exists()),
        shutil.which("rabbitmq-server"),
    )

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self.names = {"ERL_EPMD_PORT": str(free_port()), "ERL_EPMD_ADDRESS": "127.0.0.1"}
        self.distribution = free_port()
        (folder / "plugins").write_text("[].")

    def command(self) -> tuple[list[str], dict[str, str]]:
        assert self.program
        return [self.program], {
            **self.names,
            "HOME": str(self.folder),  # the cookie of its own
            "RABBITMQ_NODENAME": f"drill{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "no-config"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "no-environment"),
        }

    def stop(self) -> None:
        super().stop()
        with suppress(OSError):  # it runs on without us, as a daemon does
            subprocess.run(
                ["epmd", "-kill"], env={**os.environ, **self.names}, capture_output=True, timeout=10
            )


KINDS: dict[str, type[Redis] | type[RabbitMQ]] = {"redis": Redis, "rabbitmq": RabbitMQ}
BROKERS = [
    "embedded",
    *(
        pytest.param(
            name,
            marks=pytest.mark.skipif(not kind.program, reason=f"no {name}-server on this machine"),
        )
        for name, kind in KINDS.items()
    ),
]


@contextmanager
def broker(name: str, folder: Path) -> Iterator[Broker | None]:
    """A broker that runs; None for the embedded one, which is no process."""
    if name == "embedded":
        yield None
        return
    made = KINDS[name](folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
