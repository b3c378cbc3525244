"""One time slice of one lane: signed in once, row after row, until something ends it."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from connections import authorisations, contracts, incidents, issues, tokens
from connections.exact import ExactError, Kind
from connections.held import Held, Overtaken
from connections.lanes.rows import Work, back_off, next_due, next_row
from connections.lanes.taking import give_back, take
from connections.models import Connection, DueRow, Lane
from portal.lookups import ask
from portal.tenancy import scope

log = structlog.get_logger(__name__)

ALONE_TOO_LONG = timedelta(minutes=15)  # that Exact does not answer one connection, before somebody is told
SLOW_SECONDS = 10.0  # an answer that takes longer is no use to anybody else
LONGEST_REST = timedelta(minutes=5)
SICK_AT_ONCE = 2  # workers of a site that may wait for lanes which Exact did not answer lately
OUR_BUG = "our_bug"
DAY_OVER = "budget_day"
TURN_OVER = "no_time_left"  # of the lease, or of the token


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
        if (
            ill is None
            and lane.failing_since
            and ask("too_many_failing_lanes", lane.site, SICK_AT_ONCE)[0][0]
        ):
            give_back(Held(lane, lane.connection), timezone.now() + back_off(1), "trouble")
            return False
        held, due_at, sleeps_for = _sign_in(lane)
        if sleeps_for == "" and due_at is None:
            due_at, sleeps_for = _slice(held, 1 if ill else at_most)
        give_back(held, due_at, sleeps_for)
        if held.heard and sleeps_for != "day" and _first_today(lane):
            with scope(lane.firm_id):
                issues.resolve_code(lane.connection_id, DAY_OVER, by="a new day")
                contracts.new_day()
        _how_is_exact(held, probed=ill is not None)
    return due_at is not None and due_at <= timezone.now()


def _first_today(lane: Lane) -> bool:
    """Whether Exact had not answered this lane yet on this day (UTC, as Exact counts), or its day was used up."""
    today = timezone.now().astimezone(UTC).date()
    return lane.sleeps_for == "day" or lane.heard_at is None or lane.heard_at.astimezone(UTC).date() < today


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
        while time.monotonic() < ends and worked != at_most and not held.wanted:
            with held.read():
                held.connection = connection = Connection.objects.get(pk=held.connection_id)
                may_work = _may_work(connection)
                found = next_row(connection) if may_work else None
                if found is None:
                    return (next_due(connection) if may_work else None), ""
            try:
                while found is not None:
                    found = _work(held, *found)
            except ExactError as error:
                return _stopped_by(held, error)
            worked += 1
            if rest := _rest(held):
                return timezone.now() + rest, "trouble"
        return timezone.now(), ""
    except Overtaken:
        return None, ""


def _rest(held: Held) -> timedelta | None:
    """How long a lane is left alone that Exact does not answer, or slowly: a worker that waits for it is one that the
    others miss. As long as it has been failing already, so that it is tried ever more seldom; as long as it took."""
    if held.trouble:
        failing = timezone.now() - (held.failing_since or timezone.now())
        return min(max(failing, back_off(1)), LONGEST_REST)
    return timedelta(seconds=held.slowest) if held.slowest >= SLOW_SECONDS else None


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
            if held.contract_used_up:
                contracts.used_up(held.contract_used_up, until)
            else:
                resets_at = f"{timezone.localtime(until):%H:%M}"
                issues.open_issue(DAY_OVER, connection=held.connection_id, resets_at=resets_at)
    return until, error.code.removeprefix("budget_")


def _may_work(connection: Connection) -> bool:
    return connection.status in (
        Connection.Status.ACTIVE,
        Connection.Status.PENDING,
        Connection.Status.BLOCKED,
    )


def _work(held: Held, kind: Work, row: DueRow) -> tuple[Work, DueRow] | None:
    """One row; gives the one it claimed on its way. What concerns the whole lane (its budget, its authorisation) is
    raised; all else is settled."""
    held.subject = getattr(row, "invoice_id", None)
    if held.subject:
        structlog.contextvars.bind_contextvars(invoice=str(held.subject))
    try:
        was_broken = row.error == OUR_BUG  # which a row that goes well forgets
        following = kind.run(held, row)
        if was_broken:
            with held.record():
                issues.resolve_code(held.connection_id, OUR_BUG, subject=_name(kind, row), by="worked")
        return following
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
    return None


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
        if held.heard and held.failing_since:
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
