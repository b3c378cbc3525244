"""Whether the money adds up: EN 16931's calculation rules (BR-CO-10 to 17), line totals, currencies.

These run for every invoice, because booking needs them whatever a document claims to be. Sums are compared to the
cent, without tolerance, as EN 16931 asks; only BR-CO-17 allows one unit and a line two cents. Every message has the
difference, so that whoever decides can settle small ones.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial

from ..model import Invoice, Line, Totals
from .engine import CENT, ZERO, Facts, Rule, Values, Wrong, is_vat, shown
from .iso4217 import CURRENCIES
from .profiles import EN16931, OURS, PEPPOL, has_no_lines_by_design, leaves_prepayment_out

_ONE, _HUNDRED = Decimal(1), Decimal(100)
_NO_TOTALS = Totals()


def _differs(stated: Decimal | None, reckoned: Decimal | None) -> Values | None:
    """None when both are there and equal; else the values for the message."""
    if stated is not None and reckoned is not None and stated == reckoned:
        return None
    difference = None if stated is None or reckoned is None else stated - reckoned
    return {"stated": shown(stated), "reckoned": shown(reckoned), "difference": shown(difference)}


def no_totals(facts: Facts) -> bool:
    """Without BG-22 there is nothing to book. The schema demands it, the business rules take it for granted."""
    return replace(facts.invoice.totals, vat=None, vat_in_accounting_currency=None) == _NO_TOTALS


def has_totals(facts: Facts) -> bool:
    """Whether the published rules, which hang on the element, look at the totals: even an empty one counts."""
    return not no_totals(facts) or "LegalMonetaryTotal" in facts.invoice.empty_elements


def sum_of_lines(facts: Facts) -> Wrong:
    invoice = facts.invoice
    if not has_totals(facts) or (not invoice.lines and has_no_lines_by_design(invoice.specification)):
        return None
    return _differs(invoice.totals.lines, facts.cents(facts.line_sum))


def _sum_of_allowances(facts: Facts, stated: Decimal | None, *, charges: bool) -> Wrong:
    found = [one for one in facts.invoice.allowances_charges if one.is_charge is charges]
    if not has_totals(facts) or (stated is None and not found):
        return None
    return _differs(stated, facts.cents(sum((one.amount for one in found if one.amount is not None), ZERO)))


def sum_of_allowances(facts: Facts) -> Wrong:
    return _sum_of_allowances(facts, facts.invoice.totals.allowances, charges=False)


def sum_of_charges(facts: Facts) -> Wrong:
    return _sum_of_allowances(facts, facts.invoice.totals.charges, charges=True)


def total_without_vat(facts: Facts) -> Wrong:
    totals = facts.invoice.totals
    if not has_totals(facts):
        return None
    if totals.lines is None and has_no_lines_by_design(facts.invoice.specification):
        return None
    reckoned = totals.lines
    if reckoned is not None and not (totals.charges is None and totals.allowances is None):
        reckoned = facts.cents(reckoned + (totals.charges or ZERO) - (totals.allowances or ZERO))
    return _differs(totals.without_vat, reckoned)


def total_vat(facts: Facts) -> Wrong:
    if not facts.invoice.vat_breakdown:
        return None
    taxes = [one.tax for one in facts.invoice.vat_breakdown if one.tax is not None]
    return _differs(_vat_total(facts.invoice), facts.cents(sum(taxes, ZERO)))


def _vat_total(invoice: Invoice) -> Decimal | None:
    """BT-110. CII leaves it out when there is no VAT; UBL has no such habit, and the rules for it none either."""
    if invoice.totals.vat is None and invoice.root == "CrossIndustryInvoice":
        return ZERO
    return invoice.totals.vat


def total_with_vat(facts: Facts) -> Wrong:
    invoice, totals = facts.invoice, facts.invoice.totals
    if invoice.currency is None:
        return None
    if any(flaw.where == "TaxTotal" for flaw in invoice.flaws):
        return {"stated": shown(totals.with_vat), "reckoned": shown(None), "difference": shown(None)}
    vat = _vat_total(invoice)
    if totals.without_vat is None or vat is None:
        return _differs(totals.with_vat, None)
    return _differs(totals.with_vat, facts.cents(totals.without_vat + vat))


def amount_due(facts: Facts) -> Wrong:
    totals = facts.invoice.totals
    if not has_totals(facts) or leaves_prepayment_out(facts.invoice.specification):
        return None
    due, reckoned = totals.payable, totals.with_vat
    if reckoned is not None and totals.prepaid is not None:
        reckoned = facts.cents(reckoned - totals.prepaid)
    if totals.rounding is None:
        return _differs(due, reckoned)
    wrong = _differs(None if due is None else facts.cents(due - totals.rounding), reckoned)
    if not wrong:
        return None
    return {
        **wrong,
        "stated": shown(due),
        "reckoned": shown(None if reckoned is None else reckoned + totals.rounding),
    }


def vat_not_base_times_rate(facts: Facts) -> Wrong:
    wrong: list[tuple[str, Values]] = []
    for index, one in enumerate(facts.invoice.vat_breakdown, 1):
        rate = one.vat.rate if one.vat and is_vat(one.vat) else None
        if one.tax is None:
            reckoned = None
        elif rate is None or _whole(rate) == 0:
            reckoned = None if _whole(one.tax) == 0 else ZERO
            if reckoned is None:
                continue
        else:
            reckoned = _vat_of(facts, one.taxable, rate)
            if reckoned is not None and abs(abs(one.tax) - reckoned) < _ONE:
                continue
        values = _differs(one.tax, reckoned) or {"stated": shown(one.tax), "reckoned": "–", "difference": "–"}
        wrong.append((f"BG-23[{index}]", {**values, "rate": shown(rate)}))
    return wrong


def _whole(amount: Decimal) -> Decimal:
    return (amount + Decimal("0.5")).to_integral_value("ROUND_FLOOR")


def _vat_of(facts: Facts, taxable: Decimal | None, rate: Decimal) -> Decimal | None:
    """|taxable| × rate, in cents: the rules compare without signs."""
    return None if taxable is None else facts.cents(abs(taxable) * rate / _HUNDRED)


def line_total(line: Line, facts: Facts) -> Wrong:
    reckoned = line_net(line)
    net = line.net if line.net is not None else ZERO
    if abs(net - reckoned) <= 2 * CENT:
        return None
    return {
        "stated": shown(line.net),
        "reckoned": shown(reckoned.quantize(CENT)),
        "difference": shown((net - reckoned).quantize(CENT)),
    }


def line_net(line: Line) -> Decimal:
    """What a line comes to: quantity × price ÷ base quantity, plus charges, minus allowances; not rounded."""
    price = line.price
    base = (price.base_quantity if price else None) or _ONE
    quantity = _ONE if line.quantity is None else line.quantity
    total = quantity * ((price.net if price and price.net is not None else ZERO) / base)
    for one in line.allowances_charges:
        if one.amount is not None and one.is_charge is not None:
            total += one.amount if one.is_charge else -one.amount
    return total


def base_quantity_not_positive(line: Line, facts: Facts) -> Wrong:
    base = line.price.base_quantity if line.price else None
    return {"stated": shown(base)} if base is not None and base <= 0 else None


def unknown_currency(facts: Facts) -> Wrong:
    currency = facts.invoice.currency
    return {"stated": shown(currency)} if currency is not None and currency not in CURRENCIES else None


def foreign_or_unnamed_amounts(facts: Facts) -> Wrong:
    """R051 also counts amounts that name no currency at all; READ-CURRENCY takes those for the invoice's."""
    others = ", ".join(map(shown, facts.invoice.other_currencies))
    return {"currency": shown(facts.invoice.currency), "others": others} if others else None


def foreign_amounts(facts: Facts) -> Wrong:
    others = [one for one in facts.invoice.other_currencies if one]
    if not others or not facts.invoice.currency:
        return None
    return {"currency": facts.invoice.currency, "others": ", ".join(others)}


_always = partial(Rule, always=True)
_held = partial(_always, holds=True)

RULES = (
    _held("READ-TOTALS", "BG-22", OURS, no_totals),
    _held("READ-CURRENCY", "BT-5", OURS, foreign_amounts),
    _held("BR-CL-04", "BT-5", EN16931, unknown_currency),
    _held("BR-CO-10", "BT-106", EN16931, sum_of_lines),
    _held("BR-CO-11", "BT-107", EN16931, sum_of_allowances),
    _held("BR-CO-12", "BT-108", EN16931, sum_of_charges),
    _held("BR-CO-13", "BT-109", EN16931, total_without_vat),
    _held("BR-CO-14", "BT-110", EN16931, total_vat),
    _held("BR-CO-15", "BT-112", EN16931, total_with_vat),
    _held("BR-CO-16", "BT-115", EN16931, amount_due),
    _held("BR-CO-17", "BG-23", EN16931, vat_not_base_times_rate),
    # A unit price rounded for print makes these differ while the invoice is right: shown, not held.
    _always("PEPPOL-EN16931-R120", "BT-131", PEPPOL, line_total, per_line=True),
    _always("PEPPOL-EN16931-R121", "BT-149", PEPPOL, base_quantity_not_positive, per_line=True),
    Rule("PEPPOL-EN16931-R051", "BT-5", PEPPOL, foreign_or_unnamed_amounts),
)
