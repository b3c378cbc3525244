"""What came in before is not booked again, however it is dressed up."""

import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from invoices import intake, pipeline
from invoices.deciding import corrections, dispatch
from invoices.formats.model import Identifier, PaymentMeans
from invoices.formats.write import ubl
from invoices.models import Invoice
from portal.tenancy import scope
from tests.cast import Cast
from tests.judging.desk import Desk, agreed, goes_on, why
from tests.paper import PRINTER, invoice, line, paper, party


def test_the_same_content_in_other_bytes_is_a_duplicate_by_itself(desk: Desk) -> None:
    first = desk.takes(paper("A-1"))
    again = desk.takes(paper("A-1").replace(b"\n", b"\n "))
    assert why(again) == ("duplicate", "same_content")
    (pair,) = again.duplicates
    assert (pair["id"], pair["percent"], pair["because"]) == (str(first.pk), 100, "same_content")


def test_the_same_bytes_by_another_door_are_the_first_document(desk: Desk) -> None:
    assert desk.takes(paper("A-1"), channel="email").pk == desk.takes(paper("A-1"), channel="peppol").pk


def test_the_same_bytes_given_to_who_has_them_already_are_a_duplicate(desk: Desk) -> None:
    """They waited for a person, and came in once more for a client that the sender named."""
    data = paper("A-1", buyer=party("Onbekend B.V.", "55555555"))
    lost = desk.takes(data, routed=False)
    first = desk.takes(data)
    with scope(desk.firm_id):
        row = Invoice.objects.select_related("document", "issue").get(pk=lost.pk)
        corrections.route(row, desk.organisation)
    routed = desk.now(lost)
    assert why(routed) == ("duplicate", "same_document")
    assert [(pair["id"], pair["because"]) for pair in routed.duplicates] == [(str(first.pk), "same_document")]


NUMBERS = [
    "2026100",
    "2026/100",
    " 2026-100 ",
    "2026–100",
    "02026-100",
    "2O26-1OO",
    "２０２６-１００",
    "2026-l00",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_in_another_dress_is_the_same_number(desk: Desk, number: str) -> None:
    desk.gets("2026-100")
    again = desk.gets(number, (line(net="250.00"),), issue_date=date(2026, 11, 9))
    assert why(again) == ("on_hold", "duplicate_suspected")
    (pair,) = again.duplicates
    assert (agreed(pair), pair["percent"]) >= ({"supplier", "number"}, 70)


def test_the_pair_stands_side_by_side_with_the_difference_of_each_field(desk: Desk) -> None:
    first = desk.gets("2026-100")
    again = desk.gets("2026-100", (line(net="250.00"),), issue_date=date(2026, 11, 9))
    (pair,) = again.duplicates
    shown = {
        one["name"]: (one["this"], one["that"], one["agrees"], one["difference"]) for one in pair["compared"]
    }
    assert shown["supplier"] == ("Drukkerij Van Dam B.V.",) * 2 + (True, "")
    assert shown["date"] == ("2026-11-09", "2026-11-03", False, "6")
    assert shown["amount"] == ("302.50 EUR", "121.00 EUR", False, "181.50")
    assert (pair["id"], pair["because"], again.reason_values["of"]) == (
        str(first.pk),
        "same_number",
        str(first.pk),
    )
    assert again.issue is not None and again.issue.code == "duplicate_suspected"


@pytest.mark.parametrize(
    ("changes", "percent"),
    [
        ({"issue_date": date(2026, 12, 1)}, 90),
        ({"lines": (line(net="99.00"),)}, 80),
        ({"seller": party("Heel Iemand Anders B.V.", "11112222", "NL004495445B01")}, 70),
    ],
)
def test_three_of_four_are_a_suspicion_with_a_percentage(
    desk: Desk, changes: dict[str, Any], percent: int
) -> None:
    desk.gets("2026-100")
    again = desk.gets("2026-100", **changes)
    assert why(again) == ("on_hold", "duplicate_suspected")
    assert again.duplicates[0]["percent"] == percent


def test_two_of_four_are_none(desk: Desk) -> None:
    desk.gets("2026-100")
    stranger = party("Heel Iemand Anders B.V.", "11112222", "NL004495445B01")
    assert goes_on(desk.gets("2026-100", (line(net="99.00"),), seller=stranger))
    assert goes_on(desk.gets("X-77", (line(net="12.00"),)))


def test_an_amount_in_another_currency_is_not_the_same_amount(desk: Desk) -> None:
    desk.gets("2026-100", currency="EUR")
    again = desk.gets("2026-100", currency="USD")
    assert why(again) == ("on_hold", "duplicate_suspected")
    assert agreed(again.duplicates[0]) == {"supplier", "number", "date", "iban"}
    stranger = party("Heel Iemand Anders B.V.", "11112222", "NL004495445B01")
    third = desk.gets("2026-100", currency="GBP", seller=stranger)
    assert "duplicate" not in third.reason


def test_a_supplier_without_numbers_is_compared_by_name(desk: Desk) -> None:
    nameless = replace(PRINTER, legal_id=None, tax_ids=(), endpoint=None)
    desk.gets("2026-100")
    again = desk.gets(
        "2026-100", (line(net="250.00"),), seller=replace(nameless, name="DRUKKERIJ VAN DAM BV")
    )
    assert why(again) == ("on_hold", "duplicate_suspected")


def test_a_shared_bank_account_alone_makes_nobody_the_same_supplier(desk: Desk) -> None:
    """Factoring companies collect for many."""
    desk.gets("2026-100", (line(net="10.00"),))
    assert "duplicate" not in desk.gets("2026-100", seller=party("Ander B.V.", "11112222")).reason


# --- Credit notes ----------------------------------------------------------------------------------------


def test_a_credit_note_may_bear_the_number_of_what_it_takes_back(desk: Desk) -> None:
    desk.gets("2026-100")
    credit = desk.gets("2026-100", type_code="381", kind="credit_note", root="CreditNote")
    assert credit.is_credit and credit.total == Decimal("-121.00")
    assert goes_on(credit) and credit.duplicates == []


def test_an_invoice_that_reuses_the_number_of_its_credit_note_is_held_against_the_first_invoice(
    desk: Desk,
) -> None:
    desk.gets("2026-100")
    desk.gets("2026-100", type_code="381", kind="credit_note", root="CreditNote")
    again = desk.gets("2026-100", issue_date=date(2026, 11, 20))
    assert why(again) == ("on_hold", "duplicate_suspected")


def test_a_credit_note_and_a_negative_invoice_of_one_number_are_laid_side_by_side(desk: Desk) -> None:
    desk.gets("C-1", type_code="381", kind="credit_note", root="CreditNote")
    again = desk.takes(ubl(invoice("C-1", type_code="380", kind="credit_note", written_negative=True)))
    assert (again.is_credit, again.total) == (True, Decimal("-121.00"))
    assert why(again) == ("on_hold", "duplicate_suspected")
    assert again.duplicates[0]["percent"] == 100


# --- The same day and amount, another number -------------------------------------------------------------


def test_the_next_number_of_a_series_is_another_invoice_and_is_shown_only(desk: Desk) -> None:
    """Twenty cars leased: twenty equal invoices on one day."""
    desk.gets("LEASE-2026-0041")
    second = desk.gets("LEASE-2026-0042")
    assert goes_on(second)
    (pair,) = second.duplicates
    assert (pair["because"], pair["percent"]) == ("same_series", 60)


def test_a_number_of_another_make_on_the_same_day_for_the_same_amount_is_asked_about(desk: Desk) -> None:
    desk.gets("2026-100")
    other = desk.gets("HERINNERING-A1")
    assert why(other) == ("on_hold", "same_day_and_amount")
    assert goes_on(desk.releases(other, "not_a_duplicate"))


def test_one_answer_counts_for_all_of_that_supplier_day_and_amount(desk: Desk) -> None:
    desk.gets("2026-100")
    second, third = desk.gets("KENTEKEN-AB"), desk.gets("KENTEKEN-CD-EF")
    assert [one.reason for one in (second, third)] == ["same_day_and_amount"] * 2
    assert second.issue_id == third.issue_id
    desk.releases(second, "not_a_duplicate")
    assert goes_on(desk.now(second)) and goes_on(desk.now(third))
    assert desk.open_issues("duplicate_suspected") == []


def test_a_supplier_whose_ledger_is_full_of_such_pairs_is_not_asked_about(desk: Desk) -> None:
    for number in ("OUD AB", "12 CD-34"):
        desk.entry(number, date(2026, 10, 3))
    desk.gets("2026-100")
    assert goes_on(desk.gets("KENTEKEN-AB"))


# --- What people said ------------------------------------------------------------------------------------


def test_what_was_rejected_comes_back_to_a_person_and_never_into_the_books(desk: Desk) -> None:
    first = desk.rejects(desk.gets("2026-100"), "Spooknota")
    same = desk.takes(paper("2026-100").replace(b"\n", b"\n "))
    assert why(same) == ("on_hold", "rejected_before")
    assert same.reason_values == {"of": str(first.pk), "number": "2026-100", "words": "Spooknota"}
    desk.rejects(same, "Spooknota")
    assert why(desk.gets("2026-1OO", (line(net="95.00"),))) == ("on_hold", "rejected_before")


def test_a_living_original_speaks_louder_than_a_rejected_copy(desk: Desk) -> None:
    first = desk.gets("2026-100")
    copy = desk.gets("2026-100", (line(net="101.00"),))
    desk.rejects(copy, "Dubbel")
    third = desk.takes(paper("2026-100").replace(b"\n", b"\n "))
    assert why(third) == ("duplicate", "same_content")
    assert third.duplicates[0]["id"] == str(first.pk)


def test_not_a_duplicate_counts_for_the_pair_that_was_shown_and_no_other(desk: Desk) -> None:
    desk.gets("2026-100")
    second = desk.gets("2026-100", (line(net="250.00"),))
    released = desk.releases(second, "not_a_duplicate")
    assert goes_on(released) and released.duplicates[0]["settled"] is True

    desk.gets("2026-100", (line(net="251.00"),))  # held, and rejected by nobody
    with scope(desk.firm_id):
        dispatch.retry(Invoice.objects.get(pk=second.pk))
    desk.settles()
    assert goes_on(desk.now(second)), "the third was held because of this one, so it is judged from that side"


def test_it_is_the_same_one_says_a_person(desk: Desk) -> None:
    first = desk.gets("2026-100")
    second = desk.gets("2026-100", (line(net="250.00"),))
    settled = desk.releases(second, "is_a_duplicate")
    assert why(settled) == ("duplicate", "duplicate_confirmed")
    assert settled.reason_values["of"] == str(first.pk)
    assert desk.open_issues("duplicate_suspected") == []


def test_the_first_one_read_again_is_not_held_because_of_the_second(desk: Desk) -> None:
    first = desk.gets("2026-100")
    desk.gets("2026-100", (line(net="250.00"),))
    with scope(desk.firm_id):
        dispatch.retry(Invoice.objects.get(pk=first.pk))
    desk.settles()
    assert goes_on(desk.now(first))


def test_an_older_one_that_was_lost_until_now_is_held_against_what_was_booked_meanwhile(desk: Desk) -> None:
    data = ubl(invoice("2026-100", buyer=replace(PRINTER, name="?", legal_id=Identifier("55555555", "0106"))))
    lost = desk.takes(data, routed=False)
    desk.moves(desk.gets("2026-100", (line(net="100.01"),)), "ready", "booking", "booked")
    with scope(desk.firm_id):
        row = Invoice.objects.select_related("document", "issue").get(pk=lost.pk)
        row.released = ["other_buyer"]
        row.save()
        corrections.route(row, desk.organisation)
    desk.settles()
    assert why(desk.now(lost)) == ("on_hold", "duplicate_suspected")


def test_another_client_of_the_firm_may_get_the_same_number(cast: Cast, desk: Desk) -> None:
    butcher = Desk(cast.alice, "Slagerij Hak", "99999990")
    desk.gets("2026-100")
    assert goes_on(butcher.gets("2026-100", buyer=party("Slagerij Hak", "99999990")))


# --- Two at once -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["same content", "same number"])
def test_two_copies_that_are_read_at_the_same_moment_see_each_other(desk: Desk, what: str) -> None:
    """Without waiting for each other neither would be in the database when the other looks."""
    lines = (line(),) if what == "same content" else (line(net="250.00"),)
    papers = [paper("2026-100"), ubl(invoice("2026-100", lines)).replace(b"\n", b"\n ")]
    got = [
        intake.receive(desk.firm_id, data, channel="email", organisation_id=desk.organisation.pk).invoice_id
        for data in papers
    ]
    ready = threading.Barrier(2)

    def read(pk: Any) -> None:
        ready.wait()
        try:
            pipeline.process(desk.firm_id, pk)
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=read, args=(pk,)) for pk in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(goes_on(desk.now(pk)) for pk in got) == 1


def test_another_account_on_the_same_invoice_in_another_form_is_never_waved_through(desk: Desk) -> None:
    """A thief sends the PDF first: the real one must not vanish as its copy, nor the other way round."""
    desk.moves(desk.gets("2026-100"), "review")
    thief = desk.gets("2026-100", payment_means=(PaymentMeans(code="30", account="NL44RABO0123456789"),))
    assert why(thief) == ("on_hold", "duplicate_suspected")
    (iban,) = [one for one in thief.duplicates[0]["compared"] if one["name"] == "iban"]
    assert iban["agrees"] is False
