"""Soak: an installation with many connections at work for a long while; nothing grows but what should.

`make drill`: 2,000 connections, thirty minutes, Exact's minutes a second long. `make test`: five connections for twenty
seconds, much less than a twentieth, because the suite has ten minutes for everything. Afterwards no process is larger
than it was once warm (within a fifth and 30 MB), no table grew but those that keep what happened, and no lane is due and
forgotten.
"""

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.drills import report
from tests.drills.installation import Installation

FULL = os.environ.get("DRILL") == "full"
CLIENTS = int(os.environ.get("SOAK_CLIENTS") or (2_000 if FULL else 5))
SECONDS = float(os.environ.get("SOAK_SECONDS") or (1_800 if FULL else 20))
LATE_SECONDS = 120
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


def tables(installation: Installation) -> dict[str, int]:
    """Rows of each table; partitions count for the table they are part of."""
    folder = installation.folder / "var/postgres"
    socket = (folder / "data/postmaster.pid").read_text().splitlines()[4]
    counts: Counter[str] = Counter()
    with psycopg.connect(host=socket, user="portal", dbname="portal") as database:
        names = database.execute(
            "SELECT c.relname, coalesce(p.relname, c.relname) FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid "
            "LEFT JOIN pg_class p ON p.oid = i.inhparent WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        ).fetchall()
        for table, whole in names:
            row = database.execute(f'SELECT count(*) FROM "{table}"').fetchone()  # type: ignore[arg-type]
            counts[whole] += row[0] if row else 0
        late = database.execute(
            "SELECT count(*) FROM connections_lane WHERE due_at < now() - make_interval(secs => %s)",
            [LATE_SECONDS],
        ).fetchone()
    counts["late lanes"] = late[0] if late else 0
    return dict(counts)


def test_an_installation_at_work_for_long_grows_only_what_it_should(folder: Path) -> None:
    installation = Installation(folder / "portal", CLIENTS)
    try:
        installation.start()
        sent = []

        def work(seconds: float) -> None:
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                number = f"D{len(sent):06}"
                installation.send(number, len(sent) % CLIENTS)
                sent.append(number)
                time.sleep(0.2)

        work(SECONDS / 4)  # every connection warm, every page of code once used
        warm, rows = memory(installation), tables(installation)
        work(SECONDS * 3 / 4)
        then = memory(installation)
        installation.until(
            lambda: installation.statuses() == {"booked": len(sent)}, 120 + len(sent), "all booked"
        )
        after = tables(installation)
        grown = {
            name: (rows[name], count)
            for name, count in after.items()
            if count > rows[name] and name not in KEEPS_WHAT_HAPPENED and name != "late lanes"
        }
        entries = installation.entries()
        assert {number: entries[number] for number in sent} == dict.fromkeys(sent, 1)
    finally:
        installation.end()
    report.tell(
        "Soak",
        f"{CLIENTS:,} connections, {len(sent):,} invoices in {SECONDS:,.0f} seconds: memory in MB warm {warm}, at the "
        f"end {then}; tables that grew beside those that keep what happened: {grown or 'none'}; lanes late: "
        f"{after['late lanes']}.",
    )
    assert all(then[part] <= warm[part] * 1.2 + 30 for part in warm), (warm, then)
    assert grown == {}
    assert after["late lanes"] == 0
