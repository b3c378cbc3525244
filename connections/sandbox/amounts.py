"""What a purchase entry adds up to.

Signs and totals (from production clients of the sales twin, same engine): a line's AmountFC excludes VAT for a code
of type E and includes it for type I; the header's AmountFC is what is owed to the supplier, VAT included.
VATAmountFC on a line, or on the header, overrides Exact's own computation. Under reverse charge the VAT is computed
on the line but nobody owes it to the supplier: neither AmountFC nor VATAmountFC of the header contains it.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from . import messages as m
from .errors import Sentence
from .schema import Row

_CENT = Decimal("0.01")
_ZERO = Decimal(0)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def compute(
    entry: Row, lines: list[Row], codes: dict[str, Row], total_vat: Decimal | None = None
) -> Sentence | None:
    """Fill in the amounts of the entry and its lines; the sentence that refuses VAT which cannot be right.

    1. Per line: VAT from its code's percentage, or `_vat`, which the caller fixed.
    2. `total_vat` fixes the sum: the largest line that is free to change takes the difference.
    3. Everything again in the division's currency; header totals.
    """
    for line in lines:
        refusal = _compute_line(line, codes.get(line.get("VATCode", ""), {}))
        if refusal:
            return refusal
    owed = [line for line in lines if not codes.get(line.get("VATCode", ""), {}).get("Charged")]
    if total_vat is not None:
        refusal = _settle(owed, codes, total_vat)
        if refusal:
            return refusal
    rate = entry["Rate"]
    for line in lines:
        line["AmountDC"] = cents(line["AmountFC"] * rate)
        line["VATAmountDC"] = cents(line["VATAmountFC"] * rate)
        line["VATBaseAmountDC"] = cents(line["VATBaseAmountFC"] * rate)
    vat = sum((line["VATAmountFC"] for line in owed), _ZERO)
    total = sum((line["VATBaseAmountFC"] for line in lines), _ZERO) + vat
    credit = total < 0
    entry |= {
        "VATAmountFC": vat,
        "VATAmountDC": cents(vat * rate),
        "AmountFC": total,
        "AmountDC": cents(total * rate),
        "Type": 31 if credit else 30,
        "TypeDescription": ["Inkoopcreditnota", "Purchase credit note"]
        if credit
        else ["Inkoopboeking", "Purchase entry"],
    }
    for line in lines:
        line["Type"] = entry["Type"]
    return None


def _compute_line(line: Row, code: Row) -> Sentence | None:
    percentage = code.get("Percentage", _ZERO)
    amount = line["AmountFC"]
    if line.get("_vat") is not None:
        vat = Decimal(line["_vat"])
    elif code.get("Type") == "I":
        vat = amount - cents(amount / (1 + percentage))
    else:
        vat = cents(amount * percentage)
    if vat and not percentage:
        return m.invalid("VATAmountFC")
    base = amount - vat if code.get("Type") == "I" else amount
    line |= {"VATAmountFC": vat, "VATBaseAmountFC": base, "VATPercentage": percentage}
    return None


def _settle(owed: list[Row], codes: dict[str, Row], total_vat: Decimal) -> Sentence | None:
    difference = total_vat - sum((line["VATAmountFC"] for line in owed), _ZERO)
    if not difference:
        return None
    free = [line for line in owed if line["VATPercentage"] and line.get("_vat") is None]
    if not free:
        return m.vat_does_not_add_up(owed[0].get("VATCode", "") if owed else "")
    largest = max(free, key=lambda line: abs(line["VATAmountFC"]))
    largest["VATAmountFC"] += difference
    largest["_vat"] = str(largest["VATAmountFC"])
    if codes[largest["VATCode"]].get("Type") == "I":
        largest["VATBaseAmountFC"] -= difference
    return None
