"""Lanes: one driver, fair turns, Exact's limits by construction, and nothing that breaks keeps the rest waiting."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connections as databases
from django.urls import reverse
from django.utils import timezone

from connections import allowance, chores, issues, lanes, tasks, tokens
from connections.exact import ExactError
from connections.lanes import driving
from connections.models import Chore, Connection, ContractDay, Lane
from portal.lookups import ask
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import again, fault, open_codes
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.pages.firm import browser


@pytest.fixture
def connection(cast: Cast, exact: ExactSandbox, worker: Any) -> Connection:
    return connected(cast.alice, exact, worker)


def lane_of(connection: Connection) -> Lane:
    with scope(connection.firm_id):
        return Lane.objects.get(connection=connection)


def due(connection: Connection, *kinds: str) -> None:
    with scope(connection.firm_id):
        issues.chores_again(connection.pk, *kinds)
        lanes.wake(connection)


def calls(exact: ExactSandbox, **query: Any) -> list[dict[str, Any]]:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return exact.control("GET", f"calls?limit=1000&{asked}")["calls"]


# --- Taking turns --------------------------------------------------------------------------------------------


def test_a_lane_that_is_driven_cannot_be_taken(connection: Connection) -> None:
    due(connection, "check")
    assert lanes.take(connection.firm_id, lane_of(connection).pk) is not None
    assert lanes.take(connection.firm_id, lane_of(connection).pk) is None


def test_a_driver_whose_lease_ran_out_may_neither_send_nor_record(
    connection: Connection, exact: ExactSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LANE_LEASE_SECONDS", 0.2)
    due(connection, "check")
    lane = lanes.take(connection.firm_id, lane_of(connection).pk)
    assert lane is not None
    held = lanes.Held(lane, lane.connection)
    before = len(calls(exact))
    threading.Event().wait(0.25)
    with pytest.raises(ExactError, match="no_time_left"):
        held.exact.me()
    assert lanes.take(connection.firm_id, lane.pk) is not None, "another driver may take it now"
    with pytest.raises(lanes.Overtaken), held.record():
        pass
    assert len(calls(exact)) == before


def test_a_page_that_holds_an_invoice_can_wake_the_lane_while_its_driver_records(
    connection: Connection,
) -> None:
    """The driver records with the lane fenced and may want the very row that the page has locked; if the page then
    waited for the lane, both would wait for ever."""
    due(connection, "check")
    lane = lanes.take(connection.firm_id, lane_of(connection).pk)
    assert lane is not None
    held = lanes.Held(lane, lane.connection)
    woken = threading.Event()

    def page() -> None:
        with scope(connection.firm_id):
            lanes.wake(Connection.objects.get(pk=connection.pk))
        woken.set()
        databases.close_all()

    with held.record():
        thread = threading.Thread(target=page)
        thread.start()
        assert woken.wait(3), "the page waits for the driver"
    thread.join(5)
    lanes.give_back(held, None)
    assert lane_of(connection).due_at is not None, "what was woken while it was driven is due"


def test_a_row_that_takes_longer_than_its_token_lives_goes_on_later_and_is_never_refused(
    connection: Connection, exact: ExactSandbox
) -> None:
    due(connection, "check")
    lane = lanes.take(connection.firm_id, lane_of(connection).pk)
    assert lane is not None
    token = tokens.access_token(connection.firm_id, connection.authorisation_id)
    then = timezone.now() - timedelta(seconds=597)
    held = lanes.Held(lane, lane.connection, tokens.Token(token.access, then, then + timedelta(seconds=600)))
    before = len(calls(exact))
    with pytest.raises(ExactError, match="no_time_left"):
        held.exact.me()
    assert len(calls(exact)) == before


def test_nobody_takes_a_lane_while_its_driver_records(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    due(connection, "check")
    lane = lanes.take(connection.firm_id, lane_of(connection).pk)
    assert lane is not None
    held = lanes.Held(lane, lane.connection)
    taken: list[Any] = []

    def other() -> None:
        with scope(connection.firm_id):
            Lane.objects.filter(pk=lane.pk).update(leased_until=timezone.now(), due_at=timezone.now())
        taken.append(lanes.take(connection.firm_id, lane.pk))
        databases.close_all()

    with held.record():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(5)
        assert taken == [None]


def test_a_row_that_our_own_mistake_breaks_steps_aside_for_the_rest_and_is_named(
    connection: Connection, worker: Any
) -> None:
    def broken(*args: Any) -> None:
        raise ZeroDivisionError("oops")

    checked_at = again(connection).checked_at
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(chores._runs, "mirror", (broken, timedelta(minutes=30), lanes.Priority.LEARNING))
        due(connection, "mirror", "check")
        worker()
    assert again(connection).checked_at > checked_at
    assert open_codes(connection) == ["our_bug"]
    with scope(connection.firm_id):
        Chore.objects.filter(kind="mirror").update(due_at=timezone.now())
        lanes.wake(connection)
    worker()
    assert open_codes(connection) == []


def test_a_sign_in_that_died_without_a_word_is_said_by_the_next_drive(
    connection: Connection, worker: Any
) -> None:
    """A row restored from a backup, or a process that ended between two commits of an older version."""
    with scope(connection.firm_id):
        row = Connection.objects.get(pk=connection.pk)
        row.authorisation.status, row.authorisation.dead_reason = "dead", "token_expired"
        row.authorisation.save(update_fields=["status", "dead_reason"])
    due(connection, "check")
    worker()
    due(connection, "check")
    worker()
    assert open_codes(connection) == ["authorisation_expired"]
    with scope(connection.firm_id):
        assert connection.issues.get().count == 1


def test_with_one_worker_lanes_take_turns_and_a_long_one_keeps_nobody_waiting(
    cast: Cast, exact: ExactSandbox, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lane that has more goes to the end of the queue after its slice."""
    busy = connected(cast.alice, exact, worker)
    quiet = connected(cast.alice, exact, worker, name="Slagerij Hak", kvk="99999990")
    order: list[Any] = []

    def note(held: lanes.Held, connection: Connection, chore: Chore) -> None:
        order.append(connection.pk)
        return

    monkeypatch.setattr(settings, "LANE_SLICE_SECONDS", 0.0)  # one row a slice, and then the next lane's turn
    for kind in ("check", "mirror"):
        monkeypatch.setitem(chores._runs, kind, (note, timedelta(hours=1), lanes.Priority.LEARNING))
    due(busy, "check", "mirror")
    due(quiet, "check", "mirror")
    queue = [lane_of(busy).pk, lane_of(quiet).pk]
    monkeypatch.setattr(driving, "_slice", _one_row_a_slice(driving._slice))
    while queue:
        lane_id = queue.pop(0)
        if lanes.drive(lane_id):
            queue.append(lane_id)
    assert order[:4] == [busy.pk, quiet.pk, busy.pk, quiet.pk]


def _one_row_a_slice(real: Any) -> Any:
    def slice_(held: lanes.Held, at_most: int | None) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(settings, "LANE_SLICE_SECONDS", 10.0)
            return real(held, 1)

    return slice_


# --- The limits ----------------------------------------------------------------------------------------------


def test_what_is_left_of_a_minute_is_never_overdrawn_and_the_lane_sleeps_as_a_row(
    connection: Connection, exact: ExactSandbox, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact.control("POST", "settings", minute_seconds=3600)  # none ends while we look
    monkeypatch.setattr(settings, "EXACT_MINUTE_SECONDS", 3600)
    exact.control("POST", "budget", division=1001, minute=4)
    with scope(connection.firm_id):
        Lane.objects.update(budget={})  # as after a move: nothing is known
    due(connection, "check")
    lanes.drive(lane_of(connection).pk)
    lane = lane_of(connection)
    assert lane.sleeps_for == "minute" and lane.due_at > timezone.now()
    assert lane.leased_until is None
    assert exact.control("GET", "counters")["refused_429"] == 0


def test_the_day_of_a_contract_is_shared_out_in_portions_and_never_overdrawn(
    cast: Cast, exact: ExactSandbox, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = connected(cast.alice, exact, worker)
    other = connected(cast.alice, exact, worker, name="Slagerij Hak", kvk="99999990")
    assert one.contract == other.contract != ""
    spent = allowance.spent_today("nl", one.contract)
    by_hand = sum(n for d, n in exact.control("GET", "counters")["by_division"].items())
    assert spent <= by_hand <= spent + 4, "what was not used was brought back; consents are not in a lane"
    # Five calls are left for both together.
    row = ContractDay.objects.get()
    ContractDay.objects.update(taken=int(20_000 * (1 - allowance.OTHERS)) - 5)
    before = by_hand
    due(one, "check")
    due(other, "check")
    for connection in (one, other):
        lanes.drive(lane_of(connection).pk)
    after = sum(n for d, n in exact.control("GET", "counters")["by_division"].items())
    assert after - before <= 5
    assert {lane_of(one).sleeps_for, lane_of(other).sleeps_for} == {"day"}
    tomorrow = row.day + timedelta(days=1)
    assert lane_of(one).due_at.date() == tomorrow


def test_reading_ledgers_leaves_a_part_of_the_contracts_day_to_everything_else(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    one = connected(cast.alice, exact, worker)
    whole = 20_000 * (1 - allowance.OTHERS)
    ContractDay.objects.update(taken=int(whole * (1 - allowance.KEPT)))
    # A first reading goes early among the rows of its lane, since somebody waits for it; it is one all the same.
    new = connected(cast.alice, exact, worker, name="Slagerij Hak", kvk="99999990")
    assert (new.status, new.cursors.get("filled")) == ("active", None)
    due(one, "mirror")
    lanes.drive(lane_of(one).pk)
    for connection in (one, new):
        with scope(connection.firm_id):
            mirror = Chore.objects.get(connection=connection, kind="mirror")
        assert mirror.error == "budget_learning"
        assert mirror.due_at.date() == ContractDay.objects.get().day + timedelta(days=1)
        assert lane_of(connection).sleeps_for == "", "everything else goes on"
        assert lane_of(connection).due_at <= mirror.due_at
    progress = f"{reverse('connect-progress', args=[new.pk])}?step=on"
    assert "wordt bewaard voor facturen" in browser(cast.alice.owner).get(progress).content.decode()


def test_a_counted_error_is_kept_at_once_so_that_the_next_driver_knows_it(
    connection: Connection, exact: ExactSandbox
) -> None:
    due(connection, "check")
    lane = lanes.take(connection.firm_id, lane_of(connection).pk)
    assert lane is not None
    token = tokens.access_token(connection.firm_id, connection.authorisation_id)
    held = lanes.Held(lane, lane.connection, token)
    exact.control("POST", "users/anna", rights={"ledger": "none"})
    from connections.exact import JOURNALS

    with pytest.raises(ExactError):
        list(held.exact.rows(JOURNALS))
    with held.record():
        pass
    assert len(lane_of(connection).errors["Journals"]) == 1


def test_errors_stop_at_five_an_hour_and_endpoint_however_often_a_person_presses_the_button(
    connection: Connection, exact: ExactSandbox, worker: Any
) -> None:
    from connections import rechecks

    exact.control(
        "POST", "users/anna", rights=dict.fromkeys(("ledger", "purchase", "relations", "mailbox"), "none")
    )
    for _ in range(12):
        rechecks.examine_now(connection.firm_id, connection.pk)
    refused: dict[str, int] = {}
    for call in calls(exact):
        if call["status"] in (400, 401, 403, 404):
            refused[call["endpoint"]] = refused.get(call["endpoint"], 0) + 1
    assert refused and max(refused.values()) <= 5
    assert exact.control("GET", "counters")["refused_429"] == 0


def test_a_lane_is_found_by_the_sweep_when_its_driver_died(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LANE_LEASE_SECONDS", 0.1)
    due(connection, "check")
    lanes.take(connection.firm_id, lane_of(connection).pk)
    threading.Event().wait(0.15)
    assert (lane_of(connection).pk,) in ask("due_lanes", 10)


def test_a_worker_that_starts_again_frees_the_lanes_of_its_life_before_and_of_no_other(
    connection: Connection, exact: ExactSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PROCESS_LIFE", "first")
    due(connection, "check")
    lane = lanes.take(connection.firm_id, lane_of(connection).pk)
    assert lane is not None
    held = lanes.Held(lane, lane.connection)
    monkeypatch.setattr(settings, "LIFE_BEFORE", "another")
    tasks.take_over()
    assert lanes.take(connection.firm_id, lane.pk) is None, "its driver may be alive"
    monkeypatch.setattr(settings, "LIFE_BEFORE", "first")
    tasks.take_over()
    assert (lane.pk,) in ask("due_lanes", 10)
    with pytest.raises(lanes.Overtaken), held.record():
        pass
    assert lanes.take(connection.firm_id, lane.pk) is not None


# --- One sick client -----------------------------------------------------------------------------------------


def test_a_lane_that_exact_does_not_answer_rests_ever_longer_and_its_first_answer_ends_that(
    connection: Connection, exact: ExactSandbox
) -> None:
    """Twenty rows of it, tried one after another, would keep a worker for ten minutes that others are waiting for."""
    fault(exact, "answer", times=None, match={"division": 1001}, status=503, body="")
    due(connection, "check", "mirror")
    lanes.drive(lane_of(connection).pk)
    lane = lane_of(connection)
    assert lane.sleeps_for == "trouble"
    assert lane.due_at is not None
    first = lane.due_at - timezone.now()
    assert timedelta(seconds=5) < first <= timedelta(seconds=settings.EXACT_RETRY_SECONDS)
    with scope(connection.firm_id):
        assert Chore.objects.get(kind="mirror").attempts == 0, "one row is enough to see it"

    with scope(connection.firm_id):
        Lane.objects.update(due_at=timezone.now(), failing_since=timezone.now() - timedelta(minutes=2))
    due(connection, "check", "mirror")
    lanes.drive(lane.pk)
    lane = lane_of(connection)
    assert lane.due_at is not None
    assert timedelta(minutes=1, seconds=50) < lane.due_at - timezone.now() < timedelta(minutes=3)

    exact.mend()
    with scope(connection.firm_id):
        Lane.objects.update(due_at=timezone.now())
    due(connection, "check", "mirror")
    lanes.drive(lane.pk)
    assert lane_of(connection).failing_since is None


def test_no_more_than_two_workers_wait_for_lanes_that_exact_did_not_answer(
    connection: Connection, exact: ExactSandbox
) -> None:
    with scope(connection.firm_id):
        busy = {"failing_since": timezone.now(), "leased_until": timezone.now() + timedelta(minutes=2)}
        for number in range(driving.SICK_AT_ONCE):
            Lane.objects.create(connection=connection, site="nl", division=9000 + number, **busy)
    due(connection, "check")
    with scope(connection.firm_id):
        lane = Lane.objects.get(division=1001)
        Lane.objects.filter(pk=lane.pk).update(failing_since=timezone.now())
    before = len(calls(exact))
    lanes.drive(lane.pk)
    assert len(calls(exact)) == before
    assert again(lane).sleeps_for == "trouble"
    with scope(connection.firm_id):
        Lane.objects.filter(pk=lane.pk).update(failing_since=None, due_at=timezone.now())
    lanes.drive(lane.pk)
    assert len(calls(exact)) > before
