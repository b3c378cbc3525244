"""Faults on demand: what breaks, when, and what has happened behind it."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from .conftest import D1, D2, Caller, Process

ENTRIES = "purchaseentry/PurchaseEntries"


def post(caller: Caller, your_ref: str = "F1", timeout: float = 10) -> requests.Response:
    """A booking on a connection of its own, so that a broken one disturbs nothing else."""
    url = f"{caller.exact.url}/api/v1/{D1}/{ENTRIES}"
    return requests.post(
        url, json=caller.entry(YourRef=your_ref), headers=dict(caller.session.headers), timeout=timeout
    )


def booked(exact: Process) -> list[str]:
    return [entry["YourRef"] for entry in exact.ledger(D1, via="api")["entries"]]


@pytest.mark.parametrize(
    ("rule", "status", "text"),
    [
        ({"kind": "503"}, 503, "Server Unavailable"),
        ({"kind": "500"}, 500, "The cause of this issue will be investigated"),
        ({"kind": "maintenance"}, 503, "Onderhoud"),
        ({"kind": "maintenance_200"}, 200, "Onderhoud"),
        ({"kind": "408"}, 408, ""),
        ({"kind": "apigee"}, 404, "messaging.adaptors.http.flow.ApplicationNotFound"),
        ({"kind": "empty"}, 200, ""),
        ({"status": 418, "body": "teapot"}, 418, "teapot"),
        ({"status": 400, "body": {"error": "x"}}, 400, '{"error": "x"}'),
    ],
)
def test_an_answer_can_be_put_in_place_of_the_real_one(
    exact: Process, anna: Caller, rule: dict[str, Any], status: int, text: str
) -> None:
    exact.fault("answer", {"endpoint": "financial/Journals"}, times=1, **rule)
    broken = anna.call("GET", "financial/Journals")
    assert (broken.status_code, text in broken.text) == (status, True)
    assert anna.call("GET", "financial/Journals").status_code == 200


def test_a_rule_acts_only_where_it_matches(exact: Process, anna: Caller) -> None:
    exact.fault(
        "answer", {"endpoint": "financial/*", "division": D2, "method": "GET", "user": "anna"}, kind="503"
    )
    assert anna.call("GET", "financial/Journals").status_code == 200
    assert anna.call("GET", "vat/VATCodes", D2).status_code == 200
    assert exact.sign_in("ben").call("GET", "financial/Journals", D2).status_code == 200
    assert (
        exact.sign_in("anna").call("GET", "financial/GLAccounts?$top=1&$filter=Code eq '1'", D2).status_code
        == 503
    )


def test_a_rule_can_wait_for_the_nth_call(exact: Process, anna: Caller) -> None:
    exact.fault("answer", {"endpoint": "financial/Journals", "nth": [2, 4]}, kind="503")
    statuses = [anna.call("GET", "financial/Journals").status_code for _ in range(5)]
    assert statuses == [200, 503, 200, 503, 200]


def test_the_token_endpoint_breaks_too(exact: Process) -> None:
    code = exact.consent()["code"]
    exact.fault("answer", {"endpoint": "oauth2/token"}, times=1, kind="empty")
    assert exact.exchange(code).content == b""
    assert exact.exchange(code).status_code == 200


def test_a_connection_dropped_before_processing_books_nothing(exact: Process, anna: Caller) -> None:
    exact.fault("drop_before", {"method": "POST", "endpoint": ENTRIES}, times=1)
    with pytest.raises(requests.ConnectionError):
        post(anna)
    assert booked(exact) == []


def test_a_connection_dropped_after_the_commit_has_booked(exact: Process, anna: Caller) -> None:
    exact.fault("drop_after", {"method": "POST", "endpoint": ENTRIES}, times=1)
    with pytest.raises(requests.ConnectionError):
        post(anna)
    assert booked(exact) == ["F1"]


def test_a_commit_may_come_after_the_caller_gave_up(exact: Process, anna: Caller) -> None:
    exact.fault("commit_late", {"method": "POST", "endpoint": ENTRIES}, times=1, seconds=0.4)
    with pytest.raises(requests.ReadTimeout):
        post(anna, timeout=0.1)
    assert booked(exact) == []
    exact.calls(endpoint=ENTRIES, method="POST", wait=5)
    assert booked(exact) == ["F1"]


def test_a_commit_may_come_after_the_line_went_dead(exact: Process, anna: Caller) -> None:
    exact.fault("commit_late", {"method": "POST", "endpoint": ENTRIES}, times=1, seconds=0.3, hang_up=True)
    with pytest.raises(requests.ConnectionError):
        post(anna)
    assert booked(exact) == []
    exact.calls(endpoint=ENTRIES, method="POST", wait=5)
    assert booked(exact) == ["F1"]


def test_an_answer_can_be_slow_for_one_division(exact: Process, anna: Caller) -> None:
    exact.fault("slow", {"division": D1}, seconds=0.3)
    anna.call("GET", "financial/Journals", D2)
    assert exact.control("GET", "faults")["faults"][0]["acted"] == 0
    began = time.perf_counter()
    anna.call("GET", "financial/Journals", D1)
    assert time.perf_counter() - began >= 0.3


@pytest.mark.parametrize("part", ["headers", "body"])
def test_an_answer_can_drip(exact: Process, anna: Caller, part: str) -> None:
    """The reading time-out never strikes, though the whole takes far longer than it."""
    exact.fault("drip", {"endpoint": "current/Me"}, part=part, seconds=0.001)
    url = f"{exact.url}/api/v1/current/Me?$select=UserID"
    began = time.perf_counter()
    answer = requests.get(url, headers=dict(anna.session.headers), timeout=0.15)
    assert answer.status_code == 200
    assert time.perf_counter() - began > 0.15


def test_a_gate_holds_a_call_until_it_is_released(exact: Process, anna: Caller) -> None:
    exact.fault("gate", {"method": "POST", "endpoint": ENTRIES}, when="after", times=1)
    outcome: list[int] = []
    worker = threading.Thread(target=lambda: outcome.append(post(anna).status_code))
    worker.start()
    (held,) = requests.get(f"{exact.url}/sandbox/api/gates?wait=5", timeout=10).json()["held"]
    assert (held["when"], held["endpoint"]) == ("after", ENTRIES)
    assert booked(exact) == ["F1"]
    assert outcome == []
    exact.control("POST", f"gates/{held['id']}", outcome="go")
    worker.join(timeout=5)
    assert outcome == [201]


def test_a_gate_can_drop_what_it_held_before_anything_happened(exact: Process, anna: Caller) -> None:
    exact.fault("gate", {"method": "POST", "endpoint": ENTRIES}, times=1)
    failed: list[Exception] = []

    def call() -> None:
        try:
            post(anna)
        except requests.ConnectionError as error:
            failed.append(error)

    worker = threading.Thread(target=call)
    worker.start()
    (held,) = requests.get(f"{exact.url}/sandbox/api/gates?wait=5", timeout=10).json()["held"]
    exact.control("POST", f"gates/{held['id']}", outcome="drop")
    worker.join(timeout=5)
    assert len(failed) == 1
    assert booked(exact) == []


def test_rules_can_be_listed_and_taken_away(exact: Process, anna: Caller) -> None:
    number = exact.fault("answer", {"endpoint": "financial/Journals"}, kind="503")
    anna.call("GET", "financial/Journals")
    (rule,) = exact.control("GET", "faults")["faults"]
    assert (rule["id"], rule["seen"], rule["acted"]) == (number, 1, 1)
    exact.control("DELETE", f"faults/{number}")
    assert anna.call("GET", "financial/Journals").status_code == 200


@pytest.mark.parametrize(
    "rule",
    [{"act": "explode"}, {"act": "answer"}, {"act": "slow"}, {"act": "drop_after", "match": {"path": "x"}}],
)
def test_a_rule_that_could_not_act_is_refused(exact: Process, rule: dict[str, Any]) -> None:
    answer = requests.post(f"{exact.url}/sandbox/api/faults", json=rule, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_log_tells_what_was_called_and_what_broke(exact: Process, anna: Caller) -> None:
    exact.fault("answer", {"endpoint": "financial/Journals"}, times=1, kind="503")
    anna.call("GET", "financial/Journals?$select=Code")
    anna.call("GET", "financial/Journals?$select=Code")
    second, first = exact.calls(endpoint="financial/Journals")
    assert (first["status"], first["fault"], first["division"], first["user"]) == (503, "answer", D1, "anna")
    assert (second["status"], second["fault"], second["method"]) == (200, "", "GET")
    assert second["response_bytes"] > 100
    counters = exact.control("GET", "counters")
    assert counters["by_endpoint"]["GET financial/Journals"] == 2
    assert counters["by_status"] == {"200": 1, "503": 1}


def test_half_a_request_harms_nobody_else(exact: Process, anna: Caller) -> None:
    parts = urlsplit(exact.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as line:
        line.sendall(b"POST /api/v1/1001/crm/Accounts HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        assert anna.call("GET", "current/Me").status_code == 200


def test_an_unknown_control_is_a_404_and_a_wrong_method_a_405(exact: Process) -> None:
    assert requests.get(f"{exact.url}/sandbox/api/nothing", timeout=5).status_code == 404
    assert requests.put(f"{exact.url}/sandbox/api/reset", timeout=5).status_code == 405
    assert requests.get(f"{exact.url}/sandbox/api/ledger/4711", timeout=5).status_code == 404
    wrong = requests.post(f"{exact.url}/sandbox/api/settings", json={"nonsense": 1}, timeout=5)
    assert (wrong.status_code, "nonsense" in wrong.json()["error"]) == (400, True)
