"""Invoice → Sheet: which facts there are, in the order in which a bookkeeper looks for them."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoices.formats.attachments import CSV, JPEG, ODS, PDF, PNG, XLSX
from invoices.formats.model import (
    Address,
    AllowanceCharge,
    Attachment,
    Delivery,
    Identifier,
    Invoice,
    Line,
    Party,
    PaymentMeans,
    Period,
    VatCategory,
)
from invoices.formats.rules import recompute
from invoices.viewer import codes
from invoices.viewer.parts import (
    Fact,
    LineRow,
    Paper,
    PartyCard,
    Payment,
    Section,
    Sheet,
    TotalRow,
    VatRow,
    said,
)
from portal.templatetags.ui import iban

SAFE_TO_SHOW = {PDF, PNG, JPEG, CSV, XLSX, ODS}  # the last three as a table of ours
PROFILES = (
    ("urn:fdc:nen.nl:nlcius", "SI-UBL 2.0 (NLCIUS)"),
    ("urn:fdc:peppol.eu:2017:poacc:billing:3.0", "Peppol BIS Billing 3"),
    ("xrechnung", "XRechnung"),
    ("factur-x", "Factur-X"),
    ("zugferd", "ZUGFeRD"),
    ("si-ubl", "SI-UBL 1"),
    ("urn:cen.eu:en16931:2017", "EN 16931"),
)


def sheet(invoice: Invoice) -> Sheet:
    """Everything that the invoice says, for people. Amounts are as written on it: a credit note's are positive."""
    sign = Decimal(-1) if invoice.written_negative else Decimal(1)
    return Sheet(
        title=codes.word(codes.TYPES, invoice.type_code)
        or (_("Credit note") if invoice.is_credit else _("Invoice")),
        type_code=invoice.type_code or "",
        is_credit=invoice.is_credit,
        number=invoice.number or "",
        currency=invoice.currency or "",
        overview=_overview(invoice),
        payable=_signed(invoice.totals.payable, sign),
        due_date=invoice.due_date or next((m.due_date for m in invoice.payment_means if m.due_date), None),
        parties=tuple(_parties(invoice)),
        sections=tuple(section for section in _sections(invoice) if section.facts),
        payments=tuple(_payment(one) for one in invoice.payment_means),
        terms=tuple(one.note for one in invoice.payment_terms if one.note),
        lines=tuple(_line(position, line, sign) for position, line in enumerate(invoice.lines, 1)),
        parts=tuple(_part(one, sign) for one in invoice.allowances_charges),
        vat=tuple(_vat_rows(invoice, sign)),
        totals=tuple(_totals(invoice, sign)),
        notes=tuple(note.text for note in invoice.notes if note.text),
        papers=tuple(_paper(index, one) for index, one in enumerate(invoice.attachments)),
        flaws=tuple(Fact(flaw.where, flaw.text, flaw.code) for flaw in invoice.flaws),
    )


def _signed(amount: Decimal | None, sign: Decimal) -> Decimal | None:
    return amount * sign if amount else amount


def _overview(invoice: Invoice) -> tuple[Fact, ...]:
    profile = (invoice.specification or "").lower()
    name = next((name for part, name in PROFILES if part in profile), invoice.specification)
    return said(
        (
            Fact(_("Invoice date"), invoice.issue_date, "BT-2"),
            Fact(_("Due date"), invoice.due_date, "BT-9"),
            Fact(_("Currency"), invoice.currency, "BT-5"),
            Fact(_("Written as"), name, "BT-24"),
        )
    )


def _parties(invoice: Invoice) -> Iterable[PartyCard]:
    for title, party, term in (
        (gettext_lazy("From"), invoice.seller, "BG-4"),
        (gettext_lazy("To"), invoice.buyer, "BG-7"),
        (gettext_lazy("Pay to"), invoice.payee, "BG-10"),
        (gettext_lazy("Tax representative"), invoice.tax_representative, "BG-11"),
    ):
        if party is not None:
            yield _party(title, party, term)


def _party(title: object, party: Party, term: str) -> PartyCard:
    contact = party.contact
    return PartyCard(
        title=title,  # type: ignore[arg-type]
        name=party.display_name,
        term=term,
        address=_address(party.address),
        facts=said(
            (
                Fact(
                    _("Trading as"),
                    party.trading_name if party.trading_name != party.display_name else None,
                    "BT-28",
                ),
                *_identifiers(party),
                Fact(_("VAT number"), party.vat_id, "BT-31", mono=True),
                Fact(_("Tax number"), party.tax_registration, "BT-32", mono=True),
                Fact(_("Contact"), contact.name if contact else None, "BT-41"),
                Fact(_("Phone"), contact.phone if contact else None, "BT-42"),
                Fact(_("E-mail"), contact.email if contact else None, "BT-43"),
                Fact(_("Legal form"), party.legal_form, "BT-33"),
            )
        ),
    )


def _identifiers(party: Party) -> Iterable[Fact]:
    """Each number once, under the name of its scheme, though parties repeat them in several places."""
    seen: set[str] = set()
    for one, term in (
        (party.legal_id, "BT-30"),
        (party.endpoint, "BT-34"),
        *((identifier, "BT-29") for identifier in party.identifiers),
    ):
        if one is not None and one.value and one.value not in seen:
            seen.add(one.value)
            yield Fact(_scheme(one), one.value, term, mono=True)


def _scheme(one: Identifier) -> str:
    return codes.word(codes.SCHEMES, one.scheme) or _("Number")


def _identifier(one: Identifier | None) -> str | None:
    if one is None or not one.value:
        return None
    return f"{one.value} ({codes.word(codes.SCHEMES, one.scheme)})" if one.scheme else one.value


def _address(address: Address | None) -> tuple[str, ...]:
    if address is None:
        return ()
    street = " ".join(filter(None, (address.street, address.building_number)))
    town = " ".join(filter(None, (address.postcode, address.city)))
    lines = (
        street,
        address.additional,
        address.third_line,
        town,
        address.region,
        codes.country(address.country),
    )
    return tuple(line for line in lines if line)


def _period(period: Period | None) -> str | None:
    if period is None or not (period.start or period.end):
        return None
    return " – ".join(date_format(day, "j F Y") if day else "…" for day in (period.start, period.end))


def _sections(invoice: Invoice) -> Iterable[Section]:
    yield Section(
        _("References"),
        said(
            (
                Fact(_("Your reference"), invoice.buyer_reference, "BT-10"),
                Fact(_("Purchase order"), invoice.purchase_order_reference, "BT-13"),
                Fact(_("Supplier's order"), invoice.sales_order_reference, "BT-14"),
                Fact(_("Contract"), invoice.contract_reference, "BT-12"),
                Fact(_("Project"), invoice.project_reference, "BT-11"),
                Fact(_("Receipt"), invoice.receiving_advice_reference, "BT-15"),
                Fact(_("Dispatch note"), invoice.despatch_advice_reference, "BT-16"),
                Fact(_("Tender or lot"), invoice.tender_or_lot_reference, "BT-17"),
                Fact(_("Concerns"), _identifier(invoice.invoiced_object), "BT-18"),
                Fact(_("Cost reference"), invoice.accounting_reference, "BT-19"),
                *(
                    Fact(
                        _("Earlier invoice"),
                        f"{one.number or ''}{f' ({one.issue_date:%d-%m-%Y})' if one.issue_date else ''}",
                        "BT-25",
                    )
                    for one in invoice.preceding
                ),
            )
        ),
    )
    yield Section(
        _("Delivery and period"),
        said(
            (
                Fact(_("Period"), _period(invoice.period), "BG-14"),
                Fact(_("VAT due at"), codes.word(codes.TAX_POINTS, invoice.tax_point_code), "BT-8"),
                Fact(_("VAT date"), invoice.tax_point_date, "BT-7"),
                *_delivery(invoice.delivery),
            )
        ),
    )


def _delivery(delivery: Delivery | None) -> Iterable[Fact]:
    if delivery is not None:
        yield Fact(_("Delivered on"), delivery.delivered_on, "BT-72")
        yield Fact(_("Delivered to"), delivery.name, "BT-70")
        yield Fact(_("Address"), ", ".join(_address(delivery.address)), "BG-15")
        yield Fact(_("Location"), _identifier(delivery.location), "BT-71")


def _payment(means: PaymentMeans) -> Payment:
    blocked = (means.id or "").upper() == "GACCOUNT"
    return Payment(
        title=means.text or codes.word(codes.MEANS, means.code) or _("Payment"),
        g_account=blocked,
        facts=said(
            (
                Fact(_("Account"), iban(means.account), "BT-84", mono=True),
                Fact(_("In the name of"), means.account_name, "BT-85"),
                Fact(_("BIC"), means.bic, "BT-86", mono=True),
                Fact(_("Payment reference"), means.reference, "BT-83", mono=True),
                Fact(_("Mandate"), means.mandate, "BT-89", mono=True),
                Fact(_("Collected from"), iban(means.debited_account), "BT-91", mono=True),
                Fact(_("Card"), means.card_number, "BT-87", mono=True),
                Fact(_("Card holder"), means.card_holder, "BT-88"),
                Fact(_("Pay by"), means.due_date, "BT-9"),
            )
        ),
    )


def _vat_words(vat: VatCategory | None) -> tuple[str, str]:
    """(short, long): «21%» and «S, standard rate»."""
    if vat is None or not (vat.code or vat.rate is not None):
        return "", ""
    rate = f"{vat.rate.normalize():f}%" if vat.rate is not None else ""
    name = codes.word(codes.VAT, vat.code)
    short = rate if vat.code in ("S", None) and rate else f"{name} {rate if vat.rate else ''}".strip()
    return short, ", ".join(filter(None, (vat.code, name)))


def _line(position: int, line: Line, sign: Decimal) -> LineRow:
    item, price = line.item, line.price
    short, long = _vat_words(line.vat)
    name = (item.name if item else None) or line.note or ""
    description = (item.description if item else None) or ""
    per = ""
    if price is not None and price.base_quantity and price.base_quantity != 1:
        per = f"{price.base_quantity.normalize():f} {codes.unit(price.base_unit or line.unit)}".strip()
    return LineRow(
        position=position,
        id=line.id or str(position),
        name=name,
        description=description if description != name else "",
        quantity=_signed(line.quantity, sign),
        unit=codes.unit(line.unit),
        price=price.net if price else None,
        per=per,
        net=_signed(line.net, sign),
        vat=short,
        vat_title=long,
        facts=_line_facts(line, name, sign),
    )


def _line_facts(line: Line, name: str, sign: Decimal) -> tuple[Fact, ...]:
    item, price = line.item, line.price
    facts = [
        Fact(_("Note"), line.note if line.note != name else None, "BT-127"),
        Fact(_("Period"), _period(line.period), "BG-26"),
        Fact(_("Order line"), " / ".join(filter(None, (line.order, line.order_line))), "BT-132"),
        Fact(_("Dispatch line"), line.despatch_line),
        Fact(_("Concerns"), _identifier(line.object_id), "BT-128"),
        Fact(_("Cost reference"), line.accounting_reference, "BT-133"),
        Fact(_("Price before discount"), price.gross if price and price.discount else None, "BT-148"),
        Fact(_("Discount on the price"), price.discount if price else None, "BT-147"),
        *(_part(one, sign) for one in line.allowances_charges),
    ]
    if item is not None:
        facts += [
            Fact(_("Article"), item.seller_id, "BT-155", mono=True),
            Fact(_("Your article"), item.buyer_id, "BT-156", mono=True),
            Fact(_("Standard number"), _identifier(item.standard_id), "BT-157", mono=True),
            *(
                Fact(
                    _("Class"),
                    " ".join(filter(None, (one.code, f"({one.scheme})" if one.scheme else ""))),
                    "BT-158",
                )
                for one in item.classifications
            ),
            Fact(_("Country of origin"), codes.country(item.origin), "BT-159"),
            *(Fact(one.name or _("Property"), one.value, "BT-161") for one in item.attributes),
        ]
    return said(facts)


def _part(one: AllowanceCharge, sign: Decimal) -> Fact:
    """A discount or surcharge: its reason, and its amount with the sign it has in the sum."""
    amount = _signed(one.amount, sign if one.is_charge else -sign)
    title = one.reason or (_("Surcharge") if one.is_charge else _("Discount"))
    if one.percent:
        title = f"{title} ({one.percent.normalize():f}%)"
    return Fact(title, amount, "BG-21" if one.is_charge else "BG-20", warn=one.is_charge is None)


CENT = Decimal("0.01")


def _vat_rows(invoice: Invoice, sign: Decimal) -> Iterable[VatRow]:
    for row in invoice.vat_breakdown:
        vat = row.vat or VatCategory()
        difference = None
        if row.taxable is not None and row.tax is not None and vat.rate is not None:
            expected = (row.taxable * vat.rate / 100).quantize(CENT, ROUND_HALF_UP)
            difference = row.tax - expected
        yield VatRow(
            code=vat.code or "",
            word=codes.word(codes.VAT, vat.code),
            rate=vat.rate,
            taxable=_signed(row.taxable, sign),
            tax=_signed(row.tax, sign),
            reason=" ".join(filter(None, (vat.reason, f"({vat.reason_code})" if vat.reason_code else ""))),
            difference=difference if difference and abs(difference) >= CENT else None,
        )


def _totals(invoice: Invoice, sign: Decimal) -> Iterable[TotalRow]:
    reckoned = recompute(invoice)
    for label, name, term, main in (
        (_("Lines"), "lines", "BT-106", False),
        (_("Discounts"), "allowances", "BT-107", False),
        (_("Surcharges"), "charges", "BT-108", False),
        (_("Without VAT"), "without_vat", "BT-109", False),
        (_("VAT"), "vat", "BT-110", False),
        (_("With VAT"), "with_vat", "BT-112", False),
        (_("Paid already"), "prepaid", "BT-113", False),
        (_("Rounding"), "rounding", "BT-114", False),
        (_("You get back") if invoice.is_credit else _("To pay"), "payable", "BT-115", True),
    ):
        stated, other = getattr(invoice.totals, name), getattr(reckoned.totals, name)
        if stated is None and not other:
            continue
        wrong = next((one for one in reckoned.differences if one.term == term), None)
        told = other is not None and name not in ("prepaid", "rounding")
        yield TotalRow(
            label=label,
            term=term,
            stated=_signed(stated, sign),
            recomputed=_signed(other, sign),
            agrees=(wrong is None) if told else None,
            difference=_signed(wrong.difference, sign) if wrong else None,
            main=main,
        )


def _paper(index: int, one: Attachment) -> Paper:
    return Paper(
        index=index,
        name=one.filename or one.id or _("attachment"),
        description=one.description or "",
        media_type=one.media_type or one.declared_type or "",
        size=one.size,
        problem=one.problem or "",
        uri=one.uri or "",
        held=one.sha256 is not None,
        shown=one.sha256 is not None and not one.problem and one.media_type in SAFE_TO_SHOW,
    )
