"""Who calls the API, for which firm, and in which scopes.

A token comes from allauth's OpenID provider by the client credentials grant; it has no user, but a client, and the
client a Partner. Which firms a partner may work for are the Grants; with more than one, `Portal-Firm` names it.
"""

from typing import Any
from uuid import UUID

import structlog
from allauth.idp.oidc.models import Token
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.api import limits
from portal.api.problems import Problem
from portal.models import Partner
from portal.models.partners import SCOPES

READING = ("GET", "HEAD", "OPTIONS")


class PartnerToken(BaseAuthentication):
    """Bearer token → (Partner, token).

    The token is looked up by its hash, as allauth stores it. Its own DRF class is not used: it reads the whole body
    before it knows who is calling, and has no `authenticate_header`, so that DRF would turn every 401 into a 403.
    """

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = Token.objects.select_related("client__partner").lookup(Token.Type.ACCESS_TOKEN, value.strip())
        partner = getattr(token.client, "partner", None) if token is not None else None
        if partner is None:
            raise AuthenticationFailed("This access token is unknown or has expired.", "invalid_token")
        return partner, token

    def authenticate_header(self, request: Request) -> str:
        known = 'Bearer realm="api"'
        return f'{known}, error="invalid_token"' if request.headers.get("Authorization") else known


class HasScope(BasePermission):
    """The token and the firm's grant both hold the scope that the view names: `scope = "invoices"`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        partner = request.user
        if not isinstance(partner, Partner) or partner.pk is None:
            raise NotAuthenticated
        wanted = f"{view.scope}:{'read' if request.method in READING else 'write'}" if view.scope else ""
        allowance, firms = limits.count(partner.pk, wanted)
        limits.note(request, allowance)
        request.firm_id, granted = firm_of(request, firms)
        structlog.contextvars.bind_contextvars(firm=str(request.firm_id), partner=str(partner.pk))
        if not granted or (wanted and wanted not in request.auth.get_scopes()):
            raise Problem(403, "scope_missing", f"This needs the scope {wanted}.", scope=wanted)
        return True


def firm_of(request: Request, firms: list[tuple[UUID, bool]]) -> tuple[UUID, bool]:
    """The firm that this request is for, and whether it granted what is wanted."""
    named = request.headers.get("Portal-Firm", "")
    chosen = [one for one in firms if str(one[0]) == named] if named else firms
    if named and not chosen:
        raise Problem(404, "firm_unknown", "No firm with this id has granted you access.")
    if not chosen:
        raise Problem(403, "no_firm", "No firm has granted you access.")
    if len(chosen) > 1:
        detail = "You work for several firms: name one in the header Portal-Firm."
        raise Problem(400, "firm_needed", detail, firms=[str(firm_id) for firm_id, _ in chosen])
    return chosen[0]


class PartnerTokenScheme(OpenApiAuthenticationExtension):
    """How the schema shows the token."""

    target_class = PartnerToken
    name = "oauth2"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": "/identity/o/api/token",
                    "scopes": {scope: scope.replace(":", ", ") for scope in SCOPES},
                }
            },
        }
