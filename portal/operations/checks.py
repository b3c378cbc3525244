"""What must be right before anything starts. Each check says what is wrong and what to set."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from portal.operations import telemetry


@register()
def secrets_are_set(**kwargs: Any) -> list[CheckMessage]:
    """With DEBUG off nothing is made up: sessions, tokens and links depend on these."""
    found: list[CheckMessage] = []
    try:
        weak = len(settings.SECRET_KEY) < 50 or len(set(settings.SECRET_KEY)) < 5
    except ImproperlyConfigured:
        weak = True
    if weak and not settings.DEBUG:
        found.append(
            Error(
                "SECRET_KEY is missing or too short, so sessions and signed links could be forged.",
                hint="Set SECRET_KEY to at least 50 random characters.",
                id="portal.E001",
            )
        )
    if not any(settings.TOKEN_KEYS):
        found.append(
            Error(
                "TOKEN_KEYS is missing, so Exact's tokens cannot be encrypted.",
                hint="Set TOKEN_KEYS to a Fernet key: python -c 'from cryptography.fernet import Fernet; "
                "print(Fernet.generate_key().decode())'. Newest first, comma separated.",
                id="portal.E002",
            )
        )
    for position, key in enumerate(filter(None, settings.TOKEN_KEYS), 1):
        try:
            Fernet(key)
        except ValueError:
            found.append(
                Error(
                    f"Key {position} of TOKEN_KEYS is not a Fernet key.",
                    hint="32 random bytes in URL-safe base64.",
                    id="portal.E003",
                )
            )
    return found


@register()
def the_helpdesk_has_a_second_factor(**kwargs: Any) -> list[CheckMessage]:
    """Its pages show every firm; without a second factor they are for a demo on one's own machine."""
    if settings.HELPDESK_SECOND_FACTOR or settings.DEBUG:
        return []
    return [
        Error(
            "HELPDESK_SECOND_FACTOR is off, so one guessed password would open every firm.",
            hint="Leave HELPDESK_SECOND_FACTOR unset.",
            id="portal.E007",
        )
    ]


@register()
def company_sign_ons_name_their_domains(**kwargs: Any) -> list[CheckMessage]:
    """Whoever runs a company's directory can write any address into it; it is believed for these alone."""
    return [
        Error(
            f"Company sign-on {app.get('provider_id')!r} names no domains, so nobody could sign in by it.",
            hint='Add "domains": ["firm-x.nl"] to its settings in OIDC_APPS: the part of its addresses behind the @.',
            id="portal.E008",
        )
        for app in settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
        if not _are_domains(app.get("settings", {}).get("domains"))
    ]


def _are_domains(named: Any) -> bool:
    return (
        isinstance(named, list)
        and bool(named)
        and all("." in str(one) and "@" not in str(one) for one in named)
    )


@register()
def hosts_are_named(**kwargs: Any) -> list[CheckMessage]:
    """Links in mails are made of the host that a request names: who may name any gets a password's reset link."""
    if settings.DEBUG or "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Error(
            "ALLOWED_HOSTS lets a request name any host, and links in mails would lead there.",
            hint="Set ALLOWED_HOSTS to the portal's own name.",
            id="portal.E009",
        )
    ]


@register()
def site_url_is_whole(**kwargs: Any) -> list[CheckMessage]:
    """Exact's redirect URI is made of it, and must match the app's registration to the letter."""
    if settings.SITE_URL.startswith(("https://", "http://")):
        return []
    return [
        Error(
            "SITE_URL must begin with https:// (or http:// on your own machine).",
            hint="SITE_URL=https://portal.example.nl",
            id="portal.E004",
        )
    ]


@register()
def sites_are_whole(**kwargs: Any) -> list[CheckMessage]:
    """Every site of Exact needs its base URL; without client id and secret nobody can be connected."""
    found: list[CheckMessage] = []
    for key, site in settings.EXACT_SITES.items():
        missing = [name for name in ("base_url", "client_id", "client_secret") if name not in site]
        if missing:
            found.append(
                Error(
                    f"Exact site {key!r} lacks {', '.join(missing)}.",
                    hint="Complete it in EXACT_SITES.",
                    id="portal.E005",
                )
            )
    return found


@register()
def telemetry_is_installed(**kwargs: Any) -> list[CheckMessage]:
    """Sentry and OpenTelemetry are no dependencies: whoever asks for them installs them."""
    found: list[CheckMessage] = []
    for setting, modules, packages in (
        ("SENTRY_DSN", telemetry.SENTRY, "sentry-sdk"),
        (
            "OTEL_ENDPOINT",
            telemetry.OTEL,
            "opentelemetry-sdk opentelemetry-exporter-otlp-proto-http opentelemetry-instrumentation-django "
            "opentelemetry-instrumentation-celery opentelemetry-instrumentation-psycopg",
        ),
    ):
        if getattr(settings, setting) and (missing := telemetry.missing(modules)):
            found.append(
                Error(
                    f"{setting} is set, but {', '.join(missing)} is not installed.",
                    hint=f"pip install {packages}",
                    id="portal.E006",
                )
            )
    return found
