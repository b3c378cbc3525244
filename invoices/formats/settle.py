"""What UBL and CII have in common once their elements are read: totals, kind, and the one sign for credit."""

from __future__ import annotations

from dataclasses import replace

from . import walk as w
from .model import AllowanceCharge, Invoice, Line, PaymentTerms, Totals, VatBreakdown, negated

# UNTDID 1001, the codes that EN 16931's code list puts under credit notes.
CREDIT_CODES = frozenset(
    {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"}
)
_MOST_NAMES = 50  # of empty elements and of currencies: nobody reads more, and a row has to hold them
_LISTS = (
    "preceding", "payment_means", "payment_terms", "allowances_charges", "vat_breakdown", "lines",
)  # fmt: skip


def settled(found: w.Found, notes: w.Notes) -> Invoice:
    """The invoice with its kind decided and its sign turned the one way model.py promises."""
    if found["root"] == "CreditNote" or found.get("type_code") in CREDIT_CODES:
        found["kind"] = "credit_note"
    for key in _LISTS:
        if key in found:
            found[key] = tuple(found[key])
    empty = tuple(sorted(notes.empty)[:_MOST_NAMES])
    invoice = Invoice(**found, empty_elements=empty, flaws=tuple(notes.flaws))
    if not is_negative(invoice):
        return invoice
    if invoice.is_credit:
        # Its author may mean a credit, or the undoing of one. Nobody but a person can tell.
        notes.flaw("negative_credit", "BT-112", str(invoice.totals.with_vat))
        return replace(invoice, flaws=tuple(notes.flaws))
    return opposite(replace(invoice, kind="credit_note", written_negative=True))


def put_totals(found: w.Found, notes: w.Notes) -> None:
    """Sets `totals`, `vat_breakdown` and `other_currencies` from `totals` and `tax_totals`, two plain dicts.

    The VAT total may come twice: in the invoice currency (BT-110, with the breakdown) and in the currency
    the seller accounts for VAT in (BT-111, without). With a breakdown and in a third currency it is neither.
    """
    totals = found.get("totals", {})
    currency, accounting = found.get("currency"), found.get("accounting_currency")
    for tax_total in found.pop("tax_totals", ()):
        its_currency = tax_total.get("currency")
        breakdown = tax_total.get("breakdown", ())
        foreign = its_currency and currency and its_currency != currency
        if foreign and (its_currency == accounting or not breakdown):
            totals.setdefault("vat_in_accounting_currency", tax_total.get("amount"))
            continue
        found.setdefault("vat_breakdown", []).extend(breakdown)
        if foreign:
            notes.currencies.add(its_currency)
        elif "vat" in totals:
            notes.flaw("repeated", "TaxTotal", str(tax_total.get("amount")))
        else:
            totals["vat"] = tax_total.get("amount")
    found["totals"] = Totals(**totals)
    others = (c for c in notes.currencies if c is not None and c != currency)
    found["other_currencies"] = tuple(sorted(others)[:_MOST_NAMES])


def opposite(invoice: Invoice) -> Invoice:
    """The invoice with every amount and quantity turned round. Prices stay: −2 × 5 and 2 × 5 share the 5."""
    return replace(
        invoice,
        totals=-invoice.totals,
        vat_breakdown=tuple(_breakdown(one) for one in invoice.vat_breakdown),
        allowances_charges=tuple(_allowance(one) for one in invoice.allowances_charges),
        payment_terms=tuple(_terms(one) for one in invoice.payment_terms),
        lines=tuple(_line(one) for one in invoice.lines),
    )


def is_negative(invoice: Invoice) -> bool:
    """Whether the whole is below zero: by BT-112, since a prepayment can make the amount due negative."""
    totals = invoice.totals
    deciding = totals.with_vat
    if deciding is None:
        deciding = totals.payable if totals.without_vat is None else totals.without_vat
    return deciding is not None and deciding < 0


def _line(line: Line) -> Line:
    return replace(
        line,
        quantity=negated(line.quantity),
        net=negated(line.net),
        allowances_charges=tuple(_allowance(one) for one in line.allowances_charges),
    )


def _allowance(one: AllowanceCharge) -> AllowanceCharge:
    return replace(one, amount=negated(one.amount), base=negated(one.base))


def _breakdown(one: VatBreakdown) -> VatBreakdown:
    return replace(one, taxable=negated(one.taxable), tax=negated(one.tax))


def _terms(one: PaymentTerms) -> PaymentTerms:
    return replace(one, amount=negated(one.amount))
