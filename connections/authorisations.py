"""What the death and the return of an authorisation mean for every connection that runs over it.

A connection may have a second Exact user standing by. When the first dies, the second takes over at once, and one
warning says that only one is left; only a connection without one is blocked.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db.models import Q

from connections import issues
from connections.models import Authorisation, Connection, Issue
from connections.remedies import DEATHS

log = structlog.get_logger(__name__)

MENDED_BY_SIGNING_IN = (
    "authorisation_expired",
    "authorisation_revoked",
    "authorisation_reused",
    "authorisation_taken_over",
    "client_moved",
    "chain_broken",
    "user_inactive",
    "user_blocked",
    "multi_user_identity",
    "token_revoked",
    "token_refused",
    "consent_denied",
    "consent_link_used",
    "consent_link_expired",
    "consent_other_browser",
    "consent_trip_too_long",
    "consent_exchange_failed",
)
ONE_LEFT = "one_exact_user_left"
LIMITED = ("mijnkantoor_user", "user_not_full")  # users whose kind alone keeps them out of the API


def limited(me: Mapping[str, Any]) -> str:
    """The issue of an Exact user of a kind that cannot connect anything, by what `current/Me` says; "" of a full one.

    Such a user is shown no administrations at all, so that nothing else that is found out means anything.
    """
    if me.get("IsMyFirmPortalUser") or me.get("IsMyFirmLiteUser") or me.get("IsClientUser"):
        return "mijnkantoor_user"
    return "user_not_full" if me.get("IsStarterUser") or me.get("IsEmployeeSelfServiceUser") else ""


def died(row: Authorisation, reason: str) -> None:
    """Say so at every connection over it, or let the one that stands by take over.

    Needs the scope, and belongs into the transaction that writes the death down: a process that ended between the
    two would leave connections that wait for a token which never comes, with nobody told.
    """
    issue = DEATHS.get(reason, "authorisation_revoked")
    alive = Connection.objects.exclude(status="disconnected").order_by(
        "pk"
    )  # one order for all who lock several
    for connection in alive.filter(authorisation=row):
        if not spare_takes_over(connection, reason):
            issues.open_issue(issue, connection=connection, exact_user=row.exact_user, raw=reason)
    for connection in alive.filter(spare=row):
        issues.open_issue(ONE_LEFT, connection=connection, exact_user=row.exact_user, raw=reason)


def usable(row: Authorisation, connection: Connection) -> bool:
    """Whether this authorisation works and, as far as we were told, may open the connection's administration."""
    if row.status != Authorisation.Status.ACTIVE or row.site != connection.site:
        return False
    known = {division["code"] for division in row.divisions}
    return connection.division is None or not known or connection.division in known


def spare_takes_over(connection: Connection, reason: str) -> bool:
    """Let the one that stands by do the work from now on; False when there is none that can. Needs the scope.

    Once: while a warning says that only one is left, a second refusal blocks the connection instead of sending it
    back and forth between two users that are both refused.
    """
    spare, refused = connection.spare, connection.authorisation
    if spare is None or refused is None or not usable(spare, connection):
        return False
    if connection.issues.filter(code=ONE_LEFT, resolved_at__isnull=True).exists():
        return False
    log.info("spare_took_over", connection=str(connection.pk), authorisation=str(spare.pk), reason=reason)
    connection.authorisation, connection.spare = spare, refused
    connection.save(update_fields=["authorisation", "spare", "updated_at"])
    issues.open_issue(
        ONE_LEFT, connection=connection, exact_user=refused.exact_user, spare=spare.exact_user, raw=reason
    )
    goes_on(connection, by="spare", both=False)
    return True


def returned(row: Authorisation, by: str = "sign-in") -> None:
    """It works (again): what was stopped for want of it goes on. Needs the scope."""
    over = Connection.objects.exclude(status="disconnected").order_by("pk")
    for connection in over.filter(authorisation=row):
        goes_on(connection, by)
    for connection in over.filter(spare=row):
        if connection.authorisation is not None and not usable(connection.authorisation, connection):
            Connection.objects.filter(pk=connection.pk).update(
                authorisation=row, spare=connection.authorisation
            )
            connection.authorisation, connection.spare = row, connection.authorisation
            goes_on(connection, by)
        else:
            issues.resolve_code(connection, ONE_LEFT, by=by)


def goes_on(connection: Connection, by: str = "sign-in", *, both: bool = True) -> None:
    """One connection has an authorisation that works; `both`: so has the one that stands by, if it is alive."""
    issues.resolve_code(connection, *MENDED_BY_SIGNING_IN, by=by)
    own = connection.authorisation
    if own is not None and not limited(own.me):
        issues.resolve_code(connection, *LIMITED, by=by)
    connection.refresh_from_db(fields=["status", "updated_at"])
    if both and (connection.spare is None or usable(connection.spare, connection)):
        issues.resolve_code(connection, ONE_LEFT, by=by)
    if connection.division is not None:
        issues.chores_again(connection.pk, "check")
        issues.wake(connection)


def refreshed(row: Authorisation) -> None:
    """A new token came: where the one before was refused, look again. Needs the scope."""
    for issue in Issue.objects.filter(
        code="token_calls_used_up", subject=str(row.pk), resolved_at__isnull=True
    ):
        issues.resolve(issue, "refreshed")
    refused = ("token_refused", "token_revoked", ONE_LEFT)
    for issue in (
        Issue.objects.filter(
            Q(connection__authorisation=row) | Q(connection__spare=row),
            code__in=refused,
            resolved_at__isnull=True,
        )
        .select_related("connection")
        .order_by("connection")
    ):
        assert issue.connection is not None
        if issue.code == ONE_LEFT:
            if issue.connection.spare_id == row.pk:
                issues.resolve(issue, "refreshed")
        else:
            issues.chores_again(issue.connection.pk, "check")
            issues.wake(issue.connection)


def stand_by(connection: Connection, row: Authorisation) -> str:
    """Let this Exact user stand by for the connection. Needs the scope.

    "" or why not: `same_user`, `no_access`, `mijnkantoor_user`, `user_not_full`.
    """
    if connection.authorisation_id is None or not usable_now(connection):
        # Nobody works for it now: then this one does not stand by, it takes over.
        take_over(connection, row)
        return ""
    if connection.authorisation_id == row.pk:
        return "same_user"
    if why := limited(row.me):
        return why
    if not usable(row, connection):
        return "no_access"
    connection.spare = row
    connection.save(update_fields=["spare", "updated_at"])
    issues.resolve_code(connection, ONE_LEFT, by="sign-in")
    return ""


def usable_now(connection: Connection) -> bool:
    """Whether the connection's own authorisation is alive."""
    own = connection.authorisation
    return own is not None and own.status == Authorisation.Status.ACTIVE


def take_over(connection: Connection, row: Authorisation) -> None:
    """The connection runs over this authorisation from now on, and keeps everything else."""
    changes: dict[str, Any] = {"authorisation": row}
    if connection.spare_id == row.pk:
        changes["spare"] = connection.authorisation if usable_now(connection) else None
    for name, value in changes.items():
        setattr(connection, name, value)
    connection.save(update_fields=[*changes, "updated_at"])
    goes_on(connection)


def swap(connection: Connection) -> bool:
    """A person makes the one that stands by the one that works. False when there is none that can."""
    spare = connection.spare
    if spare is None or not usable(spare, connection):
        return False
    take_over(connection, spare)
    return True
