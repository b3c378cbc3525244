"""Webhooks out: written by the change itself, signed, tried for three days, replayed on request."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from standardwebhooks import Webhook as Verifier

from connections import issues
from invoices.models import Invoice
from portal import webhooks
from portal.lookups import ask
from portal.models import Webhook, WebhookDelivery
from portal.tenancy import scope
from tests.api.running import Partner, Receiver
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper


def hook(partner: Partner, receiver: Receiver, *events: str) -> dict[str, Any]:
    return partner.json("POST", "webhooks/", 201, json={"url": receiver.url, "events": list(events) or ["*"]})


def deliveries(cast: Cast) -> list[WebhookDelivery]:
    with scope(cast.alice.firm_id):
        return list(WebhookDelivery.objects.order_by("at", "id"))


def test_a_day_of_events_reaches_the_receiver_signed_each_once(
    alice: Partner, cast: Cast, exact: ExactSandbox, worker: Any, send: Any, receiver: Receiver
) -> None:
    made = hook(alice, receiver)
    connected(cast.alice, exact, worker)
    sent = alice.json("POST", "invoices/?external_reference=mine", 201, data=paper("W-1"))
    worker()
    send()
    verifier, seen = Verifier(made["secret"]), []
    for headers, body in receiver.got:
        event = verifier.verify(body.decode(), {name.lower(): value for name, value in headers.items()})
        seen.append((event["type"], event["data"]["id"], headers["webhook-id"]))
    assert len({webhook_id for *_, webhook_id in seen}) == len(seen)
    kinds = [kind for kind, _, _ in seen]
    assert [k for k in kinds if k.startswith("connection.")] == ["connection.pending", "connection.active"]
    invoice_events = [kind for kind, key, _ in seen if key == sent["id"]]
    assert invoice_events[0] == "invoice.received" and invoice_events[-1] == "invoice.booked"
    last = next(json.loads(body) for _, body in receiver.got if b'"invoice.booked"' in body)
    assert last["data"]["external_reference"] == "mine" and last["data"]["status"] == "booked"
    assert datetime.fromisoformat(last["timestamp"]).tzinfo == UTC


def test_an_event_is_as_sure_as_the_change_it_tells_of(
    alice: Partner, cast: Cast, receiver: Receiver
) -> None:
    hook(alice, receiver)
    with scope(cast.alice.firm_id):
        with transaction.atomic():
            issues.open_issue("our_bug", subject="rolled back")
            transaction.set_rollback(True)
        kept = issues.open_issue("our_bug", subject="kept")
        issues.open_issue("our_bug", subject="kept")
        issues.resolve(kept, "test")
        issues.resolve(kept, "test")
    assert [one.event for one in deliveries(cast)] == ["issue.opened", "issue.resolved"]


def test_each_endpoint_gets_what_it_asked_for_and_no_firm_hears_of_another(
    alice: Partner, charlie: Partner, cast: Cast, receiver: Receiver, worker: Any
) -> None:
    all_of_them, some = hook(alice, receiver), hook(alice, receiver, "issue.*", "invoice.unrouted")
    hook(charlie, receiver)
    alice.json("POST", "invoices/", 201, data=paper("X-1"))
    worker()
    by_hook = {
        key: [one.event for one in deliveries(cast) if str(one.webhook_id) == key]
        for key in (all_of_them["id"], some["id"])
    }
    assert by_hook[all_of_them["id"]] == ["invoice.received", "issue.opened", "invoice.unrouted"]
    assert by_hook[some["id"]] == ["issue.opened", "invoice.unrouted"]
    with scope(cast.charlie.firm_id):
        assert not WebhookDelivery.objects.exists()


def test_a_receiver_that_fails_is_tried_with_growing_gaps_for_three_days(
    alice: Partner, cast: Cast, receiver: Receiver
) -> None:
    made = hook(alice, receiver)
    alice.json("POST", f"webhooks/{made['id']}/test/", 202)
    gaps = []
    for _ in range(len(webhooks.GAPS) + 1):
        receiver.answers.append(503)
        ((firm_id, delivery_id),) = ask("due_webhook_deliveries", 10)
        webhooks.deliver(firm_id, delivery_id)
        (row,) = deliveries(cast)
        if row.due_at is None:
            break
        gaps.append(round((row.due_at - datetime.now(UTC)).total_seconds()))
        with scope(cast.alice.firm_id):
            WebhookDelivery.objects.update(due_at=datetime.now(UTC) - timedelta(seconds=1))
    assert row.state == "failed" and row.attempts == len(webhooks.GAPS) + 1
    assert gaps == sorted(gaps) and 2.5 * 86_400 < sum(gaps) < 3.5 * 86_400
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    shown = alice.json("GET", f"webhooks/{made['id']}/deliveries/?status=failed")["results"]
    assert len(shown) == 1 and shown[0]["tries"][-1]["status"] == 503
    replayed = alice.json("POST", f"webhooks/{made['id']}/replay/", 202, json={"delivery": shown[0]["id"]})
    assert replayed == {"replayed": 1}
    webhooks.deliver(firm_id, delivery_id)
    assert deliveries(cast)[0].state == "delivered"
    assert receiver.got[-1][0]["webhook-id"] == receiver.got[0][0]["webhook-id"]


def test_a_period_is_replayed(alice: Partner, cast: Cast, receiver: Receiver, send: Any) -> None:
    made = hook(alice, receiver)
    for _ in range(3):
        alice.json("POST", f"webhooks/{made['id']}/test/", 202)
    send()
    period = {"after": "2020-01-01T00:00:00Z", "before": "2199-01-01T00:00:00Z", "status": "delivered"}
    assert alice.json("POST", f"webhooks/{made['id']}/replay/", 202, json=period) == {"replayed": 3}
    send()
    assert len(receiver.got) == 6 and len({headers["webhook-id"] for headers, _ in receiver.got}) == 3


def test_410_switches_the_webhook_off(alice: Partner, cast: Cast, receiver: Receiver, send: Any) -> None:
    made = hook(alice, receiver)
    alice.json("POST", f"webhooks/{made['id']}/test/", 202)
    receiver.answers.append(410)
    send()
    shown = alice.json("GET", f"webhooks/{made['id']}/")
    assert (shown["active"], shown["disabled_because"]) == (False, "gone")
    assert alice("POST", f"webhooks/{made['id']}/test/").status_code == 409
    alice.json("POST", "invoices/", 201, data=paper("AFTER"))
    assert len(deliveries(cast)) == 1
    assert alice.json("PATCH", f"webhooks/{made['id']}/", json={"active": True})["disabled_because"] is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://localhost:9/",
        "http://[::1]:9/",
        "http://169.254.169.254/latest",
        "http://10.0.0.1/",
    ],
)
def test_a_webhook_reaches_nothing_inside(
    alice: Partner, cast: Cast, send: Any, settings: Any, url: str
) -> None:
    made = alice.json("POST", "webhooks/", 201, json={"url": url})
    alice.json("POST", f"webhooks/{made['id']}/test/", 202)
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False
    send()
    (row,) = deliveries(cast)
    assert row.tries[0]["error"] == "address_not_public" and row.tries[0]["status"] is None
    refused = alice("POST", "webhooks/", json={"url": url})
    assert refused.status_code == 400 and "https" in refused.text


@pytest.mark.parametrize(
    ("site_url", "reached"),
    [("http://localhost:8000", True), ("http://127.0.0.1:9", True), ("https://portal.example.nl", False)],
)
def test_only_a_portal_on_ones_own_machine_tells_receivers_there(
    site_url: str, reached: bool, tmp_path: Path
) -> None:
    named = {"SITE_URL": site_url, "DEBUG": "0", "VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    named |= {"DATABASE_URL": "postgresql://nobody@localhost/none", "SECRET_KEY": "x" * 60}
    asks = "from portal import settings; print(settings.WEBHOOKS_TO_PRIVATE_ADDRESSES)"
    said = subprocess.run([sys.executable, "-c", asks], env=named, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(reached)


def test_a_redirect_is_not_followed(alice: Partner, cast: Cast, receiver: Receiver, send: Any) -> None:
    made = hook(alice, receiver)
    alice.json("POST", f"webhooks/{made['id']}/test/", 202)
    receiver.answers.append(302)
    ((firm_id, delivery_id),) = ask("due_webhook_deliveries", 10)
    webhooks.deliver(firm_id, delivery_id)
    assert deliveries(cast)[0].tries[0]["status"] == 302 and len(receiver.got) == 1


def test_a_delivery_whose_process_died_is_sent_again_and_one_in_hand_is_not(
    alice: Partner, cast: Cast, receiver: Receiver
) -> None:
    made = hook(alice, receiver)
    alice.json("POST", f"webhooks/{made['id']}/test/", 202)
    ((firm_id, delivery_id),) = ask("due_webhook_deliveries", 10)
    assert webhooks._claim(firm_id, delivery_id) is not None
    webhooks.deliver(firm_id, delivery_id)
    assert receiver.got == []
    with scope(firm_id):
        WebhookDelivery.objects.update(due_at=datetime.now(UTC) - timedelta(seconds=1))
    webhooks.deliver(firm_id, delivery_id)
    assert len(receiver.got) == 1


def test_secrets_are_shown_once_and_sealed_at_rest(
    alice: Partner, cast: Cast, receiver: Receiver, send: Any
) -> None:
    made = hook(alice, receiver)
    assert made["secret"].startswith("whsec_")
    assert "secret" not in alice.json("GET", f"webhooks/{made['id']}/")
    with scope(cast.alice.firm_id):
        (sealed,) = Webhook.objects.values_list("secret", flat=True)
    assert made["secret"] not in str(sealed)
    new = alice.json("POST", f"webhooks/{made['id']}/secret/", 201)["secret"]
    alice.json("POST", f"webhooks/{made['id']}/test/", 202)
    send()
    headers, body = receiver.got[0]
    Verifier(new).verify(body.decode(), {name.lower(): value for name, value in headers.items()})


def test_a_partner_sees_its_own_webhooks_only(
    alice: Partner, base: str, cast: Cast, receiver: Receiver
) -> None:
    from portal.partners import create_partner

    made = hook(alice, receiver)
    cast.alice.__dict__["partner"] = create_partner("Another B.V.", cast.alice.firm_id)
    other = Partner(base, cast.alice)
    assert other.all("webhooks/") == []
    assert other("GET", f"webhooks/{made['id']}/").status_code == 404
    assert other("DELETE", f"webhooks/{made['id']}/").status_code == 404


def test_the_named_events_are_those_that_rows_can_announce() -> None:
    from connections.models import Connection

    assert set(webhooks.EVENTS["invoice"]) == set(Invoice.Status.values)
    assert set(webhooks.EVENTS["connection"]) == set(Connection.Status.values)
