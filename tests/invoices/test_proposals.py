"""Where lines go, how sure that is, and why: on a ledger written straight into the mirror."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connections.models import CostCode, LedgerAccount, Supplier
from invoices.formats.model import AllowanceCharge, PaymentMeans, PaymentTerms, Period, Totals, VatCategory
from invoices.knowledge import keeping
from invoices.learning import Calibration
from invoices.models import Bookkeeping
from invoices.proposing import evidence, proposals
from invoices.proposing.amounts import g_account_amount
from portal.tenancy import scope
from tests.books import Books
from tests.cast import Cast
from tests.paper import PRINTER, invoice, line, party


@pytest.fixture
def books(cast: Cast) -> Books:
    return Books(cast.alice)


@pytest.fixture
def printer(books: Books) -> Supplier:
    return books.supplier()


def kinds(proposed: Any) -> list[str]:
    return [one["kind"] for one in proposed.because]


def test_a_line_goes_where_the_same_text_went_and_names_the_entries(books: Books, printer: Supplier) -> None:
    books.months(printer, 4, ("4400", "2", "100", "Papier"), ("4500", "2", "80", "Ontwerp"))
    _, _, lines = books.propose(invoice(lines=(line("Ontwerp", "95.00"), line("Papier", "110.00"))), printer)
    assert [(one.account, one.vat_code, one.invoice_lines) for one in lines] == [
        ("4500", "2", [1]),
        ("4400", "2", [2]),
    ]
    same = [one for one in lines[0].because if one["kind"] == "same_text"]
    assert [one["text"] for one in same] == ["Ontwerp", "Ontwerp"]
    assert {one["date"] for one in same} == {"2026-04-05", "2026-03-05"}
    assert 1 <= len(lines[0].because) <= 5
    assert "Ontwerp" in evidence.sentence(same[0])


def test_a_text_that_is_new_goes_where_its_telling_word_went(books: Books, printer: Supplier) -> None:
    for month in range(1, 7):
        books.book(
            printer,
            date(2026, month, 5),
            ("4400", "2", "50", f"Papier {['wit', 'blauw', 'geel'][month % 3]}"),
            ("4430", "2", "90", f"Licentie {['basis', 'extra', 'plus'][month % 3]}"),
        )
    _, _, (proposed,) = books.propose(invoice(lines=(line("Licentie studio"),)), printer)
    assert proposed.account == "4430"
    assert "words" in kinds(proposed)
    assert next(one for one in proposed.because if one["kind"] == "words")["words"] == "licentie"


def test_a_dear_thing_is_inventory_when_dear_things_were(books: Books, printer: Supplier) -> None:
    for month, amount in enumerate((80, 900, 120, 1500, 200, 1100, 310, 700, 95, 2000), 1):
        account = "0150" if amount > 450 else "4400"
        books.book(printer, date(2026, month, 3), (account, "2", str(amount), "Apparaat"))
    _, _, (dear,) = books.propose(invoice(lines=(line("Apparaat", "1250.00"),)), printer)
    _, _, (cheap,) = books.propose(invoice("2", lines=(line("Apparaat", "150.00"),)), printer)
    assert (dear.account, cheap.account) == ("0150", "4400")
    assert "amount_from" in kinds(dear)
    assert "amount_below" in kinds(cheap)


def test_a_lone_exception_is_not_followed_but_named(books: Books, printer: Supplier) -> None:
    books.months(printer, 8, ("4400", "2", "100", "Papier"))
    books.book(printer, date(2026, 9, 5), ("4990", "2", "100", "Papier"))
    _, _, (proposed,) = books.propose(invoice(lines=(line("Papier"),)), printer)
    assert proposed.account == "4400"
    assert "against" in kinds(proposed)


def test_two_in_a_row_are_a_new_way_of_booking(books: Books, printer: Supplier) -> None:
    books.months(printer, 8, ("4400", "2", "100", "Papier"))
    for month in (9, 10):
        books.book(printer, date(2026, month, 5), ("4990", "2", "100", "Papier"))
    _, _, (proposed,) = books.propose(invoice(lines=(line("Papier"),)), printer)
    assert proposed.account == "4990"


def test_lines_of_one_destination_are_one_line_and_can_be_parted_again(
    books: Books, printer: Supplier
) -> None:
    books.months(printer, 4, ("4400", "2", "100", "Papier"), ("4400", "2", "10", "Inkt"))
    content = invoice(lines=(line("Papier", "33.33"), line("Inkt", "66.67")))
    _, proposal, (merged,) = books.propose(content, printer)
    assert (merged.amount, merged.vat_amount, merged.invoice_lines) == (
        Decimal("100.00"),
        Decimal("21.00"),
        [1, 2],
    )
    with scope(books.office.firm_id):
        parted = proposals.part(proposal, merged.position)
    assert [(one.description, one.amount, one.invoice_lines) for one in parted] == [
        ("Papier", Decimal("33.33"), [1]),
        ("Inkt", Decimal("66.67"), [2]),
    ]
    assert sum(one.vat_amount for one in parted) == Decimal("21.00")


def test_a_calibration_of_another_make_is_not_trusted_and_made_again(books: Books, printer: Supplier) -> None:
    """Its two numbers stretch a score that was made of other facts."""
    books.months(printer, 6, ("4400", "2", "100", "Papier"))
    with scope(books.office.firm_id):
        row = keeping.learn_client(books.connection)
        assert keeping.calibration_of(row).n == row.outcomes
        Bookkeeping.objects.filter(pk=row.pk).update(calibration=[2.5, 1.7])
        row = keeping.bookkeeping_of(books.connection)
        assert keeping.calibration_of(row) == Calibration(n=row.outcomes)
        assert row.stale_at is not None


# --- VAT -------------------------------------------------------------------------------------------------

GERMAN, AMERICAN = party("Muster GmbH", "", "DE123456789", "DE"), party("Acme Inc", "", "", "US")


@pytest.mark.parametrize(
    ("seller", "category", "rate", "code", "box"),
    [
        (PRINTER, "S", "21", "2", None),
        (PRINTER, "S", "9", "1", None),
        (PRINTER, "Z", "0", "5", None),
        (PRINTER, "E", "0", "6", None),
        (PRINTER, "O", "0", "0", None),
        (PRINTER, "AE", "0", "7", "2a"),
        (GERMAN, "AE", "0", "9", "4b"),
        (GERMAN, "K", "0", "8", "4b"),
        (AMERICAN, "G", "0", "10", "4a"),
        (AMERICAN, "O", "0", "10", "4a"),
        (AMERICAN, "AE", "0", "10", "4a"),
    ],
)
def test_the_sellers_country_and_the_kind_decide_the_vat_code(
    books: Books, seller: Any, category: str, rate: str, code: str, box: str | None
) -> None:
    supplier = books.supplier(seller.name, seller.kvk or "", default_account=_id(books, "4400"))
    content = invoice(seller=seller, lines=(line("Werk", category=category, rate=rate),))
    _, _, (proposed,) = books.propose(content, supplier)
    assert proposed.vat_code == code
    assert [one["box"] for one in proposed.because if one["kind"] == "reverse_charge"] == (
        [box] if box else []
    )


def _id(books: Books, code: str) -> Any:
    with scope(books.office.firm_id):
        return LedgerAccount.objects.get(connection=books.connection, code=code).exact_id


def test_the_code_that_history_uses_wins_over_the_plainest(books: Books, printer: Supplier) -> None:
    books.months(printer, 4, ("4400", "11", "100", "Schoonmaak"))
    content = invoice(lines=(line("Schoonmaak", category="AE", rate="0"),))
    _, _, (proposed,) = books.propose(content, printer)
    assert proposed.vat_code == "11"  # the buyer owes the low rate; the invoice says 0


def test_vat_of_another_country_is_cost_and_for_a_person(books: Books) -> None:
    supplier = books.supplier("Muster GmbH", "", vat_number="DE123456789")
    books.months(supplier, 5, ("4400", "0", "119", "Hotel"))
    content = invoice(seller=GERMAN, lines=(line("Hotel", rate="19"),))
    _, _, (proposed,) = books.propose(content, supplier)
    assert (proposed.vat_code, proposed.amount, proposed.vat_amount) == (
        "0",
        Decimal("119.00"),
        Decimal("0.00"),
    )
    assert "foreign_vat" in kinds(proposed)
    assert books.decide(replace(content, number="2"), supplier).reason == "foreign_vat"


def test_vat_that_was_never_reclaimed_is_cost_and_asked_about(books: Books, printer: Supplier) -> None:
    books.months(printer, 5, ("4500", "0", "121", "Lunch"))
    content = invoice(lines=(line("Lunch"),))
    _, _, (proposed,) = books.propose(content, printer)
    assert (proposed.amount, proposed.vat_amount, proposed.vat_code) == (
        Decimal("121.00"),
        Decimal("0.00"),
        "0",
    )
    assert books.decide(replace(content, number="2"), printer).reason == "never_reclaimed"


def test_a_client_that_reclaims_nothing_books_all_vat_as_cost(books: Books, printer: Supplier) -> None:
    other = books.supplier("Ander", "11112222")
    for month in range(1, 12):
        books.book(other, date(2026, month, 1), *[("4400", "0", "121", "Spullen")] * 3)
    books.months(printer, 4, ("4500", "0", "121", "Lunch"))
    books.learn()
    _, _, (proposed,) = books.propose(invoice(lines=(line("Lunch"),)), printer)
    assert (proposed.amount, proposed.vat_amount) == (Decimal("121.00"), Decimal("0.00"))
    assert "exempt" in kinds(proposed)
    assert books.decide(invoice("2", lines=(line("Lunch"),)), printer).outcome == "autopilot"


def test_rounding_has_a_visible_line_of_its_own_without_vat(books: Books, printer: Supplier) -> None:
    books.months(printer, 4, ("4400", "2", "100", "Papier"))
    content = invoice(lines=(line("Papier", "99.99"),))
    totals = content.totals
    assert totals.with_vat is not None
    rounded = replace(
        content, totals=replace(totals, rounding=Decimal("0.01"), payable=totals.with_vat + Decimal("0.01"))
    )
    _, _, (main, rounding) = books.propose(rounded, printer)
    assert (rounding.amount, rounding.vat_amount, rounding.account, rounding.vat_code) == (
        Decimal("0.01"), Decimal("0.00"), main.account, "0",
    )  # fmt: skip
    assert kinds(rounding) == ["rounding"]


def test_a_discount_on_the_whole_invoice_is_booked_with_its_vat(books: Books, printer: Supplier) -> None:
    from invoices.formats.totals import with_totals

    books.months(printer, 4, ("4400", "2", "100", "Papier"))
    content = invoice(lines=(line("Papier", "200.00"),))
    discount = AllowanceCharge(
        is_charge=False, amount=Decimal("20.00"), reason="Korting", vat=VatCategory("S", Decimal(21), "VAT")
    )
    content = with_totals(replace(content, allowances_charges=(discount,), totals=Totals()))
    _, _, lines = books.propose(content, printer)
    assert sum(one.amount for one in lines) == Decimal("180.00")
    assert sum(one.vat_amount for one in lines) == Decimal("37.80")


# --- Dimensions, periods, G-account ----------------------------------------------------------------------


def test_a_cost_centre_is_proposed_where_the_history_uses_one(books: Books, printer: Supplier) -> None:
    books.months(printer, 5, ("4400", "2", "10", "Papier", "ALG"), ("4400", "2", "20", "Folder", "VRK"))
    _, _, lines = books.propose(invoice(lines=(line("Folder"), line("Papier"))), printer)
    assert [one.cost_center for one in lines] == ["VRK", "ALG"]


def test_a_cost_centre_that_is_blocked_now_is_not_proposed(books: Books, printer: Supplier) -> None:
    books.months(printer, 5, ("4400", "2", "10", "Papier", "ALG"))
    with scope(books.office.firm_id):
        CostCode.objects.filter(code="ALG").update(blocked=True)
    _, _, (proposed,) = books.propose(invoice(lines=(line("Papier"),)), printer)
    assert proposed.cost_center != "ALG"
    assert proposed.confidence < Decimal("0.95")


def test_costs_are_spread_over_the_invoiced_period_where_they_always_were(
    books: Books, printer: Supplier
) -> None:
    for year in (2023, 2024, 2025):
        books.book(
            printer,
            date(year, 1, 5),
            ("4500", "2", "1200", "Verzekering"),
            spread=(date(year, 1, 1), date(year, 12, 31)),
        )
    one = replace(line("Verzekering", "1300.00"), period=Period(date(2026, 1, 1), date(2026, 12, 31)))
    _, _, (proposed,) = books.propose(invoice(issue_date=date(2026, 1, 4), lines=(one,)), printer)
    assert (proposed.from_date, proposed.to_date) == (date(2026, 1, 1), date(2026, 12, 31))
    assert "spread" in kinds(proposed)


def test_costs_are_not_spread_where_they_never_were(books: Books, printer: Supplier) -> None:
    books.months(printer, 4, ("4500", "2", "1200", "Verzekering"))
    one = replace(line("Verzekering", "1300.00"), period=Period(date(2026, 1, 1), date(2026, 12, 31)))
    _, _, (proposed,) = books.propose(invoice(lines=(one,)), printer)
    assert proposed.from_date is None


def test_what_goes_to_the_blocked_account_of_the_seller_is_told_to_exact() -> None:
    content = invoice(
        payment_means=(
            PaymentMeans(code="30", account="NL91ABNA0417164300"),
            PaymentMeans(code="30", id="GACCOUNT"),
        ),
        payment_terms=(
            PaymentTerms(means_id="X", amount=Decimal("91")),
            PaymentTerms(means_id="GACCOUNT", amount=Decimal("30")),
        ),
    )
    assert g_account_amount(content) == Decimal("30.00")
    assert g_account_amount(replace(content, kind="credit_note")) == Decimal("-30.00")
    assert g_account_amount(invoice()) is None


# --- A supplier that is new here -------------------------------------------------------------------------


def test_a_new_supplier_gets_its_default_account_from_exact_and_no_confidence(books: Books) -> None:
    supplier = books.supplier(default_account=_id(books, "4430"))
    _, _, (proposed,) = books.propose(invoice(), supplier)
    assert proposed.account == "4430"
    assert "supplier_default" in kinds(proposed)
    assert proposed.confidence < Decimal("0.8")


def test_other_clients_of_the_firm_lend_their_ways_but_not_their_names(books: Books, cast: Cast) -> None:
    next_door = Books(cast.alice, "Slagerij Hak", "99999990")
    with scope(cast.alice.firm_id):
        next_door.account("40010", rgs="WBedKanAut")  # their chart numbers it otherwise
    theirs = next_door.supplier()
    next_door.months(theirs, 6, ("40010", "2", "55", "Licentie geheim"))
    next_door.propose(invoice("x"), theirs)  # so that it is learnt
    ours = books.supplier()
    _, _, (proposed,) = books.propose(invoice(lines=(line("Licentie"),)), ours)
    assert proposed.account == "4430"
    said = next(one for one in proposed.because if one["kind"] == "firm")
    assert said == {"kind": "firm", "account": "4430", "clients": 1}
    assert "Hak" not in str(proposed.because)
    assert "geheim" not in str(proposed.because)


def test_another_firm_lends_nothing(books: Books, cast: Cast) -> None:
    stranger = Books(cast.charlie, "Slagerij Hak", "99999990")
    theirs = stranger.supplier()
    stranger.months(theirs, 6, ("4430", "2", "55", "Licentie"))
    stranger.propose(invoice("x"), theirs)
    _, _, (proposed,) = books.propose(invoice(lines=(line("Licentie"),)), books.supplier())
    assert proposed.account != "4430"


def test_what_is_not_to_be_learnt_from_teaches_nothing(books: Books, printer: Supplier) -> None:
    from invoices.models import Booking, Proposal

    books.months(printer, 5, ("4400", "2", "100", "Papier"))
    received, proposal, _ = books.propose(invoice("Eenmalig", lines=(line("Bijzonder"),)), printer)
    entry = books.book(printer, date(2026, 10, 1), ("4990", "2", "100", "Bijzonder"))
    with scope(books.office.firm_id):
        Booking.objects.create(invoice=received, connection=books.connection, state="done", entry_id=entry)
        Proposal.objects.filter(pk=proposal.pk).update(learn=False)
    _, _, (proposed,) = books.propose(invoice("2", lines=(line("Bijzonder"),)), printer)
    assert proposed.account == "4400"
