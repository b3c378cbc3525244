"""Logs: one line of JSON an event, with the ids of what it is about, and no secret that came along."""

import json
import logging
from typing import Any
from uuid import uuid4

import pytest
import structlog
from django.test import Client

from connections.models import Connection
from invoices import intake, tasks
from portal.operations import telemetry
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper


def test_a_request_is_told_with_its_own_id_address_and_row(cast: Cast, lines: Any) -> None:
    browser = Client(REMOTE_ADDR="203.0.113.9")
    browser.force_login(cast.alice.owner)
    row = uuid4()
    browser.get(f"/invoices/{row}/", headers={"X-Request-Id": "from-the-proxy-1"})
    (end,) = [one for one in lines() if one["event"] == "request_finished"]
    assert end["request_id"] == "from-the-proxy-1"
    assert end["ip"] == "203.0.113.9"
    assert end["invoice"] == str(row)
    assert end["firm"] == str(cast.alice.firm_id)
    assert end["code"] == 404


def test_a_partners_call_names_firm_partner_and_row(cast: Cast, lines: Any) -> None:
    from tests.api_client import api

    client: Any = api(cast.alice)
    row = uuid4()
    client.get(f"/api/v1/connections/{row}/")
    end = [one for one in lines() if one["event"] == "request_finished"][-1]
    assert (end["firm"], end["connection"]) == (str(cast.alice.firm_id), str(row))
    assert end["partner"]


def test_a_task_names_what_its_arguments_name_and_the_request_that_asked(
    cast: Cast, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django_structlog.celery.receivers import CeleryReceiver

    got = intake.receive(cast.alice.firm_id, b"<nonsense/>", channel="api")
    receiver = CeleryReceiver()
    headers: dict[str, Any] = {}
    with structlog.contextvars.bound_contextvars(request_id="asked-1"):
        receiver.receiver_before_task_publish(headers=headers)
    request = tasks.process.request_stack
    request.push(
        tasks.process.request.__class__(
            args=[str(got.invoice_id)],
            kwargs={},
            id="t-1",
            __django_structlog__=headers["__django_structlog__"],
        )
    )
    try:
        receiver.receiver_task_prerun("t-1", tasks.process)
        tasks.process.run(str(got.invoice_id))
        logging.getLogger("invoices").info("in the task")
    finally:
        request.pop()
        structlog.contextvars.clear_contextvars()
    told = next(one for one in lines() if one["event"] == "in the task")
    assert (told["invoice"], told["request_id"], told["task_id"]) == (str(got.invoice_id), "asked-1", "t-1")
    about_issue = next(one for one in lines() if one["event"] == "issue_opened")
    assert (about_issue["firm"], about_issue["invoice"]) == (str(cast.alice.firm_id), str(got.invoice_id))


def test_work_in_a_lane_names_firm_connection_and_invoice(
    cast: Cast, exact: ExactSandbox, worker: Any, lines: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id):
        Connection.objects.filter(pk=connection.pk).update(mode="mailbox", delivery="mailbox")
    got = intake.receive(cast.alice.firm_id, paper("L-1"), channel="api")
    exact.break_("drop_before", times=3, method="POST")
    worker()
    told = [one for one in lines() if one["event"] == "work_failed"]
    exact.mend()
    assert told
    assert {one["connection"] for one in told} == {str(connection.pk)}
    assert {one["firm"] for one in told} == {str(cast.alice.firm_id)}
    assert str(got.invoice_id) in {one.get("invoice") for one in told}


@pytest.mark.parametrize(
    "sentence",
    [
        "Authorization: Bearer c4n4ry-c4n4ry-c4n4ry",
        "GET https://start.exactonline.nl/x?code=c4n4ry-c4n4ry&state=c4n4ry-c4n4ry",
        "POST body grant_type=refresh_token&refresh_token=c4n4ry-c4n4ry&client_secret=c4n4ry-c4n4ry",
        '{"access_token": "c4n4ry-c4n4ry-c4n4ry", "expires_in": 600}',
        "{'client_secret': 'c4n4ry-c4n4ry-c4n4ry'}",
        "GET /connect/link/c4n4ry-c4n4ry-c4n4ry/",
        "Cookie: sessionid=c4n4ry-c4n4ry-c4n4ry; csrftoken=c4n4ry-c4n4ry",
    ],
)
def test_a_secret_in_a_sentence_does_not_leave(lines: Any, sentence: str) -> None:
    logging.getLogger("somebody.elses").warning("Failed: %s", sentence)
    try:
        raise ValueError(sentence)
    except ValueError:
        structlog.get_logger("ours").exception("broke", detail={"deep": [sentence]})
    text = json.dumps(lines())
    assert "broke" in text
    assert "c4n4ry" not in text


def test_a_secret_under_its_own_name_does_not_leave_and_codes_do(lines: Any) -> None:
    structlog.get_logger("ours").warning(
        "refused",
        password="c4n4ry",
        client_secret="c4n4ry",
        refresh_token="c4n4ry",
        Cookie="c4n4ry",
        code="token_expired",
    )
    (line,) = lines()
    assert "c4n4ry" not in json.dumps(line)
    assert line["code"] == "token_expired"


def test_what_goes_to_sentry_has_no_body_no_cookies_and_is_scrubbed() -> None:
    event = {
        "message": "Failed: refresh_token=c4n4ry-c4n4ry",
        "request": {
            "url": "https://p/x",
            "method": "POST",
            "data": "c4n4ry",
            "cookies": "c4n4ry",
            "headers": {},
        },
        "exception": {"values": [{"value": "Bearer c4n4ry-c4n4ry"}]},
    }
    sent = telemetry.before_send(event)
    assert "c4n4ry" not in json.dumps(sent)
    assert sent["request"] == {"url": "https://p/x", "method": "POST"}


@pytest.mark.parametrize("name", ["SENTRY_DSN", "OTEL_ENDPOINT"])
def test_asking_for_what_is_not_installed_says_what_to_install(
    settings: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from portal.operations.checks import telemetry_is_installed

    assert telemetry_is_installed() == []
    monkeypatch.setattr(telemetry, "_is_there", lambda module: False)
    setattr(settings, name, "https://key@sentry.example/1")
    (problem,) = telemetry_is_installed()
    assert "pip install" in (problem.hint or "")
