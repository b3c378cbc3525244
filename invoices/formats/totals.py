"""The sums that a correct invoice has, from its lines up: for making invoices, not for judging them."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, localcontext

from .model import Invoice, Line, Totals, VatBreakdown, VatCategory
from .rules.engine import EXACT, ZERO
from .rules.money import line_net

_CENT, _HUNDRED = Decimal("0.01"), Decimal(100)


def with_totals(invoice: Invoice) -> Invoice:
    """The invoice with the sums a correct one has: net amount per line, VAT per category and rate, totals.

    Exemption reasons are taken over from the present breakdown. Rounded half up to cents, where EN 16931 rounds.
    """
    with localcontext(EXACT):
        lines = tuple(replace(line, net=_cents(line_net(line))) for line in invoice.lines)
        bases: dict[tuple[str | None, Decimal | None], Decimal] = {}
        for line in lines:
            _add(bases, line.vat, line.net)
        for one in invoice.allowances_charges:
            amount = one.amount or ZERO
            _add(bases, one.vat, amount if one.is_charge else -amount)
        given = {(b.vat.code, b.vat.rate): b.vat for b in invoice.vat_breakdown if b.vat}
        breakdown = tuple(
            VatBreakdown(
                base,
                _cents(base * (rate or ZERO) / _HUNDRED),
                given.get((code, rate)) or VatCategory(code, rate, "VAT"),
            )
            for (code, rate), base in bases.items()
        )
        totals = _totals(invoice, lines, breakdown)
        return replace(invoice, lines=lines, vat_breakdown=breakdown, totals=totals)


def _totals(invoice: Invoice, lines: tuple[Line, ...], breakdown: tuple[VatBreakdown, ...]) -> Totals:
    line_sum = sum((line.net or ZERO for line in lines), ZERO)
    allowances = [one.amount or ZERO for one in invoice.allowances_charges if one.is_charge is False]
    charges = [one.amount or ZERO for one in invoice.allowances_charges if one.is_charge]
    without_vat = line_sum - sum(allowances, ZERO) + sum(charges, ZERO)
    vat = sum((one.tax or ZERO for one in breakdown), ZERO)
    given = invoice.totals
    return Totals(
        lines=line_sum,
        allowances=sum(allowances, ZERO) if allowances else None,
        charges=sum(charges, ZERO) if charges else None,
        without_vat=without_vat,
        vat=vat,
        vat_in_accounting_currency=given.vat_in_accounting_currency,
        with_vat=without_vat + vat,
        prepaid=given.prepaid,
        rounding=given.rounding,
        payable=without_vat + vat - (given.prepaid or ZERO) + (given.rounding or ZERO),
    )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _add(
    bases: dict[tuple[str | None, Decimal | None], Decimal], vat: VatCategory | None, amount: Decimal | None
) -> None:
    key = (vat.code, vat.rate) if vat else (None, None)
    bases[key] = bases.get(key, ZERO) + (amount or ZERO)
