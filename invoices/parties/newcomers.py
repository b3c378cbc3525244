"""A supplier that Exact learned of after we read its relations: found without anybody asking twice.

1. Nobody fits the seller, or others than itself seem to: the invoice waits for a person, and the relations, their
   accounts and their entries are read within seconds (once for each seller, and again when somebody asks to recheck).
2. Whenever these have been read, whoever waited for a seller that now fits goes through the pipeline again.
"""

from connections import chores, issues, webhooks
from connections.models import Connection, Issue
from invoices import intake, parties
from invoices.formats.jsonable import from_json
from invoices.models import Invoice
from invoices.parties import suppliers

WAITS = ("supplier_unknown", "supplier_ambiguous")
PARTS = ("suppliers", "bank_accounts", "entries")
AT_ONCE = 200  # of the invoices that wait; those behind them are looked at after the next reading


def look(connection: Connection) -> None:
    """Have Exact's relations read within seconds. Needs the scope."""
    webhooks.refresh_soon(connection, PARTS)


def appeared(connection: Connection) -> None:
    """Let invoices whose seller fits a supplier now go on; an issue for which none waits any more ends. Needs the
    scope.
    """
    waiting = Invoice.objects.select_for_update(no_key=True).filter(
        organisation_id=connection.organisation_id, status=Invoice.Status.REVIEW, reason__in=WAITS
    )
    for invoice in waiting.order_by("created_at")[:AT_ONCE]:
        seller = parties.seller_of(from_json(invoice.content))
        if suppliers.match(connection, seller).supplier is not None:
            intake.again(invoice)
    still = Invoice.objects.filter(organisation_id=connection.organisation_id, issue__isnull=False)
    open_ones = Issue.objects.filter(connection=connection, code__in=WAITS, resolved_at__isnull=True)
    for issue in open_ones.exclude(pk__in=still.values("issue")):
        issues.resolve(issue, "appeared")


def _look_again(issue: Issue) -> None:
    if issue.code in WAITS and issue.connection is not None:
        look(issue.connection)


def register() -> None:
    chores.register_on_read(appeared)
    issues.register(on_retry=_look_again)
