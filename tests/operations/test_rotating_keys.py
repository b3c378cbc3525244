"""`rotate_keys` where a key is missing: it says which rows are under it and what to do, and changes nothing."""

from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from connections.models import Authorisation
from portal.tenancy import scope
from tests.cast import Cast
from tests.signin.test_second_factor import sign_in, with_app

LOST, OLD, NEW = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def kept(cast: Cast, settings: Any) -> list[Authorisation]:
    """Two authorisations under different keys, and Alice's second factor under the key that is missing later."""
    settings.TOKEN_KEYS = [LOST]
    with_app(sign_in(cast.alice.owner))
    made = []
    for number, key in enumerate((LOST, OLD)):
        settings.TOKEN_KEYS = [key]
        with scope(cast.alice.firm_id):
            now = timezone.now()
            one = Authorisation(site="nl", exact_user_id=uuid4(), issued_at=now, expires_at=now)
            one.access_token = one.refresh_token = f"token-{number}"
            one.save()
        made.append(one)
    return made


def stored() -> list[Any]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT id::text, refresh_token FROM connections_authorisation ORDER BY id")
        tokens = cursor.fetchall()
        cursor.execute("SELECT id::text, data::text FROM mfa_authenticator ORDER BY id")
        return [*tokens, *cursor.fetchall()]


def test_a_missing_key_is_named_with_what_is_under_it_and_nothing_is_changed(
    kept: list[Authorisation], settings: Any
) -> None:
    before = stored()
    settings.TOKEN_KEYS = [NEW, OLD]
    with pytest.raises(CommandError) as refused:
        call_command("rotate_keys", stdout=StringIO())
    said = str(refused.value)
    assert "Nothing was changed" in said and "end of TOKEN_KEYS" in said
    assert "connections.Authorisation: 1 rows" in said
    assert "second factors: 2 rows" in said
    assert stored() == before
    settings.TOKEN_KEYS = [NEW, OLD, LOST]
    call_command("rotate_keys", stdout=StringIO())
    settings.TOKEN_KEYS = [NEW]
    call_command("rotate_keys", stdout=StringIO())


def test_when_a_key_is_lost_for_good_the_others_are_rotated_and_what_was_under_it_stays_as_it_is(
    kept: list[Authorisation], settings: Any
) -> None:
    lost, readable = kept
    settings.TOKEN_KEYS = [NEW, OLD]
    call_command("rotate_keys", "--leave-unreadable", stdout=StringIO())
    settings.TOKEN_KEYS = [NEW]
    with scope(readable.firm_id):
        assert Authorisation.objects.get(pk=readable.pk).refresh_token.reveal() == "token-1"
    settings.TOKEN_KEYS = [LOST]
    with scope(lost.firm_id):
        assert Authorisation.objects.get(pk=lost.pk).refresh_token.reveal() == "token-0"
