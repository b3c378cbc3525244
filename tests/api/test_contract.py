"""The contract, line by line, with plain `requests` against a served portal."""

import json
import re
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connections

from tests.api.running import Partner
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected, through_exact
from tests.paper import paper

NOBODY = "00000000-0000-0000-0000-000000000000"
UTC = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
MONEY = re.compile(r"^-?\d+\.\d{2}$")
BAKERY = {"name": "Bakkerij De Korenaar", "kvk_number": "12345678"}

REFUSALS = [
    # method, path, what is sent, status, code
    ("GET", "nowhere/", {}, 404, "not_found"),
    ("POST", "nowhere/", {"json": {}}, 404, "not_found"),
    ("GET", "organisations/not-an-id/", {}, 404, "not_found"),
    ("GET", f"organisations/{NOBODY}/", {}, 404, "not_found"),
    ("DELETE", "organisations/", {}, 405, "method_not_allowed"),
    ("GET", "organisations/", {"headers": {"Accept": "text/html"}}, 406, "not_acceptable"),
    ("POST", "organisations/", {"data": "x", "headers": {"Content-Type": "text/csv"}}, 415, "unsupported_media_type"),
    ("POST", "organisations/", {"data": "{half", "headers": {"Content-Type": "application/json"}}, 400, "parse_error"),
    ("POST", "organisations/", {"json": [1]}, 400, "invalid"),
    ("POST", "organisations/", {"json": {"name": "x"}}, 400, "invalid"),
    ("POST", "organisations/", {"json": {"name": "x", "kvk_number": "123"}}, 400, "invalid"),
    ("POST", "organisations/", {"json": {"name": "a\u0000b", "kvk_number": "12345678"}}, 400, "invalid"),
    (
        "POST",
        "organisations/",
        {"data": b'{"name": "\\ud800", "kvk_number": "12345678"}', "headers": {"Content-Type": "application/json"}},
        400,
        "invalid",
    ),
    ("GET", "organisations/?cursor=zzz", {}, 400, "cursor_invalid"),
    ("GET", "organisations/?cursor=cD0yMDI0LTEz", {}, 400, "cursor_invalid"),
    ("GET", "organisations/?page_size=many", {}, 400, "invalid"),
    ("GET", "organisations/?updated_after=yesterday", {}, 400, "invalid"),
    ("GET", "organisations/?kvk_number=%00", {}, 400, "invalid"),
    ("GET", "organisations/", {"headers": {"Portal-Firm": NOBODY}}, 404, "firm_unknown"),
    ("POST", "organisations/import/", {"data": "name\nx", "headers": {"Content-Type": "text/csv"}}, 400, "list_unreadable"),
    ("POST", "organisations/import/", {"json": []}, 400, "list_size"),
    ("POST", "connections/", {"json": {"organisation": "nonsense"}}, 404, "not_found"),
    ("POST", "connections/", {"json": {"organisation": NOBODY, "division": 10**20}}, 400, "invalid"),
    ("POST", "connections/bulk/", {"json": {"authorisation": NOBODY, "pairs": []}}, 404, "not_found"),
    ("GET", "connections/?status=weird", {}, 400, "invalid"),
    ("POST", f"connections/{NOBODY}/check/", {}, 404, "not_found"),
    ("POST", f"connections/{NOBODY}/pause/", {}, 404, "not_found"),
    ("POST", f"issues/{NOBODY}/recheck/", {}, 404, "not_found"),
    ("POST", "brake/", {"json": {"scope": "firm", "id": "x", "on": True}}, 404, "not_found"),
    ("GET", "invoices/?received_after=2026-13-01", {}, 400, "invalid"),
    ("POST", "invoices/", {"data": b""}, 400, "empty"),
    ("POST", "invoices/", {"files": {"other": b"x"}}, 400, "file_missing"),
    ("POST", f"invoices/?organisation={NOBODY}", {"data": b"<x/>"}, 404, "not_found"),
    ("PUT", f"invoices/{NOBODY}/proposal/", {"json": {"lines": 3}}, 400, "invalid"),
    ("POST", f"invoices/{NOBODY}/approve/", {}, 404, "not_found"),
    ("POST", "invoices/offer-again/", {"json": {"connection": NOBODY, "received_after": "2026-01-01T00:00:00Z"}}, 404, "not_found"),
    ("GET", f"jobs/{NOBODY}/", {}, 404, "not_found"),
    ("POST", "webhooks/", {"json": {"url": "ftp://x.example/"}}, 400, "invalid"),
    ("POST", "webhooks/", {"json": {"url": "https://x.example/", "events": ["nothing.ever"]}}, 400, "invalid"),
    ("POST", "sandbox/faults/", {"json": {"match": {"division": 1}, "act": {"status": 500}}}, 403, "no_sandbox"),
    ("POST", "organisations/", {"json": BAKERY, "headers": {"Idempotency-Key": "k" * 256}}, 400, "idempotency_key_too_long"),
]  # fmt: skip


def is_problem(answer: requests.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["code"]) == (status, code), document
    assert document["title"] and document["detail"] and document["type"]


def test_every_refusal_is_a_problem_with_its_code(alice: Partner) -> None:
    for method, path, more, status, code in REFUSALS:
        is_problem(alice(method, path, **more), status, code)


def test_every_code_that_a_test_sees_is_in_the_list_of_codes() -> None:
    from portal.api.problems import CODES

    assert {code: status for *_, status, code in REFUSALS}.items() <= {
        c: s for c, (s, _) in CODES.items()
    }.items()


@pytest.mark.parametrize("sent", [None, "Bearer nonsense", "Basic eDp5", "Bearer"])
def test_without_a_valid_token_it_is_401_and_says_how_to_sign_in(
    base: str, cast: Cast, sent: str | None
) -> None:
    answer = requests.get(
        f"{base}/api/v1/organisations/", headers={"Authorization": sent} if sent else {}, timeout=30
    )
    is_problem(answer, 401, "invalid_token" if (sent or "").startswith("Bearer") else "not_authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_token_endpoint_is_the_one_that_discovery_names(base: str, cast: Cast) -> None:
    found = requests.get(f"{base}/.well-known/openid-configuration", timeout=30).json()
    assert found["token_endpoint"].endswith("/identity/o/api/token")
    wrong = requests.post(
        f"{base}/identity/o/api/token",
        data={"grant_type": "client_credentials"},
        auth=(cast.alice.partner.client_id, "wrong"),
        timeout=30,
    )
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def test_a_token_for_fewer_scopes_may_do_less(base: str, cast: Cast) -> None:
    partner = Partner(base, cast.alice, scope="organisations:read")
    assert partner("GET", "organisations/").status_code == 200
    is_problem(partner("POST", "organisations/", json=BAKERY), 403, "scope_missing")
    is_problem(partner("GET", "invoices/"), 403, "scope_missing")


def test_organisations_are_made_found_changed_and_unique_by_kvk(alice: Partner) -> None:
    made = alice.json(
        "POST",
        "organisations/",
        201,
        json={**BAKERY, "kvk_number": " 1234 5678 ", "iban": "nl91 abna 0417164300"},
    )
    assert (made["kvk_number"], made["iban"]) == ("12345678", "NL91ABNA0417164300")
    assert UTC.match(made["created_at"]) and UTC.match(made["updated_at"])
    now = datetime.now().astimezone()
    assert abs((datetime.fromisoformat(made["created_at"]) - now).total_seconds()) < 60
    is_problem(alice("POST", "organisations/", json=BAKERY), 409, "kvk_taken")
    changed = alice.json("PATCH", f"organisations/{made['id']}/", json={"name": "Nieuw"})
    assert (changed["name"], changed["kvk_number"]) == ("Nieuw", "12345678")
    assert [one["id"] for one in alice.all("organisations/?kvk_number=12345678")] == [made["id"]]
    assert alice.all("organisations/?kvk_number=99999999") == []
    assert alice.all(f"organisations/?updated_after={changed['updated_at']}") == []
    assert len(alice.all("organisations/?updated_after=2026-01-01T00:00:00+01:00")) == 1


@pytest.mark.parametrize(
    ("field", "typed", "wrong", "kept"),
    [
        ("vat_number", "0044.95.445.b01", "NL004495446B01", "NL004495445B01"),
        ("iban", "nl91 abna 0417.1643.00", "NL91ABNA0417164301", "NL91ABNA0417164300"),
    ],
)
def test_a_clients_numbers_are_kept_as_a_programs_books_have_them(
    alice: Partner, field: str, typed: str, wrong: str, kept: str
) -> None:
    made = alice.json("POST", "organisations/", 201, json={**BAKERY, field: typed})
    assert made[field] == kept
    assert alice.json("PATCH", f"organisations/{made['id']}/", json={field: wrong})[field] == wrong
    assert alice.json("PATCH", f"organisations/{made['id']}/", json={field: ""})[field] == ""


def test_lists_are_pages_with_cursors(alice: Partner) -> None:
    for number in range(7):
        alice.json(
            "POST", "organisations/", 201, json={"name": f"O{number}", "kvk_number": f"1000000{number}"}
        )
    first = alice.json("GET", "organisations/?page_size=3")
    assert set(first) == {"next", "previous", "results"} and len(first["results"]) == 3
    found = alice.all("organisations/?page_size=3")
    assert len({one["id"] for one in found}) == 7
    assert len(alice.json("GET", "organisations/?page_size=9999")["results"]) == 7


def test_a_path_without_its_last_slash_leads_to_the_one_with_it(alice: Partner) -> None:
    answer = alice("POST", "organisations", json=BAKERY)
    assert answer.status_code == 201
    assert [one.status_code for one in answer.history] == [308]


def test_a_repeated_key_is_answered_again_and_not_done_again(alice: Partner) -> None:
    key = {"Idempotency-Key": "one"}
    first = alice("POST", "organisations/", json=BAKERY, headers=key)
    again = alice("POST", "organisations/", json=BAKERY, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() and again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Content-Type"] == first.headers["Content-Type"] == "application/json"
    other = alice("POST", "organisations/", json={**BAKERY, "name": "x"}, headers=key)
    is_problem(other, 422, "idempotency_key_reused")
    # Without the key the same request meets the organisation that stands.
    is_problem(alice("POST", "organisations/", json=BAKERY), 409, "kvk_taken")
    wrong = {"json": {}, "headers": {"Idempotency-Key": "two"}}
    for _ in range(2):
        is_problem(alice("POST", "organisations/", **wrong), 400, "invalid")


def test_a_repeat_of_what_answers_a_secret_is_done_once_and_gets_the_same_secret(
    alice: Partner, cast: Cast
) -> None:
    """Without it, an answer lost on its way left a webhook whose secret nobody knows, and the repeat made another."""
    made = alice.json("POST", "organisations/", 201, json=BAKERY)
    secrets = []
    for number, (path, body, secret) in enumerate(
        [
            ("webhooks/", {"url": "https://partner.example/hook"}, "secret"),
            ("connections/", {"organisation": made["id"]}, "authorise_url"),
            ("client/secrets/", {"overlap_hours": 1}, "client_secret"),
        ]
    ):
        key = {"Idempotency-Key": f"secret-{number}"}
        first, again = (alice.json("POST", path, 201, json=body, headers=key) for _ in range(2))
        assert first == again
        told = first[secret]  # a link's secret is its last part; base64 may hold a slash too
        secrets.append(told.rstrip("/").rsplit("/", 1)[-1] if "://" in told else told)
    assert len(alice.all("webhooks/")) == len(alice.all("connections/")) == 1
    assert len(alice.json("GET", "client/")["secrets"]) == 2
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT string_agg(k::text, '') FROM portal_idempotencykey k")
        (kept,) = cursor.fetchone()
    assert [one for one in secrets if one in kept or one.encode().hex() in kept] == []


def test_a_kept_answer_is_re_encrypted_with_the_other_secrets(alice: Partner, settings: Any) -> None:
    key = {"Idempotency-Key": "old"}
    first = alice.json("POST", "organisations/", 201, json=BAKERY, headers=key)
    settings.TOKEN_KEYS = [Fernet.generate_key().decode(), *settings.TOKEN_KEYS]
    call_command("rotate_keys", stdout=StringIO())
    settings.TOKEN_KEYS = settings.TOKEN_KEYS[:1]
    assert alice.json("POST", "organisations/", 201, json=BAKERY, headers=key) == first


def test_an_answer_that_the_release_before_kept_is_given_again(alice: Partner, cast: Cast) -> None:
    from portal.models import IdempotencyKey
    from portal.tenancy import scope

    key = {"Idempotency-Key": "before"}
    first = alice.json("POST", "organisations/", 201, json=BAKERY, headers=key)
    with scope(cast.alice.firm_id):
        IdempotencyKey.objects.update(answer="", body=json.dumps(first).encode())
    assert alice.json("POST", "organisations/", 201, json=BAKERY, headers=key) == first


def test_a_key_whose_request_still_runs_is_409_until_its_process_is_surely_gone(
    alice: Partner, cast: Cast
) -> None:
    from django.db.models.functions import Now

    from portal.api.idempotency import RUNNING
    from portal.models import IdempotencyKey
    from portal.tenancy import scope

    key = {"Idempotency-Key": "stuck"}
    alice("POST", "organisations/", json=BAKERY, headers=key)
    with scope(cast.alice.firm_id):
        IdempotencyKey.objects.update(status=None)
    running = alice("POST", "organisations/", json=BAKERY, headers=key)
    is_problem(running, 409, "in_progress")
    assert int(running.headers["Retry-After"]) > 0
    with scope(cast.alice.firm_id):
        IdempotencyKey.objects.update(created_at=Now() - RUNNING * 2)
    is_problem(alice("POST", "organisations/", json=BAKERY, headers=key), 409, "kvk_taken")


def test_every_answer_carries_a_request_id_and_what_is_left_of_the_minute(alice: Partner) -> None:
    answer = alice("GET", "organisations/", headers={"X-Request-Id": "mine-1"})
    assert answer.headers["X-Request-Id"] == "mine-1"
    assert int(answer.headers["RateLimit-Remaining"]) < int(answer.headers["RateLimit-Limit"])
    strange = alice("GET", "organisations/", headers={"X-Request-Id": "a b\tc"})
    assert strange.headers["X-Request-Id"] not in ("a b\tc", "")


def test_too_many_calls_in_a_minute_are_429_and_say_when_to_go_on(alice: Partner, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 2
    statuses = [alice("GET", "organisations/").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = alice("GET", "organisations/")
    is_problem(refused, 429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert refused.headers["RateLimit-Remaining"] == "0"


def test_a_connection_from_its_link_to_its_end(alice: Partner, exact: ExactSandbox, worker: Any) -> None:
    organisation = alice.json("POST", "organisations/", 201, json=BAKERY)
    made = alice.json("POST", "connections/", 201, json={"organisation": organisation["id"]})
    assert (made["status"], made["next_step"]) == ("pending", "authorise")
    assert made["authorise_url"].startswith("http") and UTC.match(made["expires_at"])
    is_problem(
        alice("POST", "connections/", json={"organisation": organisation["id"]}), 409, "already_connected"
    )
    is_problem(
        alice("POST", f"connections/{made['id']}/division/", json={"code": 1001}), 409, "not_authorised"
    )

    browser = requests.Session()
    link = made["authorise_url"].replace("http://testserver", alice.base)
    page = browser.get(link, timeout=30)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    to_exact = browser.post(
        link, data={"csrfmiddlewaretoken": token[1] if token else ""}, allow_redirects=False, timeout=30
    )
    assert to_exact.status_code == 302, to_exact.text
    back = browser.get(alice.base + through_exact(exact, to_exact.headers["Location"]), timeout=30)
    assert back.status_code == 200, back.text
    worker()

    connection = alice.json("GET", f"connections/{made['id']}/")
    assert connection["status"] == "active" and connection["next_step"] is None
    assert connection["division"] == {"code": 1001, "name": "Bakkerij De Korenaar"}
    assert set(connection["authorisation"]) == {"id", "exact_user", "expires_at"}
    assert connection["mailbox"]["address"] == "12345678@facturen.econnect.eu"
    assert connection["budget"]["minute"]["limit"] > 0 and UTC.match(
        connection["budget"]["minute"]["resets_at"]
    )
    assert UTC.match(connection["last_success_at"])
    assert connection["auto_book_confidence"] == "0.95" and connection["mode"] == "autopilot"

    divisions = alice.json("GET", f"connections/{made['id']}/divisions/")["results"]
    assert divisions[0]["code"] == 1001
    changed = alice.json(
        "PATCH",
        f"connections/{made['id']}/",
        json={
            "mode": "suggest",
            "delivery": "document",
            "auto_book_confidence": "0.90",
            "auto_book_from": "2026-11-01",
        },
    )
    assert (changed["mode"], changed["delivery"]) == ("suggest", "document")
    assert (changed["auto_book_confidence"], changed["auto_book_from"]) == ("0.90", "2026-11-01")
    is_problem(alice("PATCH", f"connections/{made['id']}/", json={"mode": "fly"}), 400, "invalid")
    checks = alice.json("POST", f"connections/{made['id']}/check/")["checks"]
    assert {one["outcome"] for one in checks} <= {"ok", "missing", "unknown", "skipped"}
    assert alice.json("POST", f"connections/{made['id']}/pause/")["status"] == "paused"
    is_problem(alice("POST", f"connections/{made['id']}/pause/"), 409, "not_active")
    assert alice.json("POST", f"connections/{made['id']}/resume/")["status"] == "active"
    brake = {"scope": "connection", "id": made["id"], "on": True}
    assert alice.json("POST", "brake/", json=brake) == brake
    assert alice("DELETE", f"connections/{made['id']}/").status_code == 204
    assert alice.json("GET", f"connections/{made['id']}/")["status"] == "disconnected"


def test_an_invoice_as_the_contract_shows_it(
    alice: Partner, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    sent = alice(
        "POST",
        "invoices/?external_reference=ref-1",
        data=paper("A-1"),
        headers={"Content-Type": "application/xml"},
    )
    assert sent.status_code == 201 and sent.json()["status"] == "received"
    again = alice("POST", "invoices/", files={"file": ("a.xml", paper("A-1"))})
    assert (again.status_code, again.json()["id"]) == (200, sent.json()["id"])
    worker()
    invoice = alice.json("GET", f"invoices/{sent.json()['id']}/")
    assert (invoice["status"], invoice["external_reference"]) == ("booked", "ref-1")
    assert invoice["total"] == "121.00" and invoice["currency"] == "EUR"
    assert invoice["supplier"]["matched_by"] and invoice["supplier"]["candidates"] == []
    (line,) = invoice["proposal"]["lines"]
    assert line["invoice_lines"] == [1] and MONEY.match(line["amount"]) and line["amount"] == "100.00"
    assert (line["gl_account"], line["vat_code"]) == ("4500", "2")
    assert re.match(r"^[01]\.\d\d$", line["confidence"]) and all(one["text"] for one in line["because"])
    assert line["because"]
    assert re.match(r"^[01]\.\d\d$", invoice["proposal"]["confidence"])
    assert UTC.match(invoice["booking"]["booked_at"]) and invoice["booking"]["entry_number"]
    assert all(set(one) == {"at", "event", "detail"} and UTC.match(one["at"]) for one in invoice["timeline"])
    source = alice("GET", f"invoices/{invoice['id']}/source/")
    assert source.content == paper("A-1") and source.headers["X-Content-Type-Options"] == "nosniff"
    is_problem(alice("POST", f"invoices/{invoice['id']}/approve/"), 409, "not_now")
    assert [one["id"] for one in alice.all("invoices/?status=booked")] == [invoice["id"]]
    assert [one["id"] for one in alice.all("invoices/?status=received,booked")] == [invoice["id"]]
    is_problem(alice("GET", "invoices/?status=boked"), 400, "invalid")
    assert [one["id"] for one in alice.all("invoices/?number=A-1")] == [invoice["id"]]
    assert [one["id"] for one in alice.all(f"invoices/?connection={connection.pk}")] == [invoice["id"]]
    assert alice.all(f"invoices/?connection={NOBODY}") == []
    assert (
        alice.all("invoices/?number=a1") == alice.all("invoices/?received_after=2199-01-01T00:00:00Z") == []
    )

    assert alice("POST", f"invoices/{invoice['id']}/undo/").status_code == 200
    worker()
    assert alice.json("GET", f"invoices/{invoice['id']}/")["status"] == "review"
    lines = [{**line, "gl_account": "4500"}]
    put = alice.json("PUT", f"invoices/{invoice['id']}/proposal/", json={"lines": lines, "learn": True})
    assert put["proposal"]["lines"][0]["because"][0]["kind"] == "person"
    wrong = alice("PUT", f"invoices/{invoice['id']}/proposal/", json={"lines": [{**line, "amount": "1.00"}]})
    is_problem(wrong, 422, "amounts_differ")
    alice.json("POST", f"invoices/{invoice['id']}/approve/")
    worker()
    assert alice.json("GET", f"invoices/{invoice['id']}/")["status"] == "booked"
    assert len(exact.entries(1001, "A-1")) == 1


def test_rejecting_and_releasing(alice: Partner, cast: Cast, worker: Any) -> None:
    sent = alice.json("POST", "invoices/", 201, data=paper("R-1"))
    worker()
    rejected = alice.json("POST", f"invoices/{sent['id']}/reject/", json={"reason": "niet van ons"})
    assert (rejected["status"], rejected["reason"]) == ("rejected", "rejected")
    is_problem(
        alice("POST", f"invoices/{sent['id']}/release/", json={"reason": "because"}), 400, "reason_unknown"
    )
    assert alice.json("POST", f"invoices/{sent['id']}/retry/")["status"] == "received"


def test_preflight_says_what_would_happen_and_keeps_nothing(
    alice: Partner, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    from invoices.models import Document, Invoice, Proposal
    from portal.tenancy import scope

    connected(cast.alice, exact, worker)
    would = alice.json("POST", "invoices/preflight/", data=paper("P-1"))
    assert {
        "readable",
        "findings",
        "organisation",
        "supplier",
        "duplicates",
        "proposal",
        "exact_calls",
    } <= set(would)
    assert would["readable"] is True and would["duplicates"] == []
    assert would["proposal"]["decision"] == "autopilot"
    assert would["proposal"]["lines"][0]["gl_account"] == "4500"
    assert would["exact_calls"] > 0
    calls = exact.control("GET", "counters")
    assert alice.json("POST", "invoices/preflight/", data=b"nonsense")["readable"] is False
    assert exact.control("GET", "counters") == calls
    with scope(cast.alice.firm_id):
        assert not any(model.objects.exists() for model in (Document, Invoice, Proposal))
    alice.json("POST", "invoices/", 201, data=paper("P-1"))
    worker()
    (known,) = alice.json("POST", "invoices/preflight/", data=paper("P-1"))["duplicates"][:1]
    assert known["because"] == "same_document"


def test_many_organisations_by_csv_as_dutch_offices_write_it(alice: Partner, send: Any) -> None:
    table = "Naam;KVK-nummer;BTW-nummer\nBakkerij;12345678;NL004495445B01\nCafé;1234567;NL123456789B01\nScheef;12;\nDubbel;12345678;\n"
    answer = alice(
        "POST", "organisations/import/", data=table.encode("cp1252"), headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 202
    send()
    job = alice.json("GET", f"jobs/{answer.json()['job']}/")
    assert (job["status"], job["progress"]) == ("done", {"done": 4, "failed": 1, "total": 4})
    assert [row["status"] for row in job["rows"]] == ["created", "created", "failed", "exists"]
    assert job["rows"][2]["code"] == "invalid" and job["rows"][3]["id"] == job["rows"][0]["id"]
    assert {one["kvk_number"] for one in alice.all("organisations/")} == {"12345678", "01234567"}
    assert {one["name"] for one in alice.all("organisations/")} == {"Bakkerij", "Café"}


def test_many_organisations_by_json(alice: Partner, send: Any) -> None:
    rows = [{"name": f"Org {n}", "kvk_number": f"{20000000 + n}"} for n in range(120)]
    job = alice.json("POST", "organisations/import/", 202, json=rows)["job"]
    send()
    assert alice.json("GET", f"jobs/{job}/")["progress"] == {"done": 120, "failed": 0, "total": 120}
    assert len(alice.all("organisations/?page_size=500")) == 120


def test_many_connections_over_one_authorisation(
    alice: Partner, cast: Cast, exact: ExactSandbox, worker: Any, send: Any
) -> None:
    first = connected(cast.alice, exact, worker)
    butcher = alice.json("POST", "organisations/", 201, json={"name": "Slagerij", "kvk_number": "99999990"})
    authorisation = alice.json("GET", f"connections/{first.pk}/")["authorisation"]["id"]
    pairs = [
        {"organisation": butcher["id"], "division": 1002},
        {"organisation": str(first.organisation_id), "division": 1001},
        {"organisation": NOBODY, "division": 1001},
    ]
    job = alice.json("POST", "connections/bulk/", 202, json={"authorisation": authorisation, "pairs": pairs})[
        "job"
    ]
    send()
    rows = alice.json("GET", f"jobs/{job}/")["rows"]
    assert [row["status"] for row in rows] == ["connected", "failed", "failed"]
    assert [row.get("code") for row in rows[1:]] == ["already_connected", "organisation_unknown"]
    worker()
    assert alice.json("GET", f"connections/{rows[0]['id']}/")["status"] == "active"


def test_a_document_above_the_cap_is_413_before_anything_is_kept(alice: Partner) -> None:
    for more in ({"data": b"<" * (26 * 1024 * 1024)}, {"files": {"file": b"<" * (26 * 1024 * 1024)}}):
        is_problem(alice("POST", "invoices/", **more), 413, "too_large")
    is_problem(
        alice(
            "POST",
            "organisations/",
            data=b" " * (11 * 1024 * 1024),
            headers={"Content-Type": "application/json"},
        ),
        413,
        "too_large",
    )
    assert alice.all("invoices/") == []


def test_the_schema_is_openapi_31_and_the_docs_page_loads_nothing_from_elsewhere(
    base: str, cast: Cast
) -> None:
    schema = requests.get(f"{base}/api/v1/schema/", timeout=60).json()
    assert schema["openapi"].startswith("3.1")
    ids = [one["operationId"] for path in schema["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids))
    create = schema["paths"]["/api/v1/organisations/"]["post"]
    assert create["security"] == [{"oauth2": ["organisations:write"]}]
    assert "kvk_taken" in create["responses"]["409"]["description"]
    page = requests.get(f"{base}/api/v1/docs/", timeout=60)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*src=)[^>]*>\s*\S", page.text), "an inline script would not run"
    for url in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert url.startswith("/"), url
        assert requests.get(base + url, timeout=60).status_code == 200, url


def test_the_token_names_one_firm_of_several_by_header(base: str, cast: Cast, alice: Partner) -> None:
    from portal import partners
    from portal.tenancy import scope

    partner = partners.partner_of(cast.alice.partner.client_id)
    assert partner is not None
    with scope(cast.charlie.firm_id):
        partners.grant(partner, ["organisations:read"])
    is_problem(alice("GET", "organisations/"), 400, "firm_needed")
    hers, his = ({"Portal-Firm": str(office.firm_id)} for office in (cast.alice, cast.charlie))
    made = alice.json("POST", "organisations/", 201, json=BAKERY, headers=hers)
    assert made["firm"] == str(cast.alice.firm_id)
    assert alice.json("GET", "organisations/", headers=his)["results"] == []
    is_problem(alice("POST", "organisations/", json=BAKERY, headers=his), 403, "scope_missing")
    with scope(cast.charlie.firm_id):
        assert [one.partner.name for one in partners.grants()] == ["Software B.V."]
        partners.revoke(partner)
    is_problem(alice("GET", "organisations/", headers=his), 404, "firm_unknown")
    assert alice("GET", "organisations/").status_code == 200


def test_a_client_sees_itself_its_calls_and_changes_its_secret_without_a_gap(
    base: str, alice: Partner, cast: Cast
) -> None:
    from portal.api import calls

    me = alice.json("GET", "client/")
    assert me["client_id"] == cast.alice.partner.client_id and len(me["secrets"]) == 1
    new = alice.json(
        "POST", "client/secrets/", 201, json={"overlap_hours": 1}, headers={"Idempotency-Key": "s"}
    )
    old = cast.alice.partner
    for secret in (old.client_secret, new["client_secret"]):
        answer = requests.post(
            f"{base}/identity/o/api/token",
            data={"grant_type": "client_credentials"},
            auth=(old.client_id, secret),
            timeout=30,
        )
        assert answer.status_code == 200
    first, second = alice.json("GET", "client/")["secrets"]
    assert first["ends_at"] and second["ends_at"] is None and second["last_used_at"]
    is_problem(alice("DELETE", f"client/secrets/{second['id']}/"), 409, "last_secret")
    assert alice("DELETE", f"client/secrets/{first['id']}/").status_code == 204
    gone = requests.post(
        f"{base}/identity/o/api/token",
        data={"grant_type": "client_credentials"},
        auth=(old.client_id, old.client_secret),
        timeout=30,
    )
    assert gone.status_code == 401
    alice("GET", f"organisations/{NOBODY}/", headers={"X-Request-Id": "look-me-up"})
    calls.flush()
    (call,) = alice.json("GET", "client/calls/?request_id=look-me-up")["results"]
    assert (call["status"], call["code"], call["method"]) == (404, "not_found", "GET")
    assert new["client_secret"] not in json.dumps(alice.all("client/calls/"))


def test_the_journal_is_one_of_the_administration_and_what_is_shown_can_be_sent_back(
    cast: Cast, alice: Partner, exact: ExactSandbox, worker: Any
) -> None:
    path = f"connections/{connected(cast.alice, exact, worker).pk}/"
    shown = alice.json("GET", path, 200)
    assert (shown["journal"], shown["delivery"]) == (None, None)
    alice.json("PATCH", path, 200, json={"journal": None, "delivery": None})
    is_problem(alice("PATCH", path, json={"journal": "9999"}), 400, "invalid")
    assert alice.json("PATCH", path, 200, json={"journal": "70"})["journal"] == "70"
