"""What a held invoice asks on its page: the right question, what lies beside it, and the answers that fit."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from invoices.formats.model import PaymentMeans
from invoices.models import Invoice
from tests.api_client import api
from tests.cast import Cast
from tests.judging.desk import Desk, why
from tests.judging.pdfs import picture
from tests.paper import BAKERY, PRINTER, invoice, line, paper, party


def page(owner: Client, got: Invoice) -> str:
    return owner.get(reverse("invoice", args=[got.pk])).content.decode()


def answers(owner: Client, got: Invoice, act: str, reason: str) -> None:
    owner.post(reverse("invoice-act", args=[got.pk, act]), {"reason": reason})


def test_a_sale_is_asked_about_as_a_sale_and_says_where_it_goes(desk: Desk, owner: Client) -> None:
    got = desk.takes(paper("V-1", seller=BAKERY, buyer=party("Café Zes", "55555555")))
    assert why(got) == ("on_hold", "sales_invoice")
    html = page(owner, got)
    assert "Is dit toch inkoop?" in html
    assert "Is dit dezelfde factuur?" not in html
    assert "Peppol" in html and "automatisch" in html
    answers(owner, got, "reject", "Geen inkoop")
    assert desk.now(got).status == "rejected"


def test_a_sale_that_is_a_purchase_after_all_goes_on(desk: Desk, owner: Client) -> None:
    got = desk.takes(paper("V-1", seller=BAKERY, buyer=BAKERY))
    assert why(got)[1] == "sales_invoice"
    answers(owner, got, "release", "is_a_purchase")
    desk.settles()
    assert desk.now(got).reason != "sales_invoice"


def test_a_likely_duplicate_is_laid_beside_the_other_field_by_field(desk: Desk, owner: Client) -> None:
    first = desk.gets("2026-100")
    got = desk.gets("2026-100", (line(net="90.00"),))
    html = page(owner, got)
    assert "80% hetzelfde" in html
    assert "€ 121,00" in html and "€ 108,90" in html
    assert "12,10 verschil" in html
    assert reverse("invoice", args=[first.pk]) in html
    answers(owner, got, "release", "is_a_duplicate")
    assert why(desk.now(got)) == ("duplicate", "duplicate_confirmed")


def test_an_entry_that_somebody_made_in_exact_is_laid_beside_it_too(desk: Desk, owner: Client) -> None:
    desk.entry("2026-100")
    html = page(owner, desk.gets("2026-100"))
    assert "Boeking 26700001 in Exact" in html
    assert "100% hetzelfde" in html


def test_a_suspected_pdf_names_the_file(desk: Desk, owner: Client) -> None:
    desk.gets("2026-100")
    got = desk.takes(picture("x"), filename="Drukkerij van Dam 2026-100.pdf")
    assert why(got)[1] == "pdf_twin_suspected"
    assert "Drukkerij van Dam 2026-100.pdf" in page(owner, got)


def test_the_next_of_a_series_is_shown_and_nothing_is_asked(desk: Desk, owner: Client) -> None:
    desk.gets("2026-100")
    html = page(owner, desk.gets("2026-101"))
    assert "Lijkt veel op een andere" in html
    assert "Geen dubbele" not in html


def test_another_account_says_what_is_known_elsewhere_in_numbers_only(desk: Desk, owner: Client) -> None:
    other = Desk(desk.office, "Garage Vermeulen", "22334455")
    other.gets("2026-555", (line(net="9876.00"),), buyer=party("Garage Vermeulen", "22334455"))
    means = (PaymentMeans(code="30", account="NL20INGB0001234567", reference="1"),)
    html = page(owner, desk.gets(payment_means=means))
    assert "1 andere klant van u heeft deze leverancier; met dit rekeningnummer: 0." in html
    assert "Vermeulen" not in html and "9.876" not in html and "11.949" not in html


def test_money_that_does_not_add_up_and_a_strange_currency_are_two_questions(
    desk: Desk, owner: Client
) -> None:
    made = invoice()
    wrong = desk.takes(_ubl(replace(made, totals=replace(made.totals, with_vat=Decimal("999.00")))))
    assert "Boeken, hoewel het niet klopt?" in page(owner, wrong)
    strange = desk.gets("2026-200", currency="XQX")
    assert why(strange)[1] == "unknown_currency"
    assert "Boeken, hoewel de valuta onbekend is?" in page(owner, strange)


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7 broken", b"\x00\x01", b"<a/>", b"<!DOCTYPE a><a/>", b"<a><b></a>"]
)
def test_a_file_that_cannot_be_read_says_why_in_words(desk: Desk, owner: Client, data: bytes) -> None:
    got = desk.takes(data, filename="raar.xml")
    assert got.status == "unreadable"
    html = page(owner, got)
    said = html.partition("<main")[2]
    assert got.reason not in said
    assert got.reason.replace("_", " ") not in said
    assert "raar.xml" in said


def test_who_only_looks_is_asked_nothing(desk: Desk) -> None:
    from portal.models import Membership, User
    from portal.tenancy import scope
    from tests.pages.firm import browser

    user = User.objects.create_user("kijker@kantoor.example", "x")
    with scope(desk.firm_id):
        Membership.objects.create(user=user, role="viewer")
    desk.gets("2026-100")
    html = page(browser(user), desk.gets("2026-100", (line(net="90.00"),), seller=PRINTER))
    assert "Is dit dezelfde factuur?" not in html
    assert "80% hetzelfde" in html


def _ubl(made: object) -> bytes:
    from invoices.formats.write import ubl

    return ubl(made)  # type: ignore[arg-type]


def test_what_is_held_over_a_question_is_not_approved_past_it(desk: Desk, owner: Client, cast: Cast) -> None:
    means = (PaymentMeans(code="30", account="NL20INGB0001234567", reference="1"),)
    got = desk.gets(payment_means=means)
    assert why(got)[0] == "on_hold" and got.supplier_id is not None
    queue = owner.get(reverse("queue", args=[got.pk])).content.decode()
    assert 'data-key="a"' not in queue and "Beantwoord eerst de vraag" in queue
    told = owner.post(reverse("queue-decide", args=[got.pk, "approve"]), headers={"HX-Request": "true"})
    assert "Beantwoord eerst de vraag" in told.content.decode()
    answers(owner, got, "approve", "")
    assert desk.now(got).status == "on_hold"
    refused = api(cast.alice).post(f"/api/v1/invoices/{got.pk}/approve/")
    assert (refused.status_code, desk.now(got).status) == (409, "on_hold")
    answers(owner, got, "release", "iban_confirmed")
    desk.settles()
    assert desk.now(got).status != "on_hold"
