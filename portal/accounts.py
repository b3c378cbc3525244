"""Signing in: what allauth asks of us."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from portal.addresses import client_address


class AccountAdapter(DefaultAccountAdapter):
    """A person signs up with a firm, or comes by invitation; staff are made on the command line."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True

    def get_client_ip(self, request: HttpRequest) -> str:
        """What rate limits and the list of sessions go by: as far as our own proxies vouch for it."""
        return client_address(request) or "0.0.0.0"  # noqa: S104 — no address at all, as by a unix socket
