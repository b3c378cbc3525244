"""The recurring work of a connection, as rows in its lane: checks, the mirror, whatever other rooms add."""

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.utils import timezone

from connections import connecting, doctor, forecast, issues, lanes, mailbox, mirror, remedies
from connections.exact import ExactError, Kind
from connections.held import Held
from connections.lanes import Priority
from connections.models import Chore, Connection, Issue

log = structlog.get_logger(__name__)

MIRROR_EVERY = timedelta(minutes=30)
CHECK_EVERY = timedelta(hours=24)

REFUSED_AGAIN = timedelta(minutes=10)  # the least before a refused Exact user is tried again
PATIENCE = 6  # failures in a row (about ten minutes) before somebody is told

Run = Callable[[Held, Connection, Chore], timedelta | None]
_runs: dict[str, tuple[Run, timedelta | None, Priority]] = {}
_on_read: list[Callable[[Connection], None]] = []


def register(kind: str, run: Run, *, every: timedelta | None, priority: Priority) -> None:
    """A kind of chore: what it does, and how long after a success it is due again (None: when asked).

    `run` may return a shorter while after which it wants to look again.
    """
    _runs[kind] = run, every, priority


def register_on_read(function: Callable[[Connection], None]) -> None:
    """Be told, within the scope, that what changed in the ledger has been read."""
    if function not in _on_read:
        _on_read.append(function)


def has_read(held: Held, connection: Connection) -> None:
    with held.record():
        for tell in _on_read:
            tell(connection)


def start(connection: Connection) -> None:
    """Make the chores that every connected division has; those that exist stay as they are."""
    now = timezone.now()
    for kind, (_, every, priority) in _runs.items():
        if every is not None:
            Chore.objects.get_or_create(
                connection=connection, kind=kind, defaults={"due_at": now, "priority": priority}
            )


def work(held: Held, chore: Chore) -> None:
    """Run one chore and say when it is due again."""
    run, every, priority = _runs[chore.kind]
    with held.read():
        connection = Connection.objects.select_related("organisation", "authorisation").get(
            pk=chore.connection_id
        )
    # By its kind: a first reading is put forward in its lane, and is the most costly one there is.
    held.learning = priority >= Priority.LEARNING
    try:
        again = run(held, connection, chore) or every
    finally:
        held.learning = False
    with held.record():
        Chore.objects.filter(pk=chore.pk).update(
            due_at=timezone.now() + again if again else None, priority=priority, attempts=0, error=""
        )
        # What it could not do before, it has done now.
        for issue in connection.issues.filter(subject=chore.kind, resolved_at__isnull=True):
            issues.resolve(issue, "worked")


def failed(held: Held, chore: Chore, error: ExactError) -> None:
    """Later, or never until an issue is mended."""
    with held.record():
        chore.attempts += 1
        chore.error = error.code
        chore.due_at = error.retry_at or timezone.now() + lanes.back_off(chore.attempts)
        if error.kind in (Kind.RIGHTS, Kind.CONFIGURATION, Kind.OURS, Kind.INVOICE):
            issues.open_issue(error.code, connection=held.connection_id, subject=chore.kind, raw=error.raw)
            chore.due_at = timezone.now() + CHECK_EVERY
        elif error.kind is Kind.AUTHORISATION:
            # Tried again by itself, ever more slowly: each try is an error that Exact counts.
            chore.due_at = timezone.now() + max(REFUSED_AGAIN, lanes.back_off(chore.attempts))
        elif error.kind is Kind.TRANSIENT and chore.attempts == PATIENCE and error.code in remedies.CATALOGUE:
            issues.open_issue(error.code, connection=held.connection_id, subject=chore.kind, raw=error.raw)
        chore.save(update_fields=["attempts", "error", "due_at"])


def _check(held: Held, connection: Connection, chore: Chore) -> timedelta | None:
    again = doctor.run(held, connection)
    with held.record():
        forecast.watch(connection)
    return again


def _mailbox(held: Held, connection: Connection, chore: Chore) -> timedelta | None:
    """A new mailbox is looked at until it works; the doctor's table says what came of it."""
    settled = mailbox.settle(held, connection)
    with held.record():
        row = Connection.objects.get(pk=connection.pk)
        found = {"outcome": settled.outcome, "remedy": settled.remedy, "detail": settled.detail}
        row.checks = [{**check, **found} if check["code"] == "mailbox" else check for check in row.checks]
        row.save(update_fields=["checks", "updated_at"])
    return settled.again


def _mirror(held: Held, connection: Connection, chore: Chore) -> timedelta | None:
    """Each part in turn. A part that is refused does not keep the others away; one that is not there at all has an
    issue of its own, which ends when it is read."""
    missing: dict[str, ExactError] = {}
    if "fill_began" not in connection.cursors:
        with held.record():
            mirror.keep(connection, "fill_began", timezone.now().isoformat())
    for name, read in mirror.PARTS.items():
        try:
            read(held, connection)
        except ExactError as error:
            if not error.not_to_be_had:
                raise
            log.info("mirror_part_refused", part=name, code=error.code)
            if error.kind is Kind.OURS:
                missing[f"mirror {name}"] = error
    if not connection.cursors.get("filled"):
        with held.record():
            mirror.keep(connection, "filled", timezone.now().isoformat())
            connecting.filled(connection)
    with held.record():
        for subject, refusal in missing.items():
            issues.open_issue(refusal.code, connection=connection, subject=subject, raw=refusal.raw)
        for issue in connection.issues.filter(subject__startswith="mirror ", resolved_at__isnull=True):
            if issue.subject not in missing:
                issues.resolve(issue, "worked")
    has_read(held, connection)
    return None


def _retry(issue: Issue) -> None:
    """A chore that an issue put off until tomorrow is done now: somebody says that it is mended."""
    kind = issue.subject.partition(" ")[0]  # «mirror suppliers» is a part of one
    if issue.connection is not None and kind in _runs:
        issues.chores_again(issue.connection.pk, kind)
        issues.wake(issue.connection)


register("check", _check, every=CHECK_EVERY, priority=Priority.CHECKING)
register("mailbox", _mailbox, every=None, priority=Priority.CHECKING)
register("mirror", _mirror, every=MIRROR_EVERY, priority=Priority.LEARNING)
lanes.register(lanes.Work("chore", Chore, work, failed))
issues.register(on_retry=_retry)
