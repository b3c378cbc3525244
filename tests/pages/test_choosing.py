"""A client is chosen while typing, by who has hundreds of them; a form sent without a pick is understood, or refused."""

from typing import Any

from django.urls import reverse

from invoices.models import Invoice
from portal.models import Invitation
from portal.tenancy import scope
from tests.pages.firm import BusyFirm, browser


def test_clients_are_found_by_a_part_of_their_name_or_the_start_of_their_number(busy: BusyFirm) -> None:
    def found(q: str) -> str:
        return busy.browsers["owner"].get(reverse("client-options"), {"q": q}).content.decode()

    for words in ("slag", "Hak Slag", "9999"):
        assert str(busy.other_client.pk) in found(words)
        assert str(busy.client.pk) not in found(words)
    assert "option" not in found("Nergensman")
    stranger = browser(busy.cast.charlie.owner)
    assert "option" not in stranger.get(reverse("client-options"), {"q": "slag"}).content.decode()


def test_an_invoice_is_given_to_the_client_that_was_picked_or_whose_name_was_typed(busy: BusyFirm) -> None:
    address = reverse("invoice-act", args=[busy.unrouted.pk, "route"])

    def give(**form: Any) -> Any:
        busy.browsers["owner"].post(address, form)
        with scope(busy.cast.alice.firm_id):
            return Invoice.objects.get(pk=busy.unrouted.pk).organisation_id

    busy.cast.alice.organisation("Dubbel B.V.", "50000001")
    busy.cast.alice.organisation("Dubbel B.V.", "50000002")
    for unclear in (
        {},
        {"client": "Dubbel B.V."},
        {"client": "Slagerij"},
        {"organisation": "x", "client": ""},
    ):
        assert give(**unclear) is None
    assert give(client="slagerij hak") == busy.other_client.pk


def test_a_person_is_never_let_in_to_all_because_their_client_was_unclear(busy: BusyFirm) -> None:
    def invited(role: str, **form: str) -> list[Any]:
        form |= {"emails": "nora@klant.example", "role": role}
        busy.browsers["owner"].post(reverse("team-invite"), form)
        with scope(busy.cast.alice.firm_id):
            return list(
                Invitation.objects.filter(email="nora@klant.example").values_list("role", "organisation_id")
            )

    assert invited("client") == []
    assert invited("client", client="Wie is dit?") == []
    assert invited("bookkeeper", client="Slagerij Hak") == []
    assert invited("client", client="99999990") == [("client", busy.other_client.pk)]
