"""The client's own word on an invoice: before it is booked, or after, before it is paid."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from invoices.models.invoices import Invoice
from portal.base import TenantKey, TenantModel, same_firm
from portal.models import Organisation


class ApprovalOrder(models.TextChoices):
    BEFORE = "before", _("before it is booked")
    AFTER = "after", _("after it is booked, before it is paid")


class ClientApproves(TenantModel):
    """That a client is asked, and when. No row: it is not."""

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, related_name="approves", db_constraint=False
    )
    order = models.CharField(_("the client approves"), max_length=6, choices=ApprovalOrder.choices)

    class Meta(TenantModel.Meta):
        verbose_name = _("approval by the client")
        verbose_name_plural = _("approvals by the client")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "clientapproves", "organisation"),
        ]

    def __str__(self) -> str:
        return self.get_order_display()


class ClientApproval(TenantModel):
    """One invoice that the client was asked about. `approved` is null until somebody answered."""

    invoice = models.OneToOneField(
        Invoice, models.CASCADE, related_name="client_approval", db_constraint=False
    )
    organisation = TenantKey(Organisation, models.CASCADE, related_name="+")
    order = models.CharField(max_length=6, choices=ApprovalOrder.choices)
    approved = models.BooleanField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    words = models.CharField(max_length=400, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("question to the client")
        verbose_name_plural = _("questions to the client")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "clientapproval", "invoice", "organisation"),
        ]
        indexes = [
            models.Index(fields=["firm", "-created_at"], name="invoices_approval_recent"),
            models.Index(
                fields=["organisation", "-created_at"],
                condition=Q(approved__isnull=True),
                name="invoices_approval_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.approved}"
