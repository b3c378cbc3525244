"""webhooks/: a partner's own endpoints for this firm's events, and what was delivered to them."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from portal import webhooks
from portal.api.fields import Listing, Moment, as_id, rfc3339
from portal.api.problems import Problem
from portal.api.views import FirmView, scoped
from portal.models import Webhook, WebhookDelivery

MOST = 20  # endpoints of one client for one firm


class WebhookSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(read_only=True)
    firm = serializers.CharField(read_only=True)
    url = serializers.URLField(
        max_length=500, help_text="https; http only where the receiver is this machine"
    )
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    events = serializers.ListField(
        child=serializers.ChoiceField(webhooks.NAMES), required=False, help_text="Default: all", min_length=1
    )
    active = serializers.BooleanField(required=False)
    disabled_because = serializers.CharField(
        read_only=True, allow_null=True, help_text="`gone` (the receiver answered 410), `revoked`"
    )
    last_success_at = Moment(read_only=True, allow_null=True)
    last_failure_at = Moment(read_only=True, allow_null=True)
    created_at = Moment(read_only=True)
    updated_at = Moment(read_only=True)

    def validate_url(self, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("https", *(("http",) if settings.WEBHOOKS_TO_PRIVATE_ADDRESSES else ())):
            raise serializers.ValidationError("The address must begin with https://.")
        if parts.username or parts.password:
            raise serializers.ValidationError("The address must not hold a user name or password.")
        return value


class WebhookMade(WebhookSerializer):
    secret = serializers.CharField(read_only=True, help_text="`whsec_…`; shown this once")


class DeliverySerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    event_id = serializers.CharField(help_text="The `webhook-id` header")
    type = serializers.CharField()
    timestamp = Moment()
    data = serializers.DictField()  # type: ignore[assignment]
    status = serializers.ChoiceField(WebhookDelivery.State.choices)
    attempts = serializers.IntegerField()
    tries = serializers.ListField(
        child=serializers.DictField(), help_text="The last ten: at, status or error, …"
    )
    next_try_at = Moment(allow_null=True)
    delivered_at = Moment(allow_null=True)


def webhook_json(row: Webhook, **more: Any) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "firm": str(row.firm_id),
        "url": row.url,
        "description": row.description,
        "events": row.events,
        "active": row.active,
        "disabled_because": row.disabled_because or None,
        "last_success_at": rfc3339(row.last_success_at),
        "last_failure_at": rfc3339(row.last_failure_at),
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
        **more,
    }


def delivery_json(row: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "event_id": f"msg_{row.event_id.hex}",
        "type": row.event,
        "timestamp": rfc3339(row.at),
        "data": row.data,
        "status": row.state,
        "attempts": row.attempts,
        "tries": row.tries,
        "next_try_at": rfc3339(row.due_at),
        "delivered_at": rfc3339(row.delivered_at),
    }


class WebhookView(FirmView):
    scope = "webhooks"

    def one(self, request: Any, pk: Any) -> Webhook:
        return get_object_or_404(self.all(request), pk=pk)

    def all(self, request: Any) -> Any:
        return Webhook.objects.filter(partner=request.user, deleted_at__isnull=True)


class Webhooks(WebhookView):
    @extend_schema(operation_id="webhooks_list", parameters=[Listing], responses=WebhookSerializer(many=True))
    @scoped
    def get(self, request: Any) -> Response:
        """This client's webhooks for this firm, without their secrets."""
        found = self.all(request)
        if after := Listing.of(request).get("updated_after"):
            found = found.filter(updated_at__gt=after)
        return self.paged(request, found, lambda rows: [webhook_json(row) for row in rows])

    @extend_schema(
        operation_id="webhooks_create",
        request=WebhookSerializer,
        responses={201: WebhookMade},
        examples=[
            OpenApiExample(
                "Bookings and issues",
                value={"url": "https://partner.example/hooks", "events": ["invoice.booked", "issue.*"]},
                request_only=True,
            )
        ],
    )
    @scoped
    def post(self, request: Any) -> Response:
        """Make a webhook. Its secret is in this answer, and in a repeat's by the same key, and nowhere else."""
        asked = WebhookSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if self.all(request).count() >= MOST:
            raise Problem(409, "too_many_webhooks", f"A client has at most {MOST} webhooks for a firm.")
        values = {"events": ["*"], **asked.validated_data}
        secret = webhooks.new_webhook_secret()
        row = Webhook.objects.create(partner=request.user, secret=secret, **values)
        return Response(webhook_json(row, secret=secret), status=201)


class WebhookDetail(WebhookView):
    @extend_schema(operation_id="webhooks_read", responses=WebhookSerializer)
    @scoped
    def get(self, request: Any, pk: Any) -> Response:
        """One webhook, without its secret."""
        return Response(webhook_json(self.one(request, pk)))

    @extend_schema(
        operation_id="webhooks_change",
        request=WebhookSerializer(partial=True),
        responses=WebhookSerializer,
        examples=[OpenApiExample("Silence", value={"active": False}, request_only=True)],
    )
    @scoped
    def patch(self, request: Any, pk: Any) -> Response:
        """Change what is named. `active: true` also wakes one that a 410 switched off."""
        row = self.one(request, pk)
        asked = WebhookSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        for name, value in asked.validated_data.items():
            setattr(row, name, value)
        if asked.validated_data.get("active"):
            row.disabled_because = ""
        row.save(update_fields=[*asked.validated_data, "disabled_because", "updated_at"])
        return Response(webhook_json(row))

    @extend_schema(operation_id="webhooks_delete", responses={204: None})
    @scoped
    def delete(self, request: Any, pk: Any) -> Response:
        """End a webhook; what still waited for it is not sent."""
        row = self.one(request, pk)
        row.active, row.deleted_at = False, timezone.now()
        row.save(update_fields=["active", "deleted_at", "updated_at"])
        return Response(status=204)


class WebhookSecret(WebhookView):
    """A new secret in place of the old one, from the next delivery on."""

    @extend_schema(operation_id="webhooks_rotate_secret", request=None, responses={201: WebhookMade})
    @scoped
    def post(self, request: Any, pk: Any) -> Response:
        row = self.one(request, pk)
        row.secret = secret = webhooks.new_webhook_secret()
        row.save(update_fields=["secret", "updated_at"])
        return Response(webhook_json(row, secret=secret), status=201)


class WebhookTest(WebhookView):
    """Send an event of no meaning, `webhook.test`, whatever the webhook's events are."""

    @extend_schema(operation_id="webhooks_test", request=None, responses={202: DeliverySerializer})
    @scoped
    def post(self, request: Any, pk: Any) -> Response:
        row = self.one(request, pk)
        if not row.active:
            raise Problem(409, "not_active", "This webhook is switched off. Set active to true first.")
        delivery = webhooks.test(row)
        transaction.on_commit(webhooks.wake)
        return Response(delivery_json(delivery), status=202)


class DeliveryListing(Listing):
    status = serializers.ChoiceField(WebhookDelivery.State.choices, required=False)
    type = serializers.CharField(required=False, help_text="invoice.booked …")


class WebhookDeliveries(WebhookView):
    """What was sent to this webhook in the last thirty days, newest first."""

    @extend_schema(
        operation_id="webhooks_deliveries",
        parameters=[DeliveryListing],
        responses=DeliverySerializer(many=True),
    )
    @scoped
    def get(self, request: Any, pk: Any) -> Response:
        asked = DeliveryListing.of(request)
        found = WebhookDelivery.objects.filter(webhook=self.one(request, pk))
        for name, field in (("status", "state"), ("type", "event"), ("updated_after", "updated_at__gt")):
            if value := asked.get(name):
                found = found.filter(**{field: value})
        return self.paged(request, found, lambda rows: [delivery_json(row) for row in rows])


class Period(serializers.Serializer[Any]):
    delivery = serializers.CharField(required=False, help_text="One delivery's id; or a period:")
    after = Moment(required=False)
    before = Moment(required=False)
    status = serializers.ChoiceField(["delivered", "failed"], required=False)


class WebhookReplay(WebhookView):
    """Send one delivery, or all of a period, once more. Each keeps its `webhook-id`."""

    @extend_schema(
        operation_id="webhooks_replay",
        request=Period,
        responses={202: inline_serializer("Replayed", {"replayed": serializers.IntegerField()})},
        examples=[
            OpenApiExample(
                "What failed since noon", value={"after": "2026-11-22T12:00:00Z", "status": "failed"}
            )
        ],
    )
    @scoped
    def post(self, request: Any, pk: Any) -> Response:
        row = self.one(request, pk)
        asked = Period(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        found = WebhookDelivery.objects.filter(webhook=row).exclude(state=WebhookDelivery.State.WAITING)
        if "delivery" in values:
            found = found.filter(pk=as_id(values["delivery"]))
        elif "after" not in values:
            raise Problem(400, "period_missing", "Name a delivery, or a period by «after» (and «before»).")
        for name, field in (("after", "at__gte"), ("before", "at__lt"), ("status", "state")):
            if name in values:
                found = found.filter(**{field: values[name]})
        count = webhooks.replay(found)
        transaction.on_commit(webhooks.wake)
        return Response({"replayed": count}, status=202)
