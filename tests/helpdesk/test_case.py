"""The case, and what may be done from it: asked first, done once, recorded as ours."""

import json
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from connections import connecting, issues
from connections.desk import calls, state
from connections.models import Connection
from portal.desk import cases
from portal.models import AuditEvent, Bundle, DeskCase, DeskNote, Organisation, User
from portal.tenancy import scope, staff
from tests.cast import Cast


@pytest.fixture
def bakery(cast: Cast) -> Organisation:
    """A client whose connection is blocked: its Exact user is one of MijnKantoor."""
    made = cast.alice.organisation()
    with scope(cast.alice.firm_id):
        connection = connecting.connect(made)
        issues.open_issue("mijnkantoor_user", connection=connection, exact_user="Mees Klant")
    return made


def url(name: str, bakery: Organisation, *more: str) -> str:
    return reverse(f"helpdesk:{name}", args=[bakery.pk, *more])


def trail(bakery: Organisation) -> list[tuple[str, str]]:
    with scope(bakery.firm_id):
        found = AuditEvent.objects.filter(action__startswith="helpdesk.").order_by("at", "id")
        return [(event.action, event.by) for event in found]


def test_the_case_says_the_state_in_a_sentence_and_shows_cause_steps_and_who_acts(
    bakery: Organisation, desk: Client
) -> None:
    page = desk.get(url("case", bakery)).content.decode()
    with staff():
        stands = state.of(bakery)
    assert stands.sentence in page
    (one,) = stands.found
    for step in one.words.steps:
        assert step.replace("'", "&#x27;") in page
    assert state.who(one) in page


@pytest.mark.django_db(databases=[])
def test_what_is_secret_or_personal_is_taken_out_of_a_call() -> None:
    said = calls.redacted(
        'Authorization: Bearer abc.def-123456789 {"refresh_token": "geheim", "IBAN": "NL91ABNA0417164300", '
        '"Email": "piet@bakkerij.example", "Code": "4500"} /callback?code=xyz123&state=1'
    )
    for secret in ("abc.def", "geheim", "ABNA041716", "piet@", "xyz123"):
        assert secret not in said
    assert '"Code": "4500"' in said, "an account's code is no secret"


def test_no_act_is_done_before_it_is_confirmed(bakery: Organisation, desk: Client) -> None:
    for what in ("check", "recheck", "retry", "link", "letter", "hand-over"):
        answer = desk.get(url("act", bakery, what))
        assert answer.status_code == 200, what
        assert "Kantoor Alice" in answer.content.decode(), "it names whose it is"
    assert trail(bakery) == []
    assert mail.outbox == []


def test_a_link_goes_to_the_client_and_is_not_shown_to_us(bakery: Organisation, desk: Client) -> None:
    answer = desk.post(
        url("act", bakery, "link"), {"email": "piet@bakkerij.example", "language": "nl"}, follow=True
    )
    (sent,) = mail.outbox
    assert sent.to == ["piet@bakkerij.example"]
    assert "/connect/link/" in sent.body
    assert "/connect/link/" not in answer.content.decode()
    assert trail(bakery) == [("helpdesk.link", "helpdesk")]


def test_the_letter_goes_as_one_page(bakery: Organisation, desk: Client) -> None:
    desk.post(url("act", bakery, "letter"), {"email": "piet@bakkerij.example", "language": "en"})
    (sent,) = mail.outbox
    (name, content, kind) = sent.attachments[0]
    assert (name, kind, content[:4]) == ("exact-12345678.pdf", "application/pdf", b"%PDF")
    assert trail(bakery) == [("helpdesk.letter", "helpdesk")]


def test_a_mail_server_that_is_away_is_said_and_nothing_is_recorded(
    bakery: Organisation, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", down)
    answer = desk.post(url("act", bakery, "letter"), {"email": "a@b.example", "language": "nl"}, follow=True)
    assert "no mail server" in answer.content.decode()
    assert trail(bakery) == []


def test_a_pause_and_a_resume_are_the_helpdesks_in_the_firms_trail(
    bakery: Organisation, desk: Client, els: User
) -> None:
    desk.post(url("act", bakery, "pause"))
    with scope(bakery.firm_id):
        assert Connection.objects.get().status == "paused"
        moved = AuditEvent.objects.filter(action="connection.changed").latest("at")
        assert (moved.by, moved.actor_id) == ("helpdesk", els.pk)
    desk.post(url("act", bakery, "resume"))
    with scope(bakery.firm_id):
        assert Connection.objects.get().status == "blocked", "what blocked it still does"
    assert trail(bakery) == [("helpdesk.pause", "helpdesk"), ("helpdesk.resume", "helpdesk")]


def test_engineering_gets_one_redacted_file(bakery: Organisation, desk: Client) -> None:
    desk.post(url("act", bakery, "hand-over"), {"question": "Waarom? piet@bakkerij.example weet het niet."})
    with staff():
        made = Bundle.objects.get()
        assert DeskCase.objects.get().handed_over_at is not None
    answer = desk.get(reverse("helpdesk:bundle", args=[made.pk]))
    content = json.loads(answer.content)
    assert content["issues"][0]["code"] == "mijnkantoor_user"
    assert {"state", "connection", "lane", "calls", "timeline", "invoices"} <= set(content)
    assert "piet@" not in answer.content.decode()
    for word in ("access_token", "refresh_token", "secret"):
        assert word not in answer.content.decode()


def test_notes_promises_rests_and_who_has_it_are_kept_in_order(
    bakery: Organisation, desk: Client, els: User
) -> None:
    keep = url("keep", bakery)
    desk.post(keep, {"what": "note", "text": "Belt om vier uur terug"})
    desk.post(keep, {"what": "assign", "to": str(els.pk)})
    desk.post(keep, {"what": "promise", "hours": "4", "text": "we bellen"})
    desk.post(keep, {"what": "snooze", "hours": "24", "text": ""})  # no reason: not kept
    desk.post(keep, {"what": "snooze", "hours": "24", "text": "Exact doet het morgen"})
    with staff():
        case = DeskCase.objects.get()
        assert (case.assigned_to_id, case.snooze_reason) == (els.pk, "Exact doet het morgen")
        assert case.promised_at is not None
        kinds = DeskNote.objects.order_by("created_at").values_list("kind", flat=True)
        assert list(kinds) == ["note", "assigned", "promised", "snoozed"]
    assert "Bakkerij" not in desk.get("/helpdesk/").content.decode(), "it rests"
    assert "Bakkerij" in desk.get("/helpdesk/?whose=rest").content.decode()
    desk.post(keep, {"what": "snooze", "hours": "", "text": ""})
    assert "Bakkerij" in desk.get("/helpdesk/?whose=mine").content.decode()


def test_a_note_on_a_code_shows_on_every_case_with_it_and_is_withdrawn_by_an_empty_one(
    bakery: Organisation, desk: Client
) -> None:
    code = reverse("helpdesk:code", args=["mijnkantoor_user"])
    desk.post(code, {"text": "Sinds november heet dit anders."})
    assert "Sinds november heet dit anders." in desk.get(url("case", bakery)).content.decode()
    desk.post(code, {"text": ""})
    assert "Sinds november heet dit anders." not in desk.get(url("case", bakery)).content.decode()
    with staff():
        assert cases.code_notes() == {}
