"""sandbox/ of the REST API: a partner breaks Exact on purpose, and sees how its own software takes it.

Only for firms made for that (`create_firm --sandbox`), and only in administrations of that firm: the sandbox behind it
is shared.
"""

from typing import Any

import requests
from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from connections.models import Connection
from portal import http
from portal.api.problems import Problem
from portal.api.views import FirmView
from portal.models import Firm
from portal.tenancy import scope

SITE = "sandbox"


class Fault(serializers.Serializer[Any]):
    match = serializers.DictField(help_text="Which calls: {division, method, endpoint …}; division is needed")
    act = serializers.JSONField(help_text="What happens instead: {status: 500}, {drop: true} …")
    times = serializers.IntegerField(required=False, default=1, min_value=1, max_value=1000)


class SandboxFaults(FirmView):
    """Faults in the Exact sandbox behind a sandbox firm."""

    scope = "connections"

    @extend_schema(
        operation_id="sandbox_break",
        request=Fault,
        responses={201: OpenApiTypes.OBJECT},
        examples=[
            OpenApiExample(
                "The next booking gets no answer",
                value={"match": {"division": 1001, "method": "POST"}, "act": {"drop": "after"}, "times": 1},
                request_only=True,
            )
        ],
    )
    def post(self, request: Any) -> Response:
        asked = Fault(data=request.data)
        asked.is_valid(raise_exception=True)
        divisions = _divisions(request.firm_id)
        if asked.validated_data["match"].get("division") not in divisions:
            raise Problem(
                422,
                "division_not_yours",
                f"Name one of this firm's administrations in match.division: {sorted(divisions)}.",
            )
        return Response(_console("POST", "faults", asked.validated_data), status=201)

    @extend_schema(operation_id="sandbox_mend", responses={204: None})
    def delete(self, request: Any) -> Response:
        divisions = _divisions(request.firm_id)
        found = _console("GET", "faults", None)
        for one in found.get("faults", []) if isinstance(found, dict) else found:
            if one.get("match", {}).get("division") in divisions:
                _console("DELETE", f"faults/{one['id']}", None)
        return Response(status=204)


def _divisions(firm_id: Any) -> set[int]:
    """The sandbox firm's administrations; a firm of the real world has no business here."""
    with scope(firm_id):
        if not Firm.objects.get(pk=firm_id).sandbox or SITE not in settings.EXACT_SITES:
            raise Problem(403, "no_sandbox", "This firm is not wired to an Exact sandbox.")
        found = Connection.objects.filter(site=SITE, division__isnull=False).exclude(status="disconnected")
        return {one for one in found.values_list("division", flat=True) if one is not None}


def _console(method: str, path: str, body: Any) -> Any:
    session = http.session()
    try:
        base = settings.EXACT_SITES[SITE]["base_url"].rstrip("/")
        answer = session.request(method, f"{base}/sandbox/api/{path}", json=body, timeout=10)
    except requests.exceptions.RequestException as error:
        raise Problem(503, "sandbox_away", "The Exact sandbox does not answer.") from error
    finally:
        session.close()
    if answer.status_code != 200:
        detail = str(answer.json().get("error", "")) if answer.content else ""
        raise Problem(422, "fault_refused", detail or "The sandbox refused this fault.")
    return answer.json()
