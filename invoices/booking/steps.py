"""Sending something to Exact exactly once, though answers get lost and processes die.

`begin(held, row, steps)`, then `carry_out(held, row, begun)`; `take(held, row, step)` is both, for a single step:

1. Claim: the outbox row goes to `sending`, with the step's name, committed before a byte leaves.
2. Send.
3. Record what Exact answered and, in the same transaction, claim the next step; after the last one the row waits, or
   `end` says what becomes of it.

A row that is found in `sending` was left by a driver that died; one in `unknown` lost its answer. Both are looked
up first. An answer that was lost may also be a commit that comes late, so «absent» counts only after two look-ups,
the second at least five minutes after the send.
"""

from collections.abc import Callable, Sequence
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

    `find` and `send` give Exact's row, or whatever `keep` wants to have. `prepare` reads what is needed for sending in
    the claim's own transaction; where it did not run, `send` reads for itself.
    """

    name: str
    find: Callable[[], Any | None]
    send: Callable[[], Any]
    keep: Callable[[Any], None]
    prepare: Callable[[], None] | None = None


@dataclass(frozen=True)
class Begun:
    """Steps of which the first is claimed. `unknown`: by an earlier driver, so its outcome is looked up first."""

    steps: Sequence[Step]
    unknown: bool
    end: Callable[[], None] | None = None


def take(held: Held, row: OutboxRow, step: Step) -> bool:
    """Make sure that this step is done, once. False: its outcome is not known yet (the row says when to look), or
    somebody stopped the row since it was picked up."""
    with held.record():
        begun = begin(held, row, [step]) if lock(row) else None
    return begun is not None and carry_out(held, row, begun)


def lock(row: OutboxRow) -> bool:
    """The row as it stands, and ours until commit: a person who rejects the invoice locks it too (`dispatch.reject`),
    so that either the claim sees the rejection or the person hears that it is being sent. False: somebody stopped it.

    Who locks the invoice as well does that first, as that person does. Needs the scope.
    """
    row.refresh_from_db(from_queryset=type(row).objects.select_for_update(no_key=True))
    return row.state in (State.WAITING, State.SENDING, State.UNKNOWN)


def begin(held: Held, row: OutboxRow, steps: Sequence[Step], end: Callable[[], None] | None = None) -> Begun:
    """Claim the first of these steps, unless its outcome is still to be looked up. Needs the record move, and the row
    locked."""
    unknown = row.state != State.WAITING
    if not unknown:
        if steps[0].prepare is not None:
            steps[0].prepare()
        _claim(held, row, steps[0])
        row.save()
    return Begun(steps, unknown, end)


def carry_out(held: Held, row: OutboxRow, begun: Begun) -> bool:
    """All the steps, in order. False: an outcome is not known yet; the row says when to look."""
    unknown = begun.unknown
    for step, following in zip(begun.steps, [*begun.steps[1:], None], strict=True):
        point(f"{step.name}.claimed")
        made = _looked_up(held, row, step) if unknown else None
        unknown = False
        if made is None:
            if row.state != State.SENDING:
                return False
            made = _sent(held, row, step)
        with held.record():
            _keep(held, row, step, made, following, begun.end)
        point(f"{step.name}.recorded")
    return True


KEYS = {"id", "firm", "created_at", "connection"}
CLAIM = ["state", "step", "sent_at", "looked_up_at", "epoch"]


def _claim(held: Held, row: OutboxRow, step: Step) -> None:
    row.state, row.step, row.sent_at, row.looked_up_at = State.SENDING, step.name, timezone.now(), None
    row.epoch = held.epoch


def _looked_up(held: Held, row: OutboxRow, step: Step) -> Any | None:
    """What Exact has of an unknown outcome. None: nothing; then the row is claimed anew where that is sure (twice
    absent), and else says when to look again."""
    found = step.find()
    point(f"{step.name}.looked_up")
    if found is not None:
        log.info("outcome_found", step=step.name)
        return found
    with held.record():
        row.refresh_from_db()
        sure_from = (row.sent_at or timezone.now()) + timedelta(
            seconds=settings.EXACT_UNKNOWN_OUTCOME_SECONDS
        )
        if row.looked_up_at is not None and timezone.now() >= sure_from:
            log.info("outcome_absent", step=step.name)
            _claim(held, row, step)
        else:
            row.state, row.looked_up_at = State.UNKNOWN, row.looked_up_at or timezone.now()
            row.due_at = max(sure_from, timezone.now() + timedelta(seconds=1))
        row.save(update_fields=[*CLAIM, "due_at", "updated_at"])
    return None


def _sent(held: Held, row: OutboxRow, step: Step) -> Any:
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
    return made


def _keep(
    held: Held,
    row: OutboxRow,
    step: Step,
    made: Any,
    following: Step | None,
    end: Callable[[], None] | None,
) -> None:
    row.state, row.step, row.looked_up_at, row.attempts, row.error = State.WAITING, "", None, 0, ""
    step.keep(made)
    if following is not None:
        _claim(held, row, following)
    elif end is not None:
        end()
    # Since the claim the row is ours and need not be read again; its turn alone may have been changed by a person.
    fields = {field.name for field in row._meta.concrete_fields} - KEYS - {"priority"}
    row.save(update_fields=sorted(fields if row.due_at is None else fields - {"due_at"}))
