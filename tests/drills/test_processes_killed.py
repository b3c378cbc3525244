"""Kill drills with whole processes: web, worker, beat, PostgreSQL and the broker, by SIGKILL, amid intake and booking.

Promise 1 and 2 hold: every invoice that was accepted is in Exact's ledger, once. `make test` runs one round with the
embedded broker and a short one with each outside broker that this machine has; `make drill` runs twenty rounds with each.
"""

import os
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.operations.processes import LONGEST_DELAY_SECONDS
from tests.drills import report
from tests.drills.brokers import BROKERS, broker
from tests.drills.installation import Installation

FULL = os.environ.get("DRILL") == "full"
ROUNDS, CLIENTS, EACH = (20, 10, 8) if FULL else (1, 3, 4)
ROUNDS = int(os.environ.get("KILL_ROUNDS") or ROUNDS)
PARTS = ("web", "worker", "postgres", "beat")
SENDERS = 2
STOPPED_SECONDS = 20 if FULL else 60  # a full drill has the machine for itself
RECOVERED_SECONDS = 60  # from a kill until the portal is ready again, on a busy machine

pytestmark = pytest.mark.drill


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="drill-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.parametrize("kind", BROKERS)
def test_whatever_is_killed_every_accepted_invoice_is_booked_once(kind: str, folder: Path) -> None:
    chance = random.Random(5)
    with broker(kind, folder) as outside:
        parts = [*PARTS, "broker"] if FULL and outside else ["broker", "worker"] if outside else [*PARTS]
        installation = Installation(folder / "portal", CLIENTS, broker=outside.url if outside else "")
        try:
            started = installation.start()
            killed, recovered, sent = 0, [], []
            for number in range(ROUNDS):
                for part in parts:
                    numbers = [f"K{number:02}-{part[:3]}-{n:02}" for n in range(EACH)]
                    senders = [
                        threading.Thread(target=_send, args=(installation, numbers[one::SENDERS]))
                        for one in range(SENDERS)
                    ]
                    for sender in senders:
                        sender.start()
                    time.sleep(chance.random())  # somewhere in the middle, elsewhere each time
                    if part == "broker":
                        assert outside is not None
                        outside.kill()
                    else:
                        installation.kill(part)
                    killed += 1
                    began = time.monotonic()
                    for sender in senders:
                        sender.join()
                    installation.until(
                        installation.is_ready, RECOVERED_SECONDS, f"ready after {part} was killed"
                    )
                    recovered.append((part, time.monotonic() - began))
                    sent += numbers
            began = time.monotonic()
            installation.until_all_are_booked(len(sent))
            settled = time.monotonic() - began
            entries = installation.entries()
            assert {number: entries[number] for number in sent} == dict.fromkeys(sent, 1)
        finally:
            installation.end()
    slowest = max(recovered, key=lambda one: one[1])
    report.tell(
        f"Processes killed ({kind} broker)",
        f"{killed} SIGKILLs of {', '.join(parts)}, {len(sent)} invoices sent meanwhile over {CLIENTS} administrations: "
        f"all accepted, each booked once. First start {started:.1f} s; slowest recovery {slowest[1]:.1f} s "
        f"({slowest[0]}; what dies more than once a minute is started again after up to {LONGEST_DELAY_SECONDS} s); the last was "
        f"booked {settled:.1f} s after the last kill was got over.",
    )


def _send(installation: Installation, numbers: list[str]) -> None:
    for number in numbers:
        installation.send(number, int(number[-2:]) % CLIENTS, RECOVERED_SECONDS)


def test_a_service_manager_that_stops_us_waits_less_than_twenty_seconds_and_nothing_is_lost(
    folder: Path,
) -> None:
    installation = Installation(folder / "portal", 2)
    try:
        installation.start()
        installation.exact.control(
            "POST", "faults", act="slow", seconds=2, match={}, times=6
        )  # calls are under way
        sent = [f"S-{n:02}" for n in range(6)]
        for n, number in enumerate(sent):
            installation.send(number, n % 2)
        code, seconds = installation.stop()
        assert code == 0  # 1 when one of them had to be killed, which is after twenty seconds
        assert seconds <= STOPPED_SECONDS  # the embedded database's own end included
        installation.start()
        installation.until_all_are_booked(len(sent))
        entries = installation.entries()
        assert {number: entries[number] for number in sent} == dict.fromkeys(sent, 1)
    finally:
        installation.end()
    report.tell(
        "Stopped by SIGTERM",
        f"with {len(sent)} invoices under way and Exact slow: all processes gone in {seconds:.1f} s, exit code 0, "
        "everything booked once after the next start.",
    )
