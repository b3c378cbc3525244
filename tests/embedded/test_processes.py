"""The supervisor with real small processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.operations.processes import Process, Supervisor
from tests.embedded.actors import BARE_PACKAGE, environment, wait_until

# A process that writes its id into a file, and ends in order when told to.
POLITE = """
import os, signal, sys, threading
signal.signal(signal.SIGTERM, lambda *_: (open(sys.argv[1], "a").write("ended\\n"), os._exit(0)))
open(sys.argv[1], "a").write(f"{os.getpid()}\\n")
while True: threading.Event().wait(60)
"""
STUBBORN = POLITE.replace(
    'lambda *_: (open(sys.argv[1], "a").write("ended\\n"), os._exit(0))', "signal.SIG_IGN"
)
SHORT_LIVED = """
import os, sys, time
open(sys.argv[1], "a").write(f"{time.monotonic()}\\n")
sys.exit(3)
"""
TELLS_ITS_LIFE = """
import os, sys
open(sys.argv[1], "a").write("|".join((os.environ["PROCESS_LIFE"], os.environ["LIFE_BEFORE"])) + "\\n")
"""
# A leader whose own child outlives it, as a web server's worker does whose master is killed.
PARENT = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", sys.argv[2], sys.argv[1] + ".child"])
exec(sys.argv[2])
"""


class Run:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path, children: dict[str, str], grace_seconds: float = 20) -> None:
        self.folder = folder
        processes = ",".join(
            f"Process({name!r}, [sys.executable, '-c', {code!r}, {str(folder / name)!r}, {POLITE!r}],"
            f" grace_seconds={grace_seconds})"
            for name, code in children.items()
        )
        code = (
            f"{BARE_PACKAGE}"
            "import logging, sys\n"
            "from portal.operations.processes import Process, Supervisor\n"
            "logging.basicConfig(level=logging.INFO)\n"
            f"sys.exit(Supervisor([{processes}], first_delay_seconds=0.05).run())\n"
        )
        self.log = folder / "supervisor.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code], env=environment(), stderr=log, start_new_session=True
            )

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def pid(self, name: str) -> int:
        """The id of the child, once it has written it down."""
        wait_until(lambda: self.lines(name), f"{name} runs")
        return int(self.lines(name)[-1])

    def alive(self, pid: int) -> bool:
        """Whether it runs; a zombie that nobody has waited for does not."""
        try:
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except FileNotFoundError:
            return False


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_every_child_in_order_and_then_the_supervisor_with_0(
    number: signal.Signals, tmp_path: Path, runs: list[Run]
) -> None:
    run = Run(tmp_path, {"web": POLITE, "worker": POLITE})
    runs.append(run)
    pids = [run.pid("web"), run.pid("worker")]
    run.process.send_signal(number)
    assert run.process.wait(timeout=10) == 0
    assert [run.lines("web")[-1], run.lines("worker")[-1]] == ["ended", "ended"]
    assert not any(run.alive(pid) for pid in pids)


def test_a_child_that_does_not_listen_is_killed_after_its_grace_and_the_answer_is_1(
    tmp_path: Path, runs: list[Run]
) -> None:
    run = Run(tmp_path, {"web": POLITE, "worker": STUBBORN}, grace_seconds=0.3)
    runs.append(run)
    run.pid("web")
    stubborn = run.pid("worker")
    run.process.terminate()
    assert run.process.wait(timeout=10) == 1
    assert not run.alive(stubborn)
    assert run.lines("web")[-1] == "ended"
    assert "worker did not end in time and is killed" in run.log.read_text()


def test_a_second_signal_does_not_wait_for_the_grace(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path, {"worker": STUBBORN}, grace_seconds=600)
    runs.append(run)
    run.pid("worker")
    run.process.send_signal(signal.SIGINT)
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(timeout=10) == 1


def test_a_killed_child_is_started_again_and_the_others_run_on(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path, {"web": POLITE, "worker": POLITE})
    runs.append(run)
    web, worker = run.pid("web"), run.pid("worker")
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(run.lines("worker")) == 2, "the worker was started again")
    assert run.pid("worker") != worker
    assert run.alive(web)
    assert len(run.lines("web")) == 1
    assert "worker ended with code -9 and starts again in 0.05 seconds" in run.log.read_text()


def test_a_child_that_is_started_again_is_told_which_life_it_follows(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path, {"worker": TELLS_ITS_LIFE})
    runs.append(run)
    wait_until(lambda: len(run.lines("worker")) > 2, "the worker was started three times")
    (first, none), (second, one), (third, two) = (line.split("|") for line in run.lines("worker")[:3])
    assert (none, one, two) == ("", first, second)
    assert len({first, second, third}) == 3


def test_what_a_killed_child_left_running_is_killed_before_it_starts_again(
    tmp_path: Path, runs: list[Run]
) -> None:
    run = Run(tmp_path, {"web": PARENT})
    runs.append(run)
    leader, left_behind = run.pid("web"), run.pid("web.child")
    os.kill(leader, signal.SIGKILL)
    wait_until(lambda: len(run.lines("web")) == 2, "the leader was started again")
    assert not run.alive(left_behind)
    wait_until(lambda: len(run.lines("web.child")) == 2, "its own child too")
    run.process.terminate()
    assert run.process.wait(timeout=10) == 0
    assert not run.alive(run.pid("web.child")), "a supervisor that stops leaves nothing running either"


def test_a_child_that_keeps_ending_is_started_with_growing_pauses(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path, {"beat": SHORT_LIVED})
    runs.append(run)
    wait_until(lambda: len(run.lines("beat")) >= 5, "five lives")
    lives = [float(line) for line in run.lines("beat")]
    assert lives[4] - lives[3] > 0.4
    announced = [line.split()[-2] for line in run.log.read_text().splitlines() if "starts again in" in line]
    assert announced[:4] == ["0.05", "0.1", "0.2", "0.4"]
    run.process.terminate()
    assert run.process.wait(timeout=10) == 0


def test_killing_the_supervisor_leaves_no_children(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path, {"web": POLITE, "worker": STUBBORN})
    runs.append(run)
    pids = [run.pid("web"), run.pid("worker")]
    run.process.kill()
    wait_until(lambda: not any(run.alive(pid) for pid in pids), "the children are gone")


def test_what_should_happen_every_second_may_fail_and_happens_again(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[float] = []

    def tend() -> None:
        seen.append(time.monotonic())
        if len(seen) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        raise ValueError("not today")

    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    quiet = Process("quiet", [sys.executable, "-c", "import threading; threading.Event().wait()"])
    assert Supervisor([quiet], every_second=tend).run() == 0
    assert 0.9 < seen[1] - seen[0] < 5
    assert caplog.text.count("ValueError: not today") == 2
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == handlers
