"""The flight recorder's days: one partition for each, made ahead of time and dropped when nobody asks any more.

Calls to Exact are the most numerous rows there are, and none is of use after 30 days. Deleting them row by row would
cost more than making them did; dropping a day costs nothing. Only the owner of the tables may do either, so this is
one of the two places (migrations are the other) that sign in as owner.

A call whose day has no partition lands in `connections_call_default`: recording must never fail, for it is part of
every record move. The day that is made later takes such rows over.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog
from django.db import connections, transaction

log = structlog.get_logger(__name__)

TABLE = "connections_call"
KEPT = timedelta(days=30)
AHEAD = timedelta(days=7)
LOCK_SECONDS = 3  # whoever records a call waits for us, so we do not wait for them


def keep_days(today: date | None = None) -> tuple[list[date], list[date]]:
    """(days made, days dropped). May run as often as one likes, and beside itself.

    1. Every day from today to a week ahead has its partition.
    2. Days that ended more than 30 days ago are dropped, and what the default partition has of such days.
    """
    today = today or datetime.now(UTC).date()
    wanted = [today + timedelta(days=number) for number in range(AHEAD.days + 1)]
    known = days()
    made = [day for day in wanted if day not in known]
    gone = [day for day in known if day < today - KEPT]
    for day in made:
        _make(day)
    for day in gone:
        _drop(day)
    _sweep_default(today - KEPT)
    if made or gone:
        log.info("recorder_days", made=len(made), dropped=len(gone))
    return made, gone


def days() -> list[date]:
    """The days that have a partition, in order."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = %s::regclass ORDER BY 1",
            [TABLE],
        )
        endings = [name.removeprefix(f"{TABLE}_") for (name,) in cursor.fetchall()]
    return [datetime.strptime(one, "%Y%m%d").date() for one in endings if one.isdigit()]  # noqa: DTZ007


def _make(day: date) -> None:
    with _owner() as cursor:
        cursor.execute(make_sql(day))


def make_sql(day: date) -> str:
    """The statements that make a day: its table, what waited for it in the default partition, and its place.

    A partition is a table that can be asked by its own name, past the policies of its parent; the roles lose the
    privileges that every new table gives them, and without a policy its own row level security shows them nothing.
    """
    name = f"{TABLE}_{day:%Y%m%d}"
    begins, ends = f"{day:%Y-%m-%d} 00:00+00", f"{day + timedelta(days=1):%Y-%m-%d} 00:00+00"
    return f"""
        CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS);
        ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
        REVOKE ALL ON {name} FROM portal_app, portal_staff, portal_lookup;
        WITH waited AS (DELETE FROM {TABLE}_default WHERE at >= '{begins}' AND at < '{ends}' RETURNING *)
            INSERT INTO {name} SELECT * FROM waited;
        ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ('{begins}') TO ('{ends}');
    """  # noqa: S608 — names and dates are ours


def _drop(day: date) -> None:
    with _owner() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}_{day:%Y%m%d}")


def _sweep_default(before: date) -> None:
    with _owner() as cursor:
        cursor.execute(f"DELETE FROM {TABLE}_default WHERE at < %s", [before])  # noqa: S608


@contextmanager
def _owner() -> Iterator[Any]:
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        yield cursor
