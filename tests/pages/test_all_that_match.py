"""One action over all clients that a list holds, also those of its other pages."""

import pytest
from django.urls import reverse

from connections import actions
from connections.models import Connection
from invoices.pages import clients, many_clients
from portal import jobs
from portal.models import Job, Organisation
from portal.tenancy import scope
from tests.pages.firm import BusyFirm


@pytest.fixture
def many(busy: BusyFirm, monkeypatch: pytest.MonkeyPatch) -> BusyFirm:
    """Six clients, on pages of three, of which one is connected; more than three are long work."""
    monkeypatch.setattr(clients, "PAGE", 3)
    monkeypatch.setattr(many_clients, "AT_ONCE", 3)
    with scope(busy.cast.alice.firm_id):
        for number in range(4):
            Organisation.objects.create(name=f"Klant {number}", kvk_number=f"7000000{number}")
    return busy


def asked(busy: BusyFirm, what: str, **more: str) -> str:
    """Where the action over everything leads."""
    answer = busy.browsers["owner"].post(
        reverse("clients-bulk"),
        {"what": what, "everything": "1", "client": str(busy.other_client.pk), **more},
    )
    assert answer.status_code == 302
    return str(answer["Location"])


def test_all_that_match_are_offered_where_the_list_goes_on(many: BusyFirm) -> None:
    owner = many.browsers["owner"]
    assert "Alle 6 klanten, op elke pagina" in owner.get("/clients/").content.decode()
    assert "Alle 4 die passen, op elke pagina" in owner.get("/clients/?q=klant").content.decode()
    assert "op elke pagina" not in owner.get("/clients/?q=slag").content.decode()


def test_an_action_over_everything_takes_what_the_search_finds_and_not_what_is_ticked(many: BusyFirm) -> None:
    where = asked(many, "pause", q="bakk", view="active")
    assert "Gedaan voor 1 klant." in many.browsers["owner"].get(where).content.decode()
    with scope(many.cast.alice.firm_id):
        assert Connection.objects.get(pk=many.connection.pk).status == "paused"


def test_an_action_over_many_is_long_work_that_tells_of_each(many: BusyFirm) -> None:
    where = asked(many, "mode-suggest")
    with scope(many.cast.alice.firm_id):
        job = Job.objects.get(kind=actions.KIND + "mode-suggest")
        assert Connection.objects.get(pk=many.connection.pk).mode != "suggest"
    jobs.run(job.firm_id, job.pk)
    page = many.browsers["owner"].get(where).content.decode()
    assert "Alleen voorstellen, voor veel klanten" in page
    assert "6 van 6" in page
    assert "5 gelaten zoals ze waren" in page
    assert page.count("gelaten zoals het was") == 5
    with scope(many.cast.alice.firm_id):
        assert Connection.objects.get(pk=many.connection.pk).mode == "suggest"


def test_links_for_more_clients_than_a_page_can_hold_are_not_made(
    many: BusyFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_clients, "MOST_LINKS", 5)
    assert "hoogstens 5 klanten" in many.browsers["owner"].get(asked(many, "invite")).content.decode()
    with scope(many.cast.alice.firm_id):
        assert Connection.objects.count() == 1


def test_nobody_acts_on_everything_of_another_firm(many: BusyFirm) -> None:
    many.browsers["stranger"].post(reverse("clients-bulk"), {"what": "pause", "everything": "1"})
    with scope(many.cast.alice.firm_id):
        assert Connection.objects.get(pk=many.connection.pk).status == "active"
