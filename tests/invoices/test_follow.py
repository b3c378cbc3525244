"""What becomes of our entries in Exact comes back: paid, changed, removed; and what is taken back stays taken back."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from connections import issues
from connections.models import Connection, Entry, Supplier
from invoices import intake
from invoices.booking import undo
from invoices.deciding import corrections, dispatch
from invoices.knowledge import keeping
from invoices.models import Booking, Invoice
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import fault
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper
from tests.work import work, work_until


@pytest.fixture(autouse=True)
def by_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mailbox's document takes its time; these tests are not about it."""
    monkeypatch.setattr(settings, "EXACT_DEFAULT_DELIVERY", "document")


@pytest.fixture
def connection(cast: Cast, exact: ExactSandbox, worker: Any) -> Connection:
    exact.control("POST", "settings", minute_limit=100_000)
    return connected(cast.alice, exact, worker)


def booked(cast: Cast, number: str = "B-1", **changes: Any) -> Invoice:
    got = intake.receive(cast.alice.firm_id, paper(number, **changes), channel="api")
    work_until(lambda: again(cast, got.invoice_id).status == "booked")
    return again(cast, got.invoice_id)


def again(cast: Cast, pk: Any) -> Invoice:
    with scope(cast.alice.firm_id):
        return Invoice.objects.select_related("booking", "issue", "proposal").get(pk=getattr(pk, "pk", pk))


def look(connection: Connection) -> None:
    """Let the mirror and the chore that follows come round."""
    with scope(connection.firm_id):
        issues.chores_again(connection.pk, "mirror", "follow")
        issues.wake(connection)
    work()


def events(cast: Cast, invoice: Invoice) -> dict[str, Any]:
    with scope(cast.alice.firm_id):
        return {one.event: one.detail for one in invoice.timeline.order_by("at")}


def entry_of(exact: ExactSandbox, number: str) -> dict[str, Any]:
    (entry,) = exact.entries(1001, number)
    return entry


def test_an_invoice_that_is_paid_in_exact_says_so(
    cast: Cast, exact: ExactSandbox, connection: Connection
) -> None:
    invoice = booked(cast)
    look(connection)
    assert again(cast, invoice).booking.paid_at is None
    exact.control("POST", f"entries/1001/{entry_of(exact, 'B-1')['EntryID']}/paid")
    look(connection)
    assert again(cast, invoice).booking.paid_at is not None
    assert "invoice.paid" in events(cast, invoice)
    assert "invoice.changed_in_exact" not in events(cast, invoice)


def test_what_a_person_changes_in_exact_shows_and_is_learnt(
    cast: Cast, exact: ExactSandbox, connection: Connection
) -> None:
    invoice = booked(cast)
    look(connection)
    assert again(cast, invoice).booking.changed_at is None
    other = [{"gl": "4510", "amount": "100.00", "vat_code": "2", "description": "Abonnement"}]
    exact.control("PUT", f"entries/1001/{entry_of(exact, 'B-1')['EntryID']}", lines=other)
    look(connection)
    assert again(cast, invoice).booking.changed_at is not None
    told = events(cast, invoice)["invoice.changed_in_exact"]
    assert told["before"] == [["4500", "2", "", "", "", "100.00"]]
    assert told["after"] == [["4510", "2", "", "", "", "100.00"]]
    with scope(cast.alice.firm_id):
        printer = Supplier.objects.get(connection=connection, code="20001")
        last = keeping.known_of(connection, printer.exact_id)[2].bookings[-1]
    assert (last.target.account, last.sure) == ("4510", True)


def test_what_autopilot_booked_alone_teaches_nothing_until_it_has_stood(
    cast: Cast, exact: ExactSandbox, connection: Connection
) -> None:
    booked(cast)
    look(connection)
    with scope(cast.alice.firm_id):
        printer = Supplier.objects.get(connection=connection, code="20001")
        assert keeping.known_of(connection, printer.exact_id)[2].n == 4
    exact.control("POST", f"entries/1001/{entry_of(exact, 'B-1')['EntryID']}/paid")
    look(connection)
    with scope(cast.alice.firm_id):
        keeping.entries_changed(connection, [printer.exact_id], 1)
        assert keeping.known_of(connection, printer.exact_id)[2].n == 5


def test_an_entry_that_is_removed_in_exact_brings_its_invoice_back_with_an_issue(
    cast: Cast, exact: ExactSandbox, connection: Connection
) -> None:
    invoice = booked(cast)
    look(connection)
    exact.control("DELETE", f"entries/1001/{entry_of(exact, 'B-1')['EntryID']}")
    look(connection)
    found = again(cast, invoice)
    assert (found.status, found.reason) == ("review", "entry_removed")
    assert found.issue is not None
    assert found.issue.code == "entry_lost"
    with scope(cast.alice.firm_id):
        dispatch.approve(Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk))
    work_until(lambda: again(cast, invoice).status == "booked")
    assert len(exact.entries(1001, "B-1")) == 1


def test_a_booking_in_a_closed_period_is_taken_back_by_its_contrary_and_can_be_made_anew(
    cast: Cast, exact: ExactSandbox, connection: Connection
) -> None:
    invoice = booked(cast, issue_date=date(2026, 10, 20))
    exact.control("POST", "periods", division=1001, year=2026, period=10, closed=True)
    look(connection)
    before = Decimal(exact.ledger(1001)["trial_balance"]["4500"])
    exact.break_("drop_after", method="POST", endpoint="purchaseentry/PurchaseEntries")
    with scope(cast.alice.firm_id):
        undo.ask(Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk))
    work_until(lambda: again(cast, invoice).status == "review")
    found = again(cast, invoice)
    assert found.reason == "reversed"
    first, contrary = sorted(exact.entries(1001, "B-1"), key=lambda one: one["EntryNumber"])
    assert [Decimal(one["AmountFC"]) for one in (first, contrary)] == [121, -121]
    assert contrary["ReportingPeriod"] == 11
    assert Decimal(exact.ledger(1001)["trial_balance"]["4500"]) == before - 100
    look(connection)
    with scope(cast.alice.firm_id):
        assert not Entry.objects.filter(your_ref="B-1", gone_at__isnull=True).exists()
        dispatch.approve(Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk))
    work_until(lambda: again(cast, invoice).status == "booked")
    assert sorted(Decimal(one["AmountFC"]) for one in exact.entries(1001, "B-1")) == [-121, 121, 121]


def test_a_reversal_that_exact_puts_off_is_still_a_reversal_when_it_goes_again(
    cast: Cast, exact: ExactSandbox, connection: Connection
) -> None:
    """A refused step once forgot its name: the row went on as a booking, found its own entry, and was done."""
    invoice = booked(cast, issue_date=date(2026, 10, 20))
    exact.control("POST", "periods", division=1001, year=2026, period=10, closed=True)
    look(connection)
    soon = str(int((timezone.now().timestamp() + 1) * 1000))
    minute = {"Limit": "60", "Remaining": "0", "Reset": soon}
    match = {"method": "POST", "endpoint": "purchaseentry/PurchaseEntries"}
    fault(
        exact, "answer", match=match, status=429, body="",
        headers={f"X-RateLimit-Minutely-{name}": value for name, value in minute.items()},
    )  # fmt: skip
    with scope(cast.alice.firm_id):
        undo.ask(Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk))
    work_until(lambda: again(cast, invoice).status == "review")
    assert again(cast, invoice).reason == "reversed"
    assert sorted(Decimal(one["AmountFC"]) for one in exact.entries(1001, "B-1")) == [-121, 121]


def test_a_booking_that_exact_will_not_give_up_stands_and_a_person_is_told_why(
    cast: Cast, exact: ExactSandbox, connection: Connection
) -> None:
    invoice = booked(cast)
    exact.control("POST", f"entries/1001/{entry_of(exact, 'B-1')['EntryID']}/paid")
    with scope(cast.alice.firm_id):
        undo.ask(Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk))
    work()
    found = again(cast, invoice)
    assert (found.status, found.booking.state) == ("booked", "done")
    assert found.issue is not None
    assert found.issue.code == "already_processed"
    assert len(exact.entries(1001, "B-1")) == 1


def test_a_correction_in_the_portal_is_learnt_and_one_off_ones_are_not(
    cast: Cast, exact: ExactSandbox, connection: Connection
) -> None:
    for number, learn in (("C-1", False), ("C-2", True)):
        with scope(cast.alice.firm_id):
            Connection.objects.filter(pk=connection.pk).update(mode="suggest")
        got = intake.receive(cast.alice.firm_id, paper(number), channel="api")
        work()
        with scope(cast.alice.firm_id):
            row = Invoice.objects.select_for_update(of=("self",)).get(pk=got.invoice_id)
            own = {"invoice_lines": [1], "amount": Decimal("100.00"), "gl_account": "4510", "vat_code": "2"}
            corrections.replace_lines(row, [own], learn=learn)
            dispatch.approve(Invoice.objects.select_for_update(of=("self",)).get(pk=got.invoice_id))
        work_until(lambda: again(cast, got.invoice_id).status == "booked")  # noqa: B023
        look(connection)
        with scope(cast.alice.firm_id):
            printer = Supplier.objects.get(connection=connection, code="20001")
            bookings = keeping.known_of(connection, printer.exact_id)[2].bookings
            accounts = [one.target.account for one in bookings]
        assert accounts == ["4500"] * 4 + ["4510"] * learn
    with scope(cast.alice.firm_id):
        assert Booking.objects.filter(state="done").count() == 2
