"""Promise 6, where two people press a button in the same moment: both are answered, and no invoice is left without a
lane and without an issue."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections as databases
from django.test import Client

from connections.models import Connection, Lane
from invoices import intake, pipeline
from invoices.deciding import client_approval
from invoices.models import Invoice
from portal.tenancy import scope
from tests.api_client import token
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper

PATIENCE = 20.0


@pytest.fixture
def connection(cast: Cast, exact: ExactSandbox, worker: Any) -> Connection:
    exact.control("POST", "settings", minute_limit=100_000)
    made = connected(cast.alice, exact, worker)
    with scope(made.firm_id):
        Connection.objects.filter(pk=made.pk).update(delivery="document")
    return made


@pytest.fixture
def client(cast: Cast) -> Client:
    """Who gets an error gets it as a client does."""
    bearer = {"Authorization": f"Bearer {token(cast.alice)}"}
    return Client(headers=bearer, raise_request_exception=False)


def taken_in(connection: Connection) -> Invoice:
    got = intake.receive(connection.firm_id, paper("A-1"), channel="api")
    with scope(connection.firm_id):
        return Invoice.objects.get(pk=got.invoice_id)


def as_it_stands(invoice: Invoice) -> Invoice:
    with scope(invoice.firm_id):
        return Invoice.objects.select_related("issue").get(pk=invoice.pk)


class Meeting:
    """One act stops with its invoice locked, and goes on once somebody else waits for a lock, or is done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._there = threading.Event()
        self._others: list[threading.Thread] = []
        self._first: threading.Thread | None = None
        waits = client_approval.waits

        def stopped(*args: Any, **kwargs: Any) -> bool:
            if threading.current_thread() is self._first and not self._there.is_set():
                self._there.set()
                _until(lambda: _somebody_waits() or not any(other.is_alive() for other in self._others))
            return waits(*args, **kwargs)

        monkeypatch.setattr(client_approval, "waits", stopped)

    def of(self, first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
        """What both came to."""
        got: dict[str, Any] = {}

        def run(name: str, act: Callable[[], Any]) -> None:
            got[name] = act()
            databases.close_all()

        self._first = threading.Thread(target=run, args=("first", first))
        self._others = [threading.Thread(target=run, args=("second", second))]
        self._first.start()
        assert self._there.wait(PATIENCE), "the first act never came to its invoice"
        for thread in self._others:
            thread.start()
        for thread in (self._first, *self._others):
            thread.join(PATIENCE)
        return got["first"], got["second"]


def _until(so: Callable[[], bool]) -> None:
    give_up = threading.Event()
    timer = threading.Timer(PATIENCE, give_up.set)
    timer.start()
    while not so():
        assert not give_up.is_set(), "nobody came"
    timer.cancel()


def _somebody_waits() -> bool:
    with databases["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone() != (0,)


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Meeting]:
    yield Meeting(monkeypatch)


def test_an_invoice_that_is_tried_again_while_its_connection_ends_refuses_neither(
    connection: Connection, client: Client, exact: ExactSandbox, worker: Any, meeting: Meeting
) -> None:
    """The one has the invoice and wants the lane, the other has the lane and wants the invoice."""
    exact.control("POST", "users/anna", rights={"purchase": "read"})
    invoice = taken_in(connection)
    worker()
    assert as_it_stands(invoice).status == "failed"
    tried, ended = meeting.of(
        lambda: client.post(f"/api/v1/invoices/{invoice.pk}/retry/").status_code,
        lambda: client.delete(f"/api/v1/connections/{connection.pk}/").status_code,
    )
    assert ended == 204
    assert tried in (200, 409), "done, or too late: never an error of ours"
    worker()
    invoice = as_it_stands(invoice)
    assert (invoice.status, invoice.reason) == ("on_hold", "not_connected")


def test_an_invoice_that_is_approved_while_its_connection_ends_waits_for_the_next_with_its_issue(
    connection: Connection, client: Client, worker: Any, meeting: Meeting
) -> None:
    with scope(connection.firm_id):
        Connection.objects.filter(pk=connection.pk).update(mode="suggest")
    invoice = taken_in(connection)
    pipeline.process(connection.firm_id, invoice.pk)
    assert as_it_stands(invoice).status == "review"
    approved, ended = meeting.of(
        lambda: client.post(f"/api/v1/invoices/{invoice.pk}/approve/").status_code,
        lambda: client.delete(f"/api/v1/connections/{connection.pk}/").status_code,
    )
    assert (approved, ended) == (200, 204)
    worker()
    invoice = as_it_stands(invoice)
    assert (invoice.status, invoice.reason) == ("on_hold", "not_connected")
    assert invoice.issue is not None and invoice.issue.resolved_at is None
    with scope(connection.firm_id):
        assert not Lane.objects.exists(), (
            "a lane of nobody's keeps the administration from whoever connects it next"
        )
