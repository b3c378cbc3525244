"""client/: the caller itself: its firms, its secrets, its calls."""

from datetime import timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from portal import partners
from portal.api.fields import Listing, Moment, rfc3339
from portal.api.problems import Problem
from portal.api.views import FirmView, scoped
from portal.models import ApiCall, PartnerSecret


class SecretSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    created_at = Moment()
    ends_at = Moment(allow_null=True)
    last_used_at = Moment(allow_null=True)


class ClientSerializer(serializers.Serializer[Any]):
    client_id = serializers.CharField()
    name = serializers.CharField()
    firm = serializers.CharField(help_text="The firm that this request was for")
    firms = serializers.ListField(child=serializers.CharField(), help_text="All that granted access")
    scopes = serializers.ListField(child=serializers.CharField(), help_text="Of this token")
    secrets = SecretSerializer(many=True)


def _secrets(partner: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": str(one.pk),
            "created_at": rfc3339(one.created_at),
            "ends_at": rfc3339(one.ends_at),
            "last_used_at": rfc3339(one.last_used_at),
        }
        for one in partner.secrets.order_by("created_at")
        if one.ends_at is None or one.ends_at > timezone.now()
    ]


class ClientDetail(FirmView):
    """Who is calling, and for whom. Any scope will do."""

    scope = ""

    @extend_schema(operation_id="client_read", responses=ClientSerializer)
    def get(self, request: Any) -> Response:
        return Response(
            {
                "client_id": request.user.client_id,
                "name": request.user.name,
                "firm": str(request.firm_id),
                "firms": [str(one) for one in partners.firms_of(request.user)],
                "scopes": request.auth.get_scopes(),
                "secrets": _secrets(request.user),
            }
        )


class Rotation(serializers.Serializer[Any]):
    overlap_hours = serializers.IntegerField(
        required=False,
        default=24,
        min_value=0,
        max_value=720,
        help_text="How long the present secrets stay valid",
    )


class NewSecret(serializers.Serializer[Any]):
    client_id = serializers.CharField()
    client_secret = serializers.CharField(help_text="Shown this once")
    secrets = SecretSerializer(many=True)


class ClientSecrets(FirmView):
    """A new secret. The present ones end when the overlap is over, so that it can be brought out in peace."""

    scope = ""

    @extend_schema(
        operation_id="client_rotate_secret",
        request=Rotation,
        responses={201: NewSecret},
        examples=[OpenApiExample("A day to bring it out", value={"overlap_hours": 24}, request_only=True)],
    )
    @scoped
    def post(self, request: Any) -> Response:
        asked = Rotation(data=request.data)
        asked.is_valid(raise_exception=True)
        secret = partners.new_secret(
            request.user, overlap=timedelta(hours=asked.validated_data["overlap_hours"])
        )
        return Response(
            {"client_id": request.user.client_id, "client_secret": secret, "secrets": _secrets(request.user)},
            status=201,
        )


class ClientSecret(FirmView):
    """End a secret now; the last one that is valid stays."""

    scope = ""

    @extend_schema(operation_id="client_end_secret", responses={204: None})
    @scoped
    def delete(self, request: Any, pk: Any) -> Response:
        row = get_object_or_404(PartnerSecret.objects, pk=pk, partner=request.user)
        if not [one for one in _secrets(request.user) if one["id"] != str(row.pk) and one["ends_at"] is None]:
            raise Problem(409, "last_secret", "This is the last secret. Make a new one first.")
        row.delete()
        return Response(status=204)


class ApiCallSerializer(serializers.Serializer[Any]):
    at = Moment()
    method = serializers.CharField()
    path = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(allow_null=True)
    seconds = serializers.FloatField()
    request_id = serializers.CharField()


class CallListing(Listing):
    request_id = serializers.CharField(required=False)
    status = serializers.IntegerField(required=False, min_value=100, max_value=599)


class ClientCalls(FirmView):
    """This client's calls for this firm in the last thirty days, a second after they were made."""

    scope = ""

    @extend_schema(
        operation_id="client_calls", parameters=[CallListing], responses=ApiCallSerializer(many=True)
    )
    @scoped
    def get(self, request: Any) -> Response:
        asked = CallListing.of(request)
        found = ApiCall.objects.filter(partner=request.user)
        for name, field in (("request_id", "request_id"), ("status", "status"), ("updated_after", "at__gt")):
            if name in asked:
                found = found.filter(**{field: asked[name]})
        return self.paged(
            request,
            found,
            lambda rows: [
                {
                    "at": rfc3339(row.at),
                    "method": row.method,
                    "path": row.path,
                    "status": row.status,
                    "code": row.code or None,
                    "seconds": round(row.seconds, 4),
                    "request_id": row.request_id,
                }
                for row in rows
            ],
        )
