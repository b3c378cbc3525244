"""Invoices to test with: small correct ones, and every invoice the builder can make (for hypothesis)."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from invoices.formats import model as m
from invoices.formats.attachments import attach
from invoices.formats.totals import with_totals
from invoices.formats.write import NLCIUS_SPECIFICATION, PEPPOL_PROCESS, PEPPOL_SPECIFICATION

S21 = m.VatCategory("S", Decimal(21), "VAT")
S9 = m.VatCategory("S", Decimal(9), "VAT")


def line(
    number: int = 1, quantity: str = "2", price: str = "50.00", vat: m.VatCategory = S21, **more: Any
) -> m.Line:
    return m.Line(
        id=str(number),
        quantity=Decimal(quantity),
        unit="C62",
        price=m.Price(net=Decimal(price)),
        vat=vat,
        item=m.Item(name="Advies"),
        **more,
    )


SELLER = m.Party(
    name="Bakkerij De Halm B.V.",
    trading_name="De Halm",
    legal_id=m.Identifier("27312345", "0106"),
    tax_ids=(m.Identifier("NL004495445B01", "VAT"),),
    endpoint=m.Identifier("27312345", "0106"),
    address=m.Address("Molenweg 3", city="Delft", postcode="2611 AB", country="NL"),
    contact=m.Contact("Anna de Boer", "015 123 4567", "anna@halm.example"),
)
BUYER = m.Party(
    name="Koffiehuis Zuid",
    legal_id=m.Identifier("30234567", "0106"),
    tax_ids=(m.Identifier("NL853746333B01", "VAT"),),
    endpoint=m.Identifier("30234567", "0106"),
    address=m.Address("Zuidplein 9", city="Rotterdam", postcode="3083 CX", country="NL"),
)


def invoice(*lines: m.Line, **more: Any) -> m.Invoice:
    """A correct NLCIUS invoice; `totals` and breakdown come from the lines unless given."""
    made = m.Invoice(
        number="F-2026/0012",
        issue_date=date(2026, 3, 2),
        due_date=date(2026, 4, 1),
        type_code="380",
        currency="EUR",
        buyer_reference="Inkoop",
        specification=NLCIUS_SPECIFICATION,
        process=PEPPOL_PROCESS,
        seller=SELLER,
        buyer=BUYER,
        payment_means=(m.PaymentMeans(code="58", reference="F-2026/0012", account="NL91ABNA0417164300"),),
        lines=lines or (line(),),
    )
    made = with_totals(
        replace(made, **{k: v for k, v in more.items() if k not in ("totals", "vat_breakdown")})
    )
    return replace(made, **{k: v for k, v in more.items() if k in ("totals", "vat_breakdown")})


def credit_note(*lines: m.Line, **more: Any) -> m.Invoice:
    first = m.PrecedingInvoice("F-2026/0009")
    given = {
        "kind": "credit_note",
        "root": "CreditNote",
        "type_code": "381",
        "due_date": None,
        "preceding": (first,),
    }
    return invoice(*lines, **{**given, **more})


def peppol_invoice(*lines: m.Line, **more: Any) -> m.Invoice:
    return invoice(*lines, **{"specification": PEPPOL_SPECIFICATION, **more})


# -- everything the builder can make ---------------------------------------------------------------------------

# What XML can hold, without the space that readers take off and the mark that makes a note a subject.
_LETTERS = st.characters(
    min_codepoint=0x20, max_codepoint=0xFFFD, exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cn")
)
texts = st.one_of(
    st.sampled_from(["Advies maart", "A & B <C>", "“één”", "ümläut 日本", "x" * 300]),
    st.text(_LETTERS, min_size=1, max_size=20).map(str.strip).filter(lambda t: t and not t.startswith("#")),
)
maybe_text = st.none() | texts
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False)
exact = st.builds(
    lambda whole, places: Decimal(whole).scaleb(-places), st.integers(-(10**12), 10**12), st.integers(0, 8)
)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
rates = st.sampled_from([None, Decimal(0), Decimal(9), Decimal("21.00"), Decimal("5.5")])
currencies = st.sampled_from(["EUR", "USD", "SEK"])
identifiers = st.builds(m.Identifier, texts, maybe_text)
addresses = st.builds(
    m.Address, maybe_text, maybe_text, maybe_text, maybe_text, maybe_text, maybe_text, maybe_text, maybe_text
)


def some(made: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Nothing, or a part that says something: an empty group is another document than none."""
    return st.none() | made.filter(lambda part: part != type(part)())


def tuples(one: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(one, max_size=most).map(tuple)


parties = st.builds(
    m.Party,
    name=maybe_text,
    trading_name=maybe_text,
    identifiers=tuples(identifiers),
    legal_id=st.none() | identifiers,
    tax_ids=tuples(st.builds(m.Identifier, texts, st.sampled_from(["VAT", "TAX"]))),
    legal_form=maybe_text,
    endpoint=st.none() | identifiers,
    address=some(addresses),
    contact=some(st.builds(m.Contact, maybe_text, maybe_text, maybe_text)),
)
other_parties = parties.map(lambda p: replace(p, trading_name=None, legal_form=None))
vats = st.builds(m.VatCategory, st.sampled_from(["S", "Z", "E", "AE", "K", "O"]), rates, st.just("VAT"))
reasoned_vats = st.builds(
    m.VatCategory, vats.map(lambda v: v.code), rates, st.just("VAT"), maybe_text, maybe_text
)
allowances = st.builds(
    m.AllowanceCharge,
    st.booleans(),
    amounts,
    st.none() | amounts,
    rates,
    st.none() | vats,
    maybe_text,
    maybe_text,
)
periods = st.builds(m.Period, st.none() | days, st.none() | days)
prices = st.builds(m.Price, exact, st.none() | amounts, st.none() | amounts, st.none() | exact).map(
    lambda price: replace(price, base_unit="C62" if price.base_quantity is not None else None)
)
items = st.builds(
    m.Item,
    name=texts,
    description=maybe_text,
    seller_id=maybe_text,
    buyer_id=maybe_text,
    standard_id=st.none() | identifiers,
    classifications=tuples(st.builds(m.Classification, texts, maybe_text, maybe_text)),
    origin=maybe_text,
    attributes=tuples(st.builds(m.Attribute, texts, texts)),
)
lines = st.builds(
    m.Line,
    id=texts,
    note=maybe_text,
    object_id=st.none() | identifiers,
    quantity=st.none() | exact,
    net=st.none() | amounts,
    order_line=maybe_text,
    despatch_line=maybe_text,
    accounting_reference=maybe_text,
    period=some(periods),
    allowances_charges=tuples(allowances),
    price=st.none() | prices,
    vat=st.none() | vats,
    item=st.none() | items,
).map(lambda made: replace(made, unit="C62" if made.quantity is not None else None))
means = st.builds(
    m.PaymentMeans,
    code=st.sampled_from(["30", "48", "58", "59"]),
    text=maybe_text,
    reference=maybe_text,
    account=texts,
    account_name=maybe_text,
    bic=maybe_text,
    mandate=maybe_text,
    debited_account=maybe_text,
    id=maybe_text,
)
breakdowns = st.builds(m.VatBreakdown, amounts, amounts, reasoned_vats)
positive = st.decimals(min_value=0, max_value=10**9, places=2)
totals = st.builds(
    m.Totals,
    lines=amounts,
    allowances=st.none() | amounts,
    charges=st.none() | amounts,
    without_vat=amounts,
    vat=amounts,
    with_vat=positive,
    prepaid=st.none() | amounts,
    rounding=st.none() | amounts,
    payable=amounts,
)


@st.composite
def attachments(draw: st.DrawFn) -> tuple[m.Attachment, ...]:
    contents = [
        b"%PDF-1.7\n%%EOF",
        b"a;b\n1;2\n",
        b"\x89PNG\r\n\x1a\n....",
        b"\xff\xd8\xff\xe0....",
        b"MZ....",
    ]
    found: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 2))):
        raw: dict[str, Any] = {"id": draw(texts), "description": draw(maybe_text)}
        if draw(st.booleans()):
            raw["content"] = b64encode(draw(st.sampled_from(contents))).decode()
            raw["declared_type"] = draw(st.sampled_from(["application/pdf", "text/csv", "image/png"]))
            raw["filename"] = draw(texts)
        else:
            raw["uri"] = draw(maybe_text)
        found.append(raw)
    return attach(found)


@st.composite
def invoices(draw: st.DrawFn) -> m.Invoice:
    """Any invoice or credit note that the builder can make. Amounts need not add up."""
    kind = draw(st.sampled_from(["Invoice", "CreditNote", "negative"]))
    credit = kind != "Invoice"
    currency = draw(currencies)
    accounting = draw(st.none() | currencies.filter(lambda c: c != currency))
    accounted = draw(st.none() | amounts) if accounting else None
    made = draw(
        st.builds(
            m.Invoice,
            number=texts,
            issue_date=days,
            tax_point_date=st.none() | days,
            due_date=st.none() if credit else st.none() | days,
            buyer_reference=maybe_text,
            project_reference=maybe_text,
            contract_reference=maybe_text,
            purchase_order_reference=maybe_text,
            sales_order_reference=maybe_text,
            receiving_advice_reference=maybe_text,
            despatch_advice_reference=maybe_text,
            tender_or_lot_reference=maybe_text,
            invoiced_object=st.none() | identifiers,
            accounting_reference=maybe_text,
            notes=tuples(st.builds(m.Note, texts, st.none() | st.sampled_from(["AAI", "REG"]))),
            process=maybe_text,
            specification=st.just(NLCIUS_SPECIFICATION) | maybe_text,
            preceding=tuples(st.builds(m.PrecedingInvoice, texts, st.none() | days)),
            seller=some(parties),
            buyer=some(parties),
            payee=some(other_parties),
            tax_representative=some(other_parties),
            delivery=st.none()
            | st.builds(m.Delivery, maybe_text, st.none() | identifiers, days, some(addresses)),
            period=some(st.builds(m.Period, st.none() | days, st.none() | days, maybe_text)),
            payment_means=tuples(means),
            payment_terms=tuples(st.builds(m.PaymentTerms, texts, maybe_text, st.none() | amounts)),
            allowances_charges=tuples(allowances),
            totals=totals,
            vat_breakdown=tuples(breakdowns),
            attachments=attachments(),
            lines=tuples(lines, 3),
        )
    )
    made = replace(
        made,
        root="CreditNote" if kind == "CreditNote" else "Invoice",
        kind="credit_note" if credit else "invoice",
        type_code="381" if kind == "CreditNote" else "380",
        written_negative=kind == "negative",
        currency=currency,
        accounting_currency=accounting,
        totals=replace(made.totals, vat_in_accounting_currency=accounted),
    )
    if kind == "negative":  # zero is not below zero, so nothing would show that it was meant as a credit
        made = replace(made, totals=replace(made.totals, with_vat=(made.totals.with_vat or Decimal(0)) + 1))
    return made


@st.composite
def adding_up(draw: st.DrawFn) -> m.Invoice:
    """An invoice whose money adds up, with prices, quantities and allowances of all sorts."""
    categories = [S21, S9, m.VatCategory("Z", Decimal(0), "VAT"), m.VatCategory("S", Decimal("5.5"), "VAT")]
    price = st.decimals(min_value=0, max_value=100_000, places=4)
    quantity = st.decimals(min_value=-1000, max_value=1000, places=3)
    base = st.none() | st.decimals(min_value=1, max_value=1000, places=0)

    def priced(number: int) -> m.Line:
        found = line(number, str(draw(quantity)), str(draw(price)), draw(st.sampled_from(categories)))
        off = draw(st.none() | st.decimals(min_value=0, max_value=100, places=2))
        given = () if off is None else (m.AllowanceCharge(draw(st.booleans()), off, reason="Actie"),)
        assert found.price is not None
        return replace(found, price=replace(found.price, base_quantity=draw(base)), allowances_charges=given)

    made = [priced(number) for number in range(1, draw(st.integers(1, 6)) + 1)]
    whole = draw(st.lists(st.tuples(st.booleans(), positive, st.sampled_from(categories)), max_size=3))
    document = tuple(m.AllowanceCharge(charge, amount, vat=vat, reason="x") for charge, amount, vat in whole)
    prepaid = draw(st.none() | st.decimals(min_value=0, max_value=1000, places=2))
    rounding = draw(st.none() | st.decimals(min_value=-1, max_value=1, places=2))
    started = invoice(*made, allowances_charges=document)
    started = replace(started, totals=m.Totals(prepaid=prepaid, rounding=rounding))
    return with_totals(started)


def in_days(number: int) -> date:
    return date(2026, 3, 2) + timedelta(days=number)
