"""Pictures of the viewer for the user guide, of invoices that the project wrote itself.

`PICTURES=1 python -m pytest tests/browser/test_pictures_of_the_viewer.py` writes docs/pictures/viewer-*.png. Without it
the same pages are opened, light and dark, and what a picture must show is looked for.
"""

import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from invoices.demo.papers import PDF as A_PDF
from invoices.formats.attachments import CSV, PDF
from invoices.formats.model import (
    Address,
    AllowanceCharge,
    Attachment,
    Invoice,
    Note,
    PaymentTerms,
    Period,
    PrecedingInvoice,
    Price,
    VatBreakdown,
    VatCategory,
)
from invoices.formats.write import ubl
from tests.browser.conftest import Live, sign_in
from tests.cast import Cast
from tests.judging.desk import Desk
from tests.paper import BAKERY, invoice, line, party

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
LINES = int(os.environ.get("PICTURES_LINES", "500"))


def plain() -> Invoice:
    flyers = replace(
        line("Flyers A5, 135 grams", "180.00"),
        quantity=Decimal(2),
        price=Price(net=Decimal("90.00"), base_quantity=Decimal(1000)),
    )
    return invoice(
        "2026-1041",
        (replace(flyers, quantity=Decimal(2000), unit="H87"), line("Ontwerp voorjaarsactie", "240.00"), line("Boek", "45.00", "9")),
        buyer_reference="PO-7731",
        period=Period(invoice().issue_date, invoice().due_date),
        payment_terms=(PaymentTerms("Betaling binnen 30 dagen."),),
        allowances_charges=(
            AllowanceCharge(False, amount=Decimal("15.00"), reason="Klantkorting", vat=VatCategory("S", Decimal(21), "VAT")),
        ),
        attachments=(
            Attachment(id="pakbon", description="Pakbon", filename="pakbon.pdf", declared_type=PDF, content=A_PDF),
            Attachment(id="uren", description="Uren", filename="uren.csv", declared_type=CSV, content=b"Dag;Wie;Uren\n3 november;Iris;4,5\n4 november;Sem;3\n"),
        ),
    )  # fmt: skip


def reverse_charge() -> Invoice:
    category = VatCategory("AE", Decimal(0), "VAT", reason="Btw verlegd", reason_code="VATEX-EU-AE")
    return invoice(
        "OA-2026-12",
        (line("Onderaanneming week 44", "1850.00", "0", "AE"), line("Materiaal", "320.00", "0", "AE")),
        seller=party("Tegelwerken Smit", "66554433", "NL001234567B12"),
        buyer=replace(BAKERY, tax_ids=(party("x", "1", "NL823456783B01").tax_ids)),
        vat_breakdown=(VatBreakdown(vat=category),),
    )


def credit_note() -> Invoice:
    return invoice(
        "C-2026-007",
        (line("Retour flyers, verkeerd gesneden", "180.00"),),
        kind="credit_note",
        root="CreditNote",
        type_code="381",
        due_date=None,
        preceding=(PrecedingInvoice("2026-1041"),),
        notes=(Note("Creditnota wegens een snijfout."),),
    )


def foreign_currency() -> Invoice:
    return invoice(
        "INV-88120",
        (line("Cloud hosting, November", "420.00", "0", "G"),),
        currency="USD",
        seller=replace(
            party("Northwind Hosting Inc.", ""),
            legal_id=None,
            endpoint=None,
            address=Address(street="200 Harbor Street", city="Portland OR", postcode="97201", country="US"),
        ),
        vat_breakdown=(
            VatBreakdown(vat=VatCategory("G", Decimal(0), "VAT", reason="Export outside the EU")),
        ),
    )


def many_lines() -> Invoice:
    return invoice(
        "2026-5000",
        tuple(line(f"Artikel {n:03} {'klein' if n % 3 else 'groot'} materiaal", f"{n % 17 + 1}.00") for n in range(1, LINES + 1)),
    )  # fmt: skip


PAPERS = {
    "plain": (plain, "Klantkorting"),
    "reverse-charge": (reverse_charge, "VATEX-EU-AE"),
    "credit-note": (credit_note, "U krijgt terug"),
    "foreign-currency": (foreign_currency, "$ 420,00"),
    "many-lines": (many_lines, f"Artikel {LINES:03}"),
}


@pytest.fixture
def seen(page: Page, context: BrowserContext, live: Live, cast: Cast) -> tuple[Page, Live, Desk]:
    desk = Desk(cast.alice, vat_number="NL823456783B01")
    sign_in(context, live, cast.alice.owner)
    page.set_default_timeout(20_000)
    page.set_viewport_size({"width": 1600, "height": 1000})
    return page, live, desk


def test_the_viewer_shows_every_kind_of_invoice_and_pictures_are_made_of_it(
    seen: tuple[Page, Live, Desk],
) -> None:
    page, live, desk = seen
    for name, (make, words) in PAPERS.items():
        got = desk.takes(ubl(make()))
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.goto(f"{live.url}/invoices/{got.pk}/")
            sheet = page.locator("article.sheet")
            expect(sheet.get_by_text(words).first).to_be_visible()
            expect(sheet.locator(".totals .badge.bad")).to_have_count(0)
            if theme == "light" and name == "plain":
                page.locator(".papers summary").nth(1).click()
                expect(page.get_by_role("cell", name="Iris")).to_be_visible()
            if os.environ.get("PICTURES") and (theme == "light" or name == "plain"):
                page.evaluate("scrollTo(0, 0)")
                box = sheet.bounding_box()
                assert box is not None
                clip = {**box, "height": min(box["height"], 1_400.0)}
                path = FOLDER / f"viewer-{name}{'-dark' if theme == 'dark' else ''}.png"
                page.screenshot(path=path, clip=clip, full_page=True)  # type: ignore[arg-type]


def test_the_amounts_stay_in_sight_beside_the_proposal_and_on_a_phone(seen: tuple[Page, Live, Desk]) -> None:
    page, live, desk = seen
    got = desk.takes(ubl(plain()))
    for width in (390, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        for url in (f"/queue/{got.pk}/?view=all", f"/invoices/{got.pk}/"):
            page.goto(live.url + url)
            table = page.locator(".sheet .table").first
            wide, room = table.evaluate("one => [one.scrollWidth, one.clientWidth]")
            assert wide <= room, (width, url, wide, room)
