"""«Is it mended?»: asked by a person, an API client or the night, and answered by Exact."""

import time
from typing import Any
from uuid import UUID

import structlog
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils import timezone

from connections import incidents, issues, lanes
from connections.authorisations import LIMITED
from connections.connecting import CHOOSING_ISSUES
from connections.exact import ExactError
from connections.granted import look_again
from connections.lanes import Priority
from connections.models import Chore, Connection, Issue, Lane
from connections.remedies import remedy
from connections.tokens import AuthorisationDead, ComeBack
from portal.tenancy import scope

log = structlog.get_logger(__name__)

WAIT_SECONDS = 45.0


def examine_now(firm_id: UUID, connection_id: UUID) -> list[dict[str, Any]]:
    """Run the doctor at once, in this process or in the one that drives the lane, and give its table.

    Waits until the table is newer than the question; the last table when Exact keeps us waiting too long, is ill, or
    the connection is paused.
    """
    asked_at = timezone.now()
    with scope(firm_id):
        connection = get_object_or_404(Connection.objects.select_related("authorisation"), pk=connection_id)
        if connection.division is None or connection.authorisation_id is None:
            return _not_there_yet(connection)
        if connection.status in ("paused", "disconnected") or incidents.current(
            connection.site, incidents.ILL
        ):
            return connection.checks
        Chore.objects.filter(connection=connection, kind="check").update(
            due_at=asked_at, attempts=0, priority=Priority.PERSON
        )
        lanes.wake(connection)
        lane_id = Lane.objects.values_list("pk", flat=True).get(connection=connection)
    give_up = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < give_up:
        lanes.drive(lane_id, at_most=1)  # the check goes before all else that waits there
        with scope(firm_id):
            connection = Connection.objects.get(pk=connection_id)
        if connection.checked_at and connection.checked_at >= asked_at:
            return connection.checks
        if dead := _token_is_dead(firm_id, connection):
            return dead
        if _sleeps_past(firm_id, lane_id, give_up):
            break
        time.sleep(0.2)
    return connection.checks


def _sleeps_past(firm_id: UUID, lane_id: UUID, give_up: float) -> bool:
    """The budget of the minute or the day is gone, or there is no token: nobody needs to wait here for that."""
    with scope(firm_id):
        driven = Q(leased_until__gt=timezone.now())
        lane = Lane.objects.filter(pk=lane_id).exclude(sleeps_for="").exclude(driven).first()
    if lane is None or lane.due_at is None:
        return False
    return (lane.due_at - timezone.now()).total_seconds() > give_up - time.monotonic()


def _not_there_yet(connection: Connection) -> list[dict[str, Any]]:
    """Before there is an administration nothing can be asked in it; what stands in the way is the answer."""
    if connection.authorisation_id is None:
        return [{"code": "token", "outcome": "missing", "remedy": "not_connected", "why": "not_asked"}]
    who = connection.issues.filter(code__in=LIMITED, resolved_at__isnull=True).first()
    if who is not None:
        return [{"code": "user", "outcome": "missing", "remedy": who.code, "why": "says_so"}]
    chosen = connection.issues.filter(code__in=CHOOSING_ISSUES, resolved_at__isnull=True).first()
    return [
        {
            "code": "division",
            "outcome": "missing",
            "remedy": chosen.code if chosen else "no_division_matches",
            "why": "not_asked",
        }
    ]


def _token_is_dead(firm_id: UUID, connection: Connection) -> list[dict[str, Any]]:
    """Without a token nothing can be asked; the issue that says so is the answer."""
    with scope(firm_id):
        found = [issue for issue in issues.blocking(connection.pk) if remedy(issue.code).probe == "token"]
    return [
        {"code": "token", "outcome": "missing", "remedy": one.code, "why": "refused"} for one in found[:1]
    ]


def recheck(firm_id: UUID, issue_id: UUID) -> None:
    """Ask again what the issue is about. By its remedy: the doctor's probe, or the next try of what waits."""
    with scope(firm_id):
        issue = get_object_or_404(Issue.objects.select_related("connection"), pk=issue_id)
        if issue.resolved_at is not None:
            return
        connection = issue.connection
        if issue.code not in CHOOSING_ISSUES and (
            connection is None or remedy(issue.code).resolves != "probe"
        ):
            # Nothing to ask by itself: what waited tries once more, and success closes the issue.
            issues.try_again(issue)
            return
    assert connection is not None
    if connection.division is None:
        _divisions_again(firm_id, connection)
    else:
        examine_now(firm_id, connection.pk)


def _divisions_again(firm_id: UUID, connection: Connection) -> None:
    """The user may have been given the administration meanwhile."""
    if connection.authorisation_id is None:
        return
    try:
        look_again(firm_id, connection.authorisation_id)
    except (ExactError, ComeBack, AuthorisationDead) as reason:
        log.info("divisions_not_read", connection=str(connection.pk), reason=str(reason))
