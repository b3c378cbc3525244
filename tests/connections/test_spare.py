"""A second Exact user stands by, and takes over when the first one is refused."""

from typing import Any

import pytest

from connections import authorisations, tokens
from connections.models import Authorisation, Chore, Connection
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import again, open_codes, reconnect, ten_minutes_later
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected


@pytest.fixture
def connection(cast: Cast, exact: ExactSandbox, worker: Any) -> Connection:
    """Anna works for it, Ben stands by."""
    made = connected(cast.alice, exact, worker)
    reconnect(cast.alice, exact, made, "ben", as_spare=True)
    worker()
    return again(made)


def names(connection: Connection) -> tuple[str, str]:
    with scope(connection.firm_id):
        row = Connection.objects.select_related("authorisation", "spare").get(pk=connection.pk)
        return row.authorisation.exact_user, row.spare.exact_user if row.spare else ""


def test_who_signs_in_to_stand_by_changes_nothing_else(connection: Connection) -> None:
    assert names(connection) == ("Anna de Boer", "Ben Carter")
    assert (connection.status, open_codes(connection)) == ("active", [])


def test_the_same_user_cannot_stand_by_for_itself(
    connection: Connection, cast: Cast, exact: ExactSandbox
) -> None:
    reconnect(cast.alice, exact, connection, "anna", as_spare=True)
    with scope(connection.firm_id):
        assert connection.consents.order_by("-created_at")[0].outcome == "same_user"
    assert names(connection) == ("Anna de Boer", "Ben Carter")


def test_a_user_without_the_administration_cannot_stand_by(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    made = connected(cast.alice, exact, worker)
    exact.control("POST", "users/carla", divisions=[1002])
    reconnect(cast.alice, exact, made, "carla", as_spare=True)
    assert names(made) == ("Anna de Boer", "")
    with scope(made.firm_id):
        assert made.consents.order_by("-created_at")[0].outcome == "no_access"


def test_when_the_first_dies_the_second_takes_over_at_once_and_a_warning_says_so(
    connection: Connection, exact: ExactSandbox, worker: Any
) -> None:
    ten_minutes_later(exact, connection, "anna")
    exact.control("POST", "revoke", user="anna")
    with pytest.raises(tokens.AuthorisationDead):
        tokens.refresh(connection.firm_id, connection.authorisation_id)
    assert names(connection) == ("Ben Carter", "Anna de Boer")
    assert (again(connection).status, open_codes(connection)) == ("active", ["one_exact_user_left"])
    worker()
    assert again(connection).status == "active"


def test_when_the_first_signs_in_again_it_stands_by_and_the_warning_ends(
    connection: Connection, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    ten_minutes_later(exact, connection, "anna")
    exact.control("POST", "revoke", user="anna")
    with pytest.raises(tokens.AuthorisationDead):
        tokens.refresh(connection.firm_id, connection.authorisation_id)
    reconnect(cast.alice, exact, connection, "anna", as_spare=True)
    assert names(connection) == ("Ben Carter", "Anna de Boer")
    assert open_codes(connection) == []


def test_a_user_that_exact_refuses_in_a_call_is_replaced_by_the_one_that_stands_by(
    connection: Connection, exact: ExactSandbox, worker: Any
) -> None:
    exact.control("POST", "users/anna", blocked=True)
    due_again(connection)
    worker()
    assert names(connection) == ("Ben Carter", "Anna de Boer")
    assert (again(connection).status, open_codes(connection)) == ("active", ["one_exact_user_left"])


def test_two_refused_users_end_in_one_block_and_not_in_a_tug_of_war(
    connection: Connection, exact: ExactSandbox, worker: Any
) -> None:
    for login in ("anna", "ben"):
        exact.control("POST", f"users/{login}", blocked=True)
    due_again(connection)
    worker()
    assert again(connection).status == "blocked"
    assert open_codes(connection) == ["one_exact_user_left", "user_blocked"]
    assert exact.control("GET", "counters")["counted_errors"] == 2


def test_the_death_of_the_one_that_stands_by_is_a_warning_and_blocks_nothing(
    connection: Connection, exact: ExactSandbox
) -> None:
    with scope(connection.firm_id):
        spare = Authorisation.objects.get(pk=connection.spare_id)
        authorisations.died(spare, "token_expired")
    assert (again(connection).status, open_codes(connection)) == ("active", ["one_exact_user_left"])


def test_a_person_can_swap_the_two(connection: Connection, worker: Any) -> None:
    with scope(connection.firm_id):
        assert authorisations.swap(Connection.objects.get(pk=connection.pk))
    assert names(connection) == ("Ben Carter", "Anna de Boer")
    worker()
    assert (again(connection).status, open_codes(connection)) == ("active", [])


def due_again(connection: Connection) -> None:
    """The night's checks are due."""
    from connections import issues, lanes

    with scope(connection.firm_id):
        issues.chores_again(connection.pk, "check")
        lanes.wake(Connection.objects.get(pk=connection.pk))
        Chore.objects.filter(connection=connection, kind="mirror").update(due_at=None)
