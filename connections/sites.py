"""Which Exact: the sites of this installation, from settings."""

from django.conf import settings

from connections.exact.oauth import Site
from portal.models import Firm


def site(key: str) -> Site:
    """The site of this name; KeyError when the settings no longer have it."""
    values = settings.EXACT_SITES[key]
    return Site(
        key=key,
        base_url=values["base_url"].rstrip("/"),
        client_id=values["client_id"],
        client_secret=values["client_secret"],
        token_guard_seconds=settings.EXACT_TOKEN_GUARD_SECONDS,
        minute_seconds=settings.EXACT_MINUTE_SECONDS,
    )


def site_of(firm: Firm) -> str:
    """The site a new connection of this firm uses: a sandbox firm has the sandbox and nothing else."""
    return "sandbox" if firm.sandbox and "sandbox" in settings.EXACT_SITES else settings.EXACT_DEFAULT_SITE


def redirect_uri() -> str:
    """The callback as registered in Exact's App Center; it must match to the letter."""
    return f"{settings.SITE_URL}/connect/exact/callback/"
