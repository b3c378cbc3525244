"""Signing in: what allauth asks of us."""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from portal.addresses import client_address

log = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """A person signs up with a firm, or comes by invitation; staff are made on the command line."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True

    def get_client_ip(self, request: HttpRequest) -> str:
        """What rate limits and the list of sessions go by: as far as our own proxies vouch for it."""
        return client_address(request) or "0.0.0.0"  # noqa: S104 — no address at all, as by a unix socket


class CompanySignOn(DefaultSocialAccountAdapter):
    """A company's sign-on lets in its own people: addresses of the `domains` that OIDC_APPS names for it.

    Whoever runs a company's directory can write any address into an account, so its word on an address elsewhere would
    open another firm, or the helpdesk, second factor and all.
    """

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """No sign-in unless each address is of the company's domains: what it says, and whose account it is."""
        said: list[Any] = [one.email for one in sociallogin.email_addresses]
        if sociallogin.is_existing:
            said.append(sociallogin.user.email)
        elif request.user.is_authenticated:
            said.append(request.user.email)  # who ties their account to it
        app = sociallogin.provider.app
        domains = {domain.lower() for domain in app.settings.get("domains") or []}
        if said and all(address.rpartition("@")[2].lower() in domains for address in said):
            return
        log.warning("company_sign_on_refused", provider=app.provider_id)
        messages.error(
            request,
            _("%(company)s signs in its own people only, and your address is not one of theirs.")
            % {"company": app.name},
        )
        raise ImmediateHttpResponse(redirect(settings.LOGIN_URL))
