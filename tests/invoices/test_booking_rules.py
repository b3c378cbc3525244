"""Rules of a firm and of a client: what they ask, what they say, their history, and their trial on the past."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from connections.models import Supplier
from invoices.models import Booking, BookingRuleVersion, Invoice
from invoices.proposing import booking_rules, rule_keeping
from invoices.proposing.booking_rules import BadRule, Case, Rule
from portal.models import Job
from portal.tenancy import scope
from tests.books import Books
from tests.cast import Cast
from tests.paper import invoice, line

CASE = Case(
    "Café de Kroon B.V.",
    "11112222",
    "NL001B01",
    "Lunch 4 personen",
    Decimal("80"),
    Decimal("96.8"),
    date(2026, 5, 1),
)


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({"supplier": {"kvk": "11112222"}}, True),
        ({"supplier": {"kvk": "99998888"}}, False),
        ({"supplier": {"vat": "nl001b01"}}, True),
        ({"supplier": {"name": "cafe de kroon"}}, True),
        ({"text": "personen LUNCH"}, True),
        ({"text": "diner"}, False),
        ({"text": "lunch", "not_text": "personen"}, False),
        ({"amount_from": "80", "amount_to": "80"}, True),
        ({"amount_from": "80.01"}, False),
        ({"total_to": "96.79"}, False),
        ({"date_from": "2026-05-01", "date_to": "2026-05-01"}, True),
        ({"date_from": "2026-05-02"}, False),
        ({"credit": False}, True),
        ({"credit": True}, False),
    ],
)
def test_all_conditions_must_hold(conditions: dict[str, Any], fits: bool) -> None:
    assert booking_rules.fits(Rule("1", 1, "r", conditions, {"hold": True}), CASE) is fits


@pytest.mark.parametrize(
    ("conditions", "actions"),
    [
        ({}, {"account": "4400"}),
        ({"text": "x"}, {}),
        ({"text": "x"}, {"consents": True}),
        ({"text": "x", "colour": "red"}, {"account": "4400"}),
        ({"text": "x"}, {"acount": "4400"}),
        ({"amount_from": "much"}, {"account": "4400"}),
        ({"date_to": "31-12-2026"}, {"account": "4400"}),
        ({"supplier": {"name": ""}}, {"account": "4400"}),
    ],
)
def test_a_rule_that_cannot_be_read_is_not_kept(conditions: dict[str, Any], actions: dict[str, Any]) -> None:
    with pytest.raises(BadRule):
        booking_rules.check(conditions, actions)


@pytest.fixture
def books(cast: Cast) -> Books:
    return Books(cast.alice)


@pytest.fixture
def printer(books: Books) -> Supplier:
    return books.supplier()


def keep(books: Books, own: bool = True, **fields: Any) -> Any:
    with scope(books.office.firm_id):
        named = {"name": "Regel", "conditions": {"text": "lunch"}, "actions": {"account": "4990"}, **fields}
        return rule_keeping.save(None, connection=books.connection if own else None, **named)


LUNCH = (line("Lunch"),)


def test_a_rule_goes_before_everything_that_was_learnt(books: Books, printer: Supplier) -> None:
    books.months(printer, 6, ("4400", "2", "100", "Lunch"))
    rule = keep(books)
    _, proposal, (proposed,) = books.propose(invoice(lines=LUNCH), printer)
    assert (proposed.account, proposed.vat_code) == ("4990", "2")
    assert proposed.because[0] == {"kind": "rule", "rule": str(rule.pk), "version": 1, "name": "Regel"}
    assert proposal.facts["rules"] == [str(rule.pk)]
    assert proposed.confidence >= Decimal("0.95")


def test_a_clients_own_rule_goes_before_the_firms(books: Books, printer: Supplier) -> None:
    keep(books, own=False, actions={"account": "4500", "cost_center": "VRK"})
    keep(books, own=True, actions={"account": "4990"})
    _, _, (proposed,) = books.propose(invoice(lines=LUNCH), printer)
    assert (proposed.account, proposed.cost_center) == ("4990", "VRK")


def test_a_firms_rule_by_reference_code_finds_each_clients_account(books: Books, printer: Supplier) -> None:
    keep(books, own=False, actions={"rgs": "WBedKanAut"})
    _, _, (proposed,) = books.propose(invoice(lines=LUNCH), printer)
    assert proposed.account == "4430"


def test_a_rule_that_is_off_says_nothing(books: Books, printer: Supplier) -> None:
    rule = keep(books)
    with scope(books.office.firm_id):
        rule_keeping.save(rule, active=False)
    books.months(printer, 4, ("4400", "2", "100", "Lunch"))
    _, _, (proposed,) = books.propose(invoice(lines=LUNCH), printer)
    assert proposed.account == "4400"


def test_a_rule_can_hold_and_can_consent(books: Books, printer: Supplier) -> None:
    keep(books, actions={"account": "4990", "vat_code": "2", "consents": True})
    assert books.decide(invoice(lines=LUNCH), printer).outcome == "autopilot"
    keep(books, actions={"hold": True})
    assert books.decide(invoice("2", lines=LUNCH), printer).reason == "rule_holds"


def test_a_rule_spreads_costs_over_the_invoiced_period(books: Books, printer: Supplier) -> None:
    from invoices.formats.model import Period

    keep(books, actions={"account": "4990", "spread": True})
    lunch = replace(line("Lunch"), period=Period(date(2026, 1, 1), date(2026, 3, 31)))
    _, _, (proposed,) = books.propose(invoice(lines=(lunch,)), printer)
    assert (proposed.from_date, proposed.to_date) == (date(2026, 1, 1), date(2026, 3, 31))


def test_every_change_of_a_rule_is_kept(books: Books, cast: Cast) -> None:
    rule = keep(books)
    with scope(books.office.firm_id):
        rule_keeping.save(rule, actions={"account": "4500"}, actor=cast.alice.owner)
        rule_keeping.save(rule, active=False)
        rows = list(
            BookingRuleVersion.objects.order_by("version").values_list(
                "version", "actions__account", "active"
            )
        )
    assert rows == [(1, "4990", True), (2, "4500", True), (3, "4500", False)]


def test_a_preview_tells_what_would_have_been_otherwise_in_twelve_months(
    books: Books, printer: Supplier
) -> None:
    today = timezone.localdate()
    books.book(printer, today - timedelta(days=10), ("4400", "2", "50", "Lunch team"))
    books.book(printer, today - timedelta(days=20), ("4990", "2", "50", "Lunch klant"))
    books.book(printer, today - timedelta(days=500), ("4400", "2", "50", "Lunch lang geleden"))
    with scope(books.office.firm_id):
        found = rule_keeping.preview([books.connection], {"text": "lunch"}, {"account": "4990"})
        missing = rule_keeping.preview([books.connection], {"text": "lunch"}, {"account": "9"})
    assert (found["lines"], found["changed"]) == (2, 1)
    assert found["changes"][0]["before"]["account"] == "4400"
    assert found["changes"][0]["after"]["account"] == "4990"
    assert missing["missing"] == 2


def test_everything_that_a_rule_booked_in_a_period_can_be_taken_back(books: Books, printer: Supplier) -> None:
    rule = keep(books)
    stands = [_booked(books, printer, f"R-{n}", days_ago=n * 20) for n in range(3)]
    with scope(books.office.firm_id):
        today = timezone.localdate()
        assert set(rule_keeping.booked_by(rule, today - timedelta(days=25), today)) == {
            stands[0].pk,
            stands[1].pk,
        }
        job = rule_keeping.undo_all(rule, today - timedelta(days=25), today)
        kept = Job.objects.get(pk=job.pk)
    assert kept.total == 2
    assert {row["name"].split()[-1] for row in kept.asked} == {
        "R-0",
        "R-1",
    }  # people look for invoices by name


def _booked(books: Books, supplier: Supplier, number: str, days_ago: int) -> Invoice:
    received, _, _ = books.propose(invoice(number, lines=LUNCH), supplier)
    with scope(books.office.firm_id):
        Booking.objects.create(
            invoice=received,
            connection=books.connection,
            state="done",
            done_at=timezone.now() - timedelta(days=days_ago),
        )
        for status in ("ready", "booked"):
            received.status = status
            received.save(update_fields=["status"])
        return received
