"""The chain shows every change behind our back; years, holds and erasure are kept to."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.test import Client
from django.utils import timezone

from connections import consents
from connections.models import Authorisation, Connection, Reminder
from invoices.models import ChannelSettings, MailSender
from invoices.transfers import offers
from portal import audit, digests, retention, trail
from portal.models import (
    AuditDigest,
    AuditEvent,
    AuditPerson,
    Firm,
    Membership,
    Organisation,
    SavedView,
    User,
)
from portal.people import erasure, inviting
from portal.tenancy import scope, staff
from tests.cast import Cast
from tests.signin.test_second_factor import sign_in


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wait for transactions that are still open: there are none here."""
    monkeypatch.setattr(digests, "SETTLED", timedelta(0))


@pytest.fixture
def chained(cast: Cast, at_once: None) -> Iterator[Cast]:
    """Two links of two events each at Alice's, one at Charlie's."""
    for _ in range(2):
        with scope(cast.alice.firm_id):
            audit.record("firm.changed", after={"name": "Één"}, by=cast.alice.owner)
            audit.record("connection.paused", by=audit.AUTOPILOT, after={"why": None, "amount": "12.50"})
        digests.chain_all()
    with scope(cast.charlie.firm_id):
        audit.record("firm.changed", by=cast.charlie.owner)
    digests.chain_all()
    yield cast


def behind_our_back(sentence: str) -> None:
    """As the owner of the tables can, who needs no leave of any trigger."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(sentence)


def faults() -> list[str]:
    return [fault.what for fault in digests.verify_all()]


def test_a_trail_that_nobody_touched_verifies(chained: Cast) -> None:
    with staff():
        assert list(AuditDigest.objects.order_by("firm_id", "number").values_list("number", "events")) == [
            (1, 2),
            (2, 2),
            (1, 1),
        ]
    assert faults() == []


def test_no_news_makes_no_link(chained: Cast) -> None:
    assert digests.chain_all() == 0


@pytest.mark.parametrize(
    ("sentence", "story"),
    [
        (
            "UPDATE portal_auditevent SET after = '{\"name\": \"Twee\"}' WHERE action = 'firm.changed'",
            "was changed",
        ),
        ("UPDATE portal_auditevent SET actor_id = NULL", "was changed"),
        ("DELETE FROM portal_auditevent WHERE action = 'connection.paused'", "1 events too few"),
        ("DELETE FROM portal_auditdigest WHERE number = 1", ""),
        ("UPDATE portal_auditdigest SET sha256 = repeat('0', 64) WHERE number = 1", "was changed"),
        ("UPDATE portal_auditperson SET name = 'iemand anders'", "personal part"),
    ],
)
def test_what_was_changed_behind_our_back_is_found(chained: Cast, sentence: str, story: str) -> None:
    kept = digests.heads()
    behind_our_back(sentence)
    if story:
        assert any(story in fault for fault in faults())
    else:
        # A chain without its beginning looks like one whose years are over, but for the head that was kept.
        behind_our_back("DELETE FROM portal_auditdigest")
        assert digests.verify_all(kept)


def test_an_event_added_later_under_an_old_date_is_found(chained: Cast) -> None:
    with staff():
        first = AuditEvent.objects.filter(firm_id=chained.alice.firm_id).order_by("at").first()
        assert first is not None
    behind_our_back("ALTER TABLE portal_auditevent DISABLE TRIGGER USER")
    behind_our_back(
        f"""INSERT INTO portal_auditevent (id, created_at, at, action, by, subject_kind, subject_id, before, after,
            request_id, person_sha256, firm_id) SELECT gen_random_uuid(), at, at, 'x', 'system', '', '', '{{}}', '{{}}',
            '', '', firm_id FROM portal_auditevent WHERE id = '{first.pk}'"""
    )
    behind_our_back("ALTER TABLE portal_auditevent ENABLE TRIGGER USER")
    assert any("1 events too many" in fault for fault in faults())


def test_a_chain_made_anew_is_not_the_one_that_was_noted(chained: Cast, tmp_path: Any) -> None:
    """Whoever owns the database can make all of it anew; not the heads that were kept elsewhere."""
    out = StringIO()
    call_command("verify_audit", "--heads", stdout=out)
    kept = tmp_path / "heads.json"
    kept.write_text(out.getvalue())
    call_command("verify_audit", "--against", str(kept), stdout=StringIO())
    behind_our_back("DELETE FROM portal_auditdigest; UPDATE portal_auditevent SET action = 'x'")
    digests.chain_all()
    call_command("verify_audit", stdout=StringIO())
    with pytest.raises(SystemExit):
        call_command("verify_audit", "--against", str(kept), stdout=StringIO())


def test_erasing_a_person_keeps_their_acts_and_the_chain(chained: Cast) -> None:
    owner = chained.alice.owner
    assert erasure.erase_person(owner) == 2
    digests.chain_all()
    assert faults() == []
    with scope(chained.alice.firm_id):
        events = trail.of("", "")
        assert [event.actor_id for event in events if event.action == "firm.changed"] == [owner.pk] * 2
        assert not AuditPerson.objects.filter(name__contains="alice").exists()
        assert not Membership.objects.filter(user=owner).exists()
    owner.refresh_from_db()
    assert (owner.name, owner.is_active, owner.has_usable_password()) == ("", False, False)
    assert "alice" not in owner.email


def test_words_about_one_row_can_be_erased_alone(chained: Cast) -> None:
    organisation = chained.alice.organisation()
    with scope(chained.alice.firm_id):
        audit.record("organisation.changed", organisation, words="mevrouw Jansen belde")
    assert erasure.erase_words(organisation, chained.alice.firm_id) == 1
    with staff():
        assert not AuditPerson.objects.filter(words__contains="Jansen").exists()
    digests.chain_all()
    assert faults() == []


def test_under_a_legal_hold_nobody_is_forgotten_and_nothing_thrown_away(chained: Cast) -> None:
    with scope(chained.alice.firm_id):
        Firm.objects.update(legal_hold=True)
    with pytest.raises(erasure.Held):
        erasure.erase_person(chained.alice.owner)
    retention.run(timezone.now() + timedelta(days=9 * 366))
    assert (
        len([line for line in trail.lines(chained.alice.firm_id) if "action" in line]) == 4 + 1
    )  # and the hold itself


def test_the_database_itself_keeps_events_for_their_years(chained: Cast) -> None:
    """Not even the retention job, run by a clock that is nine years ahead, gets them out."""
    with pytest.raises(DatabaseError, match="only added to"):
        retention.run(timezone.now() + timedelta(days=9 * 366))
    assert len([line for line in trail.lines(chained.alice.firm_id) if "action" in line]) == 4


def grown_old(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice's four events are of nine years ago, in two links made then; a fifth is of today."""
    behind_our_back("DELETE FROM portal_auditdigest")
    behind_our_back("ALTER TABLE portal_auditevent DISABLE TRIGGER USER")
    behind_our_back("UPDATE portal_auditevent SET at = at - interval '9 years'")
    with staff():
        last = AuditEvent.objects.filter(firm_id=cast.alice.firm_id).order_by("-at")[:2]
        ids = ", ".join(f"'{event.pk}'" for event in last)
    behind_our_back(f"UPDATE portal_auditevent SET at = at + interval '10 days' WHERE id IN ({ids})")
    behind_our_back("ALTER TABLE portal_auditevent ENABLE TRIGGER USER")
    for days in (9 * 365 - 5, 9 * 365 - 20):
        monkeypatch.setattr(digests, "SETTLED", timedelta(days=days))
        with staff():
            assert digests.chain(cast.alice.firm_id)
    monkeypatch.setattr(digests, "SETTLED", timedelta(0))
    with scope(cast.alice.firm_id):
        audit.record("firm.changed")
    digests.chain_all()


@pytest.mark.parametrize(("years", "left"), [(7, 1), (10, 6)])
def test_after_seven_or_ten_years_events_go_and_the_rest_verifies(
    chained: Cast, monkeypatch: pytest.MonkeyPatch, years: int, left: int
) -> None:
    """Link by link: the last link that is over its years stays, so that the next can be verified from it."""
    grown_old(chained, monkeypatch)
    with scope(chained.alice.firm_id):
        Firm.objects.update(keeps_years=years)
    retention.run()
    assert faults() == []
    lines = [line for line in trail.lines(chained.alice.firm_id) if "action" in line]
    assert len([line for line in lines if line["action"] != "retention.done"]) == left
    digests.chain_all()
    assert faults() == []


def test_years_are_whole_calendar_years_after_the_year_itself() -> None:
    now = datetime(2034, 3, 1, tzinfo=UTC)
    assert retention.kept_from(7, now).year == 2027  # what came in during 2026 may go from 2034 on


def test_the_export_holds_what_verifying_needs(chained: Cast) -> None:
    out = StringIO()
    call_command("export_audit", "--firm", str(chained.alice.firm_id), stdout=out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [row.get("number") for row in rows] == [None] * 4 + [1, 2]
    assert rows[0]["name"] == chained.alice.owner.email


def test_the_command_forgets_a_person_by_address(chained: Cast) -> None:
    out = StringIO()
    call_command("erase_person", "alice@kantoor.example", stdout=out)
    assert "2 audit events" in out.getvalue()
    assert not User.objects.filter(email="alice@kantoor.example").exists()


def test_nothing_in_the_database_names_a_person_who_was_erased(chained: Cast) -> None:
    """Every table is read: sessions know addresses and browsers, invitations know whom they were for."""
    owner = chained.alice.owner
    User.objects.filter(pk=owner.pk).update(name="Alida van Voorbeeld")
    browser = Client(REMOTE_ADDR="203.0.113.77", headers={"user-agent": "Alida’s browser"})
    browser.post("/accounts/login/", {"login": owner.email, "password": "verkeerd-geraden"})
    sign_in(owner, browser)
    assert browser.get("/").status_code == 200
    with scope(chained.charlie.firm_id):
        firm = Firm.objects.get()
        SavedView.objects.create(user=owner, page="invoices", name="Alida’s", query="")
        inviting.invite(firm, [owner.email], Membership.Role.BOOKKEEPER, by=chained.charlie.owner)
        offers.offer(
            firm,
            Organisation.objects.create(name="X", kvk_number="12345678"),
            by=chained.charlie.owner,
            email=owner.email,
        )
        Reminder.objects.create(recipient=owner.email, day=timezone.now().date(), kind="digest")
        client = Organisation.objects.get()
        connection = Connection.objects.create(organisation=client, site="nl")
        consents.invite(connection, site_key="nl", email=owner.email)
        ChannelSettings.objects.create(organisation=client, contact=owner.email)
        MailSender.objects.create(organisation=client, address=owner.email)
        Authorisation.objects.create(
            site="nl", exact_user_id=uuid4(), exact_user="Alida", email=owner.email, issued_at=timezone.now(),
            expires_at=timezone.now(), me={"FullName": "Alida", "Email": owner.email, "IsClientUser": False},
        )  # fmt: skip
    erasure.erase_person(owner)
    named = ("alice@kantoor.example", "Alida", "203.0.113.77")
    known = {table: row for table, row in everything() if any(name in row for name in named)}
    known.pop(
        "portal_cache", None
    )  # how often an address tried to sign in: forgotten by itself within the hour
    assert known == {}


def everything() -> Iterator[tuple[str, str]]:
    """Every row of every table as text, as the owner sees them."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            yield from ((table, row) for (row,) in cursor.fetchall())
