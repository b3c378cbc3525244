"""The totals as the lines give them, beside the totals as stated: what a viewer shows when they differ."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from ..model import Invoice, Totals
from .engine import CENT, EXACT, ZERO, Facts

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Difference:
    """One total that is not what the lines give: its business term, both amounts, and stated − recomputed."""

    term: str
    stated: Decimal | None
    recomputed: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True, slots=True)
class Recomputed:
    """`totals` from the lines up; what cannot be told (no lines, a line without a rate) is None and not
    compared."""

    totals: Totals
    differences: tuple[Difference, ...]


def recompute(invoice: Invoice) -> Recomputed:
    """1. Lines: the sum of their net amounts. 2. Allowances and charges of the document: their sums.
    3. Without VAT: 1 − allowances + charges. 4. VAT: per category and rate, the covered amounts × rate, to
    the cent (half away from zero, as trade rounds).
    5. With VAT: 3 + 4. 6. Due: 5 − prepaid + rounding.
    """
    with localcontext(EXACT):
        facts = Facts(invoice)
        stated = invoice.totals
        lines = facts.cents(facts.line_sum) if invoice.lines else None
        allowances, charges = _sum(invoice, facts, charge=False), _sum(invoice, facts, charge=True)
        without_vat = None if lines is None else facts.cents(lines - (allowances or ZERO) + (charges or ZERO))
        vat = _vat(facts) if invoice.lines else None
        with_vat = None if without_vat is None or vat is None else facts.cents(without_vat + vat)
        payable = None
        if with_vat is not None:
            payable = facts.cents(with_vat - (stated.prepaid or ZERO) + (stated.rounding or ZERO))
        totals = Totals(
            lines=lines,
            allowances=allowances,
            charges=charges,
            without_vat=without_vat,
            vat=vat,
            vat_in_accounting_currency=stated.vat_in_accounting_currency,
            with_vat=with_vat,
            prepaid=stated.prepaid,
            rounding=stated.rounding,
            payable=payable,
        )
        return Recomputed(totals, _differences(stated, totals))


def _sum(invoice: Invoice, facts: Facts, *, charge: bool) -> Decimal | None:
    amounts = [one.amount for one in invoice.allowances_charges if one.is_charge is charge]
    return facts.cents(sum((a for a in amounts if a is not None), ZERO)) if amounts else None


def _vat(facts: Facts) -> Decimal | None:
    """None when something has a category but no rate; O has none by nature."""
    total = ZERO
    for (code, rate), base in facts.base_by_rate.items():
        if rate is None and code != "O":
            return None
        total += (base * (rate or ZERO) / _HUNDRED).quantize(CENT, ROUND_HALF_UP)
    covered = sum(facts.base_by_rate.values(), ZERO)
    whole = facts.line_sum + sum(
        (
            a.amount if a.is_charge else -a.amount
            for a in facts.invoice.allowances_charges
            if a.amount is not None
        ),
        ZERO,
    )
    return total if covered == whole else None


def _differences(stated: Totals, recomputed: Totals) -> tuple[Difference, ...]:
    terms = {
        "lines": "BT-106", "allowances": "BT-107", "charges": "BT-108", "without_vat": "BT-109", "vat": "BT-110",
        "with_vat": "BT-112", "payable": "BT-115",
    }  # fmt: skip
    found = []
    for name, term in terms.items():
        one, other = getattr(stated, name), getattr(recomputed, name)
        if other is not None and one != other and not (one is None and other == 0):
            found.append(Difference(term, one, other, None if one is None else one - other))
    return tuple(found)
