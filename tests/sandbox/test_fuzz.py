"""Nonsense on every endpoint: whatever comes, the sandbox answers as Exact would and does not break itself."""

from __future__ import annotations

import random
from typing import Any

from connections.sandbox.endpoints import ENDPOINTS
from connections.sandbox.schema import Property

from .conftest import D1, Caller, Process

QUERIES = (
    "$filter=ID eq null", "$orderby=Modified desc", "$orderby=Nope", "$skiptoken=x", "$top=1&$skip=99",
    "$select=*&$filter=Timestamp gt 1L", "$expand=Foo", "$filter=Timestamp gt 'x'", "$filter=substringof(1,2)",
    "$filter=not", "$filter=1 eq 1.5", "$filter=true", "$select=ID&$filter=Timestamp gt 1L&$inlinecount=allpages",
    "$filter=Created gt datetime'2026-13-45'", "$unknown=1", "$filter=Name eq 'é€' and not (1 eq 2)",
)  # fmt: skip
KEYS = ("guid''", "1", "'x'", "guid'zz'", "Journal='70',Period=1,Year=2026", "1L", "")


def value(rng: random.Random, prop: Property, guids: list[str]) -> Any:
    if rng.random() < 0.15:
        return rng.choice([None, "", [], {}, True, "x" * 5000, -1, 10**400, "NaN", "1e999"])
    texts = ["x", "2", "70", "30", "KAN", "O'Brien", "EUR", "ü€", " "]
    dates = ["2026-01-01", "2026-13-01", "/Date(0)/", "9999-12-31", "0001-01-01"]
    choices: dict[str, list[Any]] = {
        "S": texts, "S18": texts, "G": guids, "DT": dates, "D": [0, 1, "1.5", -3.25, 10**20], "I16": [1, 20, 22, 2026],
        "I32": [1, 20, D1], "I64": [1], "B": [True, False], "Y": [0, 1], "BIN": ["AAAA", "!!"], "X": [1],
        "COL": [[], [{}], [{"GLAccount": guids[1], "AmountFC": 1}]],
    }  # fmt: skip
    return rng.choice(choices[prop.kind])


def test_no_call_breaks_the_sandbox(exact: Process, anna: Caller) -> None:
    rng = random.Random(20260101)
    much = 10**6
    exact.control(
        "POST", "settings", minute_limit=much, day_limit=much, contract_day_limit=much, error_limit=much
    )
    entry = anna.post("purchaseentry/PurchaseEntries", anna.entry())["EntryID"]
    box = anna.post("mailbox/Mailboxes", {"Mailbox": "a@b.example"})["ID"]
    guids = ["00000000-0000-4000-8000-000000000001", anna.gl("4400"), anna.supplier(), entry, box]
    for path, endpoint in ENDPOINTS.items():
        properties = list(endpoint.entity.properties.values())
        for _ in range(12):
            share = rng.choice([0.1, 0.5, 1])
            body = {p.name: value(rng, p, guids) for p in properties if rng.random() < share}
            anna.call("POST", path, json=body)
            anna.call("PUT", f"{path}(guid'{rng.choice(guids)}')", json=body)
        for key in KEYS:
            for method in ("GET", "DELETE"):
                anna.call(method, f"{path}({key})")
        for query in QUERIES:
            anna.call(
                "GET",
                f"{path}{rng.choice(['', '/$count'])}?{query}",
                headers={"Accept": rng.choice(["*/*", "application/json"])},
            )
    for path in (
        "crm",
        "crm/Accounts/Foo",
        "x/y/z",
        "users/UserHasRights",
        "users/UserHasRights?endpoint='x'&action='y'",
    ):
        anna.call("GET", path)
    for path in (
        "read/sync/Sync/SyncTimestamp",
        "read/sync/Sync/SyncTimestamp?modified=datetime'x'&endPoint='sync/CRM/Accounts'",
    ):
        anna.call("GET", path)
    calls = exact.calls(limit=much)
    assert len(calls) > 2000
    assert [call["path"] for call in calls if call["note"] == "the sandbox broke"] == []
    assert {call["status"] for call in calls} <= {200, 201, 204, 400, 403, 404, 405, 500, 501}
