"""The PurchaseEntry of an invoice, written out as Exact takes it."""

from decimal import Decimal
from typing import Any

from connections.models import Connection
from invoices.booking.codes import Codes
from invoices.formats.jsonable import from_json
from invoices.models import Delivery, Invoice, ProposalLine
from invoices.proposing.amounts import ZERO, g_account_amount, total_of

YOUR_REF_LENGTH = 30  # Exact cuts a longer one off


class CannotBook(Exception):
    """The booking cannot be made as proposed; `code` is the issue's, `values` fill its sentences."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values_ = values


def entry(
    invoice: Invoice, connection: Connection, delivery: Delivery, codes: Codes | None = None
) -> dict[str, Any]:
    """The PurchaseEntry of an invoice's proposal, as Exact takes it. Needs the scope.

    Amounts are signed, so a credit note's entry is negative. VAT amounts are sent, so that Exact does not compute them
    anew and end a cent beside the invoice; not where the buyer owes the VAT itself, which Exact reckons from the code.
    """
    codes = codes or Codes(connection)
    content = from_json(invoice.content)
    lines = list(invoice.proposal.lines.order_by("position"))
    assert invoice.supplier is not None
    payload: dict[str, Any] = {
        "Journal": journal_of(codes, invoice.currency),
        "Supplier": invoice.supplier.exact_id,
        "EntryDate": invoice.proposal.entry_date or invoice.issue_date,
        "DueDate": invoice.due_date,
        "YourRef": invoice.number[:YOUR_REF_LENGTH],
        "Description": f"{invoice.seller_name} {invoice.number}".strip()[:60],
        "Currency": invoice.currency,
        "Document": delivery.document_id,
        "PaymentCondition": invoice.supplier.payment_condition or None,
        "PaymentReference": next((m.reference for m in content.payment_means if m.reference), None),
        "GAccountAmountFC": g_account_amount(content),
        "PurchaseEntryLines": [_line(line, codes) for line in lines],
    }
    if not any(code.charged for line in lines if (code := codes.vat_code(line.vat_code))):
        payload["VATAmountFC"] = sum((line.vat_amount for line in lines), ZERO)
    booked = sum((line.amount + line.vat_amount for line in lines), ZERO)
    if booked != total_of(content):
        raise CannotBook("totals_do_not_add_up", booked=str(booked), total=str(total_of(content)))
    return {name: value for name, value in payload.items() if value is not None}


def _line(line: ProposalLine, codes: Codes) -> dict[str, Any]:
    account, code = codes.account(line.account), codes.vat_code(line.vat_code)
    if account is None:
        raise CannotBook("ledger_account_unknown", account=line.account)
    if code is None:
        raise CannotBook("vat_code_unknown", vat_code=line.vat_code)
    amount: Decimal = line.amount + line.vat_amount if code.type == "I" else line.amount
    payload = {
        "GLAccount": account.exact_id,
        "AmountFC": amount,
        "VATCode": code.code,
        "VATAmountFC": None if code.charged else line.vat_amount,
        "Description": line.description[:60] or None,
        "CostCenter": line.cost_center or None,
        "CostUnit": line.cost_unit or None,
        "Project": line.project or None,
        "From": line.from_date,
        "To": line.to_date,
    }
    return {name: value for name, value in payload.items() if value is not None}


def journal_of(codes: Codes, currency: str) -> str:
    """The purchase journal for this currency. CannotBook when there is none."""
    journal = codes.journal(currency)
    if journal is None:
        raise CannotBook("no_purchase_journal", currency=currency)
    return journal
