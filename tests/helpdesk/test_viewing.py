"""Looking along: reading only, for a while, with a reason, told to the owner, in the firm's own trail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import InternalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.models import AuditEvent, Firm, Membership, User, Viewing
from portal.tenancy import scope
from tests.cast import Cast

WHY = "Piet belt: zijn facturen staan niet in Exact"


@pytest.fixture
def looking(cast: Cast, desk: Client) -> Client:
    """Els looks along with Alice's firm, as its owner sees it."""
    cast.alice.organisation()
    with scope(cast.alice.firm_id):
        member = Membership.objects.get(user=cast.alice.owner)
    answer = desk.post(
        reverse("helpdesk:view-as", args=[cast.alice.firm_id]),
        {"member": member.pk, "minutes": 15, "reason": WHY},
    )
    assert answer.status_code == 302, answer.content.decode()
    return desk


def test_the_owner_is_told_who_looks_why_and_until_when_and_the_trail_has_it(
    cast: Cast, els: User, looking: Client
) -> None:
    (told,) = mail.outbox
    assert told.to == [cast.alice.owner.email]
    assert WHY in told.body and "Els" in told.body
    with scope(cast.alice.firm_id):
        event = AuditEvent.objects.select_related("person").get(action="helpdesk.viewing_began")
    assert (event.by, event.actor_id, event.person.words) == ("helpdesk", els.pk, WHY)


def test_the_pages_are_the_firms_and_say_that_one_only_looks(cast: Cast, looking: Client) -> None:
    page = looking.get("/clients/").content.decode()
    assert "Bakkerij De Korenaar" in page
    assert WHY in page
    assert looking.get("/firm/").status_code == 200, "as the owner sees it"


def test_nothing_can_be_changed_whatever_is_pressed(cast: Cast, looking: Client) -> None:
    with scope(cast.alice.firm_id):
        trail = AuditEvent.objects.count()
    for name, data in (
        ("firm-brake", {"on": "1"}),
        ("firm", {"name": "Anders"}),
        ("machine-make", {"name": "x"}),
    ):
        assert looking.post(reverse(name), data).status_code == 403
    with scope(cast.alice.firm_id):
        firm = Firm.objects.get()
        assert (firm.brake, firm.name, AuditEvent.objects.count()) == (False, "Kantoor Alice", trail)


def test_even_a_page_that_would_write_cannot(cast: Cast, els: User, looking: Client) -> None:
    """The database holds it: the scope of such a page is a read-only transaction."""
    from django.test import RequestFactory

    from portal.people import viewings

    request = RequestFactory().get("/")
    request.user, request.session = els, looking.session
    with pytest.raises(InternalError, match="read-only"), scope(cast.alice.firm_id):
        assert viewings.enter(request) is not None
        Firm.objects.update(brake=True)


def test_it_ends_by_itself_and_when_one_goes_back(cast: Cast, looking: Client) -> None:
    with scope(cast.alice.firm_id):
        Viewing.objects.update(until=timezone.now() - timedelta(seconds=1))
    answer = looking.get("/clients/")
    assert answer["Location"] == reverse("helpdesk:view-end")
    assert "Terug naar de helpdesk" in looking.get(answer["Location"]).content.decode()
    assert looking.get("/clients/")["Location"] == reverse("helpdesk:view-end")  # a GET ended nothing
    looking.post(answer["Location"])
    assert looking.get("/clients/")["Location"] == "/firms/new/"


def test_without_a_reason_nothing_is_shown_and_nobody_is_told(cast: Cast, desk: Client) -> None:
    with scope(cast.alice.firm_id):
        member = Membership.objects.get(user=cast.alice.owner)
    url = reverse("helpdesk:view-as", args=[cast.alice.firm_id])
    for values in ({"reason": ""}, {"reason": "ok"}, {"reason": WHY, "minutes": 600}):
        assert desk.post(url, {"member": member.pk, "minutes": 15, **values}).status_code == 200
    assert mail.outbox == []
    assert desk.get("/clients/").status_code == 302


def test_an_owner_who_cannot_be_told_is_not_looked_at(
    cast: Cast, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: object, **kwargs: object) -> None:
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr("portal.desk.viewing.EmailMessage.send", down)
    with scope(cast.alice.firm_id):
        member = Membership.objects.get(user=cast.alice.owner)
    url = reverse("helpdesk:view-as", args=[cast.alice.firm_id])
    assert desk.post(url, {"member": member.pk, "minutes": 15, "reason": WHY}).status_code == 302
    assert desk.get("/clients/").status_code == 302
    with scope(cast.alice.firm_id):
        assert not Viewing.objects.exists()


def test_a_session_that_names_another_ones_viewing_opens_nothing(cast: Cast, looking: Client) -> None:
    from tests.helpdesk.conftest import helper
    from tests.pages.firm import browser

    other = browser(helper("jan@helpdesk.example"))
    session = other.session
    session["viewing"] = looking.session["viewing"]
    session.save()
    assert other.get("/clients/")["Location"] == reverse("helpdesk:view-end")
    stranger = browser(cast.charlie.owner)
    session = stranger.session
    session["viewing"] = looking.session["viewing"]
    session.save()
    assert "Korenaar" not in stranger.get("/clients/").content.decode()
