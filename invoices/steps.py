"""Sending something to Exact exactly once, though answers get lost and processes die.

`take(held, row, step)`:

1. Claim: the outbox row goes to `sending`, with the step's name, committed before a byte leaves.
2. Send.
3. Record: what Exact answered, and the row waits for its next step.

A row that is found in `sending` was left by a driver that died; one in `unknown` lost its answer. Both are looked
up first. An answer that was lost may also be a commit that comes late, so «absent» counts only after two look-ups,
the second at least five minutes after the send.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone

from connections.exact import ExactError
from connections.lanes import Held
from invoices.models.outbox import OutboxRow
from portal.drill import point

log = structlog.get_logger(__name__)

State = OutboxRow.State


@dataclass(frozen=True)
class Step:
    """One thing to be made in Exact. `find` looks whether it stands there; `keep` records it on the row (in a scope).

    `find` and `send` give Exact's row, or whatever `keep` wants to have.
    """

    name: str
    find: Callable[[], Any | None]
    send: Callable[[], Any]
    keep: Callable[[Any], None]


def take(held: Held, row: OutboxRow, step: Step) -> bool:
    """Make sure that this step is done, once. False: its outcome is not known yet (the row says when to look), or
    somebody stopped the row since it was picked up."""
    with held.record():
        _lock(row)
        if row.state not in (State.WAITING, State.SENDING, State.UNKNOWN):
            return False
        unknown = row.state != State.WAITING
        if not unknown:
            _claim(held, row, step)
    point(f"{step.name}.claimed")
    if unknown and not _absent(held, row, step):
        return row.state == State.WAITING
    _send(held, row, step)
    return True


def _lock(row: OutboxRow) -> None:
    """The row as it stands, and ours until commit: a person who rejects the invoice locks it too (`dispatch.reject`),
    so that either the claim sees the rejection or the person hears that it is being sent."""
    row.refresh_from_db(from_queryset=type(row).objects.select_for_update(no_key=True))


def _claim(held: Held, row: OutboxRow, step: Step) -> None:
    row.state, row.step, row.sent_at, row.looked_up_at = State.SENDING, step.name, timezone.now(), None
    row.epoch = held.epoch
    row.save(update_fields=["state", "step", "sent_at", "looked_up_at", "epoch", "updated_at"])


def _absent(held: Held, row: OutboxRow, step: Step) -> bool:
    """Look up an unknown outcome. True only when Exact surely does not have it; then the row is claimed anew."""
    found = step.find()
    point(f"{step.name}.looked_up")
    with held.record():
        row.refresh_from_db()
        if found is not None:
            log.info("outcome_found", step=step.name)
            _keep(row, step, found)
            return False
        sure_from = (row.sent_at or timezone.now()) + timedelta(
            seconds=settings.EXACT_UNKNOWN_OUTCOME_SECONDS
        )
        if row.looked_up_at is not None and timezone.now() >= sure_from:
            log.info("outcome_absent", step=step.name)
            _claim(held, row, step)
            return True
        row.state, row.looked_up_at = State.UNKNOWN, row.looked_up_at or timezone.now()
        row.due_at = max(sure_from, timezone.now() + timedelta(seconds=1))
        row.save(update_fields=["state", "looked_up_at", "due_at", "updated_at"])
        return False


def _send(held: Held, row: OutboxRow, step: Step) -> None:
    try:
        made = step.send()
    except ExactError as error:
        with held.record():
            row.refresh_from_db()
            if error.maybe_done:
                row.state = State.UNKNOWN
            else:
                # A refusal is an outcome: when the row goes again there is nothing to look up. It keeps its step,
                # which says that it is an entry's reversal that goes again, and not its booking.
                row.state, row.sent_at = State.WAITING, None
            row.save(update_fields=["state", "sent_at", "updated_at"])
        raise
    point(f"{step.name}.sent")
    with held.record():
        row.refresh_from_db()
        _keep(row, step, made)
    point(f"{step.name}.recorded")


def _keep(row: OutboxRow, step: Step, made: Any) -> None:
    row.state, row.step, row.looked_up_at, row.attempts, row.error = State.WAITING, "", None, 0, ""
    step.keep(made)
    row.save()
