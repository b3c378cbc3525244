"""What a firm's owner sees of partners: who asks to be let in, what it called, what it was sent."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal import partners
from portal.api import calls
from portal.models import Grant, WebhookDelivery
from portal.partners import create_partner
from portal.tenancy import scope
from tests.api.running import Partner, Receiver
from tests.cast import Cast
from tests.pages.firm import browser


@pytest.fixture
def owner(cast: Cast) -> Client:
    return browser(cast.alice.owner)


def test_the_owner_sees_who_asks_and_for_what_before_the_yes(cast: Cast, owner: Client) -> None:
    asking = create_partner("Factuursoft B.V.", cast.charlie.firm_id)
    page = owner.get(
        reverse("machine-let-in"), {"client_id": asking.client_id, "scope": "invoices:write nonsense:all"}
    ).content.decode()
    assert "Factuursoft B.V." in page and page.count("checked") == 1
    with scope(cast.alice.firm_id):
        assert not Grant.objects.exists()
    owner.post(reverse("machine-let-in"), {"client_id": asking.client_id, "scope": ["invoices:write", "x:y"]})
    with scope(cast.alice.firm_id):
        (grant,) = partners.grants()
    assert (grant.partner.name, grant.scopes) == ("Factuursoft B.V.", ["invoices:write"])
    assert grant.granted_by_id == cast.alice.owner.pk


def test_a_partners_calls_are_found_by_their_request_id(
    alice: Partner, cast: Cast, owner: Client, charlie: Partner
) -> None:
    alice(
        "GET", "organisations/00000000-0000-0000-0000-000000000000/", headers={"X-Request-Id": "look-me-up"}
    )
    alice("GET", "organisations/", headers={"X-Request-Id": "all-is-well"})
    calls.flush()
    with scope(cast.alice.firm_id):
        (grant,) = partners.grants()
    url = reverse("machine-calls", args=[grant.pk])
    shown = owner.get(url).content.decode()
    assert "all-is-well" in shown and "look-me-up" in shown
    found = owner.get(url, {"request_id": "all-is-well"}).content.decode()
    assert "GET /api/v1/organisations/<" in found and "look-me-up" not in found
    assert "all-is-well" not in owner.get(url, {"wrong": "1"}).content.decode()
    assert browser(cast.charlie.owner).get(url).status_code == 404


def test_one_delivery_is_sent_again_from_the_page(
    alice: Partner, cast: Cast, owner: Client, receiver: Receiver, send: Any
) -> None:
    made = alice.json("POST", "webhooks/", 201, json={"url": receiver.url})
    for _ in range(2):
        alice.json("POST", f"webhooks/{made['id']}/test/", 202)
    receiver.answers += [500, 204]
    send()
    with scope(cast.alice.firm_id):
        taken = WebhookDelivery.objects.get(state="delivered")
    assert "500" in owner.get(reverse("hook", args=[made["id"]])).content.decode()
    owner.post(reverse("hook-act", args=[made["id"], "one"]), {"delivery": str(taken.pk)})
    send()
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert ids.count(f"msg_{taken.event_id.hex}") == 2 and len(ids) == 3


def test_an_idempotency_key_is_its_clients_and_its_firms_own(
    alice: Partner, charlie: Partner, base: str, cast: Cast
) -> None:
    key = {"Idempotency-Key": "the-same"}
    hers = alice.json(
        "POST", "organisations/", 201, json={"name": "A", "kvk_number": "12345678"}, headers=key
    )
    his = charlie.json(
        "POST", "organisations/", 201, json={"name": "A", "kvk_number": "12345678"}, headers=key
    )
    assert hers["id"] != his["id"]
    cast.alice.__dict__["partner"] = create_partner("Another B.V.", cast.alice.firm_id)
    other = Partner(base, cast.alice)
    answer = other("POST", "organisations/", json={"name": "A", "kvk_number": "12345678"}, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "kvk_taken"), "no answer of another client"
    assert "Idempotency-Replayed" not in answer.headers


def test_a_token_that_was_revoked_with_its_grant_opens_nothing_and_hooks_fall_silent(
    alice: Partner, cast: Cast, receiver: Receiver, send: Any
) -> None:
    alice.json("POST", "webhooks/", 201, json={"url": receiver.url})
    with scope(cast.alice.firm_id):
        (grant,) = partners.grants()
        partners.revoke(grant.partner)
    answer = alice("GET", "invoices/")
    assert (answer.status_code, answer.json()["code"]) == (403, "no_firm")
    cast.alice.organisation()
    from invoices import intake
    from tests.paper import paper

    intake.receive(cast.alice.firm_id, paper("AFTER"), channel="api")
    send()
    assert receiver.got == []
