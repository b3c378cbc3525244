"""What keeps an invoice from being booked, whatever the proposal says. Nothing here talks to Exact.

Two moments, since the second needs the supplier in Exact:

- `judge_invoice`: is it a purchase of this organisation (direction), does its money add up (arithmetic), did it come
  in before (duplicates)? A PDF without an invoice in it can only be held against e-invoices: `judge_picture`.
- `judge_against_ledger`: was it booked in Exact by hand (ledger), may its currency be booked (currency), is the bank
  account the supplier's (accounts)?

The first thing that speaks against the invoice is its `Verdict`. At most four queries for both together, however many
invoices are stored; all need the scope and the transaction that keeps the invoice.
"""

from connections.models import Connection
from invoices.formats.model import Invoice as Content
from invoices.judging import (
    accounts,
    arithmetic,
    currency,
    direction,
    duplicates,
    evidence,
    ledger,
    same_day,
    twins,
)
from invoices.judging.verdicts import Verdict
from invoices.models import Invoice

__all__ = ["Verdict", "judge_against_ledger", "judge_invoice", "judge_picture"]


def judge_invoice(invoice: Invoice, content: Content) -> Verdict | None:
    """Direction, arithmetic, duplicates. Keeps what it found in `findings` and `duplicates` of the invoice."""
    return (
        direction.judge(invoice, content)
        or arithmetic.judge(invoice, content)
        or duplicates.judge(invoice, content)
    )


def judge_picture(invoice: Invoice) -> Verdict | None:
    """Whether a PDF without an invoice in it is the picture of an e-invoice that is here already."""
    return twins.judge_picture(invoice)


def judge_against_ledger(invoice: Invoice, content: Content, connection: Connection) -> Verdict | None:
    """Booked by hand, currency, another one of that day, bank account. The invoice's supplier is known."""
    if verdict := ledger.judge(invoice, connection):
        return verdict
    asked = accounts.unknown(invoice, content)
    if not (asked or currency.is_foreign(invoice) or same_day.pairs(invoice)):
        return None
    known = evidence.gather(invoice, connection, asked)
    return (
        currency.judge(invoice, known)
        or same_day.judge(invoice, known)
        or accounts.judge(invoice, content, known)
    )
