"""Webhooks: the handshake, the signed event, repeats and retries."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from .conftest import CLIENT_ID, D1, D2, WEBHOOK_SECRET, Caller, Process

SUBSCRIPTIONS = "webhooks/WebhookSubscriptions"


class Receiver(ThreadingHTTPServer):
    """A callback that keeps what it gets; `answers` are the statuses it gives, then 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: queue.Queue[bytes] = queue.Queue()
        self.answers: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook?x=1"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.end_headers()
        self.server.received.put(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def subscribe(
    caller: Caller, receiver: Receiver, topic: str = "PurchaseEntries", division: int = D1
) -> dict[str, Any]:
    made = caller.post(SUBSCRIPTIONS, {"CallbackURL": receiver.url, "Topic": topic}, division)
    assert receiver.received.get(timeout=5) == b""  # the handshake
    return made


def test_a_change_is_announced_with_a_signature_over_the_content(anna: Caller, receiver: Receiver) -> None:
    subscribe(anna, receiver, "Accounts")
    account = anna.post("crm/Accounts", {"Name": "Nieuw"})["ID"]
    raw = receiver.received.get(timeout=5)
    content = raw[len(b'{"Content":') : raw.index(b',"HashCode"')]
    event = json.loads(raw)
    assert event["HashCode"] == hmac.new(WEBHOOK_SECRET.encode(), content, hashlib.sha256).hexdigest().upper()
    assert event["Content"] == {
        "Topic": "Accounts",
        "ClientId": CLIENT_ID,
        "Division": D1,
        "Action": "Create",
        "Key": account,
        "ExactOnlineEndpoint": f"{anna.exact.url}/api/v1/{D1}/crm/Accounts(guid'{account}')",
    }


def test_an_entry_is_announced_with_its_lines_and_its_end(anna: Caller, receiver: Receiver) -> None:
    subscribe(anna, receiver)
    entry = anna.post("purchaseentry/PurchaseEntries", anna.entry())["EntryID"]
    seen = [json.loads(receiver.received.get(timeout=5))["Content"] for _ in range(2)]
    assert {content["Action"] for content in seen} == {"Create"}
    assert any("PurchaseEntryLines(" in content["ExactOnlineEndpoint"] for content in seen)
    anna.call("DELETE", f"purchaseentry/PurchaseEntries(guid'{entry}')")
    gone = json.loads(receiver.received.get(timeout=5))["Content"]
    assert (gone["Action"], gone["Key"]) == ("Delete", entry)


def test_what_a_bookkeeper_does_is_announced_too_and_other_divisions_are_silent(
    exact: Process, anna: Caller, receiver: Receiver
) -> None:
    subscribe(anna, receiver)
    exact.control("POST", "suppliers", division=D2, name="Elders", code="1")
    elsewhere = [{"gl": "4400", "amount": 1}]
    exact.control("POST", "entries", division=D2, supplier="1", lines=elsewhere)
    made = exact.control("POST", "entries", division=D1, supplier="501", lines=elsewhere)
    content = json.loads(receiver.received.get(timeout=5))["Content"]
    assert (content["Division"], content["Key"]) == (D1, made["EntryID"])


def test_a_callback_that_fails_is_not_subscribed(anna: Caller, receiver: Receiver) -> None:
    receiver.answers = [500]
    body = {"CallbackURL": receiver.url, "Topic": "Accounts"}
    assert anna.refused("POST", SUBSCRIPTIONS, json=body) == (
        500,
        "Invalid: Post to callback URL endpoint returns 500 An error occurred while sending the request.",
    )
    assert anna.get(SUBSCRIPTIONS, select="ID") == []
    nobody = body | {"CallbackURL": "http://127.0.0.1:9/"}
    assert "endpoint returns 500 An error occurred" in anna.refused("POST", SUBSCRIPTIONS, json=nobody)[1]


def test_a_topic_is_subscribed_once_and_can_be_cancelled(anna: Caller, receiver: Receiver) -> None:
    made = subscribe(anna, receiver)
    again = {"CallbackURL": receiver.url, "Topic": "PurchaseEntries"}
    assert anna.refused("POST", SUBSCRIPTIONS, json=again) == (500, "Gegeven bestaat reeds.")
    assert anna.refused("POST", SUBSCRIPTIONS, json=again | {"Topic": "Nonsense"})[0] == 500
    assert anna.call("DELETE", f"{SUBSCRIPTIONS}(guid'{made['ID']}')").status_code == 204
    assert anna.get(SUBSCRIPTIONS, select="ID") == []


def test_subscribing_needs_the_app_scope(exact: Process, anna: Caller, receiver: Receiver) -> None:
    exact.control("POST", f"apps/{CLIENT_ID}", scopes={"organization.administration": "read"})
    body = {"CallbackURL": receiver.url, "Topic": "Accounts"}
    assert anna.refused("POST", SUBSCRIPTIONS, json=body) == (
        403,
        "Forbidden - Application Scope Violated. Cannot read 'organization.administration' scope.",
    )


def test_events_may_come_twice(exact: Process, anna: Caller, receiver: Receiver) -> None:
    subscribe(anna, receiver, "Accounts")
    exact.control("POST", "settings", webhook_copies=2)
    anna.post("crm/Accounts", {"Name": "Nieuw"})
    assert receiver.received.get(timeout=5) == receiver.received.get(timeout=5)


def test_a_refused_event_is_tried_again(exact: Process, anna: Caller, receiver: Receiver) -> None:
    subscribe(anna, receiver, "Accounts")
    exact.control("POST", "settings", webhook_retries=[0.05, 0.05])
    receiver.answers = [503, 503]
    anna.post("crm/Accounts", {"Name": "Nieuw"})
    bodies = {receiver.received.get(timeout=5) for _ in range(3)}
    assert len(bodies) == 1
    assert receiver.received.empty()


def test_a_refused_entry_is_not_announced(anna: Caller, receiver: Receiver) -> None:
    subscribe(anna, receiver)
    anna.refused("POST", "purchaseentry/PurchaseEntries", json={"Journal": "70"})
    anna.post("purchaseentry/PurchaseEntries", anna.entry(YourRef="goed"))
    content = json.loads(receiver.received.get(timeout=5))["Content"]
    assert content["Action"] == "Create"
    assert anna.call("GET", content["ExactOnlineEndpoint"]).status_code == 200
