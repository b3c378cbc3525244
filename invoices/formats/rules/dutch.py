"""What NLCIUS and Peppol both ask of Dutch parties."""

from __future__ import annotations

from decimal import Decimal

from ..model import Address, Identifier, Invoice, Party
from .engine import Facts, Wrong, country_of

REGISTERS = ("0106", "0190")  # KvK, OIN
PAYMENT_MEANS = ("30", "48", "49", "57", "58", "59")


def is_dutch(party: Party | None) -> bool:
    return country_of(party) == "NL"


def is_registered(legal_id: Identifier | None) -> bool:
    return legal_id is not None and bool(legal_id.value) and legal_id.scheme in REGISTERS


def address_of(party: Party | None) -> Address:
    """The address, or one that says nothing."""
    return (party.address if party else None) or Address()


def is_complete(address: Address) -> bool:
    """Street, city and postcode, as a Dutch address has."""
    return bool(address.street and address.city and address.postcode)


def unusual_payment_means(invoice: Invoice) -> Wrong:
    other = sorted({one.code or "–" for one in invoice.payment_means if one.code not in PAYMENT_MEANS})
    return {"stated": ", ".join(other)} if other else None


def written_due(invoice: Invoice) -> Decimal | None:
    """BT-115 with the sign it was written with."""
    due = invoice.totals.payable
    return -due if due is not None and invoice.written_negative else due


def order_line_without_order(facts: Facts) -> bool:
    invoice = facts.invoice
    if invoice.purchase_order_reference is not None:
        return False
    return any(line.order_line is not None for line in invoice.lines)
