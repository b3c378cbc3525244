"""What can wait in a lane: kinds of rows, registered by the rooms that own them, and which of them is next."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, IntEnum
from typing import Any

from django.conf import settings
from django.db import connections as databases
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


class May(Enum):
    """Whether rows of a kind may go now."""

    GO = "go"
    NOT_NOW = "not now"  # whatever changes that will wake the lane
    BRAKED = "braked"  # look again soon


@dataclass(frozen=True)
class Work:
    """A kind of row that waits in a lane, and the function that works one of them.

    `run(held, row)` makes its own claim and record; an ExactError that it lets out goes to `failed`, which settles
    the row (back off, stop with an issue, look up) and returns nothing. `ready` says whether rows may go now. What
    `run` gives, if anything, is another row that its last record move claimed: it goes on at once, and nothing between.
    """

    name: str
    model: type[DueRow]
    run: Callable[["Held", Any], "tuple[Work, DueRow] | None"]
    failed: Callable[["Held", Any, ExactError], None]
    ready: Callable[[Connection], May] = lambda connection: May.GO


_kinds: list[Work] = []


def register(work: Work) -> None:
    """Let rows of this kind wait in lanes."""
    if all(kind.name != work.name for kind in _kinds):
        _kinds.append(work)


def _allowed(connection: Connection) -> list[tuple[Work, May]]:
    """What each kind may do now; kinds that share a `ready` ask once."""
    said = {ready: ready(connection) for ready in {kind.ready for kind in _kinds}}
    return [(kind, said[kind.ready]) for kind in _kinds]


def next_row(connection: Connection) -> tuple[Work, DueRow] | None:
    """The most urgent row that is due now. Needs the scope.

    One query finds it among all kinds, and one reads it: this runs before every row of every lane.
    """
    going = [kind for kind, may in _allowed(connection) if may is May.GO]
    if not going:
        return None
    of_each = (
        f"(SELECT {number}, id, priority, due_at FROM {kind.model._meta.db_table} "  # noqa: S608 — names are ours
        "WHERE connection_id = %(connection)s AND due_at <= %(now)s ORDER BY priority, due_at, id LIMIT 1)"
        for number, kind in enumerate(going)
    )
    sql = f"SELECT * FROM ({' UNION ALL '.join(of_each)}) AS due ORDER BY 3, 4, 1 LIMIT 1"  # noqa: S608
    with databases["default"].cursor() as cursor:
        cursor.execute(sql, {"connection": connection.pk, "now": timezone.now()})
        found = cursor.fetchone()
    if found is None:
        return None
    kind = going[found[0]]
    return kind, kind.model.objects.get(pk=found[1])


def next_due(connection: Connection) -> datetime | None:
    """When the next row of this connection is due; None: nothing waits here. Needs the scope."""
    moments: list[datetime] = []
    for kind, may in _allowed(connection):
        if may is May.NOT_NOW:
            continue
        rows = kind.model.objects.filter(connection=connection, due_at__isnull=False)
        first = rows.order_by("due_at").values_list("due_at", flat=True).first()
        if first is not None:
            moments.append(first if may is May.GO else max(first, timezone.now() + BRAKED_LOOK))
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
