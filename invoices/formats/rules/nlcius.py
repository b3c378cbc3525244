"""NLCIUS / SI-UBL 2.0: what Dutch invoices add to EN 16931 (BR-NL-*), and its extension for the G-account (BR-GA-*).

All but BR-NL-13 and SI-UBL-2 ask something of a Dutch seller only. The warnings (19 to 35) say that something is
used which the Dutch profile would rather not see.
"""

from __future__ import annotations

from collections.abc import Callable

from ..model import Address, Invoice
from .dutch import (
    address_of,
    is_complete,
    is_dutch,
    is_registered,
    order_line_without_order,
    unusual_payment_means,
    written_due,
)  # fmt: skip
from .engine import ZERO, Facts, Rule, Severity, Wrong, shown
from .profiles import GACCOUNT, NLCIUS

_TYPES = ("380", "381", "384", "389")


def _seller(rule: str, where: str, wrong: Callable[[Invoice], Wrong], severity: Severity = "fatal") -> Rule:
    """A rule for Dutch sellers."""

    def check(facts: Facts) -> Wrong:
        return is_dutch(facts.invoice.seller) and wrong(facts.invoice)

    return Rule(rule, where, NLCIUS, check, severity=severity)


def _discouraged(rule: str, where: str, used: Callable[[Invoice], bool]) -> Rule:
    return _seller(rule, where, used, "warning")


def _delivery_address(invoice: Invoice) -> Address:
    return (invoice.delivery.address if invoice.delivery else None) or Address()


def _type_code(invoice: Invoice) -> Wrong:
    return None if invoice.type_code in _TYPES else {"stated": shown(invoice.type_code)}


def _type_and_form_disagree(invoice: Invoice) -> bool:
    if invoice.root == "CrossIndustryInvoice":
        return False  # CII has one root for both
    return (invoice.type_code == "381") is not (invoice.root == "CreditNote")


def _correction_without_reference(invoice: Invoice) -> bool:
    return invoice.type_code == "384" and not any(one.number for one in invoice.preceding)


def _nothing_to_pay_with(invoice: Invoice) -> bool:
    due = written_due(invoice)
    return invoice.root == "Invoice" and due is not None and due > 0 and not invoice.payment_means


def _reason_codes(invoice: Invoice) -> bool:
    return any(one.reason_code is not None for one in invoice.allowances_charges) or any(
        one.reason_code is not None for line in invoice.lines for one in line.allowances_charges
    )


def empty_elements(facts: Facts) -> Wrong:
    names = facts.invoice.empty_elements
    return {"names": ", ".join(names[:10])} if names else None


def _gaccount(rule: str, where: str, wrong: Callable[[Invoice], Wrong]) -> Rule:
    """The extension knows invoices only."""
    return Rule(rule, where, GACCOUNT, lambda facts: facts.invoice.root == "Invoice" and wrong(facts.invoice))


def _split_differs(invoice: Invoice) -> Wrong:
    parts = sum((one.amount for one in invoice.payment_terms if one.amount is not None), ZERO)
    if invoice.totals.payable == parts:
        return None
    return {"stated": shown(invoice.totals.payable), "reckoned": shown(parts)}


def _terms_name_unknown_means(invoice: Invoice) -> bool:
    known = [one.id for one in invoice.payment_means]
    return any(one.means_id is not None and known.count(one.means_id) != 1 for one in invoice.payment_terms)


RULES = (
    _seller("BR-NL-1", "BT-30", lambda i: not is_registered(i.seller.legal_id if i.seller else None)),
    _seller("BR-NL-2", "BT-10", lambda i: i.buyer_reference is None and i.purchase_order_reference is None),
    _seller("BR-NL-3", "BG-5", lambda i: not is_complete(address_of(i.seller))),
    _seller("BR-NL-4", "BG-8", lambda i: is_dutch(i.buyer) and not is_complete(address_of(i.buyer))),
    _seller(
        "BR-NL-5",
        "BG-12",
        lambda i: is_dutch(i.tax_representative) and not is_complete(address_of(i.tax_representative)),
    ),
    _seller("BR-NL-7", "BT-3", _type_code),
    _seller("BR-NL-8", "BT-3", _type_and_form_disagree),
    _seller("BR-NL-9", "BT-25", _correction_without_reference),
    _seller(
        "BR-NL-10",
        "BT-47",
        lambda i: is_dutch(i.buyer) and not is_registered(i.buyer.legal_id if i.buyer else None),
    ),
    _seller("BR-NL-11", "BG-16", _nothing_to_pay_with),
    _seller("BR-NL-12", "BT-81", unusual_payment_means),
    Rule("BR-NL-13", "BT-132", NLCIUS, order_line_without_order),
    _discouraged("BR-NL-19", "BT-6", lambda i: i.accounting_currency is not None),
    _discouraged("BR-NL-20", "BT-7", lambda i: i.tax_point_date is not None),
    _discouraged("BR-NL-21", "BT-8", lambda i: i.tax_point_code is not None),
    _discouraged("BR-NL-24", "BT-26", lambda i: any(one.issue_date is not None for one in i.preceding)),
    _discouraged("BR-NL-25", "BT-32", lambda i: bool(i.seller and i.seller.tax_registration is not None)),
    _discouraged("BR-NL-26", "BT-33", lambda i: bool(i.seller and i.seller.legal_form is not None)),
    _discouraged("BR-NL-27-1", "BT-162", lambda i: address_of(i.seller).third_line is not None),
    _discouraged("BR-NL-27-2", "BT-163", lambda i: address_of(i.buyer).third_line is not None),
    _discouraged("BR-NL-27-3", "BT-164", lambda i: address_of(i.tax_representative).third_line is not None),
    _discouraged("BR-NL-27-4", "BT-165", lambda i: _delivery_address(i).third_line is not None),
    _discouraged("BR-NL-28-1", "BT-39", lambda i: address_of(i.seller).region is not None),
    _discouraged("BR-NL-28-2", "BT-54", lambda i: address_of(i.buyer).region is not None),
    _discouraged("BR-NL-28-3", "BT-68", lambda i: address_of(i.tax_representative).region is not None),
    _discouraged("BR-NL-28-4", "BT-79", lambda i: _delivery_address(i).region is not None),
    _discouraged("BR-NL-29", "BT-82", lambda i: any(one.text is not None for one in i.payment_means)),
    _discouraged("BR-NL-30", "BT-85", lambda i: any(one.account_name is not None for one in i.payment_means)),
    _discouraged(
        "BR-NL-31",
        "BT-86",
        lambda i: any(one.bic is not None and one.code in ("58", "59") for one in i.payment_means),
    ),
    _discouraged("BR-NL-32-1", "BT-98", _reason_codes),
    _discouraged("BR-NL-33", "BT-111", lambda i: i.totals.vat_in_accounting_currency is not None),
    _discouraged(
        "BR-NL-35",
        "BT-121",
        lambda i: any(b.vat is not None and b.vat.reason_code is not None for b in i.vat_breakdown),
    ),
    Rule("SI-UBL-2", "–", NLCIUS, empty_elements, severity="warning"),
    _gaccount("BR-GA-1", "BT-20", lambda i: len(i.payment_terms) != 2),
    _gaccount("BR-GA-2", "BG-16", lambda i: len(i.payment_means) != 2),
    _gaccount("BR-GA-3", "BT-115", _split_differs),
    _gaccount("BR-GA-4", "BT-20", lambda i: any(one.means_id is None for one in i.payment_terms)),
    _gaccount("BR-GA-5", "BG-16", lambda i: any(one.id is None for one in i.payment_means)),
    _gaccount("BR-GA-6", "BT-20", _terms_name_unknown_means),
    _gaccount("BR-GA-7", "BG-16", lambda i: [one.id for one in i.payment_means].count("GACCOUNT") != 1),
)
