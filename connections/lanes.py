"""A lane per division: one driver at a time, within Exact's limits, in order of priority.

`drive(lane)`:

1. Take the lane by a guarded UPDATE: nobody holds an unexpired lease; the epoch goes up by one.
2. Get a token, once; open one HTTP session, once.
3. Work what is due, one row at a time, until nothing is due, the time slice ends, or the budget is gone.
4. Give the lane back with what was learnt of the budget, and say when it must be looked at again.

What a driver may do while it has the lane is in `connections.held`. What can wait in a lane is registered by the rooms
that own it (`register`), so that this room knows none of them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from connections import authorisations, incidents, issues, tokens
from connections.exact import ExactError, Kind
from connections.held import Held, Overtaken
from connections.models import Connection, DueRow, Lane
from portal.lookups import ask
from portal.tenancy import scope

__all__ = ["Held", "Overtaken", "Priority", "Work", "back_off", "drive", "register", "wake"]

log = structlog.get_logger(__name__)

BRAKED_LOOK = timedelta(seconds=10)  # how often a lane under the brake is looked at
BUDGETS = ("minute", "day")  # what a whole lane can run out of
ALONE_TOO_LONG = timedelta(minutes=15)  # that Exact does not answer one connection, before somebody is told


class Priority(IntEnum):
    """Lower goes first."""

    PERSON = 1  # somebody looks at a page and waits
    BOOKING = 2
    DELIVERY = 3
    CHECKING = 4
    FOLLOWING = 6
    LEARNING = 8


@dataclass(frozen=True)
class Work:
    """A kind of row that waits in a lane, and the function that works one of them.

    `run(held, row)` makes its own claim and record; an ExactError that it lets out goes to `failed`, which settles
    the row (back off, stop with an issue, look up) and returns nothing. `ready` narrows which rows may go now;
    None: none may, look again soon (the brake).
    """

    name: str
    model: type[DueRow]
    run: Callable[["Held", Any], None]
    failed: Callable[["Held", Any, ExactError], None]
    ready: Callable[[Connection], Q | None] = lambda connection: Q()


_kinds: list[Work] = []


def register(work: Work) -> None:
    """Let rows of this kind wait in lanes."""
    if all(kind.name != work.name for kind in _kinds):
        _kinds.append(work)


# --- Taking and giving back ------------------------------------------------------------------------------


def lane_of(connection: Connection) -> Lane:
    """The lane of a connection that has a division; made on first use, handed over when a client moved firms."""
    assert connection.division is not None
    lane, _ = Lane.objects.get_or_create(
        site=connection.site, division=connection.division, defaults={"connection": connection}
    )
    if lane.connection_id != connection.pk:
        lane.connection = connection
        lane.save(update_fields=["connection"])
    return lane


def wake(connection: Connection, at: datetime | None = None) -> None:
    """Something in this connection's lane is due (now, or at a moment): see to it that a driver comes.

    Call it in the transaction that makes the work: the lane's `due_at` is what the sweep finds when every message
    was lost; the message is only the quick way.
    """
    from connections.tasks import drive_soon

    if connection.division is None:
        return
    at = at or timezone.now()
    lane = lane_of(connection)
    Lane.objects.filter(Q(due_at__isnull=True) | Q(due_at__gt=at), pk=lane.pk).update(due_at=at)
    drive_soon(lane.pk, at)


def take(firm_id: UUID, lane_id: UUID) -> Lane | None:
    """The guarded UPDATE. None: another driver has the lane, or is just recording in it, or it is not due.

    While driven, the lane is due at the end of its lease: if the driver dies, the sweep finds it then.
    """
    with scope(firm_id):
        free = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())
        # FOR UPDATE, which a driver that is recording keeps out until it has committed (`Held._fence`).
        lane = (
            Lane.objects.select_for_update(skip_locked=True)
            .filter(free, pk=lane_id, due_at__lte=Now())
            .first()
        )
        if lane is None:
            return None
        ends = Now() + timedelta(seconds=settings.LANE_LEASE_SECONDS)
        Lane.objects.filter(pk=lane.pk).update(epoch=models.F("epoch") + 1, leased_until=ends, due_at=ends)
        return Lane.objects.select_related("connection").get(pk=lane_id)


def give_back(held: Held, due_at: datetime | None, sleeps_for: str = "") -> None:
    """Let go, and say when the lane must be looked at again; quietly nothing when we were overtaken.

    Somebody may have woken the lane while we drove it: then the earlier moment stays, unless the budget is gone.
    """
    try:
        with held.record():
            if held.succeeded:
                Connection.objects.filter(pk=held.connection_id).update(last_success_at=timezone.now())
            lane = Lane.objects.select_for_update(no_key=True).get(pk=held.lane_id)
            woken = (
                lane.due_at if lane.due_at and lane.leased_until and lane.due_at < lane.leased_until else None
            )
            if sleeps_for not in BUDGETS:
                due_at = min(filter(None, (woken, due_at)), default=None)
            lane.leased_until, lane.due_at, lane.sleeps_for = None, due_at, sleeps_for
            lane.save(update_fields=["leased_until", "due_at", "sleeps_for", *held.learnt(lane)])
    except Overtaken:
        log.warning("lane_overtaken", lane=str(held.lane_id))
    finally:
        held.close()


def next_row(connection: Connection) -> tuple[Work, DueRow] | None:
    """The most urgent row that is due now. Needs the scope."""
    best: tuple[Work, DueRow] | None = None
    for kind in _kinds:
        ready = kind.ready(connection)
        if ready is None:
            continue
        due = kind.model.objects.filter(ready, connection=connection, due_at__lte=timezone.now())
        row = due.order_by("priority", "due_at", "id").first()
        if row and (best is None or (row.priority, row.due_at) < (best[1].priority, best[1].due_at)):
            best = kind, row
    return best


def next_due(connection: Connection) -> datetime | None:
    """When the next row of this connection is due; None: nothing waits here. Needs the scope."""
    moments: list[datetime] = []
    for kind in _kinds:
        ready = kind.ready(connection)
        rows = kind.model.objects.filter(ready or Q(), connection=connection, due_at__isnull=False)
        first = rows.order_by("due_at").values_list("due_at", flat=True).first()
        if first is not None:
            moments.append(first if ready is not None else max(first, timezone.now() + BRAKED_LOOK))
    return min(moments, default=None)


def waiting(connection: Connection, *, without: str = "") -> int:
    """How many rows of this connection have a moment at which they go (of all kinds but one). Needs the scope."""
    return sum(
        kind.model.objects.filter(connection=connection, due_at__isnull=False).count()
        for kind in _kinds
        if kind.name != without
    )


# --- Driving ---------------------------------------------------------------------------------------------


def drive(lane_id: UUID, *, at_most: int | None = None) -> bool:
    """Work one lane for one time slice, or for `at_most` rows. True: more is due at once."""
    found = ask("firm_of_lane", lane_id)
    lane = take(found[0][0], lane_id) if found else None
    if lane is None:
        return False
    with structlog.contextvars.bound_contextvars(firm=str(lane.firm_id), connection=str(lane.connection_id)):
        # While Exact is ill everybody sleeps, but for the one whose turn it is to try.
        ill = incidents.current(lane.site, incidents.ILL)
        until = incidents.let_through(lane.site, incidents.ILL) if ill else None
        if until is not None:
            give_back(Held(lane, lane.connection), until, "incident")
            return False
        held, due_at, sleeps_for = _sign_in(lane)
        if sleeps_for == "" and due_at is None:
            due_at, sleeps_for = _slice(held, 1 if ill else at_most)
        give_back(held, due_at, sleeps_for)
        if lane.sleeps_for == "day" and held.succeeded and sleeps_for != "day":
            with scope(lane.firm_id):
                issues.resolve_code(lane.connection_id, DAY_OVER, by="a new day")
        _how_is_exact(held, probed=ill is not None)
    return due_at is not None and due_at <= timezone.now()


def _sign_in(lane: Lane) -> tuple[Held, datetime | None, str]:
    """The lane with a token in its client; else when to come back, and what it sleeps for."""
    connection = lane.connection
    if connection.authorisation_id is None or not _may_work(connection):
        return Held(lane, connection), None, "connection"
    try:
        token = tokens.access_token(lane.firm_id, connection.authorisation_id)
    except tokens.ComeBack as wait:
        return Held(lane, connection), wait.at, "token"
    except tokens.AuthorisationDead as dead:
        _nobody_signed_in(lane, dead.reason)
        return Held(lane, connection), None, "authorisation"
    return Held(lane, connection, token), None, ""


def _nobody_signed_in(lane: Lane, reason: str) -> None:
    """Its authorisation is dead. As a rule that was said when it died; no connection may wait without an issue."""
    with scope(lane.firm_id):
        connection = Connection.objects.get(pk=lane.connection_id)
        if not any(
            issue.code in authorisations.MENDED_BY_SIGNING_IN for issue in issues.blocking(connection.pk)
        ):
            assert connection.authorisation is not None
            authorisations.died(connection.authorisation, reason)


def _slice(held: Held, at_most: int | None) -> tuple[datetime | None, str]:
    """Work until nothing is due or the slice ends; (when to come back, what the lane sleeps for)."""
    ends, worked = time.monotonic() + settings.LANE_SLICE_SECONDS, 0
    try:
        while time.monotonic() < ends and worked != at_most:
            with held.read():
                connection = Connection.objects.get(pk=held.connection_id)
                may_work = _may_work(connection)
                found = next_row(connection) if may_work else None
                if found is None:
                    return (next_due(connection) if may_work else None), ""
            try:
                _work(held, *found)
            except ExactError as error:
                return _stopped_by(held, error)
            worked += 1
        return timezone.now(), ""
    except Overtaken:
        return None, ""


def _stopped_by(held: Held, error: ExactError) -> tuple[datetime | None, str]:
    """What ends the slice of a whole lane: its budget is gone, or the Exact user is refused."""
    if error.kind is Kind.AUTHORISATION:
        with held.read():
            connection = Connection.objects.get(pk=held.connection_id)
            # By now a spare has taken over, or what may still go on is due later.
            return next_due(connection), "authorisation"
    if error.code == TURN_OVER:
        return timezone.now(), ""
    until = error.retry_at or timezone.now() + timedelta(seconds=settings.EXACT_MINUTE_SECONDS)
    if error.code == DAY_OVER:
        with held.record():
            resets_at = f"{timezone.localtime(until):%H:%M}"
            issues.open_issue(DAY_OVER, connection=held.connection_id, resets_at=resets_at)
    return until, error.code.removeprefix("budget_")


def _may_work(connection: Connection) -> bool:
    return connection.status in (
        Connection.Status.ACTIVE,
        Connection.Status.PENDING,
        Connection.Status.BLOCKED,
    )


OUR_BUG = "our_bug"
DAY_OVER = "budget_day"
TURN_OVER = "no_time_left"  # of the lease, or of the token


def _work(held: Held, kind: Work, row: DueRow) -> None:
    """One row. What concerns the whole lane (its budget, its authorisation) is raised; all else is settled."""
    held.subject = getattr(row, "invoice_id", None)
    if held.subject:
        structlog.contextvars.bind_contextvars(invoice=str(held.subject))
    try:
        kind.run(held, row)
        if row.error == OUR_BUG:
            with held.record():
                issues.resolve_code(held.connection_id, OUR_BUG, subject=_name(kind, row), by="worked")
    except ExactError as error:
        log.info("work_failed", work=kind.name, code=error.code)
        if error.code == TURN_OVER:
            raise  # nobody's fault: the row goes on in the next slice, where it stands
        if error.kind is not Kind.AUTHORISATION or not _spare_took_over(held, error):
            kind.failed(held, row, error)
        if error.kind is Kind.AUTHORISATION or error.code in ("budget_minute", "budget_day"):
            raise
    except (Overtaken, DatabaseError, InterfaceError):
        raise
    except Exception as bug:
        # One row that our own mistake breaks must not keep the rest of its lane waiting for ever.
        log.exception("work_broke", work=kind.name)
        _broke(held, kind, row, bug)
    finally:
        held.subject = None
        structlog.contextvars.unbind_contextvars("invoice")


def _name(kind: Work, row: DueRow) -> str:
    return f"{kind.name} {row.pk}"


def _broke(held: Held, kind: Work, row: DueRow, bug: Exception) -> None:
    with held.record():
        kind.model.objects.filter(pk=row.pk).update(
            attempts=row.attempts + 1, error=OUR_BUG, due_at=timezone.now() + back_off(row.attempts + 1)
        )
        issues.open_issue(
            OUR_BUG,
            connection=held.connection_id,
            subject=_name(kind, row),
            raw=f"{type(bug).__name__}: {bug}"[:300],
        )


def _spare_took_over(held: Held, error: ExactError) -> bool:
    """The token works no longer, or its user may not. True: another user does the work from the next slice on, and
    the row goes as it was. Else everything stops, and an issue says who must act."""
    with held.record():
        connection = Connection.objects.get(pk=held.connection_id)
        if authorisations.spare_takes_over(connection, error.code):
            return True
        issues.open_issue(error.code, connection=connection, raw=error.raw)
        return False


def _how_is_exact(held: Held, *, probed: bool) -> None:
    """After a slice: is it only this lane that Exact does not answer, are there many, or is it over?"""
    if not held.trouble:
        if held.heard and probed:
            incidents.over(held.site, incidents.ILL)
        if held.heard and held.was_failing:
            _answers_again(held)
        return
    incidents.judge(held.site)
    if incidents.current(held.site, incidents.ILL) is None:
        _alone(held)


def _alone(held: Held) -> None:
    """Exact has not answered this connection for a while, and answers others: somebody should know."""
    with scope(held.firm_id):
        lane = Lane.objects.filter(pk=held.lane_id).first()
        if lane and lane.failing_since and lane.failing_since < timezone.now() - ALONE_TOO_LONG:
            issues.open_issue(incidents.ILL, connection=lane.connection_id, raw=lane.failing_code)


def _answers_again(held: Held) -> None:
    with scope(held.firm_id):
        issues.resolve_code(held.connection_id, incidents.ILL, by="answered")


def back_off(attempts: int) -> timedelta:
    """10 s, 20 s, 40 s … at most an hour: how long to wait after the n-th failure that may pass by itself."""
    return timedelta(seconds=min(3600, settings.EXACT_RETRY_SECONDS * 2 ** min(max(attempts - 1, 0), 9)))
