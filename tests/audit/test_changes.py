"""Changes are recorded by the database itself, so that no way of making them can forget to."""

from typing import Any

from django.test import Client
from django.utils import timezone

from connections import actions as clients
from connections.models import Connection
from portal import audit, digests, imports, jobs, partners
from portal.models import AuditEvent, AuditPerson, Membership, Organisation, Partner
from portal.tenancy import scope, staff
from tests.cast import Cast, Office
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper


def actions(office: Office, *kinds: str) -> list[tuple[str, str]]:
    """(action, by) of the events about these kinds of rows, oldest first."""
    with scope(office.firm_id):
        found = AuditEvent.objects.order_by("at")
        if kinds:
            found = found.filter(subject_kind__in=kinds)
        return list(found.values_list("action", "by"))


def test_a_bulk_update_is_recorded_row_by_row_with_what_changed(cast: Cast) -> None:
    one = cast.alice.organisation()
    two = cast.alice.organisation("Slagerij", "22222222", iban="NL91ABNA0417164300")
    with scope(cast.alice.firm_id), audit.acting(audit.AUTOPILOT):
        Organisation.objects.update(iban="NL91ABNA0417164300")
    with scope(cast.alice.firm_id):
        (event,) = AuditEvent.objects.filter(action="organisation.changed")
    assert event.subject_id == str(one.pk) != str(two.pk)
    assert (event.before, event.after) == ({"iban": ""}, {"iban": "NL91ABNA0417164300"})
    assert event.by == "autopilot"


def test_an_update_that_changes_nothing_is_no_event(cast: Cast) -> None:
    organisation = cast.alice.organisation()
    with scope(cast.alice.firm_id):
        organisation.save()
        Organisation.objects.update(updated_at=timezone.now())
    assert actions(cast.alice, "organisation") == [("organisation.made", "system")]


def test_people_and_machines_that_come_and_go_are_recorded(cast: Cast) -> None:
    bob = cast.bob
    with scope(cast.alice.firm_id):
        Membership.objects.filter(user=bob).update(role="viewer")
        Membership.objects.filter(user=bob).delete()
    partner = Partner.objects.get(client_id=cast.alice.partner.client_id)
    with scope(cast.alice.firm_id):
        partners.revoke(partner)
    assert [action for action, _ in actions(cast.alice, "membership", "grant")] == [
        "membership.made",
        "membership.changed",
        "membership.gone",
        "grant.made",
        "grant.changed",
    ]


def test_a_change_in_the_browser_names_the_person_and_the_address(cast: Cast) -> None:
    browser = Client(REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT="Firefox")
    browser.force_login(cast.alice.owner)
    assert browser.post("/firm/brake/", {"on": "1"}).status_code == 302
    with scope(cast.alice.firm_id):
        event = AuditEvent.objects.select_related("person").get(action="firm.changed")
    assert (event.by, event.actor_id, event.after) == ("person", cast.alice.owner.pk, {"brake": True})
    assert (event.person.name, event.person.address) == (cast.alice.owner.email, "203.0.113.9")
    assert event.request_id
    assert audit.hash_of(event.person) == event.person_sha256  # the database's hash is Python's


def test_what_long_work_changes_is_the_doing_of_whoever_started_it(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connected(cast.alice, exact, worker)
    bob, rows = cast.bob, [{"name": "Slagerij Hak", "kvk_number": "99999990"}]
    with scope(cast.alice.firm_id):
        Connection.objects.update(mode="suggest")
        action = clients.start("mode-autopilot", Organisation.objects.all(), by=cast.alice.owner)
        imported = jobs.start(imports.KIND, rows, by=bob)
    for job in (action, imported):
        jobs.run(job.firm_id, job.pk)
    with scope(cast.alice.firm_id):
        mode = AuditEvent.objects.filter(action="connection.changed", after={"mode": "autopilot"}).get()
        made = AuditEvent.objects.filter(action="organisation.made").latest("at")
    assert (mode.by, mode.actor_id) == ("person", cast.alice.owner.pk)
    assert (made.by, made.actor_id) == ("person", bob.pk)


def test_a_change_by_a_partner_names_the_partner(cast: Cast) -> None:
    from tests.api_client import api

    client: Any = api(cast.alice)
    made = client.post(
        "/api/v1/organisations/",
        {"name": "Van de partner", "kvk_number": "33333333"},
        content_type="application/json",
    )
    assert made.status_code == 201
    with scope(cast.alice.firm_id):
        event = AuditEvent.objects.select_related("person").get(action="organisation.made")
    assert event.by == "partner"
    assert event.person.name == "Software B.V."


def test_the_way_of_an_invoice_tells_who_decided(cast: Cast, exact: ExactSandbox, worker: Any) -> None:
    from invoices import intake
    from invoices.deciding import dispatch
    from invoices.models import Invoice

    connection = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id):
        Connection.objects.filter(pk=connection.pk).update(mode="suggest")
    one = intake.receive(cast.alice.firm_id, paper("A-1"), channel="api")
    worker()
    with scope(cast.alice.firm_id):
        invoice = Invoice.objects.select_for_update().get(pk=one.invoice_id)
        assert invoice.status == "review"
        dispatch.approve(invoice, cast.alice.owner)
    worker()
    with scope(cast.alice.firm_id):
        Connection.objects.filter(pk=connection.pk).update(mode="autopilot", auto_book_confidence="0.50")
    intake.receive(cast.alice.firm_id, paper("A-2"), channel="api")
    worker()
    acts = actions(cast.alice, "invoice")
    assert acts[:2] == [("invoice.ready", "person"), ("invoice.booked", "autopilot")]
    assert ("invoice.ready", "autopilot") in acts[2:]


def test_tokens_and_secrets_are_in_no_event(cast: Cast, exact: ExactSandbox, worker: Any) -> None:
    connected(cast.alice, exact, worker)
    with staff():
        texts = [
            digests.line(event)
            for event in AuditEvent.objects.values("before", "after", "action", "subject_id")
        ]
        persons = list(AuditPerson.objects.values_list("words", flat=True))
    assert any(b"authorisation.made" in text for text in texts)
    assert any(b"consent.changed" in text for text in texts)
    assert not any(b"token" in text for text in texts)
    assert not any(persons)
