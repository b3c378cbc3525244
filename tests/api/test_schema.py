"""The schema as a test plan: every operation is tried by a stranger, and by a machine with odd ideas."""

import os
import re
import subprocess
import sys
from typing import Any

import pytest
import requests
from django.test import Client
from jsonschema import Draft202012Validator

from connections.models import Connection
from invoices.models import Invoice
from portal.api.openapi import WITH_BODY
from portal.models.partners import SCOPES
from portal.webhooks import EVENTS
from tests.api.running import Partner
from tests.cast import Cast
from tests.paper import paper

NEVER_OF_ANOTHER = {"client/", "client/secrets/", "client/calls/", "sandbox/faults/"}
WRITES_IN_ITS_OWN_FIRM = {
    "organisations/",
    "organisations/import/",
    "invoices/",
    "invoices/preflight/",
    "webhooks/",
}


def operations(base: str) -> list[tuple[str, str, dict[str, Any]]]:
    schema = requests.get(f"{base}/api/v1/schema/", timeout=60).json()
    return [
        (method.upper(), path.removeprefix("/api/v1/").replace("{index}", "0"), operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def a_row_of_each_kind(alice: Partner, cast: Cast, worker: Any) -> dict[str, str]:
    """Something of Alice's at every path that names an id."""
    organisation = alice.json("POST", "organisations/", 201, json={"name": "B", "kvk_number": "12345678"})
    connection = alice.json("POST", "connections/", 201, json={"organisation": organisation["id"]})
    invoice = alice.json("POST", "invoices/", 201, data=paper("S-1"))
    worker()
    (issue, *_) = alice.all("issues/")
    hook = alice.json("POST", "webhooks/", 201, json={"url": "https://partner.example/hook"})
    job = alice.json("POST", "organisations/import/", 202, json=[{"name": "C", "kvk_number": "12345679"}])
    secret = alice.json("GET", "client/")["secrets"][0]
    return {
        "organisations": organisation["id"],
        "connections": connection["id"],
        "invoices": invoice["id"],
        "issues": issue["id"],
        "webhooks": hook["id"],
        "jobs": job["job"],
        "client": secret["id"],
    }


def test_a_stranger_gets_404_at_everything_of_another_firm(
    alice: Partner, charlie: Partner, base: str, cast: Cast, worker: Any
) -> None:
    hers = a_row_of_each_kind(alice, cast, worker)
    tried = 0
    for method, path, _ in operations(base):
        room = path.split("/")[0]
        if "{" in path:
            answer = charlie(method, re.sub(r"\{\w+\}", hers[room], path), json=_body(path, hers))
            assert answer.status_code == 404, (method, path, answer.status_code, answer.text)
        elif method == "GET":
            answer = charlie(method, path)
            assert answer.status_code == 200, (method, path, answer.text)
            assert not any(key in answer.text for key in hers.values()), path
        elif path not in NEVER_OF_ANOTHER | WRITES_IN_ITS_OWN_FIRM:
            answer = charlie(method, path, json=_body(path, hers))
            assert answer.status_code == 404, (method, path, answer.status_code, answer.text)
        tried += 1
        named = charlie(
            method,
            re.sub(r"\{\w+\}", hers.get(room, ""), path),
            headers={"Portal-Firm": str(cast.alice.firm_id)},
        )
        assert named.status_code == 404, (method, path)
        nobody = requests.request(
            method, f"{base}/api/v1/" + re.sub(r"\{\w+\}", hers.get(room, ""), path), timeout=30
        )
        assert nobody.status_code == 401, (method, path)
    assert tried > 40


def _body(path: str, hers: dict[str, str]) -> dict[str, Any]:
    """A body that is right, but names her things."""
    return {
        "connections/": {"organisation": hers["organisations"]},
        "connections/bulk/": {
            "authorisation": hers["connections"],
            "pairs": [{"organisation": hers["organisations"], "division": 1001}],
        },
        "connections/{id}/division/": {"code": 1001},
        "brake/": {"scope": "connection", "id": hers["connections"], "on": True},
        "invoices/offer-again/": {
            "connection": hers["connections"],
            "received_after": "2026-01-01T00:00:00Z",
        },
        "invoices/{id}/proposal/": {"lines": []},
        "invoices/{id}/release/": {"reason": "iban_confirmed"},
        "webhooks/{id}/replay/": {"after": "2026-01-01T00:00:00Z"},
    }.get(path, {})


def test_every_scope_is_needed_where_the_schema_says_so(base: str, cast: Cast) -> None:
    blind = Partner(base, cast.alice, scope="webhooks:read")
    for method, path, operation in operations(base):
        (wanted,) = (one["oauth2"] for one in operation["security"])
        if wanted and wanted != ["webhooks:read"]:
            answer = blind(method, re.sub(r"\{\w+\}", "00000000-0000-0000-0000-000000000000", path), json={})
            assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), (method, path)


def test_every_operation_names_its_problems(base: str, cast: Cast) -> None:
    for method, path, operation in operations(base):
        statuses = set(operation["responses"])
        assert {"400", "401", "403", "404", "429", "500"} <= statuses, (method, path)
        if method != "GET":
            assert {str(one) for one in WITH_BODY} <= statuses, (method, path)
        assert operation["operationId"] and any(code.startswith("2") for code in statuses)


def test_every_operation_says_what_it_does_and_shows_what_it_takes_and_gives(base: str, cast: Cast) -> None:
    schema = requests.get(f"{base}/api/v1/schema/", headers={"Accept-Language": "nl"}, timeout=60).json()
    shown = 0
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert operation["description"] and len(operation["summary"]) <= 80, (method, path)
            good = [one for status, one in operation["responses"].items() if status.startswith("2")]
            for body in (operation.get("requestBody", {}), *good):
                media = body.get("content", {}).get("application/json")
                if media is None:
                    continue
                examples = [one["value"] for one in media.get("examples", {}).values()]
                for example in examples or [media["example"]]:
                    Draft202012Validator({**media["schema"], "components": schema["components"]}).validate(
                        example
                    )
                    shown += 1
    assert shown > 60


def test_the_schema_says_how_to_sign_in_what_may_become_of_what_and_which_events_come(
    base: str, cast: Cast
) -> None:
    schema = requests.get(f"{base}/api/v1/schema/", timeout=60).json()
    flow = schema["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert set(flow["scopes"]) == set(SCOPES)
    assert requests.post(base + flow["tokenUrl"], timeout=30).status_code in (400, 401)
    for name, model in (("InvoiceStatus", Invoice), ("ConnectionStatus", Connection)):
        (trigger,) = (one for one in model._meta.triggers if one.name == "states")
        pinned = schema["components"]["schemas"][name]["x-transitions"]
        assert {(start, end) for start, ends in pinned.items() for end in ends} == set(trigger.transitions)
        assert set(pinned) == {value for value, _ in model.Status.choices}
    assert "`received` - received" in schema["components"]["schemas"]["InvoiceStatus"]["description"]
    assert set(schema["webhooks"]) == {f"{kind}.*" for kind in EVENTS}


def test_a_machine_with_odd_ideas_finds_no_5xx_and_no_undocumented_answer(
    alice: Partner, base: str, cast: Cast, worker: Any, tmp_path: Any
) -> None:
    """Schemathesis over the whole schema, a few examples for each operation, within a bounded time; the variables
    SCHEMATHESIS_EXAMPLES and SCHEMATHESIS_SECONDS give it more."""
    a_row_of_each_kind(alice, cast, worker)
    seconds = int(os.environ.get("SCHEMATHESIS_SECONDS", "15"))
    run = subprocess.run(
        [
            os.path.join(os.path.dirname(sys.executable), "schemathesis"), "run", f"{base}/api/v1/schema/",
            "--header", f"Authorization: {alice.session.headers['Authorization']!s}",
            "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            "--phases", "examples,fuzzing", "--max-examples", os.environ.get("SCHEMATHESIS_EXAMPLES", "3"),
            "--seed", "8", "--workers", "2", "--max-time", str(seconds), "--no-color", "--generation-database", "none",
            "--exclude-operation-id", "client_rotate_secret", "--exclude-operation-id", "client_end_secret",
            "--exclude-operation-id", "connections_check", "--exclude-operation-id", "issues_recheck",
        ],
        capture_output=True, text=True, timeout=300 + seconds, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-12000:] + run.stderr[-2000:]


def test_the_schema_comes_to_who_asks_for_plain_json(base: str, cast: Cast) -> None:
    answer = requests.get(f"{base}/api/v1/schema/", headers={"Accept": "application/json"}, timeout=60)
    assert answer.status_code == 200 and answer.json()["openapi"].startswith("3.1")


@pytest.mark.parametrize(("how", "begins"), [("yaml", "openapi: 3.1"), ("json", "{")])
def test_the_schema_comes_in_both_forms(base: str, cast: Cast, how: str, begins: str) -> None:
    answer = requests.get(f"{base}/api/v1/schema/?format={how}", timeout=60)
    assert answer.status_code == 200 and answer.text.lstrip().startswith(begins)


def test_the_pages_of_the_documentation_are_looked_at_and_nothing_else(database: None) -> None:
    """OPTIONS asked the page for a template of its own, and failed."""
    for path in ("/api/v1/docs/", "/api/v1/schema/"):
        for method in ("OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"):
            answer = Client(raise_request_exception=False).generic(method, path, b"{}", "application/json")
            assert answer.status_code == 405, (method, path)
