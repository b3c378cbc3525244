"""What somebody booked in Exact by hand is not booked again; what Exact cannot book is said before."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from connections.models import Journal
from invoices.models import Booking
from portal.tenancy import scope
from tests.judging.desk import Desk, agreed, goes_on, why
from tests.paper import line


@pytest.mark.parametrize("ref", ["2026-100", "2026100", "2026 1OO"])
def test_an_entry_with_the_suppliers_number_is_this_invoice(desk: Desk, ref: str) -> None:
    entry = desk.entry(ref, date(2026, 11, 5), "119.00")
    got = desk.gets("2026-100")
    assert why(got) == ("on_hold", "booked_already")
    (pair,) = got.duplicates
    assert pair["entry"] == {"id": str(entry.exact_id), "number": 26700001, "journal": "70"}
    assert (agreed(pair), pair["percent"]) == ({"supplier", "number"}, 70)
    assert got.reason_values["entry"] == 26700001


def test_an_entry_without_a_number_but_with_day_and_amount_is_this_invoice(desk: Desk) -> None:
    desk.entry("")
    got = desk.gets("2026-100")
    assert why(got) == ("on_hold", "booked_already")
    assert got.duplicates[0]["percent"] == 60
    assert goes_on(desk.releases(got, "not_a_duplicate"))


def test_a_number_that_exact_cut_off_is_recognised(desk: Desk) -> None:
    long = "PROJECT-AMSTERDAM-NOORD-2026-000123"
    desk.entry(long[:30], date(2026, 11, 5), "1.00")
    assert why(desk.gets(long)) == ("on_hold", "booked_already")


def test_the_entry_of_the_invoice_does_not_hold_its_credit_note(desk: Desk) -> None:
    desk.entry("2026-100")
    assert goes_on(desk.gets("2026-100", type_code="381", kind="credit_note", root="CreditNote"))


def test_entries_of_other_suppliers_and_entries_that_are_gone_hold_nothing(desk: Desk) -> None:
    from django.utils import timezone

    with scope(desk.firm_id):
        other = desk.supplier("Ander B.V.", kvk_number="11112222")
    desk.entry("2026-100", supplier=other)
    desk.entry("2026-100", gone_at=timezone.now())
    assert goes_on(desk.gets("2026-100"))


def test_our_own_entry_of_another_invoice_is_no_entry_by_hand(desk: Desk) -> None:
    """The other invoice itself is what this one is held against."""
    entry = desk.entry("LEASE-1")
    first = desk.gets("LEASE-1", (line(net="5.00"),), issue_date=date(2026, 1, 2))
    with scope(desk.firm_id):
        Booking.objects.create(
            invoice=first, connection=desk.connection, state="done", entry_id=entry.exact_id
        )
    second = desk.gets("HERINNERING")
    assert goes_on(second) and second.duplicates == []


def test_the_mirrors_look_is_by_number_and_sign_in_the_booking_too(desk: Desk) -> None:
    from connections.models import Entry
    from invoices.judging import ledger

    desk.entry("2026-1OO")
    invoice, credit = (
        desk.gets("X-1"),
        desk.gets("X-2", type_code="381", kind="credit_note", root="CreditNote"),
    )
    with scope(desk.firm_id):
        invoice.number = credit.number = "2026-100"
        assert Entry.objects.filter(ledger.with_number(invoice)).count() == 1
        assert Entry.objects.filter(ledger.with_number(credit)).count() == 0


def test_a_currency_that_no_purchase_journal_takes_is_held_before_exact_refuses_it(desk: Desk) -> None:
    got = desk.gets("2026-100", currency="USD")
    assert why(got) == ("on_hold", "currency_not_taken")
    assert got.issue is not None and got.issue.code == "unknown_currency"


@pytest.mark.parametrize("fields", [{"currency": "USD"}, {"any_currency": True}, {"currency": ""}])
def test_a_currency_that_a_journal_takes_goes_on(desk: Desk, fields: dict[str, Any]) -> None:
    with scope(desk.firm_id):
        Journal.objects.create(
            connection=desk.connection,
            exact_id=uuid4(),
            code="71",
            description="Inkoop vreemd",
            type=22,
            **fields,
        )
    assert goes_on(desk.gets("2026-100", currency="USD"))


def test_a_journal_that_the_connection_names_must_take_it_itself(desk: Desk) -> None:
    with scope(desk.firm_id):
        Journal.objects.create(
            connection=desk.connection,
            exact_id=uuid4(),
            code="71",
            description="Vreemd",
            type=22,
            any_currency=True,
        )
        desk.connection.journal = "70"
        desk.connection.save()
    assert why(desk.gets("2026-100", currency="USD")) == ("on_hold", "currency_not_taken")
