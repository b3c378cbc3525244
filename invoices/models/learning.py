"""What was learnt of a client's bookkeeping, kept so that a proposal reads no history. All of it can be made again."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from connections.models import Connection
from portal.base import JsonField, TenantKey, TenantModel, same_firm


class SupplierMemory(TenantModel):
    """How one supplier is booked in one division: `invoices.learning.Memory`, kept."""

    connection = TenantKey(Connection, models.CASCADE, related_name="+")
    supplier_id_in_exact = models.UUIDField()
    kept = JsonField(null=True)
    bookings = models.IntegerField(default=0)
    # The ledger has changed since it was learnt: learn again.
    stale_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("memory of a supplier")
        verbose_name_plural = _("memories of suppliers")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "suppliermemory", "connection"),
            models.UniqueConstraint(
                fields=["connection", "supplier_id_in_exact"], name="invoices_suppliermemory_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["stale_at"], condition=Q(stale_at__isnull=False), name="invoices_suppliermemory_stale"
            )
        ]

    def __str__(self) -> str:
        return str(self.supplier_id_in_exact)


class Bookkeeping(TenantModel):
    """How a client books at large, and how far to trust what is proposed for it.

    `books` and `words`: `invoices.learning.Books`. `calibration`: the make, then shift and stretch of
    `invoices.learning.Calibration`, fitted on this client's own history; `outcomes`: on how many foretold lines.
    """

    connection = models.OneToOneField(
        Connection, models.CASCADE, related_name="bookkeeping", db_constraint=False
    )
    books = JsonField(default=dict)
    words = JsonField(default=dict)
    calibration = JsonField(default=list)
    outcomes = models.IntegerField(default=0)
    lines = models.IntegerField(default=0)  # booked lines that were learnt
    since = models.IntegerField(default=0)  # booked lines that came or changed after
    learnt_at = models.DateTimeField(null=True)
    stale_at = models.DateTimeField(null=True)
    # What `invoices.learning.recommended` made of the foretold history; null: too little to say.
    recommended = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    coverage = models.DecimalField(max_digits=4, decimal_places=3, default=Decimal(0))

    class Meta(TenantModel.Meta):
        verbose_name = _("bookkeeping of a client")
        verbose_name_plural = _("bookkeeping of clients")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "bookkeeping", "connection"),
        ]
        indexes = [
            models.Index(
                fields=["stale_at"], condition=Q(stale_at__isnull=False), name="invoices_bookkeeping_stale"
            )
        ]

    def __str__(self) -> str:
        return str(self.connection)
