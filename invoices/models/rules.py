"""Booking rules of a firm or of one client: if the invoice is like this, it is booked like that."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from connections.models import Connection
from portal.base import JsonField, TenantKey, TenantModel, same_firm, unchanging


class BookingRule(TenantModel):
    """A rule; without a connection it is the firm's and holds for all its clients.

    `conditions` and `actions` are as `invoices.proposing.booking_rules` reads them. A client's rules go before the
    firm's; within each, the lower position first; the first rule that says something of a slot decides it.
    """

    connection = TenantKey(Connection, models.CASCADE, null=True, blank=True, related_name="booking_rules")
    name = models.CharField(_("name"), max_length=120)
    position = models.IntegerField(_("order"), default=0)
    active = models.BooleanField(_("on"), default=True)
    conditions = JsonField(default=dict)
    actions = JsonField(default=dict)
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("booking rule")
        verbose_name_plural = _("booking rules")
        constraints = [*TenantModel.Meta.constraints, *same_firm("invoices", "bookingrule", "connection")]
        indexes = [models.Index(fields=["firm", "connection", "position"], name="invoices_bookingrule_order")]

    def __str__(self) -> str:
        return self.name


class BookingRuleVersion(TenantModel):
    """What a rule said from a moment on. Only ever added to: proposals name the version that they followed."""

    rule = TenantKey(BookingRule, models.CASCADE, related_name="versions")
    version = models.IntegerField()
    name = models.CharField(max_length=120)
    active = models.BooleanField()
    position = models.IntegerField()
    conditions = JsonField(default=dict)
    actions = JsonField(default=dict)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        verbose_name = _("version of a booking rule")
        verbose_name_plural = _("versions of booking rules")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("invoices", "bookingruleversion", "rule"),
            models.UniqueConstraint(fields=["rule", "version"], name="invoices_bookingruleversion_once"),
        ]
        triggers = [
            unchanging(
                "append_only",
                "rule_id",
                "version",
                "name",
                "active",
                "position",
                "conditions",
                "actions",
                "changed_at",
                "changed_by_id",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
