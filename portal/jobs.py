"""Long work in rows: an import, many connections at once. Each row has an outcome, and a job goes on where it stopped.

A room says what a row of its kind of job means: `register("organisations", one)`, where `one(job, row)` does a row and
gives its outcome, a JSON object with `status`. It runs in the firm's scope; rows commit some at a time, together with
their outcomes, so that a killed worker repeats nothing that is recorded. What a row does is in the trail as the
doing of whoever started the job.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from portal import audit
from portal.models import Job
from portal.tenancy import scope

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
MOST_ROWS = 10_000
AT_ONCE = 50  # rows that commit together

_kinds: dict[str, Callable[[Job, Any], dict[str, Any]]] = {}


class Failed(Exception):
    """This row cannot be done; the outcome says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def register(kind: str, one: Callable[[Job, Any], dict[str, Any]]) -> None:
    """Say what a row of this kind of job means."""
    _kinds[kind] = one


def start(kind: str, rows: list[Any], *, by: Any = None) -> Job:
    """A job over these rows, begun as soon as this transaction is committed. Needs the scope."""
    from portal.tasks import run_job

    job = Job.objects.create(kind=kind, asked=rows, total=len(rows), started_by=by, due_at=timezone.now())
    transaction.on_commit(lambda: run_job.delay(str(job.firm_id), str(job.pk)))
    return job


def run(firm_id: UUID, job_id: UUID) -> None:
    """Do what is left of a job. Does nothing when another process is at it."""
    now = timezone.now()
    with scope(firm_id):
        taken = Job.objects.filter(pk=job_id, due_at__lte=now).update(
            due_at=now + LEASE, state=Job.State.RUNNING
        )
        if not taken:
            return
    while _step(firm_id, job_id):
        pass


def _step(firm_id: UUID, job_id: UUID) -> bool:
    """Some rows and their outcomes, together. False: there were none left."""
    with scope(firm_id):
        job = Job.objects.select_for_update().get(pk=job_id)
        done = len(job.rows)
        if done >= job.total:
            job.state, job.due_at, job.finished_at = Job.State.DONE, None, timezone.now()
            job.save(update_fields=["state", "due_at", "finished_at"])
            return False
        with audit.acting(audit.actor(job.started_by)):
            for position in range(done, min(done + AT_ONCE, job.total)):
                job.rows.append({"row": position + 1, **_outcome(job, job.asked[position])})
        job.due_at = timezone.now() + LEASE
        job.save(update_fields=["rows", "due_at"])
        return True


def _outcome(job: Job, row: Any) -> dict[str, Any]:
    """What became of one row. One that fails takes nothing of itself along, and nothing of the others."""
    try:
        with transaction.atomic():
            return _kinds[job.kind](job, row)
    except Failed as refused:
        return {"status": "failed", "code": refused.code, "detail": refused.message}
    except Exception:
        log.exception("job_row_failed", kind=job.kind)
        return {"status": "failed", "code": "internal_error", "detail": "This is our fault."}
