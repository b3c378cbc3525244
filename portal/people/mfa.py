"""The second factor: whose it must be, and its secrets at rest.

Owners and the helpdesk must have one (an authenticator app or a passkey); until a week after their account was made
they are reminded, then every page leads to setting it up. The helpdesk's own pages wait for nobody (`has_one`).
Whoever signs in through their company's own sign-on has that company's second factor, and it is not for us to ask for
another.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from allauth.account.signals import user_logged_in
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from portal.encryption import is_readable, keys, seal, unseal
from portal.lookups import ask
from portal.models import User
from portal.people import signed  # noqa: F401 — listens from where the door opens

SESSION_KEY = "mfa_by"  # ISO moment; set at sign-in while a second factor is still to be made
OWNER = "mfa"
"""What stands where other secrets name their row: allauth asks for encryption before there is one."""

FREE = (
    "/accounts/",
    "/static/",
    "/language/",
    "/api/",
    "/identity/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/jsi18n/",
)
SEALED = ("secret", "seed")


class MfaAdapter(DefaultMFAAdapter):
    """TOTP secrets and recovery seeds under TOKEN_KEYS, like every other secret."""

    def encrypt(self, text: str) -> str:
        return seal(OWNER, text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(OWNER, encrypted_text)

    def get_totp_issuer(self) -> str:
        return "Autopilot"


def needed(user: User) -> bool:
    """Whether this person must have a second factor: the helpdesk, and every owner of a firm."""
    return user.is_staff or bool(ask("firms_owned_by", user.pk))


def has_one(request: HttpRequest) -> bool:
    """Whether who is signed in here has a second factor: one with us, or that of the company they came in through.

    The helpdesk's pages show every firm, so there nobody has a week to make one.
    """
    if not settings.HELPDESK_SECOND_FACTOR:
        return True  # a demo on one's own machine; `portal.operations.checks` refuses it elsewhere
    methods = request.session.get("account_authentication_methods", [])
    if any(one.get("method") == "socialaccount" for one in methods):
        return True
    found = Authenticator.objects.filter(user_id=request.user.pk)
    return found.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def deadline(user: User) -> datetime | None:
    """Until when they may do without one; None: they have one, or need none."""
    if Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
        return None
    return user.created_at + timedelta(days=settings.MFA_GRACE_DAYS) if needed(user) else None


@receiver(user_logged_in)
def _signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    by = None if kwargs.get("sociallogin") else deadline(user)
    if by is not None:
        request.session[SESSION_KEY] = by.isoformat()


@receiver(authenticator_added)
def _made_one(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        request.session.pop(SESSION_KEY, None)


def required(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: `request.mfa_by` tells pages until when; after that there is one page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(FREE) and settings.SESSION_COOKIE_NAME in request.COOKIES:
            by = request.session.get(SESSION_KEY)
            if by is not None:
                request.mfa_by = datetime.fromisoformat(by)  # type: ignore[attr-defined]
                if request.mfa_by <= timezone.now():  # type: ignore[attr-defined]
                    return redirect("mfa_index")
        return get_response(request)

    return middleware


def rotate(batch: int = 200) -> int:
    """Every second factor's secrets under the newest key. How many; part of `rotate_keys`."""
    done = 0
    for row in _all(batch):
        before, row.data = row.data, _sealed_anew(row.data)
        if row.data != before:
            # Guarded: a code that is being used writes this row too.
            done += Authenticator.objects.filter(pk=row.pk, data=before).update(data=row.data)
    return done


def unreadable(batch: int = 200) -> int:
    """How many second factors are under a key that is not among TOKEN_KEYS."""
    return sum(not all(is_readable(one) for one in _sealed(row.data)) for row in _all(batch))


def _all(batch: int) -> Iterator[Authenticator]:
    last = 0
    while rows := list(Authenticator.objects.filter(pk__gt=last).order_by("pk")[:batch]):
        yield from rows
        last = rows[-1].pk


def _sealed(data: dict[str, Any]) -> list[str]:
    return [data[name] for name in SEALED if name in data] + data.get("migrated_codes", [])


def _sealed_anew(data: dict[str, Any]) -> dict[str, Any]:
    def anew(sealed: str) -> str:
        if not is_readable(sealed):
            return sealed
        return keys().rotate(sealed.encode()).decode()

    data = {name: anew(value) if name in SEALED else value for name, value in data.items()}
    if "migrated_codes" in data:
        data["migrated_codes"] = [anew(one) for one in data["migrated_codes"]]
    return data
