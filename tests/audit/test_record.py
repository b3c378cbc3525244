"""Who did what, when and from where: added in the act's own transaction, and never changed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from portal import audit
from portal.addresses import client_address
from portal.models import AuditEvent, AuditPerson, Organisation
from portal.tenancy import scope, staff
from tests.cast import Cast, Office


def events(office: Office) -> list[AuditEvent]:
    with scope(office.firm_id):
        return list(AuditEvent.objects.select_related("person").order_by("at"))


def test_an_act_and_its_record_are_one(cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError), scope(cast.alice.firm_id):
        audit.record("organisation.made", Organisation.objects.create(name="Half", kvk_number="44444444"))
        1 / 0  # noqa: B018
    assert events(cast.alice) == []


def test_an_event_says_who_what_when_from_where_before_and_after(cast: Cast) -> None:
    organisation = cast.alice.organisation()

    def view(request: Any) -> HttpResponse:
        request.user = cast.alice.owner
        with scope(cast.alice.firm_id):
            before = audit.snapshot(organisation, "name", "iban")
            audit.record(
                "organisation.changed",
                organisation,
                **audit.changed(before, {**before, "name": "De Nieuwe Korenaar"}),
                words="op verzoek van Joost",
            )
        return HttpResponse()

    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", HTTP_USER_AGENT="Firefox")
    request.request_id = "abc"  # type: ignore[attr-defined]
    audit.requests(view)(request)
    made, event = events(cast.alice)
    assert made.action == "organisation.made"
    assert (event.action, event.by, event.actor_id) == ("organisation.changed", "person", cast.alice.owner.pk)
    assert (event.subject_kind, event.subject_id) == ("organisation", str(organisation.pk))
    assert (event.before, event.after) == ({"name": organisation.name}, {"name": "De Nieuwe Korenaar"})
    assert event.request_id == "abc"
    assert abs((timezone.now() - event.at).total_seconds()) < 60
    person = event.person
    assert (person.name, person.address, person.agent) == (cast.alice.owner.email, "203.0.113.7", "Firefox")
    assert person.words == "op verzoek van Joost"
    assert audit.hash_of(person) == event.person_sha256


def test_helpdesk_partner_autopilot_and_operator_are_told_apart(cast: Cast) -> None:
    from portal.models import Partner, User

    helper = User.objects.create_user("els@helpdesk.example", "geheim-voor-de-test", is_staff=True)
    partner = Partner.objects.get(client_id=cast.alice.partner.client_id)
    with scope(cast.alice.firm_id):
        audit.record("a", by=helper)
        audit.record("b", by=partner)
        audit.record("c", by=audit.AUTOPILOT)
        with audit.acting(audit.operator()):
            audit.record("d")
        audit.record("e")
    assert [event.by for event in events(cast.alice)][-5:] == [
        "helpdesk",
        "partner",
        "autopilot",
        "operator",
        "system",
    ]


@pytest.mark.parametrize("alias", ["default", "staff"])
@pytest.mark.parametrize(
    "sentence", ["UPDATE portal_auditevent SET action = 'x'", "DELETE FROM portal_auditevent"]
)
def test_the_database_refuses_to_change_or_delete_what_happened(
    cast: Cast, alias: str, sentence: str
) -> None:
    with scope(cast.alice.firm_id):
        audit.record("firm.renamed")
    entered = scope(cast.alice.firm_id) if alias == "default" else staff()
    with pytest.raises(DatabaseError, match="only added to"), entered, connections[alias].cursor() as cursor:
        cursor.execute(sentence)
    assert [event.action for event in events(cast.alice)] == ["firm.renamed"]


def test_an_event_cannot_be_dated_back(cast: Cast) -> None:
    with scope(cast.alice.firm_id):
        AuditEvent.objects.create(action="a", by="system", at=timezone.now() - timedelta(days=400))
    (event,) = events(cast.alice)
    assert abs((timezone.now() - event.at).total_seconds()) < 60


def test_what_concerns_everybody_is_seen_by_the_helpdesk_alone(cast: Cast) -> None:
    audit.record("installation.brake", by=audit.operator(), after={"on": True})
    assert events(cast.alice) == []
    with staff():
        (event,) = AuditEvent.objects.all()
    assert event.firm_id is None


def test_another_firm_sees_nothing_of_it(cast: Cast) -> None:
    with scope(cast.alice.firm_id):
        audit.record("firm.renamed", words="geheim")
    assert events(cast.charlie) == []
    with scope(cast.charlie.firm_id):
        assert not AuditPerson.everyones.exists()


@pytest.mark.parametrize(
    ("here", "forwarded", "expected"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # no proxy of ours wrote this
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed_about_addresses(
    settings: Any, here: str, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    more = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", REMOTE_ADDR=here, **more)) == expected
