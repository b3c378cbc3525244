"""What people said of suppliers, and what is to be made or filled in for them in Exact."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connections.models import Connection, Supplier
from invoices.models.invoices import Invoice
from invoices.models.outbox import STATES, OutboxRow
from portal.base import JsonField, TenantKey, TenantModel, same_firm, transitions


class SupplierChoice(TenantModel):
    """A person chose this supplier for a seller with this identifier; so it is from now on, in this division."""

    connection = TenantKey(Connection, models.CASCADE, related_name="+")
    key = models.CharField(
        max_length=140
    )  # invoices.parties.Identity.keys: kvk:…, vat:…, oin:…, iban:…, name:…
    supplier = TenantKey(Supplier, models.CASCADE, related_name="+")
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = _("choice of supplier")
        verbose_name_plural = _("choices of supplier")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "supplierchoice", "connection", "supplier"),
            models.UniqueConstraint(fields=["connection", "key"], name="invoices_supplierchoice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} → {self.supplier}"


class ConfirmedAccount(TenantModel):
    """A bank account that a person confirmed for a supplier, though Exact does not have it (yet)."""

    connection = TenantKey(Connection, models.CASCADE, related_name="+")
    supplier = TenantKey(Supplier, models.CASCADE, related_name="confirmed_accounts")
    iban = models.CharField(max_length=34)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = _("confirmed bank account")
        verbose_name_plural = _("confirmed bank accounts")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "confirmedaccount", "connection", "supplier"),
            models.UniqueConstraint(fields=["supplier", "iban"], name="invoices_confirmedaccount_once"),
        ]

    def __str__(self) -> str:
        return self.iban


class SupplierTask(OutboxRow):
    """A supplier to be made in Exact, or to be completed with what an invoice says. Made once, like an entry."""

    class Kind(models.TextChoices):
        CREATE = "create", _("make the supplier")
        ENRICH = "enrich", _("complete the supplier")

    kind = models.CharField(max_length=6, choices=Kind.choices)
    key = models.CharField(max_length=140)  # the seller's strongest identifier
    invoice = TenantKey(Invoice, models.CASCADE, related_name="supplier_tasks")  # whose seller it is
    supplier = TenantKey(Supplier, models.CASCADE, null=True, related_name="+")  # to be completed
    account_id = models.UUIDField(null=True)  # Exact's, once it stands there
    fields = JsonField(default=dict)  # properties of Exact's Account
    ibans = JsonField(default=list)  # [{iban, sent}]
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta(OutboxRow.Meta):
        verbose_name = _("work on a supplier")
        verbose_name_plural = _("work on suppliers")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "suppliertask", "connection", "invoice", "supplier"),
            models.UniqueConstraint(
                fields=["connection", "kind", "key"],
                condition=Q(state__in=["waiting", "sending", "unknown"]),
                name="invoices_suppliertask_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection", "due_at"],
                condition=Q(due_at__isnull=False),
                name="invoices_suppliertask_due",
            )
        ]
        triggers = [transitions("states", "state", STATES)]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
