"""Peppol BIS Billing 3: the rules that a booking or a payment meets, and those for Dutch sellers (NL-R-*)."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..model import Invoice
from .dutch import (
    address_of,
    is_complete,
    is_dutch,
    is_registered,
    order_line_without_order,
    unusual_payment_means,
    written_due,
)  # fmt: skip
from .engine import Facts, Rule, Wrong, country_of, shown
from .profiles import PEPPOL

_PROCESS = re.compile(r"urn:fdc:peppol\.eu:2017:poacc:billing:[0-9]{2}:1\.0")
_INVOICES = frozenset(
    "71 80 82 84 102 218 219 326 331 380 382 383 384 386 388 393 395 553 575 623 780 817 870 875 876 877".split()  # noqa: SIM905
)
_CREDIT_NOTES = frozenset({"381", "396", "81", "83", "532"})
_GERMAN_ONLY = frozenset({"326", "384"})


def _type_code(root: str, allowed: frozenset[str]) -> Callable[[Facts], Wrong]:
    def check(facts: Facts) -> Wrong:
        invoice = facts.invoice
        if invoice.root != root or invoice.type_code is None or invoice.type_code in allowed:
            return None
        return {"stated": shown(invoice.type_code)} if _PROCESS.fullmatch(invoice.process or "") else None

    return check


def german_type_abroad(facts: Facts) -> Wrong:
    invoice = facts.invoice
    if invoice.root != "Invoice" or invoice.type_code not in _GERMAN_ONLY:
        return None
    both = country_of(invoice.seller) == country_of(invoice.buyer) == "DE"
    return None if both else {"stated": shown(invoice.type_code)}


def no_buyer_or_order_reference(facts: Facts) -> Wrong:
    return facts.invoice.buyer_reference is None and facts.invoice.purchase_order_reference is None


def _dutch(rule: str, where: str, wrong: Callable[[Invoice], Wrong], *, buyer: bool = False) -> Rule:
    """A rule for a Dutch seller, or for a Dutch seller and a Dutch buyer."""

    def check(facts: Facts) -> Wrong:
        invoice = facts.invoice
        if not is_dutch(invoice.seller) or (buyer and not is_dutch(invoice.buyer)):
            return None
        return wrong(invoice)

    return Rule(rule, where, PEPPOL, check)


def _credit_note_without_reference(invoice: Invoice) -> bool:
    return (
        invoice.root == "CreditNote"
        and invoice.type_code is not None
        and not any(one.number is not None for one in invoice.preceding)
    )


def _nothing_to_pay_with(invoice: Invoice) -> bool:
    due = written_due(invoice)
    if due is None or invoice.payment_means:
        return False
    return due < 0 if invoice.root == "CreditNote" else due > 0


RULES = (
    Rule("PEPPOL-EN16931-R003", "BT-10", PEPPOL, no_buyer_or_order_reference),
    Rule("PEPPOL-EN16931-P0100", "BT-3", PEPPOL, _type_code("Invoice", _INVOICES)),
    Rule("PEPPOL-EN16931-P0101", "BT-3", PEPPOL, _type_code("CreditNote", _CREDIT_NOTES)),
    Rule("PEPPOL-EN16931-P0112", "BT-3", PEPPOL, german_type_abroad),
    _dutch("NL-R-001", "BT-25", _credit_note_without_reference),
    _dutch("NL-R-002", "BG-5", lambda i: not is_complete(address_of(i.seller))),
    _dutch(
        "NL-R-003",
        "BT-30",
        lambda i: bool(i.seller and i.seller.legal_id and not is_registered(i.seller.legal_id)),
    ),
    _dutch("NL-R-004", "BG-8", lambda i: not is_complete(address_of(i.buyer)), buyer=True),
    _dutch(
        "NL-R-005",
        "BT-47",
        lambda i: bool(i.buyer and i.buyer.legal_id and not is_registered(i.buyer.legal_id)),
        buyer=True,
    ),
    _dutch(
        "NL-R-006",
        "BG-12",
        lambda i: is_dutch(i.tax_representative) and not is_complete(address_of(i.tax_representative)),
    ),
    _dutch("NL-R-007", "BG-16", _nothing_to_pay_with),
    _dutch("NL-R-008", "BT-81", unusual_payment_means, buyer=True),
    Rule(
        "NL-R-009",
        "BT-132",
        PEPPOL,
        lambda facts: is_dutch(facts.invoice.seller) and order_line_without_order(facts),
    ),
)
