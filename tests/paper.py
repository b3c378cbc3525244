"""Invoices written for tests: whole, arithmetically sound, and different only where a test says so."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from invoices.formats.model import (
    Address,
    Identifier,
    Invoice,
    Item,
    Line,
    Party,
    PaymentMeans,
    Price,
    VatCategory,
)
from invoices.formats.totals import with_totals
from invoices.formats.write import PEPPOL_PROCESS, PEPPOL_SPECIFICATION, ubl


def line(text: str = "Abonnement", net: str = "100.00", rate: str = "21", category: str = "S") -> Line:
    """One line of one piece."""
    return Line(
        quantity=Decimal(1),
        unit="C62",
        net=Decimal(net),
        price=Price(net=Decimal(net)),
        item=Item(name=text),
        vat=VatCategory(category, Decimal(rate), "VAT"),
    )


def party(name: str, kvk: str, vat: str = "", country: str = "NL") -> Party:
    return Party(
        name=name,
        legal_id=Identifier(kvk, "0106"),
        endpoint=Identifier(kvk, "0106"),
        tax_ids=(Identifier(vat, "VAT"),) if vat else (),
        address=Address(street="Straat 1", city="Utrecht", postcode="3511AB", country=country),
    )


PRINTER = party("Drukkerij Van Dam B.V.", "87654321", "NL853746333B01")
BAKERY = party("Bakkerij De Korenaar", "12345678")


def invoice(number: str = "2026-100", lines: tuple[Line, ...] | None = None, **changes: Any) -> Invoice:
    """From the printer to the bakery, unless `changes` say otherwise."""
    day = changes.pop("issue_date", date(2026, 11, 3))
    draft = Invoice(
        number=number,
        issue_date=day,
        due_date=day + timedelta(days=30),
        type_code="380",
        currency="EUR",
        specification=PEPPOL_SPECIFICATION,
        process=PEPPOL_PROCESS,
        buyer_reference="n.v.t.",
        seller=PRINTER,
        buyer=BAKERY,
        payment_means=(PaymentMeans(code="30", account="NL91ABNA0417164300", reference=number),),
        lines=tuple(replace(one, id=str(position)) for position, one in enumerate(lines or (line(),), 1)),
    )
    return with_totals(replace(draft, **changes))


def paper(number: str = "2026-100", lines: tuple[Line, ...] | None = None, **changes: Any) -> bytes:
    """The same as UBL bytes."""
    return ubl(invoice(number, lines, **changes))
