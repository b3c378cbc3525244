"""The mirror of a ledger: read again and again, and written where something changed."""

from typing import Any

import pytest

from connections import issues
from connections.models import Connection, EntryLine
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected


@pytest.fixture
def connection(cast: Cast, exact: ExactSandbox, worker: Any) -> Connection:
    return connected(cast.alice, exact, worker)


def lines(connection: Connection) -> dict[str, set[Any]]:
    """The ids of our rows of lines, by their entry's number."""
    found: dict[str, set[Any]] = {}
    with scope(connection.firm_id):
        for number, pk in EntryLine.objects.values_list("entry__your_ref", "pk"):
            found.setdefault(number, set()).add(pk)
    return found


def read_again(connection: Connection, worker: Any) -> None:
    with scope(connection.firm_id):
        issues.chores_again(connection.pk, "mirror")
        issues.wake(connection)
    worker()


def test_of_what_overlaps_only_what_changed_is_written_again(
    connection: Connection, exact: ExactSandbox, worker: Any
) -> None:
    """A lane that books reads its own entries again with every slice; most of its time went into writing them anew."""
    made = {"division": 1001, "supplier": "20001", "date": "2026-11-02"}
    line = {"gl": "4500", "amount": "100.00", "vat_code": "2", "description": "met de hand"}
    exact.control("POST", "entries", **made, your_ref="M-1", lines=[line])
    exact.control(
        "POST", "settings", clock_offset=5.0
    )  # entries within two seconds of the last are always taken anew
    exact.control("POST", "entries", **made, your_ref="M-2", lines=[line])
    read_again(connection, worker)
    before = lines(connection)
    read_again(connection, worker)
    assert lines(connection)["M-1"] == before["M-1"]
    (entry,) = exact.entries(1001, "M-1")
    exact.control("PUT", f"entries/1001/{entry['EntryID']}", lines=[{**line, "amount": "90.00"}])
    read_again(connection, worker)
    assert lines(connection)["M-1"] != before["M-1"]
