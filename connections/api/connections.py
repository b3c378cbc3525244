"""connections/: making, reading, changing and ending them, one by one or many at once."""

from typing import Any

from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from connections import bulk, connecting, consents, mails
from connections.api.base import ConnectionView
from connections.api.shapes import ConnectionSerializer, DivisionSerializer, connections_json
from connections.models import Authorisation, Connection, Journal
from portal import jobs
from portal.api.fields import Id, Listing, rfc3339
from portal.api.jobs import JobRef, started
from portal.api.problems import Problem
from portal.api.views import scoped
from portal.models import Organisation
from portal.tenancy import scope


class ConnectionListing(Listing):
    organisation = Id(required=False)
    status = serializers.ChoiceField(Connection.Status.choices, required=False)


class DivisionCode(serializers.IntegerField):
    """An administration's number in Exact."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=2_147_483_647, **kwargs)


class ConnectionCreate(serializers.Serializer[Any]):
    organisation = Id()
    authorisation = Id(
        required=False, help_text="An earlier consent; without one the answer has an authorise_url"
    )
    division = DivisionCode(required=False)


class ConnectionChange(serializers.ModelSerializer[Connection]):
    class Meta:
        model = Connection
        fields = [
            "mode",
            "delivery",
            "auto_book_confidence",
            "auto_book_from",
            "auto_book_limit",
            "journal",
            "creates_suppliers",
        ]
        extra_kwargs = {"journal": {"allow_null": True}, "delivery": {"allow_null": True}}

    def validate_delivery(self, value: str | None) -> str:
        return value or ""

    def validate_journal(self, value: str | None) -> str:
        """None is «as we find it», as it is shown. One that the administration lacks would stop every booking."""
        assert self.instance is not None
        known = Journal.objects.filter(connection=self.instance, type=22, gone_at__isnull=True)
        if value and known.exists() and not known.filter(code=value, blocked=False).exists():
            raise serializers.ValidationError("The administration has no purchase journal with this code.")
        return value or ""


class Connections(ConnectionView):
    @extend_schema(
        operation_id="connections_list",
        parameters=[ConnectionListing],
        responses=ConnectionSerializer(many=True),
    )
    @scoped
    def get(self, request: Any) -> Response:
        """Connections, newest first, each with its open issues and what is left of Exact's limits."""
        asked = ConnectionListing.of(request)
        found = Connection.objects.all()
        for name in ("organisation", "status"):
            if name in asked:
                found = found.filter(**{name: asked[name]})
        if after := asked.get("updated_after"):
            found = found.filter(updated_at__gt=after)
        return self.paged(request, found, connections_json)

    @extend_schema(
        operation_id="connections_create", request=ConnectionCreate, responses={201: ConnectionSerializer}
    )
    @scoped
    def post(self, request: Any) -> Response:
        """Connect an organisation. Somebody who may sign in at Exact opens `authorise_url`, once; or name an
        authorisation that exists.
        """
        asked = ConnectionCreate(data=request.data)
        asked.is_valid(raise_exception=True)
        organisation = get_object_or_404(Organisation.objects, pk=asked.validated_data["organisation"])
        try:
            with transaction.atomic():
                row = connecting.connect(organisation)
        except IntegrityError:
            raise Problem(409, "already_connected", "This organisation has a connection already.") from None
        if key := asked.validated_data.get("authorisation"):
            authorisation = get_object_or_404(Authorisation.objects, pk=key, status="active", site=row.site)
            code = asked.validated_data.get("division")
            connecting.authorised(row, authorisation, choose=code is None)
            if code is not None:
                _choose(row, code, confirmed=False)
            return self.shown(row, 201)
        if (code := asked.validated_data.get("division")) is not None:
            Connection.objects.filter(pk=row.pk).update(wanted_division=code)
        link = consents.invite(row, site_key=row.site)
        return self.shown(row, 201, authorise_url=link.url, expires_at=rfc3339(link.expires_at))


class Pair(serializers.Serializer[Any]):
    organisation = Id(required=False, help_text="None: it is made from the administration, by its KVK number")
    division = DivisionCode(required=False)
    confirm_other_kvk = serializers.BooleanField(required=False, default=False)

    def validate(self, pair: dict[str, Any]) -> dict[str, Any]:
        if "organisation" not in pair and "division" not in pair:
            raise serializers.ValidationError("Name an organisation, a division, or both.")
        return pair


class Bulk(serializers.Serializer[Any]):
    authorisation = Id(help_text="From a connection's `authorisation.id`")
    pairs = Pair(many=True)


class ConnectionBulk(ConnectionView):
    """Many connections over one authorisation, as a job; each pair has its own outcome."""

    @extend_schema(operation_id="connections_bulk", request=Bulk, responses={202: JobRef})
    @scoped
    def post(self, request: Any) -> Response:
        asked = Bulk(data=request.data)
        asked.is_valid(raise_exception=True)
        key, pairs = asked.validated_data["authorisation"], asked.validated_data["pairs"]
        authorisation = get_object_or_404(Authorisation.objects, pk=key, status=Authorisation.Status.ACTIVE)
        if not 0 < len(pairs) <= jobs.MOST_ROWS:
            raise Problem(400, "list_size", f"Send 1 to {jobs.MOST_ROWS} pairs.")
        return started(bulk.start(authorisation, pairs))


class ConnectionDetail(ConnectionView):
    @extend_schema(operation_id="connections_read", responses=ConnectionSerializer)
    @scoped
    def get(self, request: Any, pk: Any) -> Response:
        """One connection: its state, its next step, its open issues."""
        return self.shown(self.one(pk))

    @extend_schema(
        operation_id="connections_change", request=ConnectionChange, responses=ConnectionSerializer
    )
    @scoped
    def patch(self, request: Any, pk: Any) -> Response:
        """Change how it delivers and books; the rest stays."""
        row = self.one(pk)
        asked = ConnectionChange(row, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        for name, value in asked.validated_data.items():
            setattr(row, name, value)
        row.save(update_fields=[*asked.validated_data, "updated_at"])
        connecting.settings_changed(row)
        return self.shown(row)

    @extend_schema(operation_id="connections_end", responses={204: None})
    @scoped
    def delete(self, request: Any, pk: Any) -> Response:
        """End the connection. Its history stays, and the organisation may be connected anew."""
        row = self.one(pk)
        if row.status != Connection.Status.DISCONNECTED:
            connecting.disconnect(row)
        return Response(status=204)


class Invitation(serializers.Serializer[Any]):
    email = serializers.EmailField(required=False, help_text="Mail the link to this person too")
    spare = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Who signs in stands by, and takes over when the first is refused",
    )


class ConnectionAuthorise(ConnectionView):
    """A new link: to connect, to reconnect after a break, or for a second Exact user who stands by."""

    @extend_schema(
        operation_id="connections_authorise", request=Invitation, responses={201: ConnectionSerializer}
    )
    def post(self, request: Any, pk: Any) -> Response:
        asked = Invitation(data=request.data or {})
        asked.is_valid(raise_exception=True)
        spare, email = asked.validated_data["spare"], asked.validated_data.get("email", "")
        with scope(request.firm_id):
            row = self.one(pk)
            if row.status == Connection.Status.DISCONNECTED:
                raise Problem(409, "disconnected", "This connection has ended. Make a new one.")
            link = None if email else consents.invite(row, site_key=row.site, as_spare=spare)
        if link is None:
            link = _mailed(request.firm_id, row, email, spare)
        with scope(request.firm_id):
            return self.shown(self.one(pk), 201, authorise_url=link.url, expires_at=rfc3339(link.expires_at))


def _mailed(firm_id: Any, row: Connection, email: str, spare: bool) -> consents.Link:
    try:
        return mails.invite(firm_id, row.pk, email, as_spare=spare)
    except mails.TooManyMails:
        detail = "This firm has had its links of today mailed. Leave the e-mail out and copy the link."
        raise Problem(429, "too_many_mails", detail) from None
    except OSError:
        detail = "The mail could not be sent. Try again, or leave the e-mail out and copy the link."
        raise Problem(503, "mail_away", detail) from None


class ConnectionDivisions(ConnectionView):
    @extend_schema(
        operation_id="connections_divisions",
        responses=inline_serializer("Divisions", {"results": DivisionSerializer(many=True)}),
    )
    @scoped
    def get(self, request: Any, pk: Any) -> Response:
        """The administrations that the Exact user may use, the one with the organisation's KVK number first."""
        row = self.one(pk)
        results = [
            {"code": one["code"], "name": one["name"], "kvk_number": one["kvk"], "matches": one["matches"]}
            for one in connecting.divisions_for(row)
        ]
        return Response({"results": results})


class DivisionChoice(serializers.Serializer[Any]):
    code = DivisionCode()
    confirm_other_kvk = serializers.BooleanField(required=False, default=False)


STATUS_OF = {"division_unknown": 404}  # all others are conflicts: 409


def _choose(row: Connection, code: int, *, confirmed: bool) -> None:
    try:
        connecting.choose(row, code, confirmed=confirmed)
    except connecting.DivisionRefused as refused:
        raise Problem(
            STATUS_OF.get(refused.code, 409), refused.code, connecting.REFUSED[refused.code]
        ) from None


class ConnectionDivision(ConnectionView):
    @extend_schema(
        operation_id="connections_choose_division", request=DivisionChoice, responses=ConnectionSerializer
    )
    @scoped
    def post(self, request: Any, pk: Any) -> Response:
        """Choose the administration. Another KVK number than the organisation's is 409 unless it is confirmed."""
        row = self.one(pk)
        asked = DivisionChoice(data=request.data)
        asked.is_valid(raise_exception=True)
        _choose(row, asked.validated_data["code"], confirmed=asked.validated_data["confirm_other_kvk"])
        return self.shown(row)
