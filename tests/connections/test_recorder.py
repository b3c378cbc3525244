"""The flight recorder: by day, behind the wall, and never in the way of what it records."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, connections

from connections import recorder
from connections.models import Call
from portal.tenancy import scope, staff
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected

TODAY = datetime.now(UTC).date()


@pytest.fixture(autouse=True)
def the_days_of_today(database: None) -> Iterator[None]:
    yield
    known = recorder.days()
    with connections["owner"].cursor() as cursor:
        for day in known:
            if not TODAY <= day <= TODAY + recorder.AHEAD:
                cursor.execute(f"DROP TABLE connections_call_{day:%Y%m%d}")
    recorder.keep_days()


def call(firm_id: UUID, day: date, **fields: Any) -> Call:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    with scope(firm_id):
        return Call.objects.create(at=at, method="GET", endpoint="current/Me", url="/", seconds=0.1, **fields)


def partition_of(row: Call) -> str:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM connections_call WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


def test_a_call_stands_in_the_partition_of_its_day(cast: Cast) -> None:
    assert partition_of(call(cast.alice.firm_id, TODAY)) == f"connections_call_{TODAY:%Y%m%d}"


def test_days_are_made_a_week_ahead_and_dropped_after_thirty(cast: Cast) -> None:
    later = TODAY + timedelta(days=32)
    made, gone = recorder.keep_days(later)
    assert made == [later + timedelta(days=number) for number in range(8)]
    assert gone == [TODAY, TODAY + timedelta(days=1)]
    assert recorder.keep_days(later) == ([], [])


def test_a_call_of_thirty_days_ago_is_kept_and_one_of_thirty_one_is_gone(cast: Cast) -> None:
    call(cast.alice.firm_id, TODAY)
    recorder.keep_days(TODAY + timedelta(days=30))
    with scope(cast.alice.firm_id):
        assert Call.objects.count() == 1
    recorder.keep_days(TODAY + timedelta(days=31))
    with scope(cast.alice.firm_id):
        assert Call.objects.count() == 0


def test_a_call_on_a_day_that_nobody_made_is_recorded_and_moves_in_when_the_day_is_made(cast: Cast) -> None:
    late = TODAY + timedelta(days=9)
    row = call(cast.alice.firm_id, late)
    assert partition_of(row) == "connections_call_default"
    recorder.keep_days(TODAY + timedelta(days=2))
    assert partition_of(row) == f"connections_call_{late:%Y%m%d}"
    with scope(cast.alice.firm_id):
        assert Call.objects.get().pk == row.pk


def test_a_forgotten_call_leaves_the_default_partition_after_thirty_days(cast: Cast) -> None:
    call(cast.alice.firm_id, TODAY - timedelta(days=31))
    kept = call(cast.alice.firm_id, TODAY - timedelta(days=30))
    recorder.keep_days()
    with scope(cast.alice.firm_id):
        assert [one.pk for one in Call.objects.all()] == [kept.pk]


def test_a_partition_asked_by_its_own_name_shows_nothing_to_the_app_or_to_staff(cast: Cast) -> None:
    call(cast.alice.firm_id, TODAY)
    for alias in ("default", "staff"):
        for name in (f"connections_call_{TODAY:%Y%m%d}", "connections_call_default"):
            with (
                pytest.raises(DatabaseError, match="permission denied"),
                connections[alias].cursor() as cursor,
            ):
                cursor.execute(f"SELECT * FROM {name}")


def test_every_partition_has_its_own_row_level_security(cast: Cast) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = 'connections_call'::regclass AND NOT c.relrowsecurity"
        )
        assert cursor.fetchall() == []


def test_the_wall_stands_around_the_recorder(cast: Cast) -> None:
    call(cast.alice.firm_id, TODAY)
    with scope(cast.charlie.firm_id):
        assert Call.objects.count() == 0
    with staff():
        assert Call.objects.count() == 1
    with pytest.raises(DatabaseError), scope(cast.alice.firm_id):
        Call.objects.create(
            firm_id=cast.charlie.firm_id, at=datetime.now(UTC), method="GET", endpoint="", url="", seconds=0
        )


def test_a_look_at_one_connections_last_calls_reads_by_index(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    row = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id), connection.cursor() as cursor:
        assert Call.objects.filter(connection=row).count() > 10
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT * FROM connections_call WHERE connection_id = %s ORDER BY at DESC LIMIT 20",
            [row.pk],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan" not in plan


def test_no_recorded_call_holds_a_token(cast: Cast, exact: ExactSandbox, worker: Any) -> None:
    row = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id):
        token = row.authorisation.access_token.reveal()  # type: ignore[union-attr]
        texts = Call.objects.values_list("url", "request", "answer")
        assert token
        assert not [text for some in texts for text in some if token in text or "Bearer" in text]
