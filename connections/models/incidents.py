"""What belongs to no firm: something wrong for a whole site of Exact, and what a contract has left today."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.base import Stamped


class Incident(Stamped):
    """Exact is ill, or our own app registration is refused. Belongs to the installation, not to a firm."""

    site = models.CharField(max_length=20)
    code = models.CharField(max_length=40)
    opened_at = models.DateTimeField(_("since"))
    seen_at = models.DateTimeField()
    count = models.IntegerField(default=1)
    probe_at = models.DateTimeField(null=True)  # when one connection may try again
    interval = models.IntegerField(default=60)  # seconds until the next probe; grows
    resolved_at = models.DateTimeField(_("over"), null=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "code"],
                condition=Q(resolved_at__isnull=True),
                name="connections_incident_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.code}"


class ContractDay(models.Model):
    """The calls that one contract with Exact has spent on one day (UTC), over all its administrations and all firms.

    Lanes take small portions in advance (`connections.allowance`), so that the day's limit holds by construction
    however many of them run. A row holds numbers and Exact's own key of the contract, nothing of a firm's.
    """

    site = models.CharField(max_length=20)
    contract = models.CharField(max_length=60)
    day = models.DateField()
    taken = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "contract", "day"], name="connections_contractday_once")
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.contract} {self.day}: {self.taken}"
