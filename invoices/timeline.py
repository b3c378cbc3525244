"""What happened to an invoice, in the order in which it happened."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from invoices.models import Invoice, TimelineEvent
from portal import audit

# What somebody did, or the Autopilot in their place; all else on a timeline is what happened to the invoice.
ACTS = {
    "invoice.adopted",
    "invoice.booked",
    "invoice.client_approved",
    "invoice.client_refused",
    "invoice.corrected",
    "invoice.ready",
    "invoice.rejected",
    "invoice.released",
    "invoice.retried",
    "invoice.shared",
    "invoice.routed_by_person",
    "invoice.supplier_asked",
    "invoice.supplier_chosen",
    "invoice.supplier_completion_asked",
    "invoice.undo_asked",
    "invoice.undone",
    "invoice.unshared",
}

_on_move: list[Callable[[Invoice], None]] = []


def register_on_move(function: Callable[[Invoice], None]) -> None:
    """Be told, within the transaction, when an invoice has moved to another status."""
    if function not in _on_move:
        _on_move.append(function)


def new(invoice: Invoice, event: str, *, actor: Any = None, **detail: Any) -> TimelineEvent:
    """An event that is not saved yet."""
    return TimelineEvent(invoice_id=invoice.pk, at=timezone.now(), event=event, detail=detail, actor=actor)


def add(invoice: Invoice, event: str, *, actor: Any = None, **detail: Any) -> None:
    """Add an event. `event` is a stable name (`invoice.booked`); `detail` fills its sentence. Needs the scope."""
    new(invoice, event, actor=actor, **detail).save(force_insert=True)
    if event in ACTS:
        who = audit.actor(actor)
        words = str(detail.pop("words", ""))
        audit.record(
            event, invoice, after=detail, words=words, by=audit.AUTOPILOT if who == audit.SYSTEM else who
        )


def as_it_stands(invoice: Invoice) -> None:
    """Read again what moves, and lock the invoice until commit. Needs the scope."""
    invoice.refresh_from_db(
        fields=["status", "reason", "reason_values", "issue", "due_at"],
        from_queryset=Invoice.objects.select_for_update(no_key=True),
    )


def move(
    invoice: Invoice, status: str, *, reason: str = "", event: str = "", actor: Any = None, **values: Any
) -> None:
    """Put an invoice into a state for a reason, and say so on its timeline. Needs the scope."""
    invoice.status, invoice.reason, invoice.reason_values = status, reason, values
    invoice.due_at = None
    invoice.save(update_fields=["status", "reason", "reason_values", "due_at", "issue", "updated_at"])
    add(
        invoice, event or f"invoice.{status}", actor=actor, **({"reason": reason} if reason else {}), **values
    )
    for tell in _on_move:
        tell(invoice)
