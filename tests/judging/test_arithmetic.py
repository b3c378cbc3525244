"""Cents are settled and shown; more is held."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.conf import settings

from invoices.formats.jsonable import from_json
from invoices.formats.model import VatBreakdown, VatCategory
from invoices.formats.write import ubl
from invoices.proposing.amounts import pieces
from tests.judging.desk import Desk, goes_on, why
from tests.paper import invoice, line


def off_by(amount: str, field: str = "with_vat") -> bytes:
    """An invoice whose total (and amount due) is too high by so much."""
    made = invoice()
    totals = made.totals
    wrong = {name: getattr(totals, name) + Decimal(amount) for name in {field, "payable"}}
    return ubl(replace(made, totals=replace(totals, **wrong)))


@pytest.mark.parametrize(
    ("amount", "held"), [("0.01", False), ("0.05", False), ("-0.05", False), ("0.06", True), ("-9", True)]
)
def test_a_difference_within_the_tolerance_is_settled_and_a_larger_one_held(
    desk: Desk, amount: str, held: bool
) -> None:
    got = desk.takes(off_by(amount))
    assert (why(got) == ("on_hold", "totals_do_not_add_up")) is held
    assert [one["rule"] for one in got.findings if one["holds"]] == ["BR-CO-15"], "shown either way"


def test_what_is_settled_is_a_line_of_its_own(desk: Desk) -> None:
    got = desk.takes(off_by("0.03"))
    assert [piece.amount for piece in pieces(from_json(got.content)) if piece.kind == "difference"] == [
        Decimal("0.03")
    ]


def test_the_tolerance_is_a_setting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "TOTALS_TOLERANCE", Decimal("0.00"))
    assert why(desk.takes(off_by("0.01"))) == ("on_hold", "totals_do_not_add_up")


def test_vat_that_no_line_has_would_be_booked_as_cost_and_is_held(desk: Desk) -> None:
    """The totals agree with each other, so no published rule that we hold on fires; the lines do not."""
    made = invoice(lines=(line(category="E", rate="0"),))
    totals = replace(made.totals, vat=Decimal("21.00"), with_vat=Decimal("121.00"), payable=Decimal("121.00"))
    breakdown = (VatBreakdown(Decimal("100.00"), Decimal("21.00"), VatCategory("S", Decimal(21), "VAT")),)
    second = VatBreakdown(
        Decimal("0.00"), Decimal("0.00"), VatCategory("E", Decimal(0), "VAT", reason="vrijgesteld")
    )
    got = desk.takes(ubl(replace(made, totals=totals, vat_breakdown=(*breakdown, second))))
    assert why(got) == ("on_hold", "totals_do_not_add_up")


def test_an_unknown_currency_is_held_by_its_own_name(desk: Desk) -> None:
    got = desk.gets(currency="EUX")
    assert why(got) == ("on_hold", "unknown_currency")
    assert got.issue is not None and got.issue.values["currency"] == "EUX"


def test_a_person_may_book_it_all_the_same(desk: Desk) -> None:
    assert goes_on(desk.releases(desk.takes(off_by("9.00")), "findings"))


def test_payable_rounding_is_no_difference(desk: Desk) -> None:
    made = invoice(lines=(line(net="100.02"),))
    totals = replace(made.totals, rounding=Decimal("0.02"), payable=made.totals.payable + Decimal("0.02"))
    assert goes_on(desk.takes(ubl(replace(made, totals=totals))))


def test_an_invoice_without_a_number_or_a_date_is_incomplete_and_not_said_to_be_wrong(desk: Desk) -> None:
    for made in (invoice(number=""), replace(invoice(), issue_date=None, due_date=None)):
        got = desk.takes(ubl(made))
        assert why(got) == ("on_hold", "invoice_incomplete"), got.reason_values
        desk.rejects(got)


def test_amounts_in_findings_are_written_as_in_their_language(desk: Desk) -> None:
    from invoices.formats.rules.words import sentence

    values = {"stated": "140.00", "reckoned": "121.00", "difference": "19.00"}
    assert "140,00" in sentence("BR-CO-15", "nl", "BT-112", values)
    assert "140.00" in sentence("BR-CO-15", "en", "BT-112", values)
