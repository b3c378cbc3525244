"""Consent: from a link that a person opens, over Exact's own pages, back to a connection that works.

1. `invite` makes a link (one use, expiring; only its SHA-256 is kept).
2. GET shows the firm, the organisation and what will be given. It consumes nothing: mail scanners open links.
3. `begin`, behind the page's button, consumes the link, makes `state`, and binds this browser by a cookie.
4. Exact sends the browser back to the callback; `come_back` finds the consent by `state`, checks the cookie,
   and consumes `state` before anything else, so that a replay finds nothing.
5. The code is exchanged and the pair stored on the consent row at once, before any other call.
6. `finish` (in `connections.granted`) asks Exact who this is and which administrations there are, and makes or
   renews the one authorisation of that Exact user. The sweep repeats it where a process died in between.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from connections import authorisations, incidents, issues, rejected
from connections.exact import oauth
from connections.granted import ConsentRefused, finish, finish_later, read_divisions
from connections.models import Connection, Consent
from connections.remedies import CATALOGUE, Words, remedy
from connections.sites import redirect_uri, site
from portal import http
from portal.drill import point
from portal.lookups import ask
from portal.models import Firm
from portal.tenancy import scope

__all__ = [
    "BROWSER_COOKIE",
    "TRIP",
    "ConsentRefused",
    "Link",
    "begin",
    "come_back",
    "finish",
    "finish_later",
    "firm_of",
    "invite",
    "open_link",
    "read_divisions",
    "words",
]

log = structlog.get_logger(__name__)

BROWSER_COOKIE = "exact_consent"
TRIP = timedelta(minutes=30)  # how long someone may take on Exact's pages


@dataclass(frozen=True)
class Link:
    """A link to give to a person, and the row behind it. `token` is the link's secret part; it is kept nowhere."""

    url: str
    consent_id: UUID
    expires_at: Any
    token: str


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def invite(
    connection: Connection | None,
    *,
    site_key: str,
    asked_by: Any = None,
    hours: float | None = None,
    email: str = "",
    as_spare: bool = False,
) -> Link:
    """A new link. Needs the firm's scope; earlier links of the same kind that nobody began end.

    Without a connection it is for a firm's own user, who will connect many clients with it. `as_spare`: who signs in
    stands by, and takes over when the connection's own Exact user is refused. `email` is where it will be mailed to.
    """
    now = timezone.now()
    if connection is not None:
        Consent.objects.filter(
            connection=connection, as_spare=as_spare, begun_at__isnull=True, expires_at__gt=now
        ).update(expires_at=now)
    token = secrets.token_urlsafe(32)
    consent = Consent.objects.create(
        connection=connection,
        site=site_key,
        asked_by=asked_by,
        email=email,
        as_spare=as_spare,
        link_hash=_hash(token),
        expires_at=now + timedelta(hours=hours or settings.CONSENT_LINK_HOURS),
    )
    url = settings.SITE_URL + reverse("consent", args=[token])
    return Link(url, consent.pk, consent.expires_at, token)


def open_link(token: str) -> tuple[UUID, UUID]:
    """(firm, consent) of a link that may still be used; ConsentRefused otherwise."""
    found = ask("consent_by_link", _hash(token))
    if not found:
        raise ConsentRefused("link_unknown")
    firm_id, consent_id = found[0]
    with scope(firm_id):
        consent = Consent.objects.select_related("connection").get(pk=consent_id)
        refused = ""
        if consent.begun_at is not None:
            refused = "link_used"
        elif consent.expires_at <= timezone.now():
            refused = "link_expired"
        if refused:
            _say(consent, refused)
    if refused:
        raise ConsentRefused(refused)
    return firm_id, consent_id


def firm_of(token: str) -> str:
    """The name of the firm that made a link, also of one that works no more; "" for no link of ours."""
    found = ask("consent_by_link", _hash(token))
    if not found:
        return ""
    firm_id, _consent_id = found[0]
    with scope(firm_id):
        return Firm.objects.get(pk=firm_id).name


def _say(consent: Consent, code: str) -> None:
    """Let the firm know that somebody tried and was turned away, as long as nobody's consent works. Needs the scope."""
    connection = consent.connection
    if connection is None or connection.status == "disconnected" or authorisations.usable_now(connection):
        return
    issues.open_issue(f"consent_{code}", connection=connection)


def begin(token: str) -> tuple[str, str]:
    """Consume the link. (Exact's consent page, the secret for this browser's cookie)."""
    firm_id, consent_id = open_link(token)
    state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    now = timezone.now()
    with scope(firm_id):
        begun = Consent.objects.filter(pk=consent_id, begun_at__isnull=True, expires_at__gt=now).update(
            begun_at=now, state_hash=_hash(state), browser_hash=_hash(browser)
        )
        if not begun:
            raise ConsentRefused("link_used")
        key = Consent.objects.values_list("site", flat=True).get(pk=consent_id)
    # force_login: the person must see which Exact user gives the consent, not inherit whoever was signed in.
    return oauth.authorise_url(site(key), redirect_uri(), state, force_login=True), browser


def come_back(*, state: str, code: str, error: str, browser: str) -> tuple[UUID, UUID]:
    """Exact sent the browser back. (firm, consent) with the pair stored; ConsentRefused otherwise."""
    found = ask("consent_by_state", _hash(state)) if state else []
    if not found:
        raise ConsentRefused("state_unknown")
    firm_id, consent_id = found[0]
    with scope(firm_id):
        consent = Consent.objects.select_for_update(no_key=True).get(pk=consent_id)
        refused = _turned_away(consent, code, error, browser)
        if refused:
            _say(consent, refused)
    if refused:
        raise ConsentRefused(refused)
    _exchange(firm_id, consent, code)
    return firm_id, consent_id


def _turned_away(consent: Consent, code: str, error: str, browser: str) -> str:
    """Why this return is not taken, or "". `state` is used up by whoever left with it, and by nobody else."""
    if not secrets.compare_digest(consent.browser_hash, _hash(browser)):
        return "other_browser"
    late = consent.begun_at is None or consent.begun_at < timezone.now() - TRIP
    refused = "trip_too_long" if late else "denied" if error or not code else ""
    consent.state_hash, consent.outcome = None, refused or "exchanging"
    consent.save(update_fields=["state_hash", "outcome"])
    return refused


def _exchange(firm_id: UUID, consent: Consent, code: str) -> None:
    """The code for a pair, and the pair into our database before it is used for anything."""
    try:
        pair = oauth.exchange_code(site(consent.site), code, redirect_uri(), adapter=http.Door())
    except oauth.TokenError as problem:
        log.warning("consent_exchange_refused", outcome=problem.code)
        ours = problem.code == "client_rejected" and rejected.judge(consent.site) is rejected.Verdict.CLIENT
        with scope(firm_id):
            Consent.objects.filter(pk=consent.pk).update(outcome=problem.code)
            if not ours:
                _say(consent, "exchange_failed")
        if ours:
            incidents.open(consent.site, incidents.WRONG_CLIENT)
        raise ConsentRefused("wrong_client" if ours else "exchange_failed") from problem
    point("consent.answered")
    with scope(firm_id):
        consent.access_token, consent.refresh_token = pair.access, pair.refresh
        consent.issued_at, consent.expires_in_hand, consent.outcome = (
            pair.issued_at,
            pair.expires_at,
            "stored",
        )
        consent.save(
            update_fields=["access_token", "refresh_token", "issued_at", "expires_in_hand", "outcome"]
        )
    point("consent.stored")
    incidents.over(consent.site, incidents.WRONG_CLIENT)


def words(code: str) -> Words | None:
    """What a person reads who was turned away with this code; None for «exact_slow», which is no refusal."""
    if code == "exact_slow":
        return None
    return remedy(code if code in CATALOGUE else f"consent_{code}").words()
