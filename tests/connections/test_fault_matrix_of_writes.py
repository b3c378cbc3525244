"""Every error of Exact's wire at every call that writes: what becomes of the invoice, what opens, whether it goes again by
itself, and what it costs of Exact's error limit. The reads are in `test_fault_matrix`.

`make test` takes one answer of each class at each call; `make drill` (DRILL=full) every code on record.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connections import lanes
from connections.exact.errors import COUNTED, ExactError, classify, kind_of
from connections.models import Chore, Connection, Lane
from invoices import intake, pipeline
from invoices.models import Booking, Delivery, Invoice
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import fault
from tests.connections.test_fault_matrix import Fault, faults
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper

CALLS = {
    # column: (way of delivery, path of the POST that is broken, the outbox row that it belongs to)
    "document is made": ("document", "documents/Documents", Delivery),
    "file is attached": ("document", "documents/DocumentAttachments", Delivery),
    "message is sent": ("mailbox", "mailbox/MailMessagesSent", Delivery),
    "file goes along": ("mailbox", "mailbox/MailMessageAttachments", Delivery),
    "entry is made": ("document", "purchaseentry/PurchaseEntries", Booking),
}

LATER, UNKNOWN, STOPPED, ASLEEP, AS_IT_WAS = "later", "unknown", "stopped", "asleep", "as it was"
POLICY: dict[str, tuple[str, bool]] = {
    # class: (what becomes of the row, whether an issue opens)
    "transient": (LATER, False), "budget": (ASLEEP, False), "authorisation": (AS_IT_WAS, True),
    "rights": (STOPPED, True), "configuration": (STOPPED, True), "invoice": (STOPPED, True), "ours": (STOPPED, True),
}  # fmt: skip


def answers(path: str) -> Iterator[tuple[Fault, ExactError]]:
    """One answer of each code at this call; in `make test` one of each class and of each window of the budget."""
    seen = set()
    for row in faults():
        error = classify(
            status=row.status, headers=row.headers, text=row.text, endpoint="", path=path, method="POST",
            now=timezone.now(),
        )  # fmt: skip
        one = error.code if os.environ.get("DRILL") == "full" or error.kind.value == "budget" else error.kind
        if (one, error.maybe_done) not in seen:
            seen.add((one, error.maybe_done))
            yield row, error


@pytest.mark.drill
@pytest.mark.parametrize("call", CALLS)
def test_every_error_at_a_call_that_writes_has_the_consequence_of_its_class(
    call: str, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    exact.control("POST", "settings", minute_limit=100_000, day_limit=1_000_000)
    connection = connected(cast.alice, exact, worker)
    way, path, model = CALLS[call]
    with scope(connection.firm_id):
        Connection.objects.update(delivery=way)
        Chore.objects.update(due_at=None)
    wrong = []
    for number, (row, error) in enumerate(answers(path)):
        counted = exact.control("GET", "counters")["counted_errors"]
        invoice = decided(connection, f"W-{number}")
        match = {"method": "POST", "endpoint": path}
        fault(exact, "answer", match=match, status=row.status, body=row.text, headers=row.headers)
        drive(connection)
        found = outcome(connection, invoice, model)
        spent = exact.control("GET", "counters")["counted_errors"] - counted
        expected = *wanted(error), int(row.status in COUNTED)
        if (*found, spent) != expected:
            wrong.append(
                (row.status, row.text[:60], error.code, {"found": (*found, spent), "expected": expected})
            )
        forget(connection, exact, invoice)
    assert not wrong, "\n" + "\n".join(map(str, wrong))


def wanted(error: ExactError) -> tuple[str, list[str]]:
    becomes, opens = POLICY[error.kind.value]
    if error.maybe_done:
        becomes = UNKNOWN  # looked up before anything is sent again
    if error.code == "budget_errors":
        becomes = LATER  # that endpoint rests; the lane goes on with the rest
    codes = ["our_bug" if error.kind.value == "ours" else error.code] if opens else []
    return becomes, ["budget_day"] if error.code == "budget_day" else codes


def outcome(connection: Connection, invoice: Invoice, model: Any) -> tuple[str, list[str]]:
    with scope(connection.firm_id):
        row = model.objects.get(invoice=invoice)
        lane = Lane.objects.get(connection=connection)
        codes = [issue.code for issue in connection.issues.filter(resolved_at__isnull=True)]
        failed = Invoice.objects.get(pk=invoice.pk).status == "failed"
    assert failed == (row.state == "stopped")
    if row.state in ("stopped", "unknown"):
        return row.state, codes
    if lane.sleeps_for in ("minute", "day"):
        return ASLEEP, codes
    return (LATER if row.due_at > timezone.now() + timedelta(seconds=2) else AS_IT_WAS), codes


def decided(connection: Connection, number: str) -> Invoice:
    """An invoice that is about to be sent to Exact."""
    got = intake.receive(connection.firm_id, paper(number), channel="api")
    pipeline.process(connection.firm_id, got.invoice_id)
    with scope(connection.firm_id):
        invoice = Invoice.objects.get(pk=got.invoice_id)
    assert invoice.status == "ready", (invoice.status, invoice.reason)
    return invoice


def drive(connection: Connection) -> None:
    """Until the lane stops or everything that is due at once is done."""
    with scope(connection.firm_id):
        Lane.objects.update(due_at=timezone.now())
        lane_id = Lane.objects.get(connection=connection).pk
    lanes.drive(lane_id, at_most=3)


def forget(connection: Connection, exact: ExactSandbox, invoice: Invoice) -> None:
    """Nothing open, nothing broken, nothing due."""
    exact.mend()
    with scope(connection.firm_id):
        connection.issues.filter(resolved_at__isnull=True).update(resolved_at=timezone.now())
        Connection.objects.filter(pk=connection.pk, status="blocked").update(status="active")
        for model in (Delivery, Booking):
            model.objects.filter(invoice=invoice).update(due_at=None)
        Lane.objects.update(budget={}, errors={}, sleeps_for="", failing_since=None)


def test_the_classes_of_the_matrix_are_all_there_are() -> None:
    assert set(POLICY) == {kind_of(row.code_at("", "POST")).value for row in faults()}
