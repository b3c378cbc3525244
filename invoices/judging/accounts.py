"""Is the bank account the supplier's? Another account on a familiar invoice is the oldest trick against bookkeepers.

Known is what Exact has of this supplier, and what a person confirmed. Anything else holds the invoice; one answer
counts for the supplier and that account, so every invoice that waits for it goes on. What other clients of the firm pay
is told as a number, never decides, and shows nobody's name or amount.
"""

from typing import Any

from stdnum import iban as ibans

from connections import issues
from connections.models import Connection
from invoices import parties
from invoices.formats.model import Invoice as Content
from invoices.judging.evidence import Evidence
from invoices.judging.verdicts import Verdict
from invoices.models import Invoice
from invoices.parties import suppliers

CODES = ("iban_new", "iban_changed")


def unknown(invoice: Invoice, content: Content) -> list[str]:
    """The accounts that the invoice asks to pay and Exact does not have of its supplier. A credit asks nothing."""
    if invoice.supplier is None or content.is_credit:
        return []
    known = {parties.account(one) for one in invoice.supplier.ibans}
    return [one for one in parties.seller_of(content).ibans if one not in known]


def judge(invoice: Invoice, content: Content, evidence: Evidence) -> Verdict | None:
    """New where Exact has no account at all of this supplier, changed where it has others."""
    asked = [one for one in unknown(invoice, content) if one not in evidence.confirmed]
    if not asked or invoice.supplier is None:
        return None
    known = {*invoice.supplier.ibans, *evidence.confirmed}
    code = "iban_changed" if known else "iban_new"
    values = {
        "iban": ", ".join(asked),
        "ibans": asked,
        "known": ", ".join(sorted(known)),
        "clients": evidence.clients,
        "clients_same": evidence.clients_same,
        "valid": all(map(ibans.is_valid, asked)),
        "payee": content.payee.display_name if content.payee else "",
    }
    return Verdict("on_hold", code, code, values, subject=subject(invoice, asked))


def subject(invoice: Invoice, asked: list[str]) -> str:
    """The key of the issue within a connection: this supplier, this account."""
    assert invoice.supplier is not None
    return f"{invoice.supplier.exact_id} {' '.join(sorted(asked))}"


def confirm(invoice: Invoice, actor: Any = None) -> bool:
    """A person checked the accounts that this invoice is held for. Needs the scope and the locked row.

    Only those that stood on the page: what another invoice of this supplier asks is another question. Every invoice
    that waited for the same answer goes on, this one too. False when it is not held for its accounts.
    """
    asked = invoice.reason_values.get("ibans", [])
    if invoice.reason not in CODES or invoice.supplier is None or not asked:
        return False
    connection = Connection.objects.get(pk=invoice.supplier.connection_id)
    suppliers.confirm_accounts(connection, invoice.supplier, asked, actor)
    issues.resolve_code(connection, *CODES, subject=subject(invoice, asked), by="confirmed")
    return True
