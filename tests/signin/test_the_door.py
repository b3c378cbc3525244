"""The door: guesses are counted over all processes, sessions are listed and ended, links work once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client
from django.utils import timezone

from portal.models import AuditEvent, User
from portal.tenancy import scope
from tests.cast import Cast
from tests.signin.test_second_factor import PASSWORD, sign_in


def test_a_guesser_is_stopped_whichever_process_answers(cast: Cast) -> None:
    """Counted in a table that all of them share; `cache` of another process is asked here by emptying nothing."""
    for _ in range(5):
        answer = Client().post(
            "/accounts/login/", {"login": cast.alice.owner.email, "password": "verkeerd-geraden"}
        )
        assert answer.status_code == 200
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM portal_cache")
        assert cursor.fetchone()[0] > 0
    right = Client().post("/accounts/login/", {"login": cast.alice.owner.email, "password": PASSWORD})
    assert right.status_code == 200  # too many failed attempts: even the right password waits
    assert "Te veel inlogpogingen" in right.content.decode()


def test_guesses_at_a_known_address_are_in_its_firms_trail_and_at_others_nowhere(cast: Cast) -> None:
    Client().post("/accounts/login/", {"login": cast.alice.owner.email, "password": "verkeerd-geraden"})
    Client().post("/accounts/login/", {"login": "niemand@nergens.example", "password": "verkeerd-geraden"})
    with scope(cast.alice.firm_id):
        (event,) = AuditEvent.objects.select_related("person").filter(action="person.sign_in_failed")
    assert (event.by, event.actor_id, event.subject_id) == ("person", None, str(cast.alice.owner.pk))
    assert event.person.address == "127.0.0.1"
    assert "verkeerd" not in str(event.after)


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(cast: Cast) -> None:
    texts = []
    for login in (cast.alice.owner.email, "niemand@nergens.example"):
        answer = Client().post("/accounts/login/", {"login": login, "password": "verkeerd-geraden"})
        texts.append(re.sub(r'value="[^"]*"|[a-z0-9]{32,}', "", answer.content.decode(), flags=re.I))
    assert texts[0].replace(cast.alice.owner.email, "") == texts[1].replace("niemand@nergens.example", "")


def test_a_reset_tells_nobody_whether_there_is_an_account(cast: Cast) -> None:
    answers = [
        Client().post("/accounts/password/reset/", {"email": email})
        for email in (cast.alice.owner.email, "niemand@nergens.example")
    ]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]


def test_a_reset_link_works_once(cast: Cast, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    Client().post("/accounts/password/reset/", {"email": cast.alice.owner.email})
    (link,) = re.findall(r"http://testserver(\S*/password/reset/key/\S+)", str(mail.outbox[0].body))
    for expected in (302, 200):
        browser = Client()
        page = browser.get(link, follow=True)
        form = page.redirect_chain[-1][0] if page.redirect_chain else link
        answer = browser.post(
            form, {"password1": "een-heel-nieuw-geheim-7", "password2": "een-heel-nieuw-geheim-7"}
        )
        assert answer.status_code == expected


@pytest.mark.parametrize("password", ["password123", "kort", "12345678901", "alice@kantoor"])
def test_common_short_numeric_and_own_passwords_are_refused(cast: Cast, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, cast.alice.owner)


def test_a_session_elsewhere_is_listed_and_can_be_ended(cast: Cast) -> None:
    here, there = (
        sign_in(cast.alice.owner),
        sign_in(cast.alice.owner, Client(HTTP_USER_AGENT="Vergeten laptop")),
    )
    assert "Vergeten laptop" in here.get("/accounts/sessions/").content.decode()
    assert there.get("/").status_code == 200
    here.post("/accounts/sessions/")
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_a_session_lasts_a_working_day_and_its_id_changes_at_sign_in(cast: Cast) -> None:
    browser = Client()
    browser.get("/accounts/login/")
    before = browser.cookies.get(settings.SESSION_COOKIE_NAME)
    sign_in(cast.alice.owner, browser)
    after = browser.cookies[settings.SESSION_COOKIE_NAME]
    assert before is None or before.value != after.value
    assert after["httponly"]
    assert after["samesite"] == "Lax"
    assert after["max-age"] == ""  # gone with the browser; in the database, after a working day
    ends = Session.objects.get(pk=after.value).expire_date
    assert timedelta(hours=11) < ends - timezone.now() <= timedelta(hours=12)


def test_a_deactivated_person_is_out_at_once(cast: Cast) -> None:
    browser = sign_in(cast.alice.owner)
    User.objects.filter(pk=cast.alice.owner.pk).update(is_active=False)
    assert browser.get("/").status_code == 302
