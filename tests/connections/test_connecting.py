"""Choosing the administration, starting, pausing and ending: nothing is booked into the wrong books."""

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections import connecting, issues, lanes, tasks
from connections.models import Authorisation, Connection, Lane
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import again, open_codes
from tests.exact_sandbox import ExactSandbox, small_world
from tests.helpers import connected, consent, link_for


def asked(cast: Cast, exact: ExactSandbox, user: str = "anna", **fields: Any) -> Connection:
    """A connection after its consent, before any work."""
    connection, path = link_for(cast.alice, cast.alice.organisation(**fields))
    assert consent(exact, path, user).status_code == 200
    return again(connection)


def choose(connection: Connection, code: int, **how: Any) -> None:
    with scope(connection.firm_id):
        row = Connection.objects.select_related("organisation", "authorisation").get(pk=connection.pk)
        connecting.choose(row, code, **how)


def world_with_twins() -> dict[str, Any]:
    world = small_world()
    world["divisions"].append({"code": 1003, "kvk": "12345678", "name": "Bakkerij De Korenaar (oud)"})
    return world


# --- Which administration ------------------------------------------------------------------------------------


def test_the_one_administration_with_the_kvk_number_is_chosen_by_itself(
    cast: Cast, exact: ExactSandbox
) -> None:
    connection = asked(cast, exact)
    assert (connection.division, connection.division_name) == (1001, "Bakkerij De Korenaar")
    assert connection.contract


def test_several_that_fit_are_left_to_a_person_and_an_issue_says_so(cast: Cast, exact: ExactSandbox) -> None:
    exact.reset(world_with_twins())
    connection = asked(cast, exact)
    assert (connection.division, connection.next_step) == (None, "choose_division")
    assert open_codes(connection) == ["several_divisions_match"]
    choose(connection, 1003)
    assert (again(connection).division, open_codes(connection)) == (1003, [])


def test_an_administration_of_another_client_is_shown_last_and_cannot_be_chosen(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connected(cast.alice, exact, worker)
    connection = asked(cast, exact, name="Kapper Knip", kvk="55555555")
    browser = Client()
    browser.force_login(cast.alice.owner)
    page = browser.get(reverse("connect", args=[connection.pk])).content.decode()
    assert "Geen ervan heeft KVK-nummer 55555555" in page
    assert "gekoppeld met Bakkerij De Korenaar" in page
    with scope(connection.firm_id):
        *_free, last = connecting.divisions_for(
            Connection.objects.select_related("organisation", "authorisation").get(pk=connection.pk)
        )
    assert (last["code"], last["taken_by"]) == (1001, "Bakkerij De Korenaar")


def test_the_administration_that_was_asked_for_decides_among_several_that_fit(
    cast: Cast, exact: ExactSandbox
) -> None:
    exact.reset(world_with_twins())
    connection, path = link_for(cast.alice, cast.alice.organisation())
    with scope(connection.firm_id):
        Connection.objects.filter(pk=connection.pk).update(wanted_division=1003)
    consent(exact, path)
    assert again(connection).division == 1003


def test_none_that_fits_is_left_to_a_person_and_another_kvk_number_must_be_confirmed(
    cast: Cast, exact: ExactSandbox
) -> None:
    connection = asked(cast, exact, kvk="55555555")
    assert open_codes(connection) == ["no_division_matches"]
    with pytest.raises(connecting.DivisionRefused, match="division_other_kvk"):
        choose(connection, 1001)
    assert again(connection).division is None
    choose(connection, 1001, confirmed=True)
    assert (again(connection).division, again(connection).other_kvk_confirmed) == (1001, True)
    assert open_codes(connection) == []


def test_an_administration_that_exact_does_not_show_us_must_be_confirmed_too(
    cast: Cast, exact: ExactSandbox
) -> None:
    connection = asked(cast, exact, kvk="55555555")
    with scope(connection.firm_id):
        connection.authorisation.divisions = []
        connection.authorisation.save(update_fields=["divisions"])
    with pytest.raises(connecting.DivisionRefused, match="division_other_kvk"):
        choose(connection, 1001)
    choose(connection, 1001, confirmed=True)


def test_the_page_asks_whether_a_number_that_exact_does_not_show_us_is_right(
    cast: Cast, exact: ExactSandbox
) -> None:
    connection = asked(cast, exact, kvk="55555555")
    with scope(connection.firm_id):
        Authorisation.objects.update(divisions=[])
    path = reverse("connect-division", args=[connection.pk])
    browser = Client()
    browser.force_login(cast.alice.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = browser.post(path, {"division": "1001"})
    assert page.status_code == 409 and "1001" in page.content.decode()
    assert browser.post(path, {"division": "1001", "confirmed": "1"}).status_code == 302
    assert again(connection).division == 1001


def test_an_administration_that_the_user_does_not_have_is_refused(cast: Cast, exact: ExactSandbox) -> None:
    connection = asked(cast, exact, kvk="55555555")
    with pytest.raises(connecting.DivisionRefused, match="division_unknown"):
        choose(connection, 777)


def test_an_administration_has_one_connection_over_all_firms(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connected(cast.alice, exact, worker)
    second = asked(cast, exact, kvk="55555555")
    with pytest.raises(connecting.DivisionRefused, match="division_taken"):
        choose(second, 1001, confirmed=True)
    organisation = cast.charlie.organisation()
    stranger, path = link_for(cast.charlie, organisation)
    consent(exact, path, "ben")
    assert again(stranger).division is None
    assert open_codes(stranger) == ["division_taken"]


def test_a_connection_with_books_cannot_be_pointed_at_other_books(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    with pytest.raises(connecting.DivisionRefused, match="division_fixed"):
        choose(connection, 1002, confirmed=True)
    assert again(connection).division == 1001


# --- Ending, and beginning again -----------------------------------------------------------------------------


def test_what_one_firm_ends_another_can_connect_lane_and_all(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    first = connected(cast.alice, exact, worker)
    with scope(first.firm_id):
        connecting.disconnect(Connection.objects.get(pk=first.pk))
        assert not Lane.objects.exists()
    second = connected(cast.charlie, exact, worker, user="ben")
    assert (second.status, second.division) == ("active", 1001)


def test_a_driver_in_the_middle_of_something_finds_its_lane_gone_when_the_connection_ends(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    with scope(connection.firm_id):
        lanes.wake(connection)
        lane_id = Lane.objects.get().pk
    lane = lanes.take(connection.firm_id, lane_id)
    assert lane is not None
    held = lanes.Held(lane, lane.connection)
    with scope(connection.firm_id):
        connecting.disconnect(Connection.objects.get(pk=connection.pk))
    with pytest.raises(lanes.Overtaken), held.record():
        pass


def test_whoever_wants_to_know_is_told_when_a_connection_ends(
    cast: Cast, exact: ExactSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(connecting, "_on_end", [lambda row: told.append(row.pk)])
    connection = asked(cast, exact)
    with scope(connection.firm_id):
        connecting.disconnect(Connection.objects.get(pk=connection.pk))
        connecting.disconnect(Connection.objects.get(pk=connection.pk))
    assert told == [connection.pk]


# --- Pausing -------------------------------------------------------------------------------------------------


def test_a_pause_holds_although_an_issue_opens_and_closes_meanwhile(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    with scope(connection.firm_id):
        row = Connection.objects.get(pk=connection.pk)
        assert connecting.pause(row)
        issue = issues.open_issue("user_blocked", connection=row)
        assert again_in_scope(row).status == "paused"
        issues.resolve(issue, "test")
        assert again_in_scope(row).status == "paused"


def test_a_pause_that_ends_by_itself_stays_blocked_by_what_blocks(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    with scope(connection.firm_id):
        row = Connection.objects.get(pk=connection.pk)
        connecting.pause(row, timezone.now() - timedelta(seconds=1))
        issues.open_issue("user_blocked", connection=row)
    tasks.resume_paused()
    assert again(connection).status == "blocked"
    with scope(connection.firm_id):
        issues.resolve_code(connection, "user_blocked")
    assert again(connection).status == "active"


def again_in_scope(row: Connection) -> Connection:
    return Connection.objects.get(pk=row.pk)


def test_two_issues_mended_at_the_same_moment_leave_nothing_blocked(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    """Each transaction saw the other's issue still open; now the second waits for the first."""
    import threading

    from django.db import connections as databases

    connection = connected(cast.alice, exact, worker)
    with scope(connection.firm_id):
        pair = [
            issues.open_issue(code, connection=connection) for code in ("user_blocked", "division_blocked")
        ]
    both_in = threading.Barrier(2, timeout=0.5)

    def mend(issue: Any) -> None:
        with scope(connection.firm_id):
            with contextlib.suppress(threading.BrokenBarrierError):
                both_in.wait()
            issues.resolve(issue, "test")
            with contextlib.suppress(threading.BrokenBarrierError):
                both_in.wait()
        databases.close_all()

    threads = [threading.Thread(target=mend, args=[issue]) for issue in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert again(connection).status == "active"
