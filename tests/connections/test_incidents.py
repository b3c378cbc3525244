"""Exact is ill: one incident, everybody pauses, one tries, all resume; and one sick client is no incident."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from connections import incidents, issues, lanes, rechecks
from connections.models import Chore, Connection, Incident, Lane
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import again, fault, open_codes
from tests.exact_sandbox import ExactSandbox, small_world
from tests.helpers import connected

KVKS = ("12345678", "99999990", "20000001", "20000002", "20000003")


@pytest.fixture
def five(cast: Cast, exact: ExactSandbox, worker: Any) -> list[Connection]:
    """Five clients of two firms, all working."""
    world = small_world()
    world["divisions"] += [{"code": 2000 + n, "kvk": f"2000000{n}", "name": f"Klant {n}"} for n in (1, 2, 3)]
    exact.reset({**world, "settings": {"minute_seconds": 1, "minute_limit": 1000}})
    made = [connected(cast.alice, exact, worker, kvk=kvk, name=kvk) for kvk in KVKS[:3]]
    return made + [connected(cast.charlie, exact, worker, "ben", kvk=kvk, name=kvk) for kvk in KVKS[3:]]


def all_due(connections: list[Connection]) -> None:
    for connection in connections:
        with scope(connection.firm_id):
            Chore.objects.filter(connection=connection, kind="mirror").update(due_at=None)
            issues.chores_again(connection.pk, "check")
            lanes.wake(connection)


def lane(connection: Connection) -> Lane:
    with scope(connection.firm_id):
        return Lane.objects.get(connection=connection)


def drive_all(connections: list[Connection]) -> None:
    for connection in connections:
        lanes.drive(lane(connection).pk)


def calls(exact: ExactSandbox) -> int:
    return int(exact.control("GET", "counters")["calls"])


def test_many_that_fail_alike_are_one_incident_and_the_rest_is_not_even_asked(
    five: list[Connection], exact: ExactSandbox
) -> None:
    fault(exact, "answer", times=None, match={}, kind="maintenance")
    all_due(five)
    drive_all(five[:3])
    (incident,) = Incident.objects.filter(resolved_at=None)
    assert (incident.site, incident.code) == ("nl", "exact_down")
    before = calls(exact)
    drive_all(five)
    assert calls(exact) == before
    assert [lane(one).sleeps_for for one in five[3:]] == ["incident", "incident"]
    assert all(open_codes(one) == [] and again(one).status == "active" for one in five), "no mail, no issue"


def test_one_tries_after_a_growing_while_and_its_success_wakes_all_the_others(
    five: list[Connection], exact: ExactSandbox, worker: Any
) -> None:
    rule = fault(exact, "answer", times=None, match={}, kind="maintenance")
    all_due(five)
    drive_all(five)
    drive_all(five)
    first = Incident.objects.get()
    intervals = []
    for _ in range(3):
        Incident.objects.update(probe_at=timezone.now())
        with_everybody_due(five)
        before = calls(exact)
        drive_all(five)
        assert calls(exact) - before == 1, "one connection tried, with one call"
        intervals.append(Incident.objects.get(pk=first.pk).interval)
    assert intervals == [2, 4, 8], "in minutes of a second"
    exact.control("DELETE", f"faults/{rule}")
    Incident.objects.update(probe_at=timezone.now())
    with_everybody_due(five[:1])
    lanes.drive(lane(five[0]).pk)
    assert Incident.objects.get().resolved_at is not None
    assert all(lane(one).sleeps_for == "" and lane(one).due_at <= timezone.now() for one in five[3:])


def with_everybody_due(connections: list[Connection]) -> None:
    """As if the while had passed for each lane and row."""
    for connection in connections:
        with scope(connection.firm_id):
            Lane.objects.update(due_at=timezone.now())
            Chore.objects.filter(connection=connection, kind="check").update(due_at=timezone.now())


def test_an_incident_that_comes_back_within_minutes_goes_on_with_its_interval(database: None) -> None:
    incidents.open("nl", incidents.ILL)
    Incident.objects.update(interval=240)
    incidents.over("nl", incidents.ILL)
    incidents.open("nl", incidents.ILL)
    assert Incident.objects.get().interval == 240
    incidents.over("nl", incidents.ILL)
    Incident.objects.update(resolved_at=timezone.now() - timedelta(minutes=11))
    incidents.open("nl", incidents.ILL)
    assert Incident.objects.filter(resolved_at=None).get().interval == settings.EXACT_MINUTE_SECONDS


def test_one_sick_client_among_healthy_ones_is_no_incident_and_somebody_is_told_after_a_while(
    five: list[Connection], exact: ExactSandbox, worker: Any
) -> None:
    rule = fault(exact, "answer", times=None, match={"division": five[0].division}, kind="503")
    all_due(five)
    drive_all(five)
    drive_all(five)
    assert not Incident.objects.exists()
    with scope(five[0].firm_id):
        Lane.objects.filter(connection=five[0]).update(failing_since=timezone.now() - timedelta(minutes=16))
        Chore.objects.filter(connection=five[0], kind="check").update(due_at=timezone.now(), attempts=0)
        lanes.wake(five[0])
    lanes.drive(lane(five[0]).pk)
    assert open_codes(five[0]) == ["exact_down"]
    assert [open_codes(one) for one in five[1:]] == [[]] * 4
    exact.control("DELETE", f"faults/{rule}")
    all_due(five[:1])
    drive_all(five[:1])
    assert open_codes(five[0]) == []


def test_an_incident_on_one_site_leaves_the_other_sites_alone(database: None) -> None:
    incidents.open("be", incidents.ILL)
    assert incidents.current("nl") is None
    assert incidents.let_through("nl", incidents.ILL) is None


def test_who_presses_check_again_in_an_incident_is_answered_at_once_with_the_last_table(
    five: list[Connection], exact: ExactSandbox
) -> None:
    incidents.open("nl", incidents.ILL)
    before = calls(exact)
    assert rechecks.examine_now(five[0].firm_id, five[0].pk) == again(five[0]).checks
    assert calls(exact) == before
