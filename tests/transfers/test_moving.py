"""A client moves to another firm with all that belongs to it, in one transaction, and nothing else does."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from connections import consents
from connections.models import Authorisation, Connection, Consent, Issue, Lane
from invoices import intake, sharing
from invoices.channels import routes
from invoices.models import Booking, Content, Document, Invoice, KvkRoute, Seller, TimelineEvent, Transfer
from invoices.transfers import moving, offers, walk
from portal.lookups import ask
from portal.models import AuditEvent, DeskCase, Firm, Membership, Organisation, User
from portal.people.firms import create_firm
from portal.tenancy import scope, staff
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import consent, link_for
from tests.pages.firm import BusyFirm, browser
from tests.paper import paper


def agreed(cast: Cast, organisation: Organisation, **offered: Any) -> Transfer:
    """Alice offers, Charlie accepts, and the work is done."""
    with scope(cast.alice.firm_id):
        firm = Firm.objects.get()
        offer = offers.offer(firm, organisation, by=cast.alice.owner, **offered)
    accepted(cast, offer)
    with scope(cast.alice.firm_id):
        return Transfer.objects.get(pk=offer.transfer.pk)


def accepted(cast: Cast, offer: offers.Offer) -> None:
    with scope(cast.charlie.firm_id):
        theirs = Firm.objects.get()
    offers.accept(offer.url.rstrip("/").rsplit("/", 1)[1], theirs, cast.charlie.owner)
    for firm_id, pk in ask("due_transfers", 10):
        moving.run(firm_id, pk)


@pytest.fixture
def busy(cast: Cast, exact: ExactSandbox, worker: Any) -> Iterator[BusyFirm]:
    """A firm that has something on every page; one invoice in it belongs to nobody yet."""
    yield BusyFirm(cast, exact, worker)


def owned(organisation_id: UUID) -> dict[str, set[UUID]]:
    """table → the firms that have rows of this client."""
    with staff():
        return {
            model._meta.label: set(walk.rows(model, organisation_id).values_list("firm", flat=True))
            for model in walk.in_order()
        }


# --- No table is forgotten --------------------------------------------------------------------------------


def test_every_table_with_a_firm_either_moves_or_is_named_among_those_that_stay(database: None) -> None:
    """Asked of the database, so that a table that next year's release adds is found here and nowhere later."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
               WHERE a.attname = 'firm_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                 AND c.relnamespace = 'public'::regnamespace"""
        )
        there = {name for (name,) in cursor.fetchall()}
    labels = {model._meta.db_table: model._meta.label for model in walk.tables()}
    assert there == set(labels)
    moves = {model._meta.label for model in walk.in_order()}
    assert moves | set(walk.STAYS) == set(labels.values())
    assert not moves & set(walk.STAYS)


def test_a_row_that_moves_points_at_nothing_that_stays_but_what_is_let_go(database: None) -> None:
    pointing = {
        (model._meta.label, key.name)
        for model in walk.in_order()
        for key in walk.keys(model)
        if key.related_model._meta.label in walk.STAYS
    }
    assert pointing == walk.LET_GO


def test_a_table_moves_after_those_that_it_points_at(database: None) -> None:
    order = walk.in_order()
    assert order[0] is Organisation
    for place, model in enumerate(order):
        assert all(
            key.related_model in order[: place + 1] for key in walk.keys(model) if walk.way(key.related_model)
        )


# --- The move ---------------------------------------------------------------------------------------------


def test_everything_of_the_client_changes_hands_and_nothing_of_the_others_does(busy: BusyFirm) -> None:
    alice, charlie = busy.cast.alice.firm_id, busy.cast.charlie.firm_id
    before = {label for label, firms in owned(busy.client.pk).items() if firms}
    assert {
        "invoices.Invoice",
        "connections.EntryLine",
        "connections.Call",
        "invoices.ProposalLine",
    } <= before
    made = agreed(busy.cast, busy.client)
    assert (made.state, made.other_name) == ("done", "Kantoor Charlie")
    after = owned(busy.client.pk)
    assert {label for label, firms in after.items() if firms} >= before
    assert set().union(*after.values()) == {charlie}
    with scope(alice):
        assert not Organisation.objects.filter(pk=busy.client.pk).exists()
        assert [one.number for one in Invoice.objects.all()] == ["2026-103"]  # nobody's yet: the firm's own
        assert Organisation.objects.filter(pk=busy.other_client.pk).exists()
    with scope(charlie):
        booked = Invoice.objects.get(pk=busy.booked.pk)
        assert Booking.objects.get(invoice=booked).entry_number
        assert TimelineEvent.objects.filter(invoice=booked, event="invoice.booked").exists()
        assert intake.content(booked.document_id)
        assert made.counts["invoices.invoice"] == Invoice.objects.count()
        names = set(Invoice.objects.values_list("seller_name", flat=True))
        assert names and names == set(Seller.objects.values_list("name", flat=True))  # found by them, too


def test_what_cannot_come_along_is_left_or_ended(busy: BusyFirm) -> None:
    busy.member("client")
    with scope(busy.cast.alice.firm_id):
        link = consents.invite(busy.connection, site_key=busy.connection.site)
        shared = sharing.share(busy.booked, 7, busy.cast.alice.owner)
    agreed(busy.cast, busy.client)
    with scope(busy.cast.alice.firm_id):
        assert Authorisation.objects.get().status == "active"
        assert not Membership.objects.filter(role="client").exists()
        assert not Consent.objects.exclude(connection=None).exists()
    with pytest.raises(consents.ConsentRefused):
        consents.open_link(link.token)
    with pytest.raises(sharing.Over):
        sharing.find(shared.url.rstrip("/").rsplit("/", 1)[1])
    with scope(busy.cast.charlie.firm_id):
        assert not Authorisation.objects.exists()
        connection = Connection.objects.get()
        assert (connection.status, connection.authorisation_id) == ("blocked", None)
        assert [one.code for one in issues_blocking(connection)] == ["client_moved"]


def issues_blocking(connection: Connection) -> list[Issue]:
    from connections import issues

    return issues.blocking(connection.pk)


def test_the_new_firm_signs_in_and_what_waited_is_booked_once(busy: BusyFirm, exact: ExactSandbox) -> None:
    agreed(busy.cast, busy.client)
    got = intake.receive(busy.cast.charlie.firm_id, paper("2026-200"), channel="upload", filename="f.xml")
    busy.work()
    with scope(busy.cast.charlie.firm_id):
        assert Invoice.objects.get(pk=got.invoice_id).status != "booked"
        connection = Connection.objects.get()
        link = consents.invite(connection, site_key=connection.site)
    answer = consent(exact, link.url.removeprefix("http://testserver"), "anna")
    assert answer.status_code == 200
    busy.work()
    with scope(busy.cast.charlie.firm_id):
        assert Connection.objects.get().status == "active"
        assert Invoice.objects.get(pk=got.invoice_id).status == "booked"
        assert not Issue.objects.filter(code="client_moved", resolved_at=None).exists()
    numbers = [entry["YourRef"] for entry in exact.entries(1001)]
    assert numbers.count("2026-200") == 1
    assert numbers.count("2026-100") == 1


def test_the_new_firms_page_of_the_move_says_that_signing_in_is_left_and_leads_there(busy: BusyFirm) -> None:
    made = agreed(busy.cast, busy.client)
    with scope(busy.cast.charlie.firm_id):
        mine = Transfer.objects.get(twin=made.pk)
        connection = Connection.objects.get()
    page = browser(busy.cast.charlie.owner).get(f"/clients/moved/{mine.pk}/").content.decode()
    assert "Er is nog één ding te doen: inloggen bij Exact." in page
    assert f"/connections/{connection.pk}/connect/" in page
    theirs = browser(busy.cast.alice.owner).get(f"/clients/moved/{made.pk}/").content.decode()
    assert "inloggen bij Exact" not in theirs


def test_a_firm_whose_exact_user_may_open_the_administration_goes_on_at_once(
    busy: BusyFirm, exact: ExactSandbox
) -> None:
    """Charlie has signed in for another client, as somebody who sees this administration too."""
    theirs = busy.cast.charlie.organisation("Eigen klant", "55667788")

    _pending, path = link_for(busy.cast.charlie, theirs)
    assert consent(exact, path, "anna").status_code == 200
    agreed(busy.cast, busy.client)
    busy.work()
    with scope(busy.cast.charlie.firm_id):
        moved = Connection.objects.get(organisation=busy.client.pk)
        assert moved.status == "active"
        assert moved.authorisation is not None


def test_a_driver_that_was_at_work_finds_its_epoch_gone(busy: BusyFirm) -> None:
    with scope(busy.cast.alice.firm_id):
        lane = Lane.objects.get()
    agreed(busy.cast, busy.client)
    with scope(busy.cast.charlie.firm_id):
        moved = Lane.objects.get()
    assert (moved.pk, moved.leased_until) == (lane.pk, None)
    assert moved.epoch > lane.epoch
    with scope(busy.cast.alice.firm_id):
        assert not Lane.objects.exists()


def test_the_giving_firm_keeps_everything_as_a_zip(busy: BusyFirm) -> None:
    made = agreed(busy.cast, busy.client)
    with ZipFile(BytesIO(b"".join(moving.kept(made)))) as archive:
        assert "2026-100" in archive.read("invoices.csv").decode()
        assert any(name.startswith("documents/12345678/") for name in archive.namelist())


def test_both_firms_trails_and_the_helpdesks_case_say_so(busy: BusyFirm) -> None:
    agreed(busy.cast, busy.client)
    for office, action in ((busy.cast.alice, "given"), (busy.cast.charlie, "taken_over")):
        with scope(office.firm_id):
            told = AuditEvent.objects.get(action=f"organisation.{action}")
            assert told.subject_id == str(busy.client.pk)
            assert told.actor_id == busy.cast.charlie.owner.pk
    with staff():
        case = DeskCase.objects.get(organisation=busy.client.pk)
        assert case.firm_id == busy.cast.charlie.firm_id
        assert case.notes.get().text == "Kantoor Alice → Kantoor Charlie"


def test_a_move_that_the_database_refuses_changes_nothing_and_is_tried_again(
    busy: BusyFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a table was forgotten: the keys are checked at the commit."""
    order = [model for model in walk.in_order() if model is not Content]
    monkeypatch.setattr(walk, "in_order", lambda: order)
    made = agreed(busy.cast, busy.client)
    assert (made.state, made.attempts, made.moved_at) == ("moving", 1, None)
    assert made.due_at is not None
    assert set().union(*owned(busy.client.pk).values()) == {busy.cast.alice.firm_id}
    monkeypatch.undo()
    with scope(busy.cast.alice.firm_id):
        Transfer.objects.filter(pk=made.pk).update(due_at=timezone.now())
    moving.run(busy.cast.alice.firm_id, made.pk)
    assert set().union(*owned(busy.client.pk).values()) == {busy.cast.charlie.firm_id}


def test_a_worker_killed_after_the_rows_moved_finishes_the_next_time(
    busy: BusyFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(_made: Transfer) -> None:
        raise SystemExit

    monkeypatch.setattr(moving, "_settle", dies)
    with pytest.raises(SystemExit):
        agreed(busy.cast, busy.client)
    monkeypatch.undo()
    with scope(busy.cast.alice.firm_id):
        made = Transfer.objects.get(organisation_id=busy.client.pk)
        Transfer.objects.filter(pk=made.pk).update(due_at=timezone.now())
    moving.run(busy.cast.alice.firm_id, made.pk)
    with scope(busy.cast.charlie.firm_id):
        assert Transfer.objects.get().state == "done"
        assert Issue.objects.filter(code="client_moved", resolved_at=None).exists()


# --- The same client at both -------------------------------------------------------------------------------


def test_a_client_without_history_gives_way_and_its_people_keep_their_access(busy: BusyFirm) -> None:
    ours = busy.cast.charlie.organisation("De Korenaar (nieuw)", busy.client.kvk_number)
    with scope(busy.cast.charlie.firm_id):
        person = User.objects.create_user("karin@korenaar.example", "geheim-voor-de-test")
        Membership.objects.create(user=person, role="client", organisation=ours)
    agreed(busy.cast, busy.client)
    with scope(busy.cast.charlie.firm_id):
        assert [one.pk for one in Organisation.objects.all()] == [busy.client.pk]
        assert Membership.objects.get(user=person).organisation_id == busy.client.pk


def test_two_histories_are_not_put_together(busy: BusyFirm) -> None:
    ours = busy.cast.charlie.organisation("De Korenaar", busy.client.kvk_number)
    intake.receive(busy.cast.charlie.firm_id, paper("2026-1"), channel="upload", organisation_id=ours.pk)
    with pytest.raises(offers.Refused) as refused:
        agreed(busy.cast, busy.client)
    assert refused.value.code == "known_here"
    with scope(busy.cast.alice.firm_id):
        assert Organisation.objects.filter(pk=busy.client.pk).exists()
        assert Transfer.objects.get(organisation_id=busy.client.pk).state == "offered"


def test_mail_that_was_held_for_two_claimants_goes_to_the_firm_that_took_the_client_over(
    busy: BusyFirm,
) -> None:
    kvk = busy.client.kvk_number
    busy.cast.charlie.organisation("De Korenaar", kvk)
    with pytest.raises(routes.Contested) as contested:
        routes.route(kvk)
    routes.hold(kvk, "peppol", paper("2026-300"), contested.value)
    KvkRoute.objects.create(kvk_number=kvk, owner=busy.cast.alice.firm_id)
    agreed(busy.cast, busy.client)
    assert KvkRoute.objects.get().owner == busy.cast.charlie.firm_id
    with scope(busy.cast.charlie.firm_id):
        assert Document.objects.filter(channel="peppol", organisation=busy.client.pk).exists()


# --- Who may, and who learns what --------------------------------------------------------------------------


def test_a_link_works_once_and_for_whom_it_was_made(cast: Cast) -> None:
    client = cast.alice.organisation()
    with scope(cast.alice.firm_id):
        firm = Firm.objects.get()
        offer = offers.offer(firm, client, by=cast.alice.owner, email="iemand@anders.example")
    token = offer.url.rstrip("/").rsplit("/", 1)[1]
    with scope(cast.charlie.firm_id):
        theirs = Firm.objects.get()
    with pytest.raises(offers.Refused, match="not_for_you"):
        offers.accept(token, theirs, cast.charlie.owner)
    with pytest.raises(offers.Refused, match="same_firm"):
        offers.accept(token, firm, User(email="iemand@anders.example"))
    with scope(cast.alice.firm_id):
        again = offers.offer(firm, client, by=cast.alice.owner)
    with pytest.raises(offers.Refused, match="gone"):
        offers.look(token, theirs, cast.charlie.owner)  # the new link ended the old one
    accepted(cast, again)
    with pytest.raises(offers.Refused, match="gone"):
        offers.look(again.url.rstrip("/").rsplit("/", 1)[1], theirs, cast.charlie.owner)


def test_of_two_who_press_the_button_at_the_same_moment_one_gets_the_client(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked before either has taken."""
    client = cast.alice.organisation()
    with scope(cast.alice.firm_id):
        offer = offers.offer(Firm.objects.get(), client, by=cast.alice.owner)
    token = offer.url.rstrip("/").rsplit("/", 1)[1]
    rival = create_firm("Kantoor Dora", "dora@kantoor.example")
    with scope(cast.charlie.firm_id):
        theirs = Firm.objects.get()
    with scope(rival.firm_id):
        hers = Firm.objects.get()
    looked = offers.look(token, hers, User.objects.get(email="dora@kantoor.example"))
    offers.accept(token, theirs, cast.charlie.owner)
    monkeypatch.setattr(offers, "look", lambda *_: looked)
    with pytest.raises(offers.Refused, match="gone"):
        offers.accept(token, hers, User.objects.get(email="dora@kantoor.example"))
    with scope(rival.firm_id):
        assert not Transfer.objects.exists()
    with scope(cast.alice.firm_id):
        assert Transfer.objects.get().other_firm_id == cast.charlie.firm_id


def test_who_may_not_manage_a_firm_takes_no_client_into_it(cast: Cast) -> None:
    client = cast.charlie.organisation()
    with scope(cast.charlie.firm_id):
        offer = offers.offer(Firm.objects.get(), client, by=cast.charlie.owner)
    path = offer.url.removeprefix("http://testserver")
    bob = browser(cast.bob)
    assert [bob.get(path).status_code, bob.post(path).status_code] == [403, 403]
    with scope(cast.charlie.firm_id):
        assert Transfer.objects.get().state == "offered"


def test_neither_firm_is_named_to_the_other_before_both_agreed(busy: BusyFirm) -> None:
    page = busy.browsers["owner"].post(f"/clients/{busy.client.pk}/give/", {"email": ""}).content.decode()
    url = page.split('id="the-link">')[1].split("<")[0]
    seen = busy.browsers["stranger"].get(url.removeprefix("http://testserver")).content.decode()
    assert "Bakkerij De Korenaar" in seen
    assert "Kantoor Alice" not in seen
    with scope(busy.cast.alice.firm_id):
        made = Transfer.objects.get(organisation_id=busy.client.pk)
    assert "Kantoor Charlie" not in busy.browsers["owner"].get(f"/clients/moved/{made.pk}/").content.decode()
    done = busy.browsers["stranger"].post(url.removeprefix("http://testserver"), follow=True)
    assert "Kantoor Alice" in done.content.decode()
    for firm_id, pk in ask("due_transfers", 10):
        moving.run(firm_id, pk)
    gone = busy.browsers["owner"].get(f"/clients/moved/{made.pk}/").content.decode()
    assert "Kantoor Charlie" in gone
    assert busy.browsers["owner"].get(f"/clients/{busy.client.pk}/").status_code == 404
    kept = busy.browsers["owner"].post(f"/clients/moved/{made.pk}/export/")
    assert b"".join(kept.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]


def test_the_app_itself_still_cannot_move_a_row_or_rewrite_what_happened(busy: BusyFirm) -> None:
    with pytest.raises(DatabaseError), scope(busy.cast.alice.firm_id):
        TimelineEvent.everyones.update(firm_id=busy.cast.charlie.firm_id)
    with pytest.raises(DatabaseError), scope(busy.cast.alice.firm_id):
        TimelineEvent.everyones.update(event="invoice.nothing")
    with pytest.raises(DatabaseError), staff(), transaction.atomic(using="staff"):
        Content.everyones.using("staff").update(data=b"x")
