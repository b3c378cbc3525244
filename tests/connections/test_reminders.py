"""Whoever can mend it is told, at most once a day; nobody is told anything while Exact is ill."""

import re
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from connections import consents, incidents, mails, reminders, tokens
from connections.models import Authorisation, Connection, Consent, Reminder
from portal.models import Membership, User
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import again, open_codes, ten_minutes_later
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected, link_for, through_exact


@pytest.fixture
def connection(cast: Cast, exact: ExactSandbox, worker: Any) -> Connection:
    return connected(cast.alice, exact, worker)


@pytest.fixture
def dead(connection: Connection, exact: ExactSandbox) -> Connection:
    """Anna has withdrawn the consent."""
    ten_minutes_later(exact, connection)
    exact.control("POST", "revoke", user="anna")
    with pytest.raises(tokens.AuthorisationDead):
        tokens.refresh(connection.firm_id, connection.authorisation_id)
    return again(connection)


@pytest.fixture(autouse=True)
def outbox(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []


def sent() -> dict[str, Any]:
    """recipient → mail; forgets them."""
    found = {one.to[0]: one for one in mail.outbox}
    assert len(found) == len(mail.outbox), "somebody got two"
    mail.outbox = []
    return found


def days_later(number: int) -> Any:
    return timezone.now() + timedelta(days=number)


def test_when_a_consent_dies_the_firm_gets_a_digest_and_the_exact_user_a_link(
    dead: Connection, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    assert reminders.remind(dead.firm_id) == 2
    found = sent()
    with scope(dead.firm_id):
        anna = Authorisation.objects.get().email
    assert set(found) == {"alice@kantoor.example", anna}
    digest = found["alice@kantoor.example"]
    assert "Bakkerij De Korenaar" in digest.body and f"/connections/{dead.pk}/" in digest.body
    assert "1 koppeling" in digest.subject
    assert "Anna de Boer" in found[anna].body
    path = re.search(r"http://testserver(/connect/link/\S+)", found[anna].body)[1]
    browser = Client()
    assert browser.get(path).status_code == 200
    assert browser.get(through_exact(exact, browser.post(path)["Location"])).status_code == 200
    worker()
    assert (again(dead).status, open_codes(dead)) == ("active", [])
    assert reminders.remind(dead.firm_id, days_later(1)) == 0


def test_nobody_hears_of_it_twice_in_a_day_and_ever_more_rarely_after(dead: Connection) -> None:
    heard = []
    for day in range(60):
        for _ in range(3):  # the task runs often
            reminders.remind(dead.firm_id, days_later(day))
        if sent():
            heard.append(day)
    assert heard == [0, 1, 3, 7, 14, 28]


def test_a_new_stop_is_told_although_an_old_one_lies(
    dead: Connection, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    reminders.remind(dead.firm_id)
    sent()
    reminders.remind(dead.firm_id, days_later(1))
    sent()
    from connections import issues

    with scope(dead.firm_id):
        issues.open_issue("journal_blocked", connection=dead)
    reminders.remind(dead.firm_id, days_later(2))
    assert set(sent()) == {"alice@kantoor.example"}


def test_the_firms_of_the_neighbours_hear_nothing(dead: Connection, cast: Cast) -> None:
    assert reminders.remind(cast.charlie.firm_id) == 0
    assert sent() == {}


def test_while_exact_is_ill_nobody_is_told_anything(dead: Connection) -> None:
    incidents.open("nl", incidents.ILL)
    assert reminders.remind(dead.firm_id) == 0
    incidents.over("nl", incidents.ILL)
    assert reminders.remind(dead.firm_id) == 2


def test_a_viewer_is_not_bothered_and_the_clients_own_person_gets_the_link(
    dead: Connection, cast: Cast
) -> None:
    viewer = User.objects.create_user("viewer@kantoor.example", "geheim-voor-de-test")
    client = User.objects.create_user("eigenaar@bakker.example", "geheim-voor-de-test", language="en")
    with scope(dead.firm_id):
        Membership.objects.create(user=viewer, role="viewer")
        Membership.objects.create(user=client, role="client", organisation_id=dead.organisation_id)
    reminders.remind(dead.firm_id)
    found = sent()
    assert "viewer@kantoor.example" not in found
    assert "sign in once more" in found["eigenaar@bakker.example"].subject
    assert "/connect/link/" in found["eigenaar@bakker.example"].body


def test_a_consent_that_could_not_be_renewed_for_weeks_is_told_before_it_dies(
    connection: Connection, cast: Cast
) -> None:
    with scope(connection.firm_id):
        Authorisation.objects.update(issued_at=timezone.now() - timedelta(days=19))
    assert reminders.remind(connection.firm_id) == 0
    with scope(connection.firm_id):
        Authorisation.objects.update(issued_at=timezone.now() - timedelta(days=21))
    reminders.remind(connection.firm_id)
    found = sent()
    assert len(found) == 2 and "alice@kantoor.example" in found
    dies = mails.day(timezone.now() + timedelta(days=9), "nl")
    assert all(dies in one.body for one in found.values())
    assert again(connection).status == "active"


def test_a_chain_that_another_firm_took_over_is_told_to_the_firm_and_not_to_the_exact_user(
    connection: Connection, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    """Else the same person would be sent back and forth between two firms."""
    connected(cast.charlie, exact, worker, name="Slagerij Hak", kvk="99999990")
    reminders.remind(connection.firm_id)
    assert set(sent()) == {"alice@kantoor.example"}


def test_a_mail_server_that_is_away_is_tried_again_in_an_hour(
    dead: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as away:
        away.setattr(mails, "send", _away)
        assert reminders.remind(dead.firm_id) == 0
    with scope(dead.firm_id):
        assert not Reminder.objects.exists()
    assert reminders.remind(dead.firm_id) == 2


def _away(*args: Any) -> None:
    raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")


def test_names_in_a_mail_are_text_and_cannot_add_headers(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker, name="Bakker & <Zn>\nBcc: x@y.example")
    mails.invite(connection.firm_id, connection.pk, "klant@bakker.example")
    (one,) = mail.outbox
    assert "Bakker & <Zn>" in one.body
    assert "Bcc" not in dict(one.message().items())


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("as_spare", [False, True])
def test_a_link_can_be_mailed_in_both_languages_and_is_known_to_have_been(
    language: str, as_spare: bool, cast: Cast, exact: ExactSandbox
) -> None:
    connection, _ = link_for(cast.alice, cast.alice.organisation())
    link = mails.invite(
        connection.firm_id, connection.pk, "klant@bakker.example", as_spare=as_spare, language=language
    )
    (one,) = mail.outbox
    assert link.url in one.body and "Kantoor Alice" in one.subject
    with scope(connection.firm_id):
        assert Consent.objects.get(pk=link.consent_id).email == "klant@bakker.example"
    firm_id, _ = consents.open_link(link.token)
    assert firm_id == connection.firm_id


def test_the_portal_is_no_door_for_other_peoples_mail(
    cast: Cast, exact: ExactSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mails, "MOST_A_DAY", 2)
    connection, _ = link_for(cast.alice, cast.alice.organisation())
    for _ in range(2):
        mails.invite(connection.firm_id, connection.pk, "klant@bakker.example")
    with pytest.raises(mails.TooManyMails):
        mails.invite(connection.firm_id, connection.pk, "klant@bakker.example")
    assert len(mail.outbox) == 2


def _choose(connection: Connection, told: str) -> None:
    with scope(connection.firm_id):
        Membership.objects.filter(user__email="alice@kantoor.example").update(told=told)


def test_who_wants_no_mails_gets_none(dead: Connection) -> None:
    _choose(dead, "never")
    reminders.remind(dead.firm_id)
    assert "alice@kantoor.example" not in sent()


def test_who_wants_to_hear_at_once_hears_of_the_next_thing_on_the_same_day(dead: Connection) -> None:
    from connections import issues

    _choose(dead, "at_once")
    reminders.remind(dead.firm_id)
    assert "alice@kantoor.example" in sent()
    assert reminders.remind(dead.firm_id) == 0
    with scope(dead.firm_id):
        issues.open_issue("journal_unknown", connection=dead.pk, journal="70")
    assert reminders.remind(dead.firm_id) == 1
    assert "alice@kantoor.example" in sent()
    _choose(dead, "daily")
    with scope(dead.firm_id):
        issues.open_issue("right_missing_periods", connection=dead.pk)
    assert reminders.remind(dead.firm_id) == 0
