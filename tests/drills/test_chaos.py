"""Chaos: invoices over many divisions while workers are killed, Exact fails in every way it knows, and tokens expire.

`make drill`: 500 invoices over 10 divisions. `make test`: a twentieth. The seed is printed; `CHAOS_SEED=…` runs it again.
At the end nothing is lost, nothing stands twice, nothing is left half-made, and every stop has an issue.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from connections import consents, rechecks
from connections.authorisations import MENDED_BY_SIGNING_IN as SIGN_IN
from connections.models import Issue
from invoices import intake
from invoices.models import Booking, Invoice
from portal.tenancy import scope
from tests.cast import Cast
from tests.drills import report
from tests.exact_sandbox import ExactSandbox
from tests.helpers import consent, link_for
from tests.paper import line, paper, party
from tests.work import work

FULL = os.environ.get("DRILL") == "full"
INVOICES, DIVISIONS, WORKERS = (500, 10, 4) if FULL else (25, 4, 2)
CHAOS_SECONDS = 400.0 if FULL else 20.0
STUCK_SECONDS = 150.0  # without one more booked invoice; how long all of them take, the machine decides
SEED = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))
GUARD = 15
ROOT = Path(__file__).resolve().parents[2]

FAULTS: list[dict[str, Any]] = [
    {"act": "drop_after", "match": {"method": "POST"}, "times": 1},
    {"act": "drop_before", "match": {}, "times": 1},
    {"act": "answer", "kind": "500", "match": {}, "times": 1},
    {"act": "answer", "kind": "503", "match": {}, "times": 2},
    {"act": "answer", "kind": "maintenance", "match": {"method": "POST"}, "times": 1},
    {
        "act": "answer",
        "kind": "empty",
        "match": {"method": "POST", "endpoint": "purchaseentry/*"},
        "times": 1,
    },
    {"act": "commit_late", "seconds": 2, "hang_up": True, "match": {"method": "POST"}, "times": 1},
    {"act": "slow", "seconds": 1, "match": {}, "times": 3},
]


def world() -> dict[str, Any]:
    lines = [{"gl": "4500", "amount": "100.00", "vat_code": "2", "description": "Abonnement"}]
    supplier = {
        "name": "Drukkerij Van Dam B.V.", "code": "20001", "kvk": "87654321", "vat": "NL853746333B01",
        "iban": "NL91ABNA0417164300", "gl": "4500", "vat_code": "2",
    }  # fmt: skip
    return {
        "divisions": [
            {
                "code": 2001 + n,
                "kvk": f"{30000000 + n}",
                "name": f"Klant {n}",
                "suppliers": [supplier],
                "entries": [
                    {
                        "supplier": "20001",
                        "your_ref": f"OUD-{month}",
                        "date": f"2026-{month:02}-05",
                        "lines": lines,
                    }
                    for month in (6, 7, 8, 9, 10)
                ],
            }
            for n in range(DIVISIONS)
        ],
    }


class Workers:
    """Processes that do what is due for ever; each may be killed at any moment, and another takes its place."""

    def __init__(self, number: int, env: dict[str, str]) -> None:
        self.env, self.killed = env, 0
        self.processes = [self._start() for _ in range(number)]

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "tests.drills.worker"], cwd=ROOT, env=self.env)

    def kill_one(self, chance: random.Random) -> None:
        place = chance.randrange(len(self.processes))
        self.processes[place].send_signal(signal.SIGKILL)
        self.processes[place].wait(10)
        self.processes[place] = self._start()
        self.killed += 1

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait(10)


@pytest.fixture
def exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ExactSandbox]:
    """An Exact whose minutes last a second and whose tokens live for twenty: they expire all the time."""
    sandbox = ExactSandbox(
        tmp_path, "--minute-seconds", "1", "--token-seconds", "20", "--token-guard-seconds", str(GUARD)
    )
    sandbox.reset(world())
    site = {"base_url": sandbox.url, "client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    monkeypatch.setitem(settings.EXACT_SITES, "nl", site)
    yield sandbox
    sandbox.stop()


@pytest.mark.drill
def test_nothing_is_lost_doubled_or_left_half_made_whatever_breaks(
    cast: Cast, exact: ExactSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    print(f"\nCHAOS_SEED={SEED}")
    chance = random.Random(SEED)
    quick = {
        "LANE_LEASE_SECONDS": 3.0, "LANE_SLICE_SECONDS": 2.0, "EXACT_UNKNOWN_OUTCOME_SECONDS": 3.0,
        "EXACT_CALL_SECONDS": 1.5, "EXACT_RETRY_SECONDS": 0.2, "EXACT_MINUTE_SECONDS": 1,
        "EXACT_TOKEN_GUARD_SECONDS": GUARD,
    }  # fmt: skip
    for name, value in quick.items():
        monkeypatch.setattr(settings, name, value)
    connected_divisions(cast, exact)
    numbers = send(cast, chance)
    env = {**os.environ, "EXACT_BASE_URL": exact.url, "EXACT_CLIENT_ID": exact.client_id}
    env |= {"EXACT_CLIENT_SECRET": exact.client_secret, "PYTHONPATH": str(ROOT)}
    env |= {name: str(value) for name, value in quick.items()} | {"DRILL_DATABASE": database_name()}
    workers, faults, began = Workers(WORKERS, env), 0, time.monotonic()
    try:
        calm_from, give_up, least = began + CHAOS_SECONDS, began + CHAOS_SECONDS + STUCK_SECONDS, INVOICES
        while (left := unfinished(cast)) and time.monotonic() < give_up:
            if left < least:
                least, give_up = left, max(give_up, time.monotonic() + STUCK_SECONDS)
            if time.monotonic() < calm_from:
                exact.control("POST", "faults", **chance.choice(FAULTS))
                faults += 1
                if chance.random() < 0.2:
                    workers.kill_one(chance)
            else:
                exact.mend()
            mend(cast, exact)
            threading.Event().wait(0.5)
    finally:
        workers.stop()
        exact.mend()
    seconds = time.monotonic() - began
    print(f"{workers.killed} workers killed; {Counter(exact_calls(exact)).most_common(4)}")
    assert_all_is_well(cast, exact, numbers)
    report.tell(
        "Chaos",
        f"{INVOICES} invoices over {DIVISIONS} administrations (seed {SEED}), {WORKERS} workers of which {workers.killed} were "
        f"killed, {faults} faults at Exact, tokens that live for twenty seconds: each is booked once, to the cent, with its "
        f"document, {seconds:.0f} s after the first was sent; no stop without an issue, nothing half made.",
    )


def connected_divisions(cast: Cast, exact: ExactSandbox) -> None:
    for n in range(DIVISIONS):
        organisation = cast.alice.organisation(f"Klant {n}", f"{30000000 + n}")
        _, path = link_for(cast.alice, organisation)
        consent(exact, path)
    work(60)


def send(cast: Cast, chance: random.Random) -> dict[str, tuple[int, Decimal]]:
    """{number: (division, total)} of what was sent."""
    sent = {}
    for n in range(INVOICES):
        place, net = n % DIVISIONS, Decimal(chance.randrange(2000, 90000)) / 100
        number = f"CH-{n:04}"
        buyer = party(f"Klant {place}", f"{30000000 + place}")
        data = paper(number, (line("Abonnement", str(net)),), buyer=buyer)
        intake.receive(cast.alice.firm_id, data, channel="api")
        sent[number] = (
            2001 + place,
            net + (net * Decimal("0.21")).quantize(Decimal("0.01"), "ROUND_HALF_UP"),
        )
    return sent


def database_name() -> str:
    from django.db import connection

    return str(connection.settings_dict["NAME"])


def unfinished(cast: Cast) -> int:
    with scope(cast.alice.firm_id):
        return Invoice.objects.exclude(status="booked").count()


def mend(cast: Cast, exact: ExactSandbox) -> None:
    """What people do: sign in again where a chain of tokens was lost, and press «check again» on what is open.

    A worker that is killed between Exact's answer and our commit loses its chain, and only that can: then a person
    signs in, and everything that waited goes on by itself.
    """
    with scope(cast.alice.firm_id):
        open_ones = list(Issue.objects.filter(resolved_at__isnull=True).select_related("connection"))
        dead = next((one for one in open_ones if one.code in SIGN_IN and one.connection), None)
        link = consents.invite(dead.connection, site_key="nl") if dead and dead.connection else None
    if link is not None:
        consent(exact, link.url.removeprefix("http://testserver"))
        return
    for issue in open_ones[:3]:
        rechecks.recheck(cast.alice.firm_id, issue.pk)


def exact_calls(exact: ExactSandbox) -> list[str]:
    return [f"{call['status']}" for call in exact.control("GET", "calls?limit=5000")["calls"]]


def assert_all_is_well(cast: Cast, exact: ExactSandbox, numbers: dict[str, tuple[int, Decimal]]) -> None:
    with scope(cast.alice.firm_id):
        stopped = [
            (one.number, one.status, one.reason, one.issue_id)
            for one in Invoice.objects.exclude(status="booked")
        ]
        assert Booking.objects.filter(state="done").count() == len(numbers) - len(stopped)
    assert all(issue for *_, issue in stopped), f"Stops without an issue: {stopped}"
    assert not stopped, f"Not booked in the end: {stopped}"
    entries, documents = Counter[str](), Counter[str]()
    for division in {division for division, _ in numbers.values()}:
        ledger = exact.ledger(division)
        for entry in ledger["entries"]:
            if entry["YourRef"] in numbers:
                entries[entry["YourRef"]] += 1
                assert Decimal(entry["AmountFC"]) == numbers[entry["YourRef"]][1], entry["YourRef"]
        linked = {entry.get("Document") for entry in ledger["entries"]}
        for document in ledger["documents"]:
            documents[document["Subject"]] += 1
            assert document["ID"] in linked, f"An orphan: {document['Subject']}"
            assert len(document["Attachments"]) == 1, document["Subject"]
    assert entries == Counter(dict.fromkeys(numbers, 1))
    assert set(documents.values()) == {1}
