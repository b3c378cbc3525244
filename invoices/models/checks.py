"""The full check of an e-invoice against the published rules: beside the invoice, since it comes later and decides
nothing."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from invoices.models.invoices import Invoice
from portal.base import JsonField, TenantModel, same_firm


class FullCheck(TenantModel):
    """What EN 16931 and Peppol say of an invoice. `findings` is null until it is done; `due_at` is null then."""

    invoice = models.OneToOneField(Invoice, models.CASCADE, related_name="full_check", db_constraint=False)
    findings = JsonField(null=True)
    due_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("full check")
        verbose_name_plural = _("full checks")
        constraints = [*TenantModel.Meta.constraints, *same_firm("invoices", "fullcheck", "invoice")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="invoices_fullcheck_due")
        ]

    def __str__(self) -> str:
        return str(self.invoice_id)
