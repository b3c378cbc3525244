"""What can wait in a lane: kinds of rows, registered by the rooms that own them, and which of them is next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from connections.exact import ExactError
from connections.held import Held
from connections.models import Connection, DueRow

BRAKED_LOOK = timedelta(seconds=10)  # how often a lane under the brake is looked at


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


def back_off(attempts: int) -> timedelta:
    """10 s, 20 s, 40 s … at most an hour: how long to wait after the n-th failure that may pass by itself."""
    return timedelta(seconds=min(3600, settings.EXACT_RETRY_SECONDS * 2 ** min(max(attempts - 1, 0), 9)))
