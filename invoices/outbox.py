"""What waits in a lane for invoices: deliveries and bookings, registered with `connections.lanes`."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count

from connections import connecting, issues, lanes
from connections.lanes import Held
from connections.models import Connection, Issue
from connections.remedies import remedy
from invoices import (
    backtest,
    book,
    deliver,
    dispatch,
    follow,
    intake,
    pipeline,
    rule_keeping,
    supplier_work,
)
from invoices.knowledge import keeping
from invoices.models import Booking, Delivery, Invoice


def _guarded(run: Callable[[Held, Any], None]) -> Callable[[Held, Any], None]:
    """A booking that turns out impossible stops with its issue."""

    def guarded(held: Held, row: Any) -> None:
        try:
            run(held, row)
        except book.CannotBook as reason:
            with held.record():
                row.refresh_from_db()
                book.stop(row, reason.code, shared=False, **reason.values_)

    return guarded


def _waiting(found: Iterable[Issue]) -> dict[UUID, int]:
    """Invoices that point at an issue, and those that wait because it blocks their connection."""
    found = list(found)
    counts: dict[UUID, int] = dict(
        Invoice.objects.filter(issue__in=found).values_list("issue").annotate(n=Count("pk"))
    )
    for issue in found:
        if issue.connection_id and issue.resolved_at is None and remedy(issue.code).blocks_connection:
            held_up = Invoice.objects.filter(
                organisation__connections=issue.connection_id, status__in=["ready", "booking"]
            )
            counts[issue.pk] = counts.get(issue.pk, 0) + held_up.count()
    return counts


def _go_on(issue: Issue) -> None:
    """What waited for this issue goes on (or tries once more), in the order in which it came in."""
    for invoice in Invoice.objects.select_for_update(no_key=True).filter(issue=issue).order_by("created_at"):
        # On a mere retry the invoice stays tied to its issue: success closes it (`book._done`).
        invoice.issue = None if issue.resolved_at or invoice.status != Invoice.Status.FAILED else issue
        if invoice.status == Invoice.Status.FAILED:
            connection = dispatch.connection_of(invoice)
            if connection is not None:
                book_it = Booking.objects.filter(invoice=invoice).exists()
                dispatch.go(invoice, connection, book=book_it, reason="mended", code=issue.code)
        elif invoice.status in (Invoice.Status.ON_HOLD, Invoice.Status.UNROUTED, Invoice.Status.REVIEW):
            intake.again(invoice)


def _connected(connection: Connection) -> None:
    for issue in Issue.objects.filter(
        code="not_connected", subject=str(connection.organisation_id), resolved_at=None
    ):
        issues.resolve(issue, "connected")
    if connection.cursors.get("filled"):
        keeping.filled(connection)
    pipeline.waiting_for(connection)


def register() -> None:
    """Take part in the lanes and the issues."""
    lanes.register(lanes.Work("booking", Booking, _guarded(book.run), book.failed, book.ready))
    lanes.register(lanes.Work("delivery", Delivery, _guarded(deliver.run), book.failed, book.ready))
    supplier_work.register()
    follow.register()
    backtest.register()
    rule_keeping.register()
    issues.register(waiting=_waiting, on_resolved=_go_on, on_retry=_go_on)
    connecting.register_on_active(_connected)
