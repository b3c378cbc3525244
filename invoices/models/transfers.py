"""A client on its way from one firm to another, and what the giving firm keeps of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.base import JsonField, TenantKey, TenantModel, same_firm


class Transfer(TenantModel):
    """A client that moves. Each of the two firms has a row of its own, behind its own wall.

    No foreign key to the client or to the other firm: the client leaves, and a firm cannot see another's row. The
    other firm's name is written down once both have agreed; before that neither row knows it.
    """

    class Side(models.TextChoices):
        GIVING = "giving", _("given away")
        RECEIVING = "receiving", _("taken over")

    class State(models.TextChoices):
        OFFERED = "offered", _("offered")
        WITHDRAWN = "withdrawn", _("withdrawn")
        MOVING = "moving", _("on its way")
        DONE = "done", _("moved")
        REFUSED = "refused", _("did not go through")

    side = models.CharField(max_length=9, choices=Side.choices)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OFFERED)
    organisation_id = models.UUIDField()
    name = models.CharField(_("client"), max_length=200)
    kvk_number = models.CharField(_("KVK number"), max_length=8)
    other_firm_id = models.UUIDField(null=True)
    other_name = models.CharField(_("other firm"), max_length=200, blank=True)

    # Of the giving side: the offer. Of the link only the SHA-256 is kept; it is forgotten when used or withdrawn.
    email = models.EmailField(_("for whom"), blank=True)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True, null=True)
    expires_at = models.DateTimeField(null=True)

    # Of the giving side: the work. Due while it is to be done; `moved_at` once the rows have changed hands.
    due_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    exported_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=40, blank=True)  # why it did not go through
    counts = JsonField(default=dict)  # rows that moved, by model
    # Of the receiving side: the giving side's row.
    twin = models.UUIDField(null=True, unique=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("move of a client")
        verbose_name_plural = _("moves of clients")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation_id"],
                condition=Q(side="giving", state__in=["offered", "moving"]),
                name="invoices_transfer_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["firm", "-created_at"], name="invoices_transfer_recent"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="invoices_transfer_due"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_state_display()})"


class TransferPiece(TenantModel):
    """A piece of the zip that the giving firm keeps of a client that left, so that it need not fit in memory."""

    transfer = TenantKey(Transfer, models.CASCADE, related_name="pieces")
    number = models.IntegerField()
    data = models.BinaryField()

    class Meta(TenantModel.Meta):
        verbose_name = _("piece of an export")
        verbose_name_plural = _("pieces of exports")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "transferpiece", "transfer"),
            models.UniqueConstraint(fields=["transfer", "number"], name="invoices_transferpiece_once"),
        ]

    def __str__(self) -> str:
        return str(self.number)
