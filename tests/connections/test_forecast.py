"""Will the calls last? Counted from what was really called, and from what Exact's own headers left."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connections import forecast, issues, lanes
from connections.models import Call, Connection, ContractDay, Entry, EntryLine, Lane
from portal.base import new_id
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import open_codes
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected


@pytest.fixture
def connection(cast: Cast, exact: ExactSandbox, worker: Any) -> Connection:
    return connected(cast.alice, exact, worker)


def foreseen(connection: Connection) -> forecast.Forecast:
    with scope(connection.firm_id):
        return forecast.of(Connection.objects.get(pk=connection.pk))


def called(connection: Connection, invoices: int, each: int, ago: timedelta = timedelta(minutes=5)) -> None:
    with scope(connection.firm_id):
        for _ in range(invoices):
            subject = new_id()
            Call.objects.bulk_create(
                Call(firm_id=connection.firm_id, connection=connection, subject=subject, at=timezone.now() - ago,
                     method="GET", endpoint="Documents", url="/", status=200, seconds=0.1)
                for _ in range(each)
            )  # fmt: skip


def day_left(connection: Connection, remaining: int) -> None:
    with scope(connection.firm_id):
        lane = Lane.objects.get(connection=connection)
        lane.budget["day"] = {**lane.budget["day"], "remaining": remaining}
        lane.save(update_fields=["budget"])


def test_what_an_invoice_costs_is_expected_first_and_measured_then(connection: Connection) -> None:
    assert (foreseen(connection).calls_per_invoice, foreseen(connection).measured) == (5.2, False)
    called(connection, invoices=6, each=4)
    seen = foreseen(connection)
    assert (seen.calls_per_invoice, seen.measured) == (4.0, True)


def test_what_is_left_today_is_the_smaller_of_the_administrations_and_the_contracts(
    connection: Connection,
) -> None:
    called(connection, invoices=5, each=5)
    day_left(connection, 1000)
    assert (foreseen(connection).left_today, foreseen(connection).invoices_left_today) == (1000, 200)
    ContractDay.objects.update(taken=19_400)
    assert (foreseen(connection).left_today, foreseen(connection).contract_left) == (600, 600)


def test_when_it_runs_out_follows_the_last_hour_and_is_never_after_midnight(connection: Connection) -> None:
    with scope(connection.firm_id):
        Call.objects.all().delete()
    assert foreseen(connection).runs_out_at is None
    called(connection, invoices=20, each=5)  # a hundred in the last hour
    day_left(connection, 10)
    out = foreseen(connection).runs_out_at
    assert out is not None
    assert (out - timezone.now()).total_seconds() == pytest.approx(360, abs=20)
    assert foreseen(connection).helps.code == "premium"
    day_left(connection, 5000)
    assert (
        foreseen(connection).runs_out_at is None
        or foreseen(connection).runs_out_at < foreseen(connection).resets_at
    )


def booked(connection: Connection, lines: int) -> None:
    with scope(connection.firm_id):
        entry = Entry.objects.create(
            connection=connection, exact_id=new_id(), supplier_id_in_exact=new_id(), entry_date=timezone.localdate(),
            journal="70", currency="EUR", amount=1, vat_amount=0, modified_at=timezone.now(),
        )  # fmt: skip
        EntryLine.objects.bulk_create(
            EntryLine(firm_id=connection.firm_id, entry=entry, exact_id=new_id(), position=n, account_id=new_id(),
                      account="4500", amount=1)
            for n in range(lines)
        )  # fmt: skip


def test_the_booking_lines_of_this_month_are_counted_and_warned_of_in_time(connection: Connection) -> None:
    with scope(connection.firm_id):
        Entry.objects.update(modified_at=timezone.now() - timedelta(days=40))
    booked(connection, 8_100)
    seen = foreseen(connection)
    assert (seen.booking_lines, seen.booking_lines_limit) == (8_100, 10_000)
    with scope(connection.firm_id):
        forecast.watch(Connection.objects.get(pk=connection.pk))
    assert open_codes(connection) == ["booking_lines_low"]
    booked(connection, 2_000)
    with scope(connection.firm_id):
        forecast.watch(Connection.objects.get(pk=connection.pk))
    assert open_codes(connection) == ["booking_lines_used_up"]
    assert foreseen(connection).helps.code == "premium"
    assert foreseen(connection).lines_run_out_on == timezone.localdate()
    with scope(connection.firm_id):
        Entry.objects.update(modified_at=timezone.now() - timedelta(days=40))
        forecast.watch(Connection.objects.get(pk=connection.pk))
    assert open_codes(connection) == []


def test_a_day_that_is_used_up_is_an_issue_until_the_next_one(
    connection: Connection, exact: ExactSandbox, worker: Any
) -> None:
    exact.control("POST", "budget", division=1001, day=0)
    with scope(connection.firm_id):
        issues.chores_again(connection.pk, "check")
        lanes.wake(Connection.objects.get(pk=connection.pk))
    worker()
    assert open_codes(connection) == ["budget_day"]
    exact.control("POST", "budget", division=1001, day=5000)
    with scope(connection.firm_id):
        lane = Lane.objects.get(connection=connection)
        assert lane.sleeps_for == "day"
        over = (timezone.now() - timedelta(seconds=1)).isoformat()
        lane.budget["day"] = {**lane.budget["day"], "resets_at": over}
        lane.due_at = timezone.now()
        lane.save(update_fields=["budget", "due_at"])
        issues.chores_again(connection.pk, "check")
    worker()
    assert open_codes(connection) == []
