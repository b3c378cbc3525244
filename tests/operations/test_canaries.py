"""Canaries: every secret there is goes through all that the portal does, faults included; then they are looked for."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from connections import consents
from connections.models import Authorisation, Call
from invoices import intake, sharing
from invoices.models import Invoice
from invoices.transfers import offers
from portal import trail
from portal.models import Firm, PartnerSecret
from portal.people import inviting
from portal.tenancy import scope, staff
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected, link_for
from tests.pages.firm import browser
from tests.paper import paper
from tests.signin.test_second_factor import sign_in, with_app

PASSWORD = "geheim-voor-de-test"


class Everything:
    """A day on which all secrets are used, rightly and wrongly. `canaries`: {whose: secret}."""

    def __init__(self, cast: Cast, exact: ExactSandbox, worker: Any, outbox: list[Any]) -> None:
        self.cast, self.answers = cast, [b""]
        self.canaries: dict[str, str] = {"password": PASSWORD, "Exact's client secret": exact.client_secret}
        self.connection = connected(cast.alice, exact, worker)
        self._exact(exact, worker)
        self._partner()
        self._people(outbox)
        self._links()

    def _exact(self, exact: ExactSandbox, worker: Any) -> None:
        """Tokens: a booked invoice, refusals, an answer that breaks off, a refresh that is refused."""
        with scope(self.cast.alice.firm_id):
            self.authorisation = Authorisation.objects.get()
        self.canaries |= {
            "access token": self.authorisation.access_token.reveal(),
            "refresh token": self.authorisation.refresh_token.reveal(),
        }
        intake.receive(self.cast.alice.firm_id, paper("C-1"), channel="api")
        exact.break_("drop_after", times=1, method="POST")
        worker()
        intake.receive(self.cast.alice.firm_id, paper("C-2"), channel="api")
        exact.control("POST", "faults", act="answer", kind="500", match={"method": "POST"}, times=1)
        worker()

    def _partner(self) -> None:
        """A machine's secret and token: in the right place, in wrong ones, and in bodies that are refused."""
        made = self.cast.alice.partner
        self.canaries["a partner's secret"] = made.client_secret
        client = Client(raise_request_exception=False)
        form = {
            "grant_type": "client_credentials",
            "client_id": made.client_id,
            "client_secret": made.client_secret,
        }
        token = client.post("/identity/o/api/token", form).json()["access_token"]
        self.canaries["a partner's token"] = token
        client.post("/identity/o/api/token", {**form, "grant_type": "password", "password": PASSWORD})
        machine = Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)
        hook = machine.post(
            "/api/v1/webhooks/",
            {"url": "https://partner.example/hook", "events": ["*"]},
            "application/json",
            headers={"Idempotency-Key": "hook"},
        ).json()
        self.canaries["a webhook's secret"] = hook["secret"]
        link = machine.post(
            f"/api/v1/connections/{self.connection.pk}/authorise/",
            {},
            "application/json",
            headers={"Idempotency-Key": "link"},
        ).json()["authorise_url"]
        self.canaries["a consent link that a machine asked for"] = link.rstrip("/").rsplit("/", 1)[1]
        for path in ("organisations/", "connections/", "issues/", "invoices/", "webhooks/", "client/", "client/calls/",
                     "jobs/", f"webhooks/{hook['id']}/", f"webhooks/{hook['id']}/deliveries/",
                     f"connections/{self.connection.pk}/", "nowhere/"):  # fmt: skip
            self.answers.append(machine.get(f"/api/v1/{path}").content)
        for body in (f'{{"name": "{made.client_secret}', f'{{"access_token": "{token}"}}'):
            machine.post("/api/v1/organisations/", body, "application/json")
        client.get(f"/api/v1/client/?access_token={token}")

    def _people(self, outbox: list[Any]) -> None:
        """A password right and wrong, a second factor, an invitation; then every page that shows what was done."""
        client = Client(raise_request_exception=False)
        client.post("/accounts/login/", {"login": self.cast.alice.owner.email, "password": PASSWORD + "x"})
        self.canaries["second factor"] = with_app(sign_in(self.cast.alice.owner))
        with scope(self.cast.alice.firm_id):
            inviting.invite(Firm.objects.get(), ["iris@kantoor.example"], "viewer", by=self.cast.alice.owner)
        found = re.search(r"/invitations/([^/\s]+)/", outbox[-1].body)
        assert found
        self.canaries["an invitation"] = found[1]
        client.get(f"/invitations/{found[1]}/")
        owner = browser(self.cast.bob)
        for path in ("/", "/queue/", "/invoices/", "/clients/", "/issues/", "/sign-ins/", "/team/", "/account/",
                     f"/connections/{self.connection.pk}/"):  # fmt: skip
            self.answers.append(owner.get(path).content)

    def _links(self) -> None:
        """A consent link, opened, and used in a wrong browser; a client offered, and an invoice shared."""
        organisation = self.cast.alice.organisation("Slagerij Hak", "99999990")
        _, path = link_for(self.cast.alice, organisation)
        token = path.rstrip("/").rsplit("/", 1)[1]
        self.canaries["a consent link"] = token
        Client().get(path)
        url, _cookie = consents.begin(token)
        state = re.search(r"state=([^&]+)", url)
        assert state
        self.canaries["a consent's state"] = state[1]
        Client().get(f"/connect/exact/callback/?code=made-up-canary-code&state={state[1]}")
        self.canaries["a code of Exact"] = "made-up-canary-code"
        with scope(self.cast.alice.firm_id):
            offer = offers.offer(Firm.objects.get(), organisation, by=self.cast.alice.owner)
            shared = sharing.share(Invoice.objects.all()[0], 1, self.cast.alice.owner)
        for whose, path, url in (
            ("an offered client", "take", offer.url),
            ("a shared invoice", "shared", shared.url),
        ):
            token = self.canaries[whose] = url.rstrip("/").rsplit("/", 1)[1]
            for who in (Client(), browser(self.cast.charlie.owner)):
                assert who.get(f"/{path}/{token}/").status_code < 400


@pytest.fixture
def day(cast: Cast, exact: ExactSandbox, worker: Any, mailoutbox: list[Any], lines: Any) -> Everything:
    made = Everything(cast, exact, worker, mailoutbox)
    assert len(made.canaries) >= 11
    assert all(len(secret) >= 12 for secret in made.canaries.values()), made.canaries
    return made


def found(canaries: dict[str, str], text: str) -> set[str]:
    return {whose for whose, secret in canaries.items() if secret in text}


def test_no_secret_stands_readable_anywhere_in_the_database(day: Everything) -> None:
    wrong = {}
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        )
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            if leaked := found(day.canaries, cursor.fetchone()[0]):
                wrong[table] = leaked
    assert len(tables) > 60
    assert wrong == {}
    assert PartnerSecret.objects.exists()


def test_no_secret_comes_out_in_a_log_an_answer_the_trail_or_the_recorder(
    day: Everything, lines: Any
) -> None:
    told = "\n".join(str(line) for line in lines())
    assert "request_finished" in told
    assert "callback" in told
    assert found(day.canaries, told) == set()
    assert found(day.canaries, b"\n".join(day.answers).decode()) == set()
    events = "\n".join(str(event) for event in trail.lines(day.cast.alice.firm_id))
    assert "webhook.made" in events
    assert found(day.canaries, events) == set()
    with staff():
        calls = "\n".join(f"{one.url} {one.request} {one.answer} {one.error}" for one in Call.objects.all())
    assert "PurchaseEntries" in calls
    assert found(day.canaries, calls) == set()
    kept = (
        [path.read_bytes() for path in Path(settings.VAR_DIR).rglob("*.log")]
        if settings.VAR_DIR.exists()
        else []
    )
    assert found(day.canaries, b"".join(kept).decode(errors="replace")) == set()
