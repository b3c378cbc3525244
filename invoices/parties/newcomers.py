"""A supplier that Exact learned of after we read its relations: found without anybody asking twice.

1. Nobody fits the seller: the invoice waits for a person, and the relations, their accounts and their entries are
   read within seconds (once for each seller, and again when somebody asks to recheck).
2. Whenever these have been read, whoever waited for a seller that now fits goes through the pipeline again.
"""

from connections import chores, issues, webhooks
from connections.models import Connection, Issue
from invoices import intake, parties
from invoices.formats.jsonable import from_json
from invoices.models import Invoice
from invoices.parties import suppliers

UNKNOWN = "supplier_unknown"
PARTS = ("suppliers", "bank_accounts", "entries")
AT_ONCE = 200  # of the invoices that wait; those behind them are looked at after the next reading


def look(connection: Connection) -> None:
    """Have Exact's relations read within seconds. Needs the scope."""
    webhooks.refresh_soon(connection, PARTS)


def appeared(connection: Connection) -> None:
    """Let invoices whose seller fits a supplier now go on. Needs the scope."""
    waiting = Invoice.objects.select_for_update(no_key=True).filter(
        organisation_id=connection.organisation_id, status=Invoice.Status.REVIEW, reason=UNKNOWN
    )
    for invoice in waiting.order_by("created_at")[:AT_ONCE]:
        seller = parties.seller_of(from_json(invoice.content))
        if suppliers.match(connection, seller).supplier is not None:
            subject = seller.kvk or seller.vat or seller.name
            issues.resolve_code(connection, UNKNOWN, subject=subject, by="appeared")
            intake.again(invoice)


def _look_again(issue: Issue) -> None:
    if issue.code == UNKNOWN and issue.connection is not None:
        look(issue.connection)


def register() -> None:
    chores.register_on_read(appeared)
    issues.register(on_retry=_look_again)
