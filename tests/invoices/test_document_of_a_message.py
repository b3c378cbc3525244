"""Which document in Exact came of our message: one that is another's must never be taken for ours."""

from decimal import Decimal
from typing import Any

from invoices.booking import deliver
from invoices.booking.book import _document_of
from invoices.models import Invoice

INVOICE = Invoice(number="2026-17", total=Decimal("121.00"))


def document(subject: str, amount: Any = None) -> dict[str, Any]:
    return {"Subject": subject, "AmountFC": amount}


def test_the_one_with_our_reference_is_ours_whatever_else_it_says() -> None:
    ours = document(f"Iets heel anders {deliver.reference(INVOICE)}")
    assert _document_of(INVOICE, [document("Van Dam 2026-17"), ours]) is ours


def test_without_a_reference_the_only_one_that_names_the_number_is_ours() -> None:
    named = document("Factuur 2026-17 Van Dam", Decimal("121.00"))
    assert _document_of(INVOICE, [document("Factuur 2026-170"), named, document("2026-17b")]) is named


def test_a_document_that_bears_the_name_of_our_file_is_ours() -> None:
    named = document("Drukkerij_Van_Dam_2026-17.xml")
    assert _document_of(INVOICE, [document("Drukkerij_Van_Dam_2026-170.xml"), named]) is named


def test_two_that_name_the_number_or_another_amount_are_nobodys() -> None:
    twice = [document("2026-17"), document("Van Dam 2026-17")]
    assert _document_of(INVOICE, twice) is None
    assert _document_of(INVOICE, [document("2026-17", Decimal("99.00"))]) is None


def test_another_invoices_document_is_not_ours_though_it_names_the_same_number() -> None:
    theirs = document(f"Jansen 2026-17 {deliver.reference(Invoice())}")
    assert _document_of(INVOICE, [theirs]) is None
