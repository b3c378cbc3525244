"""What people do with their own way in, in the audit trail of each firm that they work for."""

from typing import Any

import structlog
from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as social
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from portal import audit
from portal.lookups import ask
from portal.models import User

log = structlog.get_logger(__name__)


def tell(action: str, user: User, by: Any = "self", **after: Any) -> None:
    """Record it with every firm of this person; with the installation when there is none, or for the helpdesk."""
    by = user if by == "self" else by
    firms: list[Any] = [firm_id for (firm_id,) in ask("firms_of_user", user.pk)]
    for firm_id in [*firms, None] if user.is_staff or not firms else firms:
        audit.record(action, user, firm_id=firm_id, after=after, by=by)


@receiver(user_logged_in)
def _in(user: Any, **kwargs: Any) -> None:
    tell("person.signed_in", user)


@receiver(user_logged_out)
def _out(user: Any, **kwargs: Any) -> None:
    if user is not None:
        tell("person.signed_out", user)


@receiver(user_login_failed)
def _failed(credentials: dict[str, Any], **kwargs: Any) -> None:
    """Of a known address only: strangers' guesses are for the logs and the rate limits."""
    email = credentials.get("email") or credentials.get("username") or credentials.get("login") or ""
    user = User.objects.filter(email__iexact=email).first() if email else None
    log.info("sign_in_failed", known=user is not None)
    if user is not None:
        tell("person.sign_in_failed", user, by=None)


def _of(action: str) -> Any:
    def told(user: Any, **kwargs: Any) -> None:
        kind = getattr(kwargs.get("authenticator"), "type", "")
        tell(action, user, **({"kind": kind} if kind else {}))

    return told


def _of_social(action: str) -> Any:
    def told(**kwargs: Any) -> None:
        found = kwargs.get("sociallogin")
        row = found.account if found is not None else kwargs["socialaccount"]
        if getattr(row, "user_id", None):
            tell(action, row.user, provider=row.provider)

    return told


for _signal, _receive in (
    (account.password_changed, _of("person.password_changed")),
    (account.password_set, _of("person.password_changed")),
    (account.password_reset, _of("person.password_reset")),
    (account.email_changed, _of("person.address_changed")),
    (mfa.authenticator_added, _of("person.second_factor_added")),
    (mfa.authenticator_removed, _of("person.second_factor_removed")),
    (mfa.authenticator_reset, _of("person.second_factor_reset")),
    (social.social_account_added, _of_social("person.company_sign_on_added")),
    (social.social_account_removed, _of_social("person.company_sign_on_removed")),
):
    _signal.connect(_receive, weak=False)
