"""A connection at work: its checks, its forecast, pausing it, and the brake."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from connections import connecting, forecast, rechecks
from connections.api.base import ConnectionView
from connections.api.shapes import ConnectionSerializer
from connections.examination import Why
from connections.models import Connection
from portal.api.fields import Moment, as_id
from portal.api.problems import Problem
from portal.api.views import FirmView, scoped
from portal.models import Firm


class CheckSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    outcome = serializers.ChoiceField(["ok", "missing", "unknown", "skipped"])
    remedy = serializers.CharField(allow_blank=True)
    why = serializers.ChoiceField(
        list(Why),
        help_text="How it is known: rows were seen, Exact said so or refused, nothing was there or shown, not asked",
    )
    detail = serializers.CharField(allow_blank=True)


class ConnectionCheck(ConnectionView):
    """Runs the doctor now, and waits for it."""

    @extend_schema(
        operation_id="connections_check",
        request=None,
        responses=inline_serializer("Checks", {"checks": CheckSerializer(many=True)}),
    )
    def post(self, request: Any, pk: Any) -> Response:
        checks = rechecks.examine_now(request.firm_id, pk)
        names = ("code", "outcome", "remedy", "why", "detail")
        return Response({"checks": [{name: one.get(name, "") for name in names} for one in checks]})


class ForecastSerializer(serializers.Serializer[Any]):
    """What `forecast.as_json` gives. Calls to Exact are counted, booking lines are at least this many."""

    calls_per_invoice = serializers.CharField()
    measured = serializers.BooleanField(help_text="Else it is what we expect")
    left_today = serializers.IntegerField()
    invoices_left_today = serializers.IntegerField()
    waiting = serializers.IntegerField()
    runs_out_at = Moment(allow_null=True)
    resets_at = Moment()
    contract = inline_serializer(
        "ContractDay", {"limit": serializers.IntegerField(), "remaining": serializers.IntegerField()}
    )
    booking_lines = inline_serializer(
        "BookingLines",
        {
            "this_month": serializers.IntegerField(),
            "limit": serializers.IntegerField(),
            "run_out_on": serializers.DateField(allow_null=True),
        },
    )
    package = inline_serializer(
        "Package",
        {
            "type": serializers.CharField(allow_null=True),
            "edition": serializers.CharField(),
            "trial": serializers.BooleanField(),
            "confidence": serializers.ChoiceField(["named", "inferred", "unknown"]),
        },
    )
    helps = serializers.CharField(allow_null=True, help_text="The edition in which it would not run out")


class ConnectionForecast(ConnectionView):
    """Whether today's calls and this month's booking lines will last."""

    @extend_schema(operation_id="connections_forecast", responses=ForecastSerializer)
    @scoped
    def get(self, request: Any, pk: Any) -> Response:
        return Response(forecast.as_json(forecast.of(self.one(pk))))


class ConnectionPause(ConnectionView):
    @extend_schema(
        operation_id="connections_pause",
        request=inline_serializer("Pause", {"until": Moment(required=False)}),
        responses=ConnectionSerializer,
    )
    @scoped
    def post(self, request: Any, pk: Any) -> Response:
        """Stop delivering and booking, until a moment or until it is resumed. What comes in waits."""
        row = self.one(pk)
        until = request.data.get("until") if isinstance(request.data, dict) else None
        moment = Moment().run_validation(until) if until else None
        if row.status not in (Connection.Status.ACTIVE, Connection.Status.BLOCKED):
            raise Problem(409, "not_active", f"A connection that is {row.status} cannot be paused.")
        connecting.pause(row, moment)
        return self.shown(row)


class ConnectionResume(ConnectionView):
    @extend_schema(operation_id="connections_resume", request=None, responses=ConnectionSerializer)
    @scoped
    def post(self, request: Any, pk: Any) -> Response:
        """Go on after a pause; what waited goes on by itself, in order."""
        row = self.one(pk)
        if row.status != Connection.Status.PAUSED:
            raise Problem(409, "not_paused", f"A connection that is {row.status} cannot be resumed.")
        connecting.resume(row)
        return self.shown(row)


class BrakeSerializer(serializers.Serializer[Any]):
    scope = serializers.ChoiceField(["connection", "firm"])
    id = serializers.CharField(max_length=60)
    on = serializers.BooleanField()


class Brake(FirmView):
    """Stop all booking, or let it go on."""

    scope = "connections"

    @extend_schema(operation_id="brake", request=BrakeSerializer, responses=BrakeSerializer)
    @scoped
    def post(self, request: Any) -> Response:
        asked = BrakeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        on, key = asked.validated_data["on"], as_id(asked.validated_data["id"])
        if asked.validated_data["scope"] == "firm":
            get_object_or_404(Firm.objects, pk=key)
            Firm.objects.filter(pk=key).update(brake=on)
        else:
            get_object_or_404(Connection.objects, pk=key)
            Connection.objects.filter(pk=key).update(brake=on, updated_at=timezone.now())
        return Response(asked.data)
