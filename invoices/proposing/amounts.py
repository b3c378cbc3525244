"""What an invoice comes to, in the pieces that a ledger takes. Totals stay equal to the invoice's, to the cent."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from invoices.formats.model import Invoice, Period, VatCategory

CENT = Decimal("0.01")
ZERO = Decimal(0)


def cents(amount: Decimal | None) -> Decimal:
    return (amount or ZERO).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Piece:
    """A part of an invoice that is booked on one ledger account: an invoice line, a discount, the rounding.

    `amount` excludes VAT; both amounts are signed (a credit note's are negative). `position` is the invoice line's,
    1-based; 0 for what belongs to the whole document.
    """

    position: int
    text: str
    amount: Decimal
    vat: Decimal
    category: str
    rate: Decimal | None
    kind: str = "line"  # line, allowance, charge, rounding, difference
    start: date | None = None  # of the invoiced period
    end: date | None = None


def total_of(invoice: Invoice) -> Decimal | None:
    """What the supplier is owed for this invoice, signed: with VAT and its rounding, before what was prepaid."""
    totals = invoice.signed
    if totals.with_vat is not None:
        return cents(totals.with_vat + (totals.rounding or ZERO))
    if totals.payable is not None:
        return cents(totals.payable + (totals.prepaid or ZERO))
    return None


def vat_of(invoice: Invoice) -> Decimal:
    """The VAT total, signed."""
    totals = invoice.signed
    if totals.vat is not None:
        return cents(totals.vat)
    sign = -1 if invoice.is_credit else 1
    return cents(sum((sign * (part.tax or ZERO) for part in invoice.vat_breakdown), ZERO))


def pieces(invoice: Invoice) -> list[Piece]:
    """The invoice in pieces whose amounts and VAT add up to its total exactly.

    VAT is the document's own, per category and rate, shared over the pieces of that kind by their amounts: adding up
    rounded line VAT would miss it by cents. What the document's arithmetic leaves over (within its tolerances; an
    invoice that does not add up is held before) becomes a piece of its own, for everyone to see.
    """
    sign = Decimal(-1) if invoice.is_credit else Decimal(1)
    raw = [*_lines(invoice, sign), *_document_parts(invoice, sign)]
    booked = _share_vat(invoice, raw, sign)
    rounding = cents(sign * (invoice.totals.rounding or ZERO))
    if rounding:
        booked.append(Piece(0, "", rounding, ZERO, "", None, "rounding"))
    total = total_of(invoice)
    if total is not None:
        left = total - sum((piece.amount + piece.vat for piece in booked), ZERO)
        if left:
            booked.append(Piece(0, "", left, ZERO, "", None, "difference"))
    return booked


def _lines(invoice: Invoice, sign: Decimal) -> Iterable[Piece]:
    for position, line in enumerate(invoice.lines, 1):
        if line.net:
            yield _piece(
                position, _text(line), sign * line.net, line.vat, "line", line.period or invoice.period
            )


def _text(line: object) -> str:
    item = getattr(line, "item", None)
    parts = [getattr(item, "name", None), getattr(item, "description", None), getattr(line, "note", None)]
    return next((part.strip() for part in parts if part and part.strip()), "")


def _document_parts(invoice: Invoice, sign: Decimal) -> Iterable[Piece]:
    for part in invoice.allowances_charges:
        if part.amount and part.is_charge is not None:
            amount = sign * (part.amount if part.is_charge else -part.amount)
            kind = "charge" if part.is_charge else "allowance"
            yield _piece(0, part.reason or "", amount, part.vat, kind, invoice.period)


def _piece(
    position: int, text: str, amount: Decimal, vat: VatCategory | None, kind: str, period: Period | None
) -> Piece:
    category, rate = (vat.code or "", vat.rate) if vat else ("", None)
    whole = period is not None and period.start and period.end and period.start <= period.end
    start, end = (period.start, period.end) if period and whole else (None, None)
    return Piece(position, text, cents(amount), ZERO, category, rate, kind, start, end)


def _key(category: str, rate: Decimal | None) -> tuple[str, Decimal]:
    return category, (rate or ZERO).normalize()


def _share_vat(invoice: Invoice, raw: list[Piece], sign: Decimal) -> list[Piece]:
    """Give each piece its share of the VAT of its category and rate; the largest takes the odd cents."""
    taxes: dict[tuple[str, Decimal], Decimal] = {}
    for part in invoice.vat_breakdown:
        key = _key(part.vat.code or "" if part.vat else "", part.vat.rate if part.vat else None)
        taxes[key] = taxes.get(key, ZERO) + cents(sign * (part.tax or ZERO))
    kinds = {_key(piece.category, piece.rate) for piece in raw}
    if len(kinds) == 1 and len(taxes) == 1:
        taxes = dict.fromkeys(
            kinds, next(iter(taxes.values()))
        )  # old formats leave the category off the lines
    shared: list[Piece] = []
    for key in dict.fromkeys(_key(piece.category, piece.rate) for piece in raw):
        group = [piece for piece in raw if _key(piece.category, piece.rate) == key]
        for piece, vat in zip(group, _split(taxes.get(key, ZERO), [p.amount for p in group]), strict=True):
            shared.append(replace(piece, vat=vat))
    return sorted(shared, key=lambda piece: (piece.position == 0, piece.position))


def _split(tax: Decimal, amounts: list[Decimal]) -> list[Decimal]:
    base = sum(amounts, ZERO)
    shares = [cents(tax * amount / base) if base else ZERO for amount in amounts]
    largest = max(range(len(amounts)), key=lambda i: abs(amounts[i]), default=None)
    if largest is not None:
        shares[largest] += tax - sum(shares, ZERO)
    return shares


def g_account_amount(invoice: Invoice) -> Decimal | None:
    """What is to be paid to the seller's blocked account (G-rekening), signed; None when nothing is.

    The Dutch G-account extension of SI-UBL writes two payment means, of which one is called GACCOUNT, and two payment
    terms with the amount for each (its rules BR-GA-1 to 7).
    """
    means = {one.id for one in invoice.payment_means if one.id}
    if "GACCOUNT" not in means:
        return None
    amount = sum((t.amount or ZERO for t in invoice.payment_terms if t.means_id == "GACCOUNT"), ZERO)
    return (-cents(amount) if invoice.is_credit else cents(amount)) if amount else None
