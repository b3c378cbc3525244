"""What we know of a division's ledger without asking: suppliers, accounts, VAT codes, entries.

Codes are Exact's, trimmed. Rows are keyed by Exact's own id within a connection. A page that could not be read
never shrinks what stands here; only Exact saying that something is gone does (`gone_at`).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connections.models.connections import Connection
from portal.base import TenantKey, TenantModel, same_firm


class Mirrored(TenantModel):
    connection = TenantKey(Connection, related_name="+")
    exact_id = models.UUIDField()
    modified_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        abstract = True
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["connection", "exact_id"], name="%(app_label)s_%(class)s_exact_once"
            ),
        ]


class Supplier(Mirrored):
    """A relation of the division (Exact's Account) that sells to it, or might."""

    code = models.CharField(max_length=18)
    name = models.CharField(_("name"), max_length=200)
    name_plain = models.CharField(max_length=200, blank=True)  # connections.normal.plain_name
    kvk_number = models.CharField(max_length=30, blank=True)
    vat_number = models.CharField(max_length=30, blank=True)
    oin = models.CharField(max_length=30, blank=True)
    peppol_id = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    ibans = ArrayField(models.CharField(max_length=34), default=list)
    default_account = models.UUIDField(null=True)  # GLAccountPurchase
    default_vat_code = models.CharField(max_length=10, blank=True)
    payment_condition = models.CharField(max_length=10, blank=True)
    is_supplier = models.BooleanField(default=True)
    blocked = models.BooleanField(default=False)

    class Meta(Mirrored.Meta):
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        constraints = [*Mirrored.Meta.constraints, *same_firm("connections", "supplier", "connection")]
        indexes = [
            models.Index(fields=["connection", "kvk_number"], name="connections_supplier_kvk"),
            models.Index(fields=["connection", "vat_number"], name="connections_supplier_vat"),
            models.Index(fields=["connection", "name"], name="connections_supplier_name"),
            models.Index(fields=["connection", "name_plain"], name="connections_supplier_plain"),
            # The same company at other clients of the firm.
            models.Index(fields=["firm", "kvk_number"], name="connections_supplier_firm_kvk"),
            models.Index(fields=["firm", "vat_number"], name="connections_supplier_firm_vat"),
        ]

    def __str__(self) -> str:
        return self.name


class LedgerAccount(Mirrored):
    """A general ledger account (grootboekrekening)."""

    code = models.CharField(max_length=20)
    description = models.CharField(max_length=200)
    type = models.IntegerField(null=True)
    rgs = models.CharField(max_length=40, blank=True)
    vat_code = models.CharField(max_length=10, blank=True)
    blocked = models.BooleanField(default=False)

    class Meta(Mirrored.Meta):
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        constraints = [*Mirrored.Meta.constraints, *same_firm("connections", "ledgeraccount", "connection")]
        indexes = [models.Index(fields=["connection", "code"], name="connections_account_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"


class VatCode(Mirrored):
    """A VAT code. `percentage` is a fraction: 0.21."""

    code = models.CharField(max_length=10)
    description = models.CharField(max_length=200)
    percentage = models.DecimalField(max_digits=7, decimal_places=4)
    type = models.CharField(max_length=2, blank=True)  # E excluding, I including, N none, B both
    charged = models.BooleanField(default=False)  # reverse charge: the buyer owes it
    transaction_type = models.CharField(max_length=2, blank=True)  # P purchase, S sales, B both
    eu_sales_listing = models.CharField(max_length=2, blank=True)
    country = models.CharField(max_length=2, blank=True)
    blocked = models.BooleanField(default=False)

    class Meta(Mirrored.Meta):
        verbose_name = _("VAT code")
        verbose_name_plural = _("VAT codes")
        constraints = [*Mirrored.Meta.constraints, *same_firm("connections", "vatcode", "connection")]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"


class Journal(Mirrored):
    """A journal (dagboek); type 22 is purchases."""

    code = models.CharField(max_length=10)
    description = models.CharField(max_length=200)
    type = models.IntegerField()
    currency = models.CharField(max_length=3, blank=True)
    any_currency = models.BooleanField(default=False)
    blocked = models.BooleanField(default=False)

    class Meta(Mirrored.Meta):
        verbose_name = _("journal")
        verbose_name_plural = _("journals")
        constraints = [*Mirrored.Meta.constraints, *same_firm("connections", "journal", "connection")]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"


class PaymentCondition(Mirrored):
    """A payment condition: net so many days."""

    code = models.CharField(max_length=10)
    description = models.CharField(max_length=200)
    days = models.IntegerField(null=True)

    class Meta(Mirrored.Meta):
        verbose_name = _("payment condition")
        verbose_name_plural = _("payment conditions")
        constraints = [
            *Mirrored.Meta.constraints,
            *same_firm("connections", "paymentcondition", "connection"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"


class CostCode(Mirrored):
    """A cost centre, a cost unit, or a project."""

    class Kind(models.TextChoices):
        CENTER = "center", _("cost centre")
        UNIT = "unit", _("cost unit")
        PROJECT = "project", _("project")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    code = models.CharField(max_length=30)
    description = models.CharField(max_length=200)
    blocked = models.BooleanField(default=False)

    class Meta(Mirrored.Meta):
        verbose_name = _("cost code")
        verbose_name_plural = _("cost codes")
        constraints = [*Mirrored.Meta.constraints, *same_firm("connections", "costcode", "connection")]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"


class Period(TenantModel):
    """A financial period of a division, and in which journals it is closed."""

    connection = TenantKey(Connection, related_name="+")
    year = models.IntegerField()
    period = models.IntegerField()
    starts = models.DateField()
    ends = models.DateField()
    closed_for = ArrayField(models.CharField(max_length=10), default=list)

    class Meta(TenantModel.Meta):
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("connections", "period", "connection"),
            models.UniqueConstraint(fields=["connection", "year", "period"], name="connections_period_once"),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.period:02}"


class Entry(Mirrored):
    """A purchase entry in Exact, whoever made it."""

    supplier_id_in_exact = models.UUIDField()
    entry_number = models.IntegerField(null=True)
    your_ref = models.CharField(max_length=60, blank=True)
    your_ref_normalised = models.CharField(max_length=60, blank=True)
    entry_date = models.DateField()
    due_date = models.DateField(null=True)
    journal = models.CharField(max_length=10)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    vat_amount = models.DecimalField(max_digits=16, decimal_places=2)
    status = models.IntegerField(default=20)
    description = models.CharField(max_length=200, blank=True)
    document = models.UUIDField(null=True)
    payment_condition = models.CharField(max_length=10, blank=True)

    class Meta(Mirrored.Meta):
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [*Mirrored.Meta.constraints, *same_firm("connections", "entry", "connection")]
        indexes = [
            models.Index(
                fields=["connection", "supplier_id_in_exact", "-entry_date"], name="connections_entry_history"
            ),
            models.Index(fields=["connection", "your_ref_normalised"], name="connections_entry_ref"),
            models.Index(
                fields=["connection", "document"],
                condition=Q(document__isnull=False),
                name="connections_entry_doc",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_number} {self.your_ref}"


class EntryLine(TenantModel):
    """A line of a mirrored entry; the account's and VAT codes as Exact writes them, trimmed."""

    entry = TenantKey(Entry, models.CASCADE, related_name="lines")
    exact_id = models.UUIDField()
    position = models.IntegerField()
    account_id = models.UUIDField()
    account = models.CharField(max_length=20)
    vat_code = models.CharField(max_length=10, blank=True)
    vat_percentage = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    cost_center = models.CharField(max_length=30, blank=True)
    cost_unit = models.CharField(max_length=30, blank=True)
    project = models.UUIDField(null=True)
    description = models.CharField(max_length=400, blank=True)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    vat_amount = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("entry line")
        verbose_name_plural = _("entry lines")
        constraints = [*TenantModel.Meta.constraints, *same_firm("connections", "entryline", "entry")]
        indexes = [models.Index(fields=["entry", "position"], name="connections_entryline_order")]

    def __str__(self) -> str:
        return self.description
