"""Killing web, worker or Exact at any point of an invoice's way, and starting again, ends with one entry.

Real processes and SIGKILL: a worker is a fork that dies at a named point; Exact is the sandbox process, killed while
it holds a call before or after its commit. A point that is never reached fails its test.
"""

import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from django.test import Client

from connections.models import Connection
from invoices import intake
from invoices.booking import deliver
from invoices.models import Invoice
from portal import drill
from portal.lookups import ask
from portal.tenancy import scope
from tests.cast import Cast
from tests.drills import killing
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper
from tests.work import work

ROOT = Path(__file__).resolve().parents[2]

WEB = ["intake.before_commit", "intake.committed"]
PIPELINE = ["pipeline.before_commit", "pipeline.decided"]
STEPS = {
    "document": ["document", "file:0", "entry"],
    "mailbox": ["message", "file:0", "entry"],
}
MOMENTS = ["claimed", "sent", "recorded"]
WORKER = [
    (way, point)
    for way, steps in STEPS.items()
    for point in [*PIPELINE, *(f"{step}.{moment}" for step in steps for moment in MOMENTS)]
]
# After a death in `sent` the next worker looks the outcome up; it may die there too.
LOOK_UPS = [(way, step) for way, steps in STEPS.items() for step in steps]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases and look-ups of a second instead of minutes: the drill waits for conditions, not for clocks."""
    monkeypatch.setattr(settings, "LANE_LEASE_SECONDS", 1.0)
    monkeypatch.setattr(settings, "EXACT_UNKNOWN_OUTCOME_SECONDS", 0.5)
    monkeypatch.setattr(settings, "EXACT_CALL_SECONDS", 5.0)
    monkeypatch.setattr(settings, "EXACT_RETRY_SECONDS", 0.2)


@pytest.fixture
def alice(cast: Cast, exact: ExactSandbox, worker: Any, request: pytest.FixtureRequest) -> Connection:
    made = connected(cast.alice, exact, worker)
    request.getfixturevalue(
        "quick"
    )  # only now: a busy machine does not read a ledger within a lease of a second
    return made


def send(cast: Cast, number: str) -> Invoice:
    got = intake.receive(cast.alice.firm_id, paper(number), channel="api")
    with scope(cast.alice.firm_id):
        return Invoice.objects.get(pk=got.invoice_id)


def work_until_booked(cast: Cast, invoice: Invoice, seconds: float = 90.0) -> None:
    """Start workers until the invoice is booked: leases must run out and look-ups must come due first."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        work()
        with scope(cast.alice.firm_id):
            invoice.refresh_from_db()
        if invoice.status == "booked":
            return
        _until_something_is_due()
    raise AssertionError(f"{invoice.status} {invoice.reason} {invoice.reason_values}")


def _until_something_is_due(seconds: float = 5.0) -> None:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up and not ask("due_lanes", 1) and not ask("due_invoices", 1, 0):
        threading.Event().wait(0.05)


def set_way(cast: Cast, connection: Connection, way: str) -> None:
    with scope(cast.alice.firm_id):
        Connection.objects.filter(pk=connection.pk).update(delivery=way)


def assert_once(exact: ExactSandbox, number: str, way: str) -> None:
    """One entry, to the cent, linked to the one document, which has the one file."""
    (entry,) = exact.entries(1001, number)
    assert entry["AmountFC"] == "121.00"
    ledger = exact.ledger(1001)
    documents = [one for one in ledger["documents"] if number in (one["Subject"] or "")]
    assert [one["ID"] for one in documents] == [entry["Document"]]
    if way == "mailbox":
        (message,) = [one for one in ledger["messages"] if number in one["Subject"]]
        assert len(message["Attachments"]) == 1
    else:
        assert len(documents[0]["Attachments"]) == 1


@pytest.mark.parametrize(("way", "point"), WORKER)
def test_a_worker_killed_anywhere_leaves_one_entry(
    cast: Cast, exact: ExactSandbox, alice: Connection, tmp_path: Path, way: str, point: str
) -> None:
    set_way(cast, alice, way)
    invoice = send(cast, "K-1")
    killing.run(work, kill_at=point, folder=tmp_path)
    work_until_booked(cast, invoice)
    assert_once(exact, "K-1", way)


@pytest.mark.parametrize(
    "point", ["file:0.sent", "file:0.recorded", "entry.claimed", "entry.sent", "entry.recorded"]
)
def test_a_worker_killed_about_an_entry_that_was_claimed_with_its_file_leaves_one_entry(
    cast: Cast, exact: ExactSandbox, alice: Connection, tmp_path: Path, point: str
) -> None:
    """The second of a slice: its ledger has been read, so that delivery's end and booking's claim are one move."""
    set_way(cast, alice, "document")
    first, second = send(cast, "K-5"), send(cast, "K-6")
    deliver_one = deliver.run

    def from_the_second_on(held: Any, delivery: Any, at_once: Any) -> Any:
        drill._AT = point if delivery.invoice_id == second.pk else ""
        return deliver_one(held, delivery, at_once)

    def work_to_the_second() -> None:
        drill._AT, deliver.run = "", from_the_second_on
        work()

    killing.run(work_to_the_second, kill_at=point, folder=tmp_path)
    for invoice in (first, second):
        work_until_booked(cast, invoice)
    assert_once(exact, "K-5", "document")
    assert_once(exact, "K-6", "document")


@pytest.mark.parametrize(("way", "step"), LOOK_UPS)
def test_a_worker_killed_while_it_looks_an_outcome_up_leaves_one_entry(
    cast: Cast, exact: ExactSandbox, alice: Connection, tmp_path: Path, way: str, step: str
) -> None:
    set_way(cast, alice, way)
    invoice = send(cast, "K-2")
    killing.run(work, kill_at=f"{step}.sent", folder=tmp_path)
    _until_something_is_due()
    killing.run(work, kill_at=f"{step}.looked_up", folder=tmp_path)
    work_until_booked(cast, invoice)
    assert_once(exact, "K-2", way)


@pytest.mark.parametrize("point", WEB)
def test_a_web_process_killed_at_the_door_loses_nothing_and_doubles_nothing(
    cast: Cast, exact: ExactSandbox, alice: Connection, tmp_path: Path, point: str
) -> None:
    """The sender got no answer, so it sends again: either way there is one document."""
    token = _token(cast)

    def post() -> None:
        Client().post(
            "/api/v1/invoices/",
            data=paper("K-3"),
            content_type="application/xml",
            headers={"Authorization": f"Bearer {token}"},
        )

    killing.run(post, kill_at=point, folder=tmp_path)
    killing.run(post, folder=tmp_path)
    with scope(cast.alice.firm_id):
        (invoice,) = Invoice.objects.all()
    work_until_booked(cast, invoice)
    assert_once(exact, "K-3", "mailbox")


def _token(cast: Cast) -> str:
    partner = cast.alice.partner
    answer = Client().post(
        "/identity/o/api/token",
        {
            "grant_type": "client_credentials",
            "client_id": partner.client_id,
            "client_secret": partner.client_secret,
        },
    )
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


CALLS = {
    "document": ["documents/Documents", "documents/DocumentAttachments", "purchaseentry/PurchaseEntries"],
    "mailbox": [
        "mailbox/MailMessagesSent",
        "mailbox/MailMessageAttachments",
        "purchaseentry/PurchaseEntries",
    ],
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("way", "endpoint"), [(way, one) for way, some in CALLS.items() for one in some])
def test_exact_killed_in_the_middle_of_a_call_leaves_one_entry(
    cast: Cast, exact: ExactSandbox, alice: Connection, way: str, endpoint: str, when: str
) -> None:
    set_way(cast, alice, way)
    invoice = send(cast, "K-4")
    exact.control(
        "POST", "faults", match={"method": "POST", "endpoint": endpoint}, act="gate", when=when, times=1
    )
    driving = threading.Thread(target=work_in_thread)
    driving.start()
    held = requests.get(f"{exact.url}/sandbox/api/gates", params={"wait": 20}, timeout=30).json()
    assert held, f"No call to {endpoint} came."
    exact.kill()
    exact.start()
    exact.mend()
    driving.join(30)
    work_until_booked(cast, invoice)
    assert_once(exact, "K-4", way)


def work_in_thread() -> None:
    from django.db import connections

    try:
        work()
    finally:
        for connection in connections.all():
            connection.close()


def test_every_point_in_the_code_is_killed_at() -> None:
    """A new `point(…)` without its drill fails here: its name must stand in one of the drills, as these do."""
    named = set()
    for room in ("portal", "connections", "invoices"):
        for path in (ROOT / room).rglob("*.py"):
            if path.name != "drill.py":
                named |= set(re.findall(r'\bpoint\(f?"([^"]+)"\)', path.read_text()))
    drills = "".join(path.read_text() for path in (ROOT / "tests/drills").glob("*.py"))
    killed = {point for _, point in WORKER} | set(WEB) | {f"{step}.looked_up" for _, step in LOOK_UPS}
    killed |= set(re.findall(r'"([a-z_:]+\.[a-z_]+)"', drills))
    patterns = {name: re.compile(re.sub(r"\{[^}]+\}", ".+", name)) for name in named}
    missing = [
        name for name, pattern in patterns.items() if not any(pattern.fullmatch(one) for one in killed)
    ]
    assert not missing
