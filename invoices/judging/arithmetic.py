"""Does the money add up? Cents are settled, more is held.

Suppliers' programs round in a hundred ways, and a bookkeeper who is asked about two cents stops reading what we ask.
What is settled does not vanish: it becomes a line of its own in the proposal (`invoices.proposing.amounts`),
for everyone to see.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings

from invoices.formats.model import Invoice as Content
from invoices.judging.verdicts import Verdict
from invoices.models import Invoice
from invoices.proposing.amounts import ZERO, pieces

CURRENCY_RULES = {"BR-05", "BR-CL-04"}  # no currency, or one that ISO 4217 does not know
# No sum is wrong, but there is nothing to book by: no number, no date, no totals, an amount that is none.
INCOMPLETE = {"BR-02", "BR-03", "READ-TOTALS", "READ-NUMBER"}
LEFT_OVER = "LEFT-OVER"  # our own name for what no published rule reckons: booked lines against the total


def judge(invoice: Invoice, content: Content) -> Verdict | None:
    """What the findings say that booking depends on, and whether the lines to book come to the total."""
    if "findings" in invoice.released:
        return None
    holding = [one for one in invoice.findings if one.get("holds")]
    currency = [one for one in holding if one["rule"] in CURRENCY_RULES]
    if currency:
        return Verdict("on_hold", "unknown_currency", "unknown_currency", {"currency": invoice.currency})
    rules = sorted({one["rule"] for one in holding if not is_settled(one)})
    left = left_over(content) if not rules else ZERO
    if abs(left) > settings.TOTALS_TOLERANCE:
        rules = [LEFT_OVER]
    if not rules:
        return None
    if set(rules) <= INCOMPLETE:
        values = {"rules": ", ".join(rules)}
        return Verdict("on_hold", "invoice_incomplete", "invoice_incomplete", values)
    values = {"rules": ", ".join(rules[:5]), **({"difference": str(left)} if left else {})}
    return Verdict("on_hold", "totals_do_not_add_up", "totals_do_not_add_up", values)


def is_settled(finding: dict[str, Any]) -> bool:
    """Whether what differs is within the tolerance. What has no two amounts to compare never is."""
    values = finding.get("values", {})
    stated, reckoned = _amount(values.get("stated")), _amount(values.get("reckoned"))
    return stated is not None and reckoned is not None and abs(stated - reckoned) <= settings.TOTALS_TOLERANCE


def left_over(content: Content) -> Decimal:
    """What the lines to book, with their VAT, leave of the invoice's total: VAT that no line has, for example."""
    return sum((piece.amount + piece.vat for piece in pieces(content) if piece.kind == "difference"), ZERO)


def _amount(text: Any) -> Decimal | None:
    try:
        return Decimal(str(text)) if text is not None else None
    except InvalidOperation:
        return None
