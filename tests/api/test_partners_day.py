"""A partner's day: twenty clients connected, two hundred invoices over a bad line, nothing missing and nothing twice.

`make drill` runs the whole of it, `make test` a morning: five clients and twenty-five invoices.
"""

import http.client
import json
import os
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest
from standardwebhooks import Webhook as Verifier

from tests.api.running import Partner, Receiver
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox, small_world
from tests.helpers import connected
from tests.paper import paper, party
from tests.work import work_until

CLIENTS, EACH = (20, 10) if os.environ.get("DRILL") == "full" else (5, 5)


def world() -> dict[str, Any]:
    """The small world's bakery and its supplier, nineteen times more."""
    first = small_world()["divisions"][0]
    more = [
        {**first, "code": 2000 + n, "kvk": f"{30000000 + n}", "name": f"Klant {n}"} for n in range(1, CLIENTS)
    ]
    return {"divisions": [first, *more]}


def lost(partner: Partner, path: str, data: bytes) -> None:
    """The whole request is sent, and the line breaks before the answer."""
    line = http.client.HTTPConnection(urlsplit(partner.base).netloc, timeout=30)
    line.request(
        "POST",
        f"/api/v1/{path}",
        body=data,
        headers={
            "Authorization": str(partner.session.headers["Authorization"]),
            "Content-Type": "application/xml",
        },
    )
    line.close()


@pytest.mark.drill
def test_a_partners_day(
    alice: Partner, cast: Cast, exact: ExactSandbox, worker: Any, send: Any, receiver: Receiver
) -> None:
    exact.reset({**world(), "settings": {"minute_limit": 100_000}})
    hook = alice.json("POST", "webhooks/", 201, json={"url": receiver.url, "events": ["invoice.*"]})
    first = connected(cast.alice, exact, worker)
    rows = [{"name": f"Klant {n}", "kvk_number": f"{30000000 + n}"} for n in range(1, CLIENTS)]
    alice.json("POST", "organisations/import/", 202, json=rows)
    send()
    organisations = alice.all("organisations/")
    authorisation = alice.json("GET", f"connections/{first.pk}/")["authorisation"]["id"]
    pairs = [
        {"organisation": one["id"], "division": 2000 + int(one["kvk_number"]) - 30000000}
        for one in organisations
        if one["kvk_number"].startswith("3")
    ]
    alice.json("POST", "connections/bulk/", 202, json={"authorisation": authorisation, "pairs": pairs})
    send()
    worker()
    connections = alice.all("connections/?page_size=500")
    assert Counter(one["status"] for one in connections) == {"active": CLIENTS}
    for one in connections:
        alice.json("PATCH", f"connections/{one['id']}/", json={"mode": "suggest"})

    sent: dict[str, str] = {}
    for number, organisation in enumerate(organisations):
        buyer = party(organisation["name"], organisation["kvk_number"])
        for count in range(EACH):
            reference = f"{number}-{count}"
            path, data = f"invoices/?external_reference={reference}", paper(f"DAG-{reference}", buyer=buyer)
            if count % 3 == 0:
                lost(alice, path, data)
            for _ in range(2 if count % 4 == 0 else 1):
                answer = alice("POST", path, data=data, headers={"Content-Type": "application/xml"})
                assert answer.status_code in (200, 201), answer.text
                assert sent.setdefault(reference, answer.json()["id"]) == answer.json()["id"]
    worker()
    invoices = alice.all("invoices/?page_size=100")
    assert len(invoices) == CLIENTS * EACH == len(set(sent.values()))
    assert {one["external_reference"]: one["id"] for one in invoices} == sent
    assert Counter(one["status"] for one in invoices) == {"review": CLIENTS * EACH}

    approved = [one for one in invoices if one["external_reference"].endswith("-0")]
    for one in approved:
        alice.json("POST", f"invoices/{one['id']}/approve/")
    work_until(lambda: len(alice.all("invoices/?status=booked")) == len(approved))
    booked = alice.all("invoices/?status=booked")
    assert {one["id"] for one in booked} == {one["id"] for one in approved}
    for organisation in organisations:
        division = (
            1001
            if organisation["kvk_number"] == "12345678"
            else 2000 + int(organisation["kvk_number"]) - 30000000
        )
        assert len([one for one in exact.entries(division) if one["YourRef"].startswith("DAG-")]) == 1

    send()
    verifier, heard = Verifier(hook["secret"]), Counter[tuple[str, str]]()
    for headers, body in receiver.got:
        verifier.verify(body.decode(), {name.lower(): value for name, value in headers.items()})
        event = json.loads(body)
        heard[event["type"], event["data"]["id"]] += 1
    assert set(heard.values()) == {1}, "an event came twice"
    for kind, expected in (
        ("received", sent.values()),
        ("review", sent.values()),
        ("booked", [one["id"] for one in booked]),
    ):
        assert {key for type_, key in heard if type_ == f"invoice.{kind}"} == set(expected), kind
