"""What waits in a lane for invoices: deliveries and bookings, registered with `connections.lanes`."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from connections import connecting, contracts, issues, lanes
from connections.lanes import Held, Priority
from connections.models import Connection, DueRow, Issue
from invoices import intake, pipeline, timeline
from invoices.booking import book, deliver, follow, refused, steps
from invoices.deciding import dispatch
from invoices.knowledge import keeping
from invoices.models import Booking, Delivery, Invoice
from invoices.parties import newcomers, supplier_work
from invoices.proposing import backtest, rule_keeping

Following = tuple[lanes.Work, DueRow]


def _guarded(run: Callable[[Held, Any], Following | None]) -> Callable[[Held, Any], Following | None]:
    """A booking that turns out impossible stops with its issue."""

    def guarded(held: Held, row: Any) -> Following | None:
        try:
            return run(held, row)
        except book.CannotBook as reason:
            with held.record():
                row.refresh_from_db()
                refused.stop(row, reason.code, shared=False, **reason.values_)
            return None

    return guarded


def _deliver(held: Held, delivery: Delivery) -> Following | None:
    """A delivery, and its booking where that could be claimed with it."""
    claimed = deliver.run(held, delivery, book.at_once)
    if claimed is None:
        return None
    booking, begun = claimed

    def go_on(held: Held, row: Booking) -> None:
        steps.carry_out(held, row, begun)

    return lanes.Work("booking", Booking, go_on, refused.failed, book.ready), booking


def _waiting(found: Iterable[Issue]) -> dict[UUID, int]:
    """Invoices that point at an issue, and those that wait because it holds up everything of their connection."""
    found = list(found)
    counts: dict[UUID, int] = dict(
        Invoice.objects.filter(issue__in=found).values_list("issue").annotate(n=Count("pk"))
    )
    for issue in found:
        if whose := contracts.held_up(issue):
            waits = Invoice.objects.filter(
                organisation__connections__in=whose, status__in=["ready", "booking"]
            )
            counts[issue.pk] = counts.get(issue.pk, 0) + waits.count()
    return counts


def _tied(issue: Issue) -> list[Invoice]:
    """The invoices that wait for this issue, locked, in the order in which they came in."""
    return list(
        Invoice.objects.select_for_update(no_key=True).filter(issue=issue).order_by("created_at", "pk")
    )


def _go_on(issue: Issue) -> None:
    """It is mended: what waited for it goes on, in order."""
    for invoice in _tied(issue):
        failed = invoice.status == Invoice.Status.FAILED
        invoice.issue = None
        if failed:
            _once_more(invoice, "mended", issue.code)
        elif invoice.status in (Invoice.Status.ON_HOLD, Invoice.Status.UNROUTED, Invoice.Status.REVIEW):
            intake.again(invoice)


def _try_again(issue: Issue) -> None:
    """Nobody knows whether it is mended: the first that waits finds out, and its success lets the others go
    (`book._done`). All of them would each burn an error of Exact's ten an hour if it is not."""
    waiting = _tied(issue)
    for invoice in waiting:
        if invoice.status in (Invoice.Status.ON_HOLD, Invoice.Status.UNROUTED, Invoice.Status.REVIEW):
            invoice.issue = None
            intake.again(invoice)
    failed = (invoice for invoice in waiting if invoice.status == Invoice.Status.FAILED)
    if (first := next(failed, None)) is not None:
        _once_more(first, "retry", issue.code, priority=Priority.PERSON)


def _once_more(invoice: Invoice, reason: str, code: str, **options: Any) -> None:
    connection = dispatch.connection_of(invoice)
    if connection is None:  # its issue ended with the connection; it waits for the next with another
        intake.again(invoice)
        return
    book_it = Booking.objects.filter(invoice=invoice).exists()
    dispatch.go(invoice, connection, book=book_it, reason=reason, code=code, **options)


def _connected(connection: Connection) -> None:
    for issue in Issue.objects.filter(
        code="not_connected", subject=str(connection.organisation_id), resolved_at=None
    ):
        issues.resolve(issue, "connected")
    if connection.cursors.get("filled"):
        keeping.filled(connection)
    pipeline.waiting_for(connection)


def _ended(connection: Connection) -> None:
    """What was on its way through a connection that ended says so, and goes on when its client is connected again.

    Its lane is gone, so nothing would ever work these rows, and nobody would hear of it. What was not sent is judged
    and proposed anew then, once the ledger has been read. What was sent and not answered may stand in Exact: it cannot
    be rejected meanwhile, and is looked up before anything is sent again.
    """
    on_their_way = Invoice.objects.select_for_update(no_key=True, of=("self",)).filter(
        Q(delivery__connection=connection)
        | Q(booking__connection=connection),  # filed before it ended once, perhaps
        status__in=[Invoice.Status.READY, Invoice.Status.BOOKING],
    )
    for invoice in on_their_way.order_by("created_at", "pk"):
        sent = 0
        for outbox in (Delivery, Booking):
            rows, states = outbox.objects.filter(invoice=invoice), outbox.State
            rows.filter(state=states.WAITING).update(state=states.STOPPED, due_at=None)
            sent += rows.filter(state__in=[states.SENDING, states.UNKNOWN]).update(
                state=states.UNKNOWN, due_at=None
            )
        invoice.issue = issues.open_issue(
            "not_connected",
            subject=str(connection.organisation_id),
            organisation=connection.organisation.name,
        )
        filed = invoice.status == Invoice.Status.BOOKING  # its delivery has begun; nobody began the entry
        unsent = Invoice.Status.REVIEW if filed else Invoice.Status.ON_HOLD
        status = Invoice.Status.FAILED if sent else unsent
        timeline.move(invoice, status, reason="not_connected")


def register() -> None:
    """Take part in the lanes and the issues."""
    lanes.register(lanes.Work("booking", Booking, _guarded(book.run), refused.failed, book.ready))
    lanes.register(lanes.Work("delivery", Delivery, _guarded(_deliver), refused.failed, book.ready))
    supplier_work.register()
    follow.register()
    newcomers.register()
    backtest.register()
    rule_keeping.register()
    issues.register(waiting=_waiting, on_resolved=_go_on, on_retry=_try_again)
    connecting.register_on_active(_connected)
    connecting.register_on_end(_ended)
