"""The two outbox rows: what is to be done in Exact for an invoice, and what is known of it.

    waiting ──claim──▸ sending ──answer──▸ done
       ▴                  │ no answer
       │                  ▾
       └──absent, twice── unknown ──found──▸ done        stopped: an issue says what must happen

`sending` is committed before a byte leaves. A row found in `sending` by a new driver was left by a dead one:
its outcome is as unknown as a lost answer's, and is looked up before anything is sent again.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connections.models import DueRow
from invoices.models.invoices import Invoice
from portal.base import JsonField, TenantModel, same_firm, transitions


class OutboxRow(DueRow):
    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        UNKNOWN = "unknown", _("outcome unknown")
        DONE = "done", _("done")
        STOPPED = "stopped", _("stopped")
        UNDONE = "undone", _("undone")

    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    step = models.CharField(max_length=20, blank=True)  # what is being sent: document, message, file:2, entry
    sent_at = models.DateTimeField(null=True)
    looked_up_at = models.DateTimeField(null=True)  # the first look-up that found nothing
    done_at = models.DateTimeField(null=True)

    class Meta(DueRow.Meta):
        abstract = True


STATES = {
    "waiting": ["sending", "stopped", "done", "undone"],
    "sending": ["waiting", "unknown", "done", "stopped"],
    "unknown": ["waiting", "sending", "done", "stopped"],
    "stopped": ["waiting", "unknown", "undone", "done"],
    "done": ["undone", "waiting"],
    "undone": ["waiting"],
}


class Delivery(OutboxRow):
    """The invoice's files, into the digital mailbox or as a document."""

    class Way(models.TextChoices):
        MAILBOX = "mailbox", _("digital mailbox")
        DOCUMENT = "document", _("document")

    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="delivery", db_constraint=False)
    way = models.CharField(max_length=10, choices=Way.choices)
    message_id = models.UUIDField(null=True)
    document_id = models.UUIDField(null=True)
    files = JsonField(default=list)  # [{name, sent: bool, skipped: reason}]

    class Meta(OutboxRow.Meta):
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "delivery", "connection", "invoice"),
        ]
        indexes = [
            models.Index(
                fields=["connection", "due_at"],
                condition=Q(due_at__isnull=False),
                name="invoices_delivery_due",
            )
        ]
        triggers = [transitions("states", "state", STATES)]

    def __str__(self) -> str:
        return f"{self.way} {self.state}"


class Booking(OutboxRow):
    """The purchase entry of an invoice."""

    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="booking", db_constraint=False)
    entry_id = models.UUIDField(null=True)
    entry_number = models.IntegerField(null=True)
    adopted = models.BooleanField(default=False)  # somebody else, or Exact, had made the entry
    paid_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)  # changed in Exact after us
    seen = JsonField(default=dict)  # how it stands in Exact since then: {"lines": …}
    reversal_id = models.UUIDField(
        null=True
    )  # the contrary entry that took it back, where its period is closed

    class Meta(OutboxRow.Meta):
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "booking", "connection", "invoice"),
            models.UniqueConstraint(
                fields=["connection", "entry_id"],
                condition=Q(entry_id__isnull=False),
                name="invoices_booking_one_per_entry",
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection", "due_at"],
                condition=Q(due_at__isnull=False),
                name="invoices_booking_due",
            )
        ]
        triggers = [transitions("states", "state", STATES)]

    def __str__(self) -> str:
        return f"{self.state} {self.entry_number or ''}".strip()
