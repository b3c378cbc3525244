"""Partners' OAuth2 clients, on allauth's OpenID provider."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client
from django.conf import settings
from django.contrib.auth.hashers import BasePasswordHasher
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lookups import ask
from portal.models import Grant, Partner, PartnerSecret
from portal.models.partners import SCOPES
from portal.tenancy import scope


class OidcAdapter(DefaultOIDCAdapter):
    """The issuer is SITE_URL, not whatever host a request happened to name."""

    scope_display = {
        "organisations:read": _("Read your organisations"),
        "organisations:write": _("Create and change organisations"),
        "connections:read": _("Read connections and issues"),
        "connections:write": _("Connect, check and change connections"),
        "invoices:read": _("Read purchase invoices"),
        "invoices:write": _("Send, approve and change purchase invoices"),
        "webhooks:read": _("Read webhooks"),
        "webhooks:write": _("Create and change webhooks"),
    }

    def get_issuer(self) -> str:
        return settings.SITE_URL


@dataclass(frozen=True)
class Credentials:
    """Shown once; only the secret's hash is kept."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"<Credentials {self.client_id}>"


class ClientSecrets(BasePasswordHasher):
    """How allauth's check of a client's secret comes to our rows: its `secret` column names the partner.

    allauth keeps one secret for a client; ours may have two for a while. It checks them through Django's password
    hashers, which is the place where another kind of check may be put.
    """

    algorithm = "partner"

    @classmethod
    def encoded(cls, partner_id: UUID) -> str:
        return f"{cls.algorithm}${partner_id}"

    def verify(self, password: str, encoded: str) -> bool:
        now = timezone.now()
        valid = PartnerSecret.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
        return bool(
            valid.filter(partner_id=encoded.partition("$")[2], sha256=_sha256(password)).update(
                last_used_at=now
            )
        )

    def safe_summary(self, encoded: str) -> Any:
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to slow down: the secrets are random."""


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret(partner: Partner, *, overlap: timedelta | None = None) -> str:
    """A further secret of this client, shown once. The others end when `overlap` is over; None: they stay."""
    secret = secrets.token_urlsafe(32)
    if overlap is not None:
        ends = timezone.now() + overlap
        partner.secrets.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=ends)).update(ends_at=ends)
    PartnerSecret.objects.create(partner=partner, sha256=_sha256(secret))
    return secret


def create_partner(name: str, firm_id: UUID, scopes: list[str] | None = None) -> Credentials:
    """A new partner with a client of its own, granted these scopes (all by default) by the firm."""
    scopes = scopes or SCOPES
    with scope(firm_id):
        partner = Partner(name=name)
        partner.client = Client.objects.create(
            name=name[:100],
            secret=ClientSecrets.encoded(partner.pk),
            type=Client.Type.CONFIDENTIAL,
            grant_types=Client.GrantType.CLIENT_CREDENTIALS,
            scopes="\n".join(SCOPES),
            default_scopes="\n".join(scopes),
        )
        partner.save()
        secret = new_secret(partner)
        grant(partner, scopes)
    return Credentials(partner.client.pk, secret)


def partner_of(client_id: str) -> Partner | None:
    """The partner behind a client id, as a firm's owner types it in or follows in a link."""
    return Partner.objects.filter(client_id=client_id).first()


def grant(partner: Partner, scopes: list[str], *, by: Any = None) -> Grant:
    """The firm lets a partner work for it in these scopes; an earlier grant gets them instead. Needs the scope."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise ValueError(f"unknown scopes: {', '.join(unknown)}")
    made, _ = Grant.objects.update_or_create(
        partner=partner, defaults={"scopes": scopes, "granted_by": by, "revoked_at": None}
    )
    return made


def grants() -> list[Grant]:
    """The partners that may work for this firm now. Needs the scope."""
    found = Grant.objects.filter(revoked_at__isnull=True).select_related("partner", "partner__use")
    return list(found.order_by("partner__name"))


def revoke(partner: Partner) -> None:
    """This firm's access ends at once; tokens that are out find no grant. Its webhooks fall silent. Needs the scope."""
    from portal.models import Webhook

    Grant.objects.filter(partner=partner, revoked_at__isnull=True).update(revoked_at=timezone.now())
    Webhook.objects.filter(partner=partner).update(active=False, disabled_because="revoked")


def firms_of(partner: Partner) -> list[UUID]:
    """The firms that this partner may work for."""
    return [firm_id for (firm_id,) in ask("firms_of_partner", partner.pk)]
