"""A client's history booked once more as if it were new, and what came out."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from connections.models import Connection
from portal.base import JsonField, TenantKey, TenantModel, same_firm


class BackTest(TenantModel):
    """One run. `report` is as `invoices.proposing.backtest.report` gives it."""

    connection = TenantKey(Connection, models.CASCADE, related_name="backtests")
    months = models.IntegerField(default=12)
    report = JsonField(default=dict)

    class Meta(TenantModel.Meta):
        verbose_name = _("back-test")
        verbose_name_plural = _("back-tests")
        constraints = [*TenantModel.Meta.constraints, *same_firm("invoices", "backtest", "connection")]
        indexes = [models.Index(fields=["connection", "-created_at"], name="invoices_backtest_recent")]

    def __str__(self) -> str:
        return f"{self.connection} {self.created_at:%d-%m-%Y}"
