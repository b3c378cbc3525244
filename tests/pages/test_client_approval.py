"""The client's own word on its invoices, in both orders: before they are booked, and before they are paid."""

from typing import Any

import pytest
from django.test import Client

from connections.models import Connection
from invoices import intake
from invoices.deciding import client_approval
from invoices.models import ClientApproval, Invoice
from portal.models import Membership, User
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.pages.firm import browser
from tests.paper import paper


class Office:
    """Alice's firm with a connected client that is asked, and a person of that client."""

    def __init__(self, cast: Cast, exact: ExactSandbox, work: Any) -> None:
        self.cast, self.exact, self.work = cast, exact, work
        self.connection: Connection = connected(cast.alice, exact, work)
        self.alice = browser(cast.alice.owner)
        user = User.objects.create_user("baker@korenaar.example", "geheim-voor-de-test")
        with scope(cast.alice.firm_id):
            Membership.objects.create(user=user, role="client", organisation=self.connection.organisation)
        self.baker = browser(user)

    def asks(self, order: str) -> None:
        client = self.connection.organisation
        said = {"name": client.name, "kvk_number": client.kvk_number, "approves": order}
        assert self.alice.post(f"/clients/{client.pk}/edit/", said).status_code == 302

    def send(self, number: str = "2026-100") -> Invoice:
        got = intake.receive(self.cast.alice.firm_id, paper(number), channel="api")
        self.work()
        return self.again(got.invoice_id)

    def again(self, pk: Any) -> Invoice:
        with scope(self.cast.alice.firm_id):
            return Invoice.objects.get(pk=pk)

    def question(self) -> ClientApproval:
        with scope(self.cast.alice.firm_id):
            return ClientApproval.objects.get()


@pytest.fixture
def office(cast: Cast, exact: ExactSandbox, worker: Any) -> Office:
    return Office(cast, exact, worker)


def page_of(client: Client, view: str = "") -> str:
    return str(client.get(f"/approvals/?view={view}").content.decode())


def test_nothing_is_booked_before_the_client_said_yes(office: Office) -> None:
    office.asks("before")
    waits = office.send()
    assert (waits.status, waits.reason) == ("on_hold", "client_asked")
    assert office.exact.entries(1001, "2026-100") == []
    assert "2026-100" in page_of(office.baker)
    office.baker.post(f"/approvals/{office.question().pk}/yes/", {"words": "Klopt"})
    office.work()
    assert office.again(waits.pk).status == "booked"
    assert len(office.exact.entries(1001, "2026-100")) == 1
    assert "2026-100" not in page_of(office.baker)
    assert "2026-100" in page_of(office.alice, "pay")


def test_what_the_client_refuses_comes_back_to_the_firm_with_the_words(office: Office) -> None:
    office.asks("before")
    waits = office.send()
    office.baker.post(f"/approvals/{office.question().pk}/no/", {"words": "Nooit besteld"})
    office.work()
    back = office.again(waits.pk)
    assert (back.status, back.reason) == ("review", "client_refused")
    assert "Nooit besteld" in office.alice.get(f"/invoices/{waits.pk}/").content.decode()
    assert office.exact.entries(1001, "2026-100") == []
    office.alice.post(f"/invoices/{waits.pk}/do/approve/")
    assert (office.again(waits.pk).reason, office.question().approved) == ("client_asked", None)


def test_an_approval_in_the_queue_asks_the_client_and_can_be_taken_back(office: Office) -> None:
    with scope(office.cast.alice.firm_id):
        Connection.objects.filter(pk=office.connection.pk).update(mode="suggest")
    office.asks("before")
    review = office.send()
    assert review.reason == "mode_suggest"
    office.alice.post(f"/queue/{review.pk}/approve/")
    assert office.again(review.pk).reason == "client_asked"
    office.alice.post(f"/queue/{review.pk}/back/")
    assert office.again(review.pk).status == "review"
    with scope(office.cast.alice.firm_id):
        assert not ClientApproval.objects.exists()


def test_in_the_other_order_it_is_booked_at_once_and_may_be_paid_after_the_yes(office: Office) -> None:
    office.asks("after")
    booked = office.send()
    assert booked.status == "booked"
    assert "2026-100" not in page_of(office.alice, "pay")
    office.baker.post(f"/approvals/{office.question().pk}/yes/")
    assert "2026-100" in page_of(office.alice, "pay")
    sheet = office.alice.get("/approvals/?view=pay&csv=1").content.decode()
    assert "Drukkerij Van Dam B.V.;2026-100" in sheet
    assert len(office.exact.entries(1001, "2026-100")) == 1


def test_a_client_that_is_not_asked_waits_for_nothing(office: Office) -> None:
    office.asks("after")
    office.asks("")
    assert office.send().status == "booked"
    with scope(office.cast.alice.firm_id):
        assert not ClientApproval.objects.exists()
        assert client_approval.order_of(office.connection.organisation_id) == ""


def test_an_answer_is_given_once(office: Office) -> None:
    office.asks("after")
    office.send()
    pk = office.question().pk
    office.baker.post(f"/approvals/{pk}/no/", {"words": "Te duur"})
    office.alice.post(f"/approvals/{pk}/yes/")
    row = office.question()
    assert (row.approved, row.words) == (False, "Te duur")
