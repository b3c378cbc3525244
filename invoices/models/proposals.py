"""How an invoice would be booked, line by line, each with its evidence and its confidence."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from invoices.models.invoices import Invoice
from portal.base import JsonField, TenantKey, TenantModel, same_firm


class Proposal(TenantModel):
    """The booking proposal of an invoice: the last one made, by the portal or by a person's hand."""

    invoice = models.OneToOneField(Invoice, models.CASCADE, related_name="proposal", db_constraint=False)
    confidence = models.DecimalField(max_digits=5, decimal_places=4)
    # What `decide` said: autopilot, review or hold, and its one recorded reason.
    decision = models.CharField(max_length=10, blank=True)
    decided_because = JsonField(default=dict)
    made_at = models.DateTimeField()
    corrected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    corrected_at = models.DateTimeField(null=True)
    learn = models.BooleanField(default=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    # The pieces it was made of: [invoice line, text, amount, kind of VAT, months, VAT, position of its line].
    pieces = JsonField(default=list)
    # What the decision rests on besides the confidence (`invoices.proposing.proposals`).
    facts = JsonField(default=dict)
    entry_date = models.DateField(null=True)  # when it must be booked on another date than the invoice's

    class Meta(TenantModel.Meta):
        verbose_name = _("booking proposal")
        verbose_name_plural = _("booking proposals")
        constraints = [*TenantModel.Meta.constraints, *same_firm("invoices", "proposal", "invoice")]

    def __str__(self) -> str:
        return f"{self.confidence}"


class ProposalLine(TenantModel):
    """One line to book. `amount` excludes VAT and is signed (a credit note's is negative)."""

    proposal = TenantKey(Proposal, models.CASCADE, related_name="lines")
    position = models.IntegerField()
    invoice_lines = ArrayField(models.IntegerField(), default=list)  # 1-based positions on the invoice
    description = models.CharField(max_length=400, blank=True)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    vat_amount = models.DecimalField(max_digits=16, decimal_places=2)
    account = models.CharField(_("ledger account"), max_length=20, blank=True)
    vat_code = models.CharField(_("VAT code"), max_length=10, blank=True)
    cost_center = models.CharField(_("cost centre"), max_length=30, blank=True)
    cost_unit = models.CharField(_("cost unit"), max_length=30, blank=True)
    project = models.CharField(_("project"), max_length=30, blank=True)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)
    confidence = models.DecimalField(max_digits=5, decimal_places=4)
    because = JsonField(default=list)

    class Meta(TenantModel.Meta):
        verbose_name = _("proposal line")
        verbose_name_plural = _("proposal lines")
        constraints = [*TenantModel.Meta.constraints, *same_firm("invoices", "proposalline", "proposal")]
        indexes = [models.Index(fields=["proposal", "position"], name="invoices_proposalline_order")]

    def __str__(self) -> str:
        return self.description
