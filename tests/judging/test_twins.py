"""The PDF of an e-invoice, sent beside it, in either order: one invoice, booked once."""

from datetime import timedelta
from typing import Any

import pytest

from invoices.formats.attachments import PDF
from invoices.formats.model import Attachment, PaymentMeans
from invoices.formats.write import ubl
from invoices.judging.keys import numbers_in
from invoices.models import Document, Invoice
from portal.tenancy import scope
from tests.judging.desk import Desk, goes_on, why
from tests.judging.pdfs import picture
from tests.paper import PRINTER, invoice, paper

MAIL = "facturen@drukkerijvandam.example"


def carrying(pdf: bytes, number: str = "2026-100", *more: Attachment, **changes: Any) -> bytes:
    """An e-invoice with this PDF inside, as most programs send it."""
    inside = Attachment(id=number, content=pdf, filename=f"{number}.pdf", declared_type=PDF, media_type=PDF)
    return ubl(invoice(number, attachments=(*more, inside), **changes))


# --- Known by its bytes ----------------------------------------------------------------------------------


def test_the_pdf_after_the_e_invoice_that_carries_it_is_a_duplicate_by_itself(desk: Desk) -> None:
    pdf = picture("2026-100")
    first = desk.takes(carrying(pdf))
    second = desk.takes(pdf, filename="scan0001.pdf")
    assert goes_on(first)
    assert why(second) == ("duplicate", "pdf_twin")
    (pair,) = second.duplicates
    assert (pair["id"], pair["percent"]) == (str(first.pk), 100)


def test_the_pdf_before_the_e_invoice_gives_way_to_it(desk: Desk) -> None:
    pdf = picture("2026-100")
    first = desk.takes(pdf, filename="scan0001.pdf")
    assert why(first) == ("review", "plain_pdf")
    second = desk.takes(carrying(pdf))
    assert goes_on(second)
    assert why(desk.now(first)) == ("duplicate", "pdf_twin")
    assert desk.now(first).reason_values["of"] == str(second.pk)
    assert [one["id"] for one in second.duplicates] == [str(first.pk)]


def test_a_pdf_that_went_to_exact_already_holds_the_e_invoice(desk: Desk) -> None:
    """Exact's own recognition may be making an entry of it."""
    pdf = picture("2026-100")
    desk.moves(desk.takes(pdf, filename="scan0001.pdf"), "ready", "booking", "delivered")
    second = desk.takes(carrying(pdf))
    assert why(second) == ("on_hold", "pdf_sent")
    assert second.reason_values["file"] == "scan0001.pdf"
    assert goes_on(desk.releases(second, "not_a_duplicate"))


def test_a_pdf_that_somebody_refused_because_the_e_invoice_was_to_come_holds_nothing(desk: Desk) -> None:
    pdf = picture("2026-100")
    desk.rejects(desk.takes(pdf), "Komt via Peppol")
    assert goes_on(desk.takes(carrying(pdf)))


def test_the_pdf_of_an_e_invoice_that_was_refused_goes_to_a_person(desk: Desk) -> None:
    pdf = picture("2026-100")
    desk.rejects(desk.takes(carrying(pdf)), "Spooknota")
    assert why(desk.takes(pdf)) == ("on_hold", "rejected_before")


def test_any_pdf_inside_counts_when_the_pdf_came_first_and_the_first_one_when_it_came_last(
    desk: Desk,
) -> None:
    sheet, bill = picture("uren"), picture("factuur")
    more = Attachment(id="uren", content=sheet, filename="uren.pdf", declared_type=PDF, media_type=PDF)
    first = desk.takes(bill, filename="a.pdf")
    desk.takes(carrying(bill, "2026-100", more))
    assert desk.now(first).reason == "pdf_twin"
    assert why(desk.takes(sheet, filename="uren.pdf")) == ("duplicate", "pdf_twin")


# --- Likely, by its name ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filename", "sender"),
    [
        ("Factuur 2026-100 Drukkerij van Dam.pdf", "iemand@example.com"),
        ("2026-100.pdf", MAIL),
        ("factuur_2026100.PDF", MAIL),
        ("2026-11-03 factuur 2026 100.pdf", MAIL),
    ],
)
def test_a_pdf_named_after_number_and_seller_is_probably_its_picture(
    desk: Desk, filename: str, sender: str
) -> None:
    first = desk.takes(paper("2026-100"))
    second = desk.takes(picture(), filename=filename, sender=sender)
    assert why(second) == ("on_hold", "pdf_twin_suspected")
    assert (second.duplicates[0]["id"], second.duplicates[0]["percent"]) == (str(first.pk), 60)
    assert second.issue is not None and second.issue.code == "duplicate_suspected"


@pytest.mark.parametrize(
    ("filename", "sender"),
    [
        ("2026-100.pdf", "info@heeliemandanders.example"),
        ("Drukkerij van Dam.pdf", MAIL),
        ("2026-1001.pdf", MAIL),
        ("", MAIL),
    ],
)
def test_a_pdf_that_has_only_the_number_or_only_the_seller_is_another_invoice(
    desk: Desk, filename: str, sender: str
) -> None:
    desk.takes(paper("2026-100"))
    assert desk.takes(picture(), filename=filename, sender=sender).reason == "plain_pdf"


def test_a_likely_picture_that_waits_for_a_person_is_shown_beside_the_e_invoice_that_comes(
    desk: Desk,
) -> None:
    first = desk.takes(picture(), filename="2026-100.pdf", sender=MAIL)
    second = desk.takes(paper("2026-100"))
    assert goes_on(second)
    assert why(desk.now(first)) == ("on_hold", "pdf_twin_suspected")
    issue = desk.now(first).issue
    assert issue is not None
    desk.releases(desk.now(first), "is_a_duplicate")
    assert desk.now(first).status == "duplicate"


def test_a_likely_picture_that_went_to_exact_holds_the_e_invoice_that_comes(desk: Desk) -> None:
    desk.moves(desk.takes(picture(), filename="2026-100.pdf", sender=MAIL), "ready", "booking", "delivered")
    assert why(desk.takes(paper("2026-100"))) == ("on_hold", "pdf_sent")


def test_a_name_from_last_year_is_no_likeness(desk: Desk) -> None:
    first = desk.takes(paper("2026-100"))
    with scope(desk.firm_id):
        Invoice.objects.filter(pk=first.pk).update(created_at=first.created_at - timedelta(days=90))
    assert desk.takes(picture(), filename="2026-100.pdf", sender=MAIL).reason == "plain_pdf"


@pytest.mark.parametrize(
    ("filename", "likeliest"),
    [
        ("Factuur_2026-100.pdf", "2026100"),
        ("INV-2026-0012.pdf", "1NV20260012"),
        ("F2026-0012 Van Dam.pdf", "F20260012"),
        ("20261103_0008715.pdf", "8715"),
        ("scan.pdf", None),
        ("03-11-2026.pdf", None),
        ("12.pdf", None),
        ("", None),
    ],
)
def test_the_number_in_a_file_name(filename: str, likeliest: str | None) -> None:
    assert next(numbers_in(filename), None) == likeliest


# --- The invoice inside a PDF ----------------------------------------------------------------------------


def hybrid(number: str = "2026-100", **changes: Any) -> bytes:
    return picture(number, paper(number, **changes))


@pytest.mark.parametrize("first", ["xml", "pdf"])
def test_a_hybrid_pdf_and_its_xml_are_one_invoice_in_either_order(desk: Desk, first: str) -> None:
    """What they say is the same to the last word."""
    papers = {"xml": (paper(), Document.Channel.PEPPOL), "pdf": (hybrid(), Document.Channel.EMAIL)}
    second = "pdf" if first == "xml" else "xml"
    one = desk.takes(papers[first][0], channel=papers[first][1])
    other = desk.takes(papers[second][0], channel=papers[second][1])
    assert goes_on(one)
    assert why(other) == ("duplicate", "same_content")


@pytest.mark.parametrize("first", ["xml", "pdf"])
def test_a_hybrid_pdf_that_says_less_than_its_xml_is_one_invoice_with_it(desk: Desk, first: str) -> None:
    thin = hybrid(buyer_reference=None, due_date=None)
    one, other = (paper(), thin) if first == "xml" else (thin, paper())
    assert goes_on(desk.takes(one))
    again = desk.takes(other)
    assert why(again) == ("duplicate", "another_form")
    assert again.duplicates[0]["percent"] == 100


def test_a_hybrid_pdf_with_another_account_is_held_and_not_waved_away(desk: Desk) -> None:
    desk.takes(hybrid(payment_means=(PaymentMeans(code="30", account="NL44RABO0123456789"),)))
    real = desk.takes(paper())
    assert why(real) == ("on_hold", "duplicate_suspected")


def test_a_seller_with_a_short_name_is_never_guessed(desk: Desk) -> None:
    from dataclasses import replace

    desk.takes(paper("2026-100", seller=replace(PRINTER, name="A&B")))
    assert desk.takes(picture(), filename="2026-100 a b.pdf", sender=MAIL).reason == "plain_pdf"
