"""One box finds whatever the caller has at hand, and a single hit opens."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections import connecting
from connections.models import Authorisation, Connection
from invoices.models import Document, Invoice
from portal.desk.finding import find
from portal.models import ApiCall, Grant, Membership, Organisation, User
from portal.tenancy import scope, staff
from tests.cast import Cast

REQUEST = "7f3f1c52-0d1e-4d31-9d0c-6b9d3f2f8a11"


@pytest.fixture
def bakery(cast: Cast) -> Organisation:
    """A bakery with one of every key, among other companies."""
    made = cast.alice.organisation(
        "Bakkerij De Korenaar", "12345678", vat_number="NL853746333B01", iban="NL91ABNA0417164300"
    )
    cast.alice.organisation("Slagerij Hak", "23456789")
    cast.charlie.organisation("Drukkerij Van Dam", "34567890")
    assert cast.alice.partner
    with scope(cast.alice.firm_id):
        connection = connecting.connect(made)
        now = timezone.now()
        authorisation = Authorisation.objects.create(
            site="nl",
            exact_user_id=REQUEST,
            exact_user="Anna",
            email="anna@bakkerij.example",
            issued_at=now,
            expires_at=now,
        )
        Connection.objects.filter(pk=connection.pk).update(division=3106, authorisation=authorisation)
        document = Document.objects.create(sha256="0" * 64, size=1, channel="upload", organisation=made)
        Invoice.objects.create(
            document=document,
            organisation=made,
            number="2026-0117",
            number_normalised="20260117",
            seller_name="Van Dam",
        )
        person = User.objects.create_user("piet@bakkerij.example", "geheim-voor-de-test", name="Piet Bakker")
        Membership.objects.create(user=person, role="client", organisation=made)
        ApiCall.objects.create(
            partner=Grant.objects.get().partner, at=now, method="GET", path=f"/api/v1/connections/{connection.pk}/",
            status=404, seconds=0.01, request_id=REQUEST,
        )  # fmt: skip
    return made


TYPED = (
    "12345678", "12 34 56 78", "1234567", "Bakkerij De Korenaar", "bakerij korenar", "de koornaar",
    "NL853746333B01", "nl 8537.46.333.b01", "NL91 ABNA 0417 1643 00", "12345678@facturen.econnect.eu", "3106",
    "anna@bakkerij.example", "piet@bakkerij.example", "Piet Bakker",
)  # fmt: skip


def test_a_single_hit_opens_the_clients_case(bakery: Organisation, desk: Client) -> None:
    opened = {}
    for typed in TYPED:
        answer = desk.get(reverse("helpdesk:find"), {"q": typed})
        opened[typed] = answer.get("Location", "a list").split("?")[0]
    assert opened == dict.fromkeys(TYPED, reverse("helpdesk:case", args=[bakery.pk]))


def test_an_invoice_is_found_however_its_number_was_written(bakery: Organisation, desk: Client) -> None:
    with staff():
        invoice = Invoice.objects.get()
    for typed in ("2026-0117", "2026 0117", "20260117", str(invoice.pk)):
        answer = desk.get(reverse("helpdesk:find"), {"q": typed})
        assert answer["Location"] == reverse("helpdesk:invoice", args=[invoice.pk]), typed


def test_the_request_id_of_a_call_opens_that_call(bakery: Organisation, desk: Client) -> None:
    answer = desk.get(reverse("helpdesk:find"), {"q": REQUEST}, follow=True)
    page = answer.content.decode()
    assert REQUEST in page
    assert "Software B.V." in page


def test_several_hits_stand_in_groups_and_each_once(bakery: Organisation, cast: Cast, desk: Client) -> None:
    cast.charlie.organisation("Bakkerij De Korenaar", "12345678")
    with staff():
        groups = find("12345678")
    assert [len(hits) for _label, hits in groups] == [2]
    page = desk.get(reverse("helpdesk:find"), {"q": "12345678"})
    assert page.status_code == 200
    assert "Kantoor Alice" in page.content.decode()
    assert "Kantoor Charlie" in page.content.decode()


def test_what_is_not_there_is_said_and_breaks_nothing(bakery: Organisation, desk: Client) -> None:
    for typed in ("", "   ", "%", "'; DROP TABLE", "\0", "x" * 5000, "99999999", "zzqqyyxx"):
        answer = desk.get(reverse("helpdesk:find"), {"q": typed})
        assert answer.status_code == 200, typed
        assert "Korenaar" not in answer.content.decode(), typed


def test_a_name_that_sounds_like_nothing_here_finds_nothing(bakery: Organisation) -> None:
    with staff():
        assert find("Garage Willemsen") == []
