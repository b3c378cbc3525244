"""Invoices as the suppliers of the sandbox would send them. All written here; nobody's real invoice is among them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from invoices.demo.world import Habit, rate_of
from invoices.formats.model import (
    Address,
    Attachment,
    Contact,
    Identifier,
    Invoice,
    Item,
    Line,
    Note,
    Party,
    PaymentMeans,
    PaymentTerms,
    Period,
    PrecedingInvoice,
    Price,
    VatBreakdown,
    VatCategory,
)
from invoices.formats.totals import with_totals
from invoices.formats.write import PEPPOL_PROCESS, PEPPOL_SPECIFICATION, ubl

CODES = {"AE": "Reverse charge", "E": "Exempt"}


def seller(habit: Habit) -> Party:
    account = habit.supplier
    kvk = account.get("ChamberOfCommerce") or ""
    return Party(
        name=account["Name"],
        legal_id=Identifier(kvk, "0106") if kvk else None,
        endpoint=Identifier(kvk, "0106") if kvk else Identifier("info@leverancier.example", "EM"),
        tax_ids=(Identifier(account["VATNumber"], "VAT"),) if account.get("VATNumber") else (),
        address=Address(
            street=account.get("AddressLine1") or "Dorpsstraat 1",
            city=account.get("City") or "Utrecht",
            postcode=account.get("Postcode") or "3511 AB",
            country=(account.get("Country") or "NL").strip(),
        ),
        contact=Contact(name="Administratie", email=account.get("Email")),
    )


def buyer(division: dict[str, Any]) -> Party:
    return Party(
        name=division["name"],
        legal_id=Identifier(division["kvk"], "0106"),
        endpoint=Identifier(division["kvk"], "0106"),
        tax_ids=(Identifier(division["vat"], "VAT"),) if division.get("vat") else (),
        address=Address(street="Kerkstraat 12", city="Utrecht", postcode="3511 CD", country="NL"),
    )


def line(
    text: str, net: Decimal, rate: Decimal, category: str = "S", quantity: int = 1, unit: str = "C62"
) -> Line:
    return Line(
        quantity=Decimal(quantity),
        unit=unit,
        net=net * quantity,
        price=Price(net=net),
        item=Item(name=text),
        vat=VatCategory(category if category != "S" or rate else "Z", rate, "VAT"),
    )


def invoice(
    habit: Habit, division: dict[str, Any], number: str, lines: tuple[Line, ...], **changes: Any
) -> Invoice:
    """A whole Peppol invoice, due in 30 days."""
    day: date = changes.pop("issue_date", date.today() - timedelta(days=2))  # noqa: DTZ011 — a date on paper
    draft = Invoice(
        number=number,
        issue_date=day,
        due_date=day + timedelta(days=30),
        type_code="380",
        currency="EUR",
        specification=PEPPOL_SPECIFICATION,
        process=PEPPOL_PROCESS,
        buyer_reference=f"PO-{number[-4:]}",
        seller=seller(habit),
        buyer=buyer(division),
        payment_means=(PaymentMeans(code="30", account=habit.iban or None, reference=number),)
        if habit.iban
        else (),
        payment_terms=(PaymentTerms("Betaling binnen 30 dagen na factuurdatum."),),
        period=Period(day.replace(day=1), day),
        lines=tuple(replace(one, id=str(position)) for position, one in enumerate(lines, 1)),
    )
    return with_totals(replace(draft, **changes))


def usual(habit: Habit, division: dict[str, Any], number: str, factor: Decimal = Decimal("1.04")) -> bytes:
    """What this supplier sends every month, a little dearer."""
    lines = tuple(
        line(
            one["Description"] or "Levering",
            (abs(Decimal(one["AmountFC"])) * factor).quantize(Decimal("0.01")),
            rate_of(one),
        )
        for one in habit.lines
    )
    return ubl(invoice(habit, division, number, lines))


def credit(habit: Habit, division: dict[str, Any], number: str) -> bytes:
    """Half of last month's first line, given back."""
    first = habit.lines[0]
    half = (abs(Decimal(first["AmountFC"])) / 2).quantize(Decimal("0.01"))
    parts = (line(f"Correctie {first['Description'] or 'levering'}", half, rate_of(first)),)
    return ubl(
        invoice(
            habit,
            division,
            number,
            parts,
            kind="credit_note",
            root="CreditNote",
            type_code="381",
            due_date=None,
            preceding=(PrecedingInvoice(f"{number}-oud"),),
            notes=(Note("Creditnota wegens een te hoog berekend bedrag."),),
        )
    )


def reverse_charge(habit: Habit, division: dict[str, Any], number: str) -> bytes:
    """Work by a Dutch subcontractor: the buyer owes the VAT."""
    category = VatCategory("AE", Decimal(0), "VAT", reason=CODES["AE"], reason_code="VATEX-EU-AE")
    parts = (line("Onderaanneming werkzaamheden", Decimal("1850.00"), Decimal(0), "AE"),)
    return ubl(invoice(habit, division, number, parts, vat_breakdown=(VatBreakdown(vat=category),)))


def other_account(habit: Habit, division: dict[str, Any], number: str) -> bytes:
    """As usual, but to be paid to an account that nobody knows."""
    draft = invoice(habit, division, number, (line("Levering", Decimal("240.00"), Decimal(21)),))
    return ubl(
        replace(
            draft, payment_means=(PaymentMeans(code="30", account="NL02RABO0123456789", reference=number),)
        )
    )


def does_not_add_up(habit: Habit, division: dict[str, Any], number: str) -> bytes:
    """A total that is ten euros too high."""
    draft = invoice(habit, division, number, (line("Levering", Decimal("500.00"), Decimal(21)),))
    totals = replace(draft.totals, with_vat=Decimal("615.00"), payable=Decimal("615.00"))
    return ubl(replace(draft, totals=totals))


def foreign_currency(habit: Habit, division: dict[str, Any], number: str) -> bytes:
    """In dollars."""
    return ubl(
        invoice(
            habit,
            division,
            number,
            (line("Software licence", Decimal("99.00"), Decimal(21)),),
            currency="USD",
        )
    )


def long_one(habit: Habit, division: dict[str, Any], number: str, lines: int = 500) -> bytes:
    """Five hundred lines, with a picture of the delivery note."""
    parts = tuple(
        line(
            f"Artikel {n:03} {'klein' if n % 3 else 'groot'} materiaal",
            Decimal(n % 17 + 1),
            Decimal(21),
            quantity=n % 5 + 1,
        )
        for n in range(1, lines + 1)
    )
    note = Attachment(
        id="pakbon", description="Pakbon", filename="pakbon.pdf", declared_type="application/pdf", content=PDF
    )
    return ubl(invoice(habit, division, number, parts, attachments=(note,)))


def unknown_supplier(division: dict[str, Any], number: str) -> bytes:
    """From a company that the books have never seen."""
    company = {"Name": "Nieuwkomer Installaties B.V.", "ChamberOfCommerce": "76543210", "Country": "NL"}
    nobody = Habit(company, "NL69INGB0123456789", [], 0, constant=True)
    return ubl(
        invoice(nobody, division, number, (line("Installatie laadpaal", Decimal("1450.00"), Decimal(21)),))
    )


def for_somebody_else(habit: Habit, number: str) -> bytes:
    """Addressed to a KVK number that is nobody's here."""
    stranger = {"name": "Verdwaalde Vogel B.V.", "kvk": "66666666"}
    return ubl(invoice(habit, stranger, number, (line("Levering", Decimal("80.00"), Decimal(21)),)))


def _pdf() -> bytes:
    """One page that says what it is: the smallest PDF that viewers open."""
    stream = b"BT /F1 18 Tf 60 760 Td (Pakbon bij factuur - demonstratie) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


PDF = _pdf()
