"""From a decision to the two outbox rows, and back: approve, reject, retry, undo."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.utils import timezone

from connections import issues, lanes
from connections.lanes import Priority
from connections.models import Connection, Issue, Mailbox
from invoices import intake, timeline
from invoices.deciding import client_approval
from invoices.deciding.questions import unanswered
from invoices.models import Booking, Delivery, Invoice

State = Booking.State


class NotNow(Exception):
    """The invoice is not in a state in which this can be done."""

    def __init__(self, status: str, wanted: str) -> None:
        super().__init__(f"An invoice that is {status} cannot be {wanted}.")
        self.status = status
        self.wanted = wanted


def way_for(connection: Connection) -> str:
    """How this connection's files go to Exact: by mailbox where that is wanted and works, else as a document."""
    wanted = connection.delivery or settings.EXACT_DEFAULT_DELIVERY
    if wanted == Delivery.Way.MAILBOX and mailbox_works(connection):
        return Delivery.Way.MAILBOX
    return Delivery.Way.DOCUMENT


def mailbox_works(connection: Connection) -> bool:
    """It is there, and nothing is known that keeps messages out of it."""
    refused = Issue.objects.filter(
        connection=connection, code="right_missing_mailbox", resolved_at__isnull=True
    )
    if refused.exists():
        return False
    return Mailbox.objects.filter(
        connection=connection, status=Mailbox.Status.ACTIVE, exact_id__isnull=False
    ).exists()


def go(
    invoice: Invoice,
    connection: Connection,
    *,
    book: bool,
    actor: Any = None,
    reason: str = "",
    priority: int = Priority.DELIVERY,
    **values: Any,
) -> None:
    """Put the delivery (and the booking behind it) into the outbox. Needs the scope. Where the connection has just
    ended, the invoice is judged anew and waits for the next.

    A row that was stopped or undone is used again: what it already knows of Exact (a document that stands there)
    is not done twice.
    """
    if book and client_approval.waits(invoice, actor):
        return
    if not lanes.kept(connection):
        intake.again(invoice)
        return
    way = way_for(connection)
    if not book and way != Delivery.Way.MAILBOX:
        # «Deliver only» has nowhere else to go: the mailbox must work first.
        invoice.issue = Issue.objects.filter(connection=connection, resolved_at__isnull=True).first()
        timeline.move(invoice, Invoice.Status.ON_HOLD, reason="mailbox_not_ready", actor=actor)
        return
    now = timezone.now()
    delivery = Delivery.objects.filter(invoice=invoice).first()
    if delivery is None:
        delivery = Delivery.objects.create(
            invoice=invoice, connection=connection, way=way, due_at=now, priority=priority
        )
    elif delivery.state != State.DONE:
        if not (delivery.message_id or delivery.document_id or delivery.sent_at):
            delivery.way, delivery.files = way, []  # nothing stands in Exact yet: it may go another way
        _again(delivery, connection, now, priority)
    filed = delivery.state == State.DONE
    if book:
        booking = Booking.objects.filter(invoice=invoice).first()
        if booking is None:
            Booking.objects.create(
                invoice=invoice,
                connection=connection,
                due_at=now if filed else None,  # else when the delivery is done
                priority=min(priority, Priority.BOOKING),
            )
        else:
            _again(booking, connection, now if filed else None, min(priority, Priority.BOOKING))
    timeline.move(invoice, Invoice.Status.READY, reason=reason, actor=actor, **values)
    lanes.wake(connection)


def _again(row: Delivery | Booking, connection: Connection, now: Any, priority: int) -> None:
    """Let a row that stopped go on. One whose last send has no known outcome is looked up first."""
    row.connection, row.due_at, row.priority, row.attempts, row.error = connection, now, priority, 0, ""
    if row.state in (State.STOPPED, State.UNDONE):
        unknown = row.state == State.STOPPED and row.step and row.sent_at and not row.done_at
        row.state = State.UNKNOWN if unknown else State.WAITING
    row.save()


def plain_pdf(invoice: Invoice, connection: Connection) -> None:
    """A PDF without an invoice in it: into the mailbox, where Exact's own recognition takes it; never guessed at."""
    if mailbox_works(connection):
        go(invoice, connection, book=False)
    else:
        timeline.move(invoice, Invoice.Status.REVIEW, reason="plain_pdf")


def approve(invoice: Invoice, actor: Any = None) -> None:
    """A person says: book it as proposed. Needs the scope and the locked row."""
    from invoices.deciding import decide, periods

    if invoice.status not in (Invoice.Status.REVIEW, Invoice.Status.ON_HOLD) or unanswered(invoice):
        raise NotNow(invoice.status, "approved")
    connection = connection_of(invoice)
    proposal = getattr(invoice, "proposal", None)
    if connection is None or proposal is None or invoice.supplier is None:
        raise NotNow(invoice.status, "approved")
    if any(not line.account or not line.vat_code for line in proposal.lines.all()):
        raise NotNow("incomplete", "approved")
    proposal.approved_by, proposal.approved_at = actor, timezone.now()
    with suppress(periods.NoPeriod):  # then Exact says so, and its issue what to do
        decide.offer_date(connection, invoice, proposal)
    proposal.save(update_fields=["approved_by", "approved_at", "entry_date"])
    settle_issue(invoice, "approved")
    go(invoice, connection, book=True, actor=actor, reason="approved", priority=Priority.PERSON)


def reject(invoice: Invoice, reason: str, actor: Any = None) -> None:
    """A person says: this is not to be booked. Needs the scope and the locked row."""
    if invoice.status in (Invoice.Status.BOOKED, Invoice.Status.BOOKING, Invoice.Status.DELIVERED):
        raise NotNow(invoice.status, "rejected")
    waiting: list[Delivery | Booking] = []
    for outbox in (Delivery, Booking):
        for row in outbox.objects.select_for_update(no_key=True).filter(invoice=invoice):
            if row.state in (State.SENDING, State.UNKNOWN):
                raise NotNow(invoice.status, "rejected")  # it may stand in Exact already
            if row.state == State.WAITING:
                waiting.append(row)
    for row in waiting:
        row.state, row.due_at = State.STOPPED, None
        row.save(update_fields=["state", "due_at", "updated_at"])
    settle_issue(invoice, "rejected")
    timeline.move(invoice, Invoice.Status.REJECTED, reason="rejected", actor=actor, words=reason)


def retry(invoice: Invoice, actor: Any = None) -> None:
    """Try again what stopped: from the outbox when it was there, else from the document on."""
    if invoice.status == Invoice.Status.FAILED and (connection := connection_of(invoice)):
        book = Booking.objects.filter(invoice=invoice).exists()
        go(invoice, connection, book=book, actor=actor, reason="retry", priority=Priority.PERSON)
        return
    if invoice.status not in (
        Invoice.Status.REVIEW,
        Invoice.Status.ON_HOLD,
        Invoice.Status.UNROUTED,
        Invoice.Status.UNREADABLE,
        Invoice.Status.REJECTED,
        Invoice.Status.DUPLICATE,
    ):
        raise NotNow(invoice.status, "tried again")
    timeline.add(invoice, "invoice.retried", actor=actor)
    intake.again(invoice)


def settle_issue(invoice: Invoice, by: str) -> None:
    """The invoice's own issue ends with the person's answer; one that others share stays open."""
    issue = invoice.issue
    if issue is not None and issue.resolved_at is None and issue.subject == str(invoice.pk):
        issues.resolve(issue, by)
    invoice.issue = None


def connection_of(invoice: Invoice) -> Connection | None:
    """The connection that books this invoice's organisation now."""
    if invoice.organisation_id is None:
        return None
    return (
        Connection.objects.filter(organisation_id=invoice.organisation_id)
        .exclude(status="disconnected")
        .first()
    )
