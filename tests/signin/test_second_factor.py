"""The second factor: who must have one, and that its secrets are ours to keep."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import Client

from portal.models import AuditEvent, User
from portal.people import mfa
from portal.tenancy import scope
from tests.cast import Cast

PASSWORD = "geheim-voor-de-test"
NEW_KEY = Fernet.generate_key().decode()


def sign_in(user: User, browser: Client | None = None) -> Client:
    browser = browser or Client()
    answer = browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return browser


def code(secret: str) -> str:
    """What the app on the phone shows; the step after the one that was used last."""
    cache.clear()
    return auth.format_hotp_value(auth.hotp_value(secret, next(auth.yield_hotp_counters_from_time())))


def again(browser: Client) -> None:
    """Whoever changes the ways in says once more who they are."""
    assert browser.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def with_app(browser: Client) -> str:
    """Set up an authenticator app; its secret."""
    again(browser)
    assert browser.get("/accounts/2fa/totp/activate/").status_code == 200
    secret = str(browser.session[auth.SECRET_SESSION_KEY])
    answer = browser.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert answer.status_code == 302, answer.content
    return secret


@pytest.fixture
def grown(cast: Cast) -> Cast:
    """Everybody's account is eight days old."""
    assert cast.bob
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE portal_user SET created_at = now() - interval '8 days'")
    cast.alice.owner.refresh_from_db()
    return cast


def test_an_owner_without_one_is_led_to_it_after_a_week(grown: Cast) -> None:
    browser = sign_in(grown.alice.owner)
    answer = browser.get("/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/2fa/"
    with_app(browser)
    assert browser.get("/").status_code == 200


def test_within_the_week_an_owner_is_reminded_and_not_stopped(cast: Cast) -> None:
    answer = sign_in(cast.alice.owner).get("/")
    assert answer.status_code == 200
    assert answer.wsgi_request.mfa_by - cast.alice.owner.created_at == timedelta(days=7)


def test_a_bookkeeper_needs_none(grown: Cast) -> None:
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=grown.bob, email=grown.bob.email, primary=True, verified=True)
    assert sign_in(grown.bob).get("/").status_code == 200


def test_the_helpdesk_needs_one(grown: Cast) -> None:
    helper = User.objects.create_superuser("els@helpdesk.example", PASSWORD)
    assert mfa.deadline(helper) is not None


def test_recovery_codes_alone_are_no_second_factor(cast: Cast) -> None:
    Authenticator.objects.create(
        user=cast.alice.owner, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x", "used_mask": 0}
    )
    assert mfa.deadline(cast.alice.owner) is not None


def test_with_one_the_password_alone_gets_nobody_in(cast: Cast) -> None:
    secret = with_app(sign_in(cast.alice.owner))
    thief = sign_in(cast.alice.owner)
    assert thief.get("/")["Location"].startswith("/accounts/login/")
    assert thief.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert thief.get("/").status_code == 302
    assert thief.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 302
    assert thief.get("/").status_code == 200


def test_its_secrets_are_encrypted_under_our_keys(cast: Cast) -> None:
    secret = with_app(sign_in(cast.alice.owner))
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        stored = cursor.fetchone()[0]
    assert secret not in stored
    assert '"secret": "gAAAA' in stored
    assert '"seed": "gAAAA' in stored


def test_rotating_the_keys_covers_it(cast: Cast, settings: Any) -> None:
    secret = with_app(sign_in(cast.alice.owner))
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    old = settings.TOKEN_KEYS
    settings.TOKEN_KEYS = [NEW_KEY, *old]
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    assert "second factors: 2 rows" in out.getvalue()
    settings.TOKEN_KEYS = [NEW_KEY]
    browser = sign_in(cast.alice.owner)
    assert browser.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 302
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes


def test_making_and_removing_one_is_in_the_firms_trail(cast: Cast) -> None:
    browser = sign_in(cast.alice.owner)
    with_app(browser)
    browser.post("/accounts/2fa/totp/deactivate/")
    browser.post("/accounts/logout/")
    with scope(cast.alice.firm_id):
        told = list(
            AuditEvent.objects.filter(action__startswith="person.").order_by("at").values_list("action", "by")
        )
    assert told == [
        ("person.signed_in", "person"),
        ("person.second_factor_added", "person"),
        ("person.second_factor_added", "person"),  # the recovery codes that come along
        ("person.second_factor_removed", "person"),
        ("person.second_factor_removed", "person"),
        ("person.signed_out", "person"),
    ]


def test_passkeys_are_offered(cast: Cast) -> None:
    assert (
        Client()
        .get("/accounts/2fa/webauthn/login/", headers={"X-Requested-With": "XMLHttpRequest"})
        .status_code
        == 200
    )
    browser = sign_in(cast.alice.owner)
    again(browser)
    assert browser.get("/accounts/2fa/webauthn/add/").status_code == 200


def test_the_ways_in_are_changed_by_whoever_just_proved_who_they_are(cast: Cast) -> None:
    """A screen that was left open gives nobody a second factor of their own."""
    browser = sign_in(cast.alice.owner)
    assert browser.get("/accounts/2fa/totp/activate/")["Location"].startswith("/accounts/reauthenticate/")
