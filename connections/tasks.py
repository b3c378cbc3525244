"""What Celery runs for connections. Every task takes ids; what is to be done stands in the rows."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from connections import connecting, consents, lanes, recorder, reminders, tokens
from connections.models import Connection
from portal.lookups import ask
from portal.tenancy import scope

log = structlog.get_logger(__name__)

SWEEP_AT_ONCE = 500


def drive_soon(lane_id: UUID, at: datetime) -> None:
    """Wake a worker for this lane once the transaction is committed. Long waits stay rows; the sweep finds them."""
    wait = (at - timezone.now()).total_seconds()
    if wait <= 300:
        transaction.on_commit(lambda: drive.apply_async([str(lane_id)], countdown=max(0.0, wait) or None))


@shared_task
def drive(lane_id: str) -> None:
    """One time slice. A lane that has more goes to the end of the queue: with few workers, all lanes take turns."""
    if lanes.drive(UUID(lane_id)):
        drive.delay(lane_id)


@worker_ready.connect
def take_over(**kwargs: object) -> None:
    """A worker that was started again sees to the lanes that it was driving when it died."""
    if settings.LIFE_BEFORE:
        lanes.free_lanes_of(settings.LIFE_BEFORE)


@shared_task(expires=60)
def sweep() -> None:
    """Find lanes that are due and that no message came for. What nobody takes up in a minute, the next sweep finds."""
    tokens.recover()
    for (lane_id,) in ask("due_lanes", SWEEP_AT_ONCE):
        drive.apply_async([str(lane_id)], expires=60)


def each(what: str, found: Iterable[tuple[UUID, UUID]], work: Callable[[UUID, UUID], object]) -> None:
    """Do this for every (firm, row); one that fails is logged and does not keep the others away."""
    for firm_id, pk in found:
        try:
            work(firm_id, pk)
        except Exception:
            log.exception("sweep_failed", what=what, firm=str(firm_id), row=str(pk))


def finish_soon(firm_id: UUID, consent_id: UUID, at: datetime | None) -> None:
    """Ask again who gave this consent when Exact said that it would answer; a person waits for it. Where it named no
    moment, or a far one, the sweep below asks."""
    wait = (at - timezone.now()).total_seconds() if at else 301
    if wait <= 300:
        finish_consent.apply_async([str(firm_id), str(consent_id)], countdown=max(0.0, wait) + 1)


@shared_task
def finish_consent(firm_id: str, consent_id: str) -> None:
    """One consent whose pair was stored, once more."""
    each("consent", [(UUID(firm_id), UUID(consent_id))], consents.finish_later)


@shared_task(expires=60)
def finish_consents() -> None:
    """Consents whose pair was stored, but whose process died or met a silent Exact before there was more."""
    older_than = timezone.now() - timedelta(seconds=30)
    each("consents", ask("unfinished_consents", older_than), consents.finish_later)


@shared_task(expires=3600)
def keep_alive() -> None:
    """Renew authorisations that nobody used for some days; Exact forgets them at 30."""
    idle = ask("idle_authorisations", timezone.now() - timedelta(days=settings.EXACT_KEEP_ALIVE_DAYS))
    each("keep-alive", idle, _renew)


def _renew(firm_id: UUID, authorisation_id: UUID) -> None:
    try:
        tokens.refresh(firm_id, authorisation_id)
    except (tokens.ComeBack, tokens.AuthorisationDead) as reason:
        log.info("keep_alive", authorisation=str(authorisation_id), outcome=str(reason))


WORKING_HOURS = range(7, 20)  # in which people are mailed


@shared_task(expires=3600)
def remind() -> None:
    """Tell whoever can mend it what stands still; at most one mail a day and person."""
    if timezone.localtime().hour in WORKING_HOURS:
        each("reminders", [(firm_id, firm_id) for (firm_id,) in ask("firms_with_connections")], _remind)


def _remind(firm_id: UUID, _: UUID) -> None:
    reminders.remind(firm_id)


@shared_task(expires=60)
def resume_paused() -> None:
    """Connections that were paused until a moment that has come."""
    each("resume", ask("resumable_connections"), _resume)


def _resume(firm_id: UUID, connection_id: UUID) -> None:
    with scope(firm_id):
        connecting.resume(Connection.objects.get(pk=connection_id))


@shared_task(expires=3600)
def keep_recorder() -> None:
    """The flight recorder's days: some ahead, and none that is over for more than 30."""
    recorder.keep_days()
