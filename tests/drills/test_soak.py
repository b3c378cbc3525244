"""Soak: an installation with many connections at work for a long while; nothing grows but what should.

`make drill`: 2,000 connections, thirty minutes with the first reading in them, Exact's minutes a second long. `make test`:
five connections for twenty seconds, much less than a twentieth, because the suite has ten minutes for everything. First
every ledger is read, then an invoice comes for one connection after the other. Afterwards no process is larger than it
was once warm (within a fifth and 30 MB), no table grew but those that keep what happened, and no lane stays due and
forgotten. SOAK_CLIENTS and SOAK_SECONDS make it another size.
"""

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.drills import report
from tests.drills.installation import Installation

FULL = os.environ.get("DRILL") == "full"
CLIENTS = int(os.environ.get("SOAK_CLIENTS") or (2_000 if FULL else 5))
SECONDS = float(os.environ.get("SOAK_SECONDS") or (1_800 if FULL else 20))
PAUSE_SECONDS = 0.5 if FULL else 0.2
WORKERS = 2 if FULL else 1  # processes each for web and work
LATE_SECONDS = 120
CATCH_UP_SECONDS = 600
KEEPS_WHAT_HAPPENED = {
    "connections_call", "invoices_document", "invoices_content", "invoices_invoice", "invoices_timelineevent",
    "invoices_proposal", "invoices_proposalline", "invoices_delivery", "invoices_booking", "invoices_fullcheck",
    "connections_entry", "connections_entryline", "portal_auditevent", "portal_auditperson", "portal_apicall",
    "connections_tokencall", "invoices_suppliermemory", "connections_issue", "portal_auditdigest",
}  # fmt: skip

pytestmark = pytest.mark.drill


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="soak-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def memory(installation: Installation) -> dict[str, int]:
    """MB that each part's processes hold for themselves, by part."""
    found: Counter[str] = Counter()
    for part in ("web", "worker", "beat"):
        for pid in installation.pids(part):
            text = Path(f"/proc/{pid}/status").read_text()
            found[part] += int(text.partition("VmRSS:")[2].split()[0]) // 1024
    return dict(found)


def told(megabytes: dict[str, int]) -> str:
    return ", ".join(f"{part} {size}" for part, size in megabytes.items())


def ask(installation: Installation, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of the installation's database, as its owner sees them."""
    socket = (installation.folder / "var/postgres/data/postmaster.pid").read_text().splitlines()[4]
    with psycopg.connect(host=socket, user="portal", dbname="portal") as database:
        return database.execute(sql, values).fetchall()  # type: ignore[arg-type]


def tables(installation: Installation) -> dict[str, int]:
    """Rows of each table; partitions count for the table they are part of."""
    counts: Counter[str] = Counter()
    for table, whole in ask(
        installation,
        "SELECT c.relname, coalesce(p.relname, c.relname) FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid "
        "LEFT JOIN pg_class p ON p.oid = i.inhparent WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace",
    ):
        counts[whole] += ask(installation, f'SELECT count(*) FROM "{table}"')[0][0]
    return dict(counts)


def late_lanes(installation: Installation) -> int:
    """Lanes that have been due for two minutes and that nobody drives."""
    sql = "SELECT count(*) FROM connections_lane WHERE due_at < now() - make_interval(secs => %s)"
    return int(ask(installation, sql, LATE_SECONDS)[0][0])


def are_read(installation: Installation) -> bool:
    """Whether no first piece of work of any connection is waiting any more."""
    sql = "SELECT count(*) FROM connections_chore WHERE due_at <= now()"
    return ask(installation, sql) == [(0,)]


def test_an_installation_at_work_for_long_grows_only_what_it_should(folder: Path) -> None:
    installation = Installation(folder / "portal", CLIENTS)
    try:
        installation.start(WORKERS)
        began = time.monotonic()
        installation.until(lambda: are_read(installation), 60 + 2 * CLIENTS, "all ledgers read", 1)
        read = time.monotonic() - began
        sent = []

        def work(seconds: float) -> None:
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                number = f"D{len(sent):06}"
                installation.send(number, len(sent) % CLIENTS)
                sent.append(number)
                time.sleep(PAUSE_SECONDS)

        seconds = max(SECONDS - read, SECONDS / 2) if FULL else SECONDS
        work(seconds / 4)  # every connection warm, every page of code once used
        warm, rows = memory(installation), tables(installation)
        work(seconds * 3 / 4)
        then = memory(installation)
        began = time.monotonic()
        installation.until_all_are_booked(len(sent))
        settled = time.monotonic() - began
        # What was put off for invoices is caught up with; a lane that is forgotten stays late.
        late = late_lanes(installation)
        installation.until(lambda: late_lanes(installation) == 0, CATCH_UP_SECONDS, "no lane late", 1)
        caught_up = time.monotonic() - began - settled
        after = tables(installation)
        grown = {
            name: (rows[name], count)
            for name, count in after.items()
            if count > rows[name] and name not in KEEPS_WHAT_HAPPENED
        }
        entries = installation.entries()
        assert {number: entries[number] for number in sent} == dict.fromkeys(sent, 1)
    finally:
        installation.end()
    report.tell(
        "Soak",
        f"{CLIENTS:,} connections, their ledgers read in {read:,.0f} s; then {len(sent):,} invoices in {seconds:,.0f} "
        f"seconds, the last booked {settled:.0f} s later: memory in MB warm {told(warm)}, at the end {told(then)}; tables "
        f"that grew beside those that keep what happened: {grown or 'none'}; lanes late when the last was booked: {late}, none {caught_up:.0f} s later.",
    )
    assert all(then[part] <= warm[part] * 1.2 + 30 for part in warm), (warm, then)
    assert grown == {}
