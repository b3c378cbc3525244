"""Webhooks out: a partner's endpoints, and each event on its way to each of them."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.audited import audited
from portal.base import JsonField, TenantKey, TenantModel, same_firm
from portal.encryption import SecretField
from portal.models.partners import Partner


class Webhook(TenantModel):
    """Where a partner wants to hear of this firm's events."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    url = models.URLField(_("address"), max_length=500)
    description = models.CharField(_("description"), max_length=200, blank=True)
    # Names, or a kind with a star: invoice.booked, invoice.*, *
    events = ArrayField(models.CharField(max_length=60), verbose_name=_("events"))
    secret = SecretField(editable=False)
    active = models.BooleanField(_("active"), default=True)
    disabled_because = models.CharField(max_length=40, blank=True)
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    # A row that others may be announcing to at this moment cannot simply vanish: their transactions would fail.
    deleted_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        indexes = [models.Index(fields=["firm"], condition=Q(active=True), name="portal_webhook_active")]
        triggers = [audited("webhook", "partner_id", "url", "events", "active", "disabled_because")]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(TenantModel):
    """One event for one webhook, tried until it is taken or three days have passed."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")

    webhook = TenantKey(Webhook, models.CASCADE, related_name="deliveries")
    event_id = models.UUIDField()
    event = models.CharField(max_length=60)
    at = models.DateTimeField()  # of the event
    data = JsonField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True)
    tries = JsonField(default=list)  # the last ten: at, status or error, seconds
    delivered_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            *TenantModel.Meta.constraints,
            *same_firm("portal", "webhookdelivery", "webhook"),
            models.UniqueConstraint(fields=["webhook", "event_id"], name="portal_webhookdelivery_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="portal_delivery_due"),
            models.Index(fields=["webhook", "-created_at"], name="portal_delivery_recent"),
            models.Index(fields=["created_at"], name="portal_delivery_age"),
        ]

    def __str__(self) -> str:
        return self.event


def announces(kind: str, status: str, **data: str) -> pgtrigger.Trigger:
    """A trigger that makes every new status of a row an event, `<kind>.<status>`, for each webhook that wants it.

    In the database, so that an event is exactly as sure as the change it tells of, whoever makes the change: one row
    per webhook, committed or rolled back with it. `status` is an SQL expression over NEW; `data` names further
    expressions for the payload, beside `id` and `status`.
    """
    more = "".join(f", '{name}', {expression}" for name, expression in data.items())
    return pgtrigger.Trigger(
        name="announces",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("said", "text"), ("event", "uuid")],
        func=f"""
            said := {status};
            IF TG_OP = 'UPDATE' THEN
                IF said IS NOT DISTINCT FROM ({status.replace("NEW.", "OLD.")}) THEN RETURN NULL; END IF;
            END IF;
            event := gen_random_uuid();
            INSERT INTO portal_webhookdelivery
                (id, firm_id, webhook_id, created_at, updated_at, event_id, event, at, data, state, due_at,
                 attempts, tries)
            SELECT gen_random_uuid(), NEW.firm_id, hook.id, clock_timestamp(), clock_timestamp(), event,
                   '{kind}.' || said, clock_timestamp(),
                   jsonb_build_object('id', NEW.id, 'firm', NEW.firm_id, 'status', said{more}),
                   'waiting', clock_timestamp(), 0, '[]'
            FROM portal_webhook hook
            WHERE hook.firm_id = NEW.firm_id AND hook.active
              AND hook.events && ARRAY['*', '{kind}.*', '{kind}.' || said]::varchar[];
            RETURN NULL;
        """,  # noqa: S608 — expressions are ours
    )
