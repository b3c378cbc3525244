"""Exact's webhooks hasten the mirror: signed events make the parts they speak of due, everything else is refused."""

import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from connections import issues, webhooks
from connections.models import Chore, Connection, Entry, Issue, Supplier
from connections.sandbox.webhooks import signed
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.work import work

SECRET = "sandbox-webhook-secret"
PATH = "/connect/exact/webhook/"


class Postbox(ThreadingHTTPServer):
    """An address that Exact can reach in a test; what comes is handed on by the test itself."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: queue.Queue[bytes] = queue.Queue()
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    server: Postbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        self.end_headers()
        if body:
            self.server.received.put(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def connection(
    cast: Cast, exact: ExactSandbox, worker: Any, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> Connection:
    exact.control("POST", "settings", minute_limit=100_000)
    made = connected(cast.alice, exact, worker)
    monkeypatch.setattr(settings, "EXACT_WEBHOOK_SECRET", SECRET)
    monkeypatch.setattr(settings, "SITE_URL", f"http://127.0.0.1:{postbox.server_port}")
    monkeypatch.setattr(webhooks, "GATHER", webhooks.GATHER * 0)
    return made


def subscribe(connection: Connection) -> None:
    with scope(connection.firm_id):
        issues.chores_again(connection.pk, "hooks")
        issues.wake(connection)
    work()


def calls(exact: ExactSandbox, endpoint: str) -> list[dict[str, Any]]:
    return exact.control("GET", f"calls?endpoint={endpoint}")["calls"]


def event(client: str, **changes: Any) -> bytes:
    content = {
        "Topic": "PurchaseEntries", "ClientId": client, "Division": 1001, "Action": "Update", "Key": str(uuid4()),
        "ExactOnlineEndpoint": "https://start.exactonline.nl/…",
    }  # fmt: skip
    return signed(content | changes, SECRET)


def post(body: bytes) -> int:
    return Client().post(PATH, body, content_type="application/json").status_code


def parts_due(connection: Connection) -> list[str]:
    with scope(connection.firm_id):
        row = Chore.objects.filter(connection=connection, kind="refresh", due_at__isnull=False).first()
        return row.state["parts"] if row else []


@pytest.fixture
def client_id(connection: Connection) -> str:
    return settings.EXACT_SITES[connection.site]["client_id"]


def test_what_changes_in_exact_is_in_the_mirror_without_waiting_for_its_turn(
    connection: Connection, exact: ExactSandbox, postbox: Postbox
) -> None:
    subscribe(connection)
    entry = exact.ledger(1001)["entries"][0]
    exact.control(
        "PUT",
        f"entries/1001/{entry['EntryID']}",
        lines=[{"gl": "4510", "amount": "77.00", "vat_code": "2", "description": "Veranderd"}],
    )
    assert post(postbox.received.get(timeout=10)) == 200
    assert parts_due(connection) == ["entries"]
    work()
    assert parts_due(connection) == []
    with scope(connection.firm_id):
        (line,) = Entry.objects.get(connection=connection, exact_id=entry["EntryID"]).lines.all()
        assert (line.account, line.description) == ("4510", "Veranderd")


def test_a_new_bank_account_has_the_bank_accounts_read_after_whose_they_are(
    connection: Connection, client_id: str
) -> None:
    assert post(event(client_id, Topic="BankAccounts")) == 200
    assert parts_due(connection) == ["suppliers", "bank_accounts"]


def test_an_entry_that_is_deleted_leaves_the_mirror(
    connection: Connection, exact: ExactSandbox, client_id: str
) -> None:
    with scope(connection.firm_id):
        entry = Entry.objects.filter(connection=connection, gone_at__isnull=True).first()
        assert entry is not None
    exact.control("DELETE", f"entries/1001/{entry.exact_id}")
    assert post(event(client_id, Action="Delete", Key=str(entry.exact_id))) == 200
    work()
    with scope(connection.firm_id):
        entry.refresh_from_db()
        assert entry.gone_at is not None


def test_subscribing_twice_subscribes_once(connection: Connection, exact: ExactSandbox) -> None:
    subscribe(connection)
    before = len(calls(exact, "webhooks/WebhookSubscriptions"))
    subscribe(connection)
    assert [one["method"] for one in calls(exact, "webhooks/WebhookSubscriptions")[before:]] == ["GET"]


def test_an_address_that_exact_cannot_reach_is_an_issue_that_closes_by_itself(
    connection: Connection, postbox: Postbox
) -> None:
    postbox.status = 500
    subscribe(connection)
    with scope(connection.firm_id):
        issue = Issue.objects.get(code="webhook_callback_refused")
        assert issue.resolved_at is None
        connection.refresh_from_db()
        assert connection.status == "active"
    postbox.status = 200
    subscribe(connection)
    with scope(connection.firm_id):
        issue.refresh_from_db()
        assert issue.resolved_at is not None


def test_exacts_test_of_the_address_is_answered(connection: Connection) -> None:
    assert post(b"") == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.replace(b"1001", b"1002"),
        lambda body: body.replace(b"Update", b"Delete"),
        lambda body: body[:-10] + b'0000000"}',
        lambda body: b"{}",
        lambda body: b'{"Content":{},"HashCode":""}',
        lambda body: b"not json",
        lambda body: body.lower(),
    ],
)
def test_what_exact_did_not_sign_changes_nothing(connection: Connection, client_id: str, spoil: Any) -> None:
    assert post(spoil(event(client_id))) == 401
    assert parts_due(connection) == []


def test_without_a_secret_nothing_is_believed(
    connection: Connection, client_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EXACT_WEBHOOK_SECRET", "")
    assert post(event(client_id)) == 401


def test_events_of_another_app_another_division_or_another_topic_make_nobody_look(
    connection: Connection, client_id: str
) -> None:
    assert post(event(str(uuid4()))) == 200
    assert post(event(client_id, Division=4711)) == 200
    assert post(event(client_id, Topic="Quotations")) == 200
    assert parts_due(connection) == []


def test_many_events_are_one_reading(
    connection: Connection, exact: ExactSandbox, client_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope(connection.firm_id):
        Supplier.objects.filter(connection=connection).update(name="Verouderd")
    for topic in ("Accounts", "Accounts", "PurchaseEntries", "Accounts"):
        assert post(event(client_id, Topic=topic)) == 200
    assert parts_due(connection) == ["suppliers", "entries"]
    before = len(calls(exact, "purchaseentry/PurchaseEntries"))
    work()
    assert len(calls(exact, "purchaseentry/PurchaseEntries")) == before + 1
    with scope(connection.firm_id):
        chore = Chore.objects.get(connection=connection, kind="refresh")
        assert chore.due_at is None or chore.due_at > timezone.now()
