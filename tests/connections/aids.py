"""What the tests of connections share: time that has passed, faults, and looking at what stands in the database."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from connections import consents
from connections.models import Authorisation, Connection
from portal.tenancy import scope
from tests.cast import Office
from tests.exact_sandbox import ExactSandbox
from tests.helpers import consent


def ten_minutes_later(exact: ExactSandbox, connection: Connection, user: str | None = None) -> None:
    """The access token has run out, for Exact and for us; the refresh token is good."""
    exact.control("POST", "expire", what="access", **({"user": user} if user else {}))
    aged(connection, seconds=600)


def aged(connection: Connection, seconds: float) -> None:
    """As if the token had been issued so long ago, for us."""
    then = timezone.now() - timedelta(seconds=seconds)
    with scope(connection.firm_id):
        Authorisation.objects.filter(pk=connection.authorisation_id).update(
            issued_at=then, expires_at=then + timedelta(seconds=600), not_before=None
        )


def open_codes(connection: Connection) -> list[str]:
    """The codes of its open issues, oldest first."""
    with scope(connection.firm_id):
        found = connection.issues.filter(resolved_at__isnull=True).order_by("opened_at")
        return [issue.code for issue in found]


def again(row: Any) -> Any:
    """The row as it stands in the database now."""
    with scope(row.firm_id):
        return type(row).objects.get(pk=row.pk)


def fault(
    exact: ExactSandbox, act: str, *, times: int | None = 1, match: dict[str, Any], **options: Any
) -> int:
    """Break calls at Exact; the fault's id."""
    body = {"match": match, "act": act, **options} | ({"times": times} if times else {})
    return int(exact.control("POST", "faults", **body)["id"])


def token_answers(exact: ExactSandbox, status: int, body: Any, **headers: str) -> None:
    """The next call to the token endpoint is answered like this."""
    match = {"endpoint": "oauth2/token"}
    fault(exact, "answer", match=match, status=status, body=body, headers=headers)


def reconnect(
    office: Office, exact: ExactSandbox, connection: Connection, user: str = "anna", **how: Any
) -> Any:
    """A person opens a fresh link and signs in at Exact as this user; the last page."""
    with scope(office.firm_id):
        link = consents.invite(connection, site_key=connection.site, **how)
    return consent(exact, link.url.removeprefix("http://testserver"), user)
