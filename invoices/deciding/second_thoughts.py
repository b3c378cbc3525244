"""Ten seconds in which a person may take back what they just decided.

In the work queue somebody approves an invoice every few seconds, and notices a slip the moment the next one appears.
So what is approved there waits a little before it is sent: taking it back costs nothing and leaves nothing in Exact.
Afterwards it is an undo, which removes the entry again.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from invoices import timeline
from invoices.booking import undo
from invoices.deciding import client_approval, dispatch
from invoices.models import Booking, Delivery, Invoice

SECONDS = 10
State = Booking.State


def approve(invoice: Invoice, actor: Any) -> None:
    """Approve, to be sent in ten seconds. Needs the scope and the locked row."""
    dispatch.approve(invoice, actor)
    later = timezone.now() + timedelta(seconds=SECONDS)
    for outbox in (Delivery, Booking):
        outbox.objects.filter(invoice=invoice, state=State.WAITING, due_at__isnull=False).update(due_at=later)


def hold(invoice: Invoice, reason: str, actor: Any) -> None:
    """Set it aside until somebody takes it up again."""
    if invoice.status != Invoice.Status.REVIEW:
        raise dispatch.NotNow(invoice.status, "set aside")
    timeline.move(invoice, Invoice.Status.ON_HOLD, reason="set_aside", actor=actor, words=reason)


def take_back(invoice: Invoice, actor: Any) -> None:
    """Undo the last decision, whatever it was. Needs the scope and the locked row."""
    if invoice.status == Invoice.Status.READY:
        _unsend(invoice, actor)
    elif invoice.status == Invoice.Status.BOOKED:
        undo.ask(invoice, actor)
    elif invoice.status == Invoice.Status.ON_HOLD and invoice.reason in ("set_aside", client_approval.ASKED):
        client_approval.take_back(invoice)
        timeline.move(invoice, Invoice.Status.REVIEW, reason="taken_back", actor=actor)
    elif invoice.status == Invoice.Status.REJECTED:
        dispatch.retry(invoice, actor)
    else:
        raise dispatch.NotNow(invoice.status, "taken back")


def _unsend(invoice: Invoice, actor: Any) -> None:
    """Nothing left yet: the rows rest, and the invoice is in review again."""
    rows = [
        row
        for outbox in (Delivery, Booking)
        for row in outbox.objects.select_for_update().filter(invoice=invoice).exclude(state=State.DONE)
    ]
    if any(row.state != State.WAITING for row in rows):
        raise dispatch.NotNow(invoice.status, "taken back")
    for row in rows:
        row.state, row.due_at = State.STOPPED, None
        row.save(update_fields=["state", "due_at", "updated_at"])
    timeline.move(invoice, Invoice.Status.REVIEW, reason="taken_back", actor=actor)
