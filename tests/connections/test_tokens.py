"""Promise 4: tokens never race, and every answer of the token endpoint has its own consequence."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections as databases
from django.utils import timezone

from connections import incidents, spool, tasks, tokens
from connections.models import Authorisation, Connection, Incident, Issue, TokenCall
from portal.tenancy import scope
from tests.cast import Cast
from tests.connections.aids import again, aged, fault, open_codes, reconnect, ten_minutes_later, token_answers
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected


@pytest.fixture
def connection(cast: Cast, exact: ExactSandbox, worker: Any) -> Connection:
    return connected(cast.alice, exact, worker)


def refresh(connection: Connection) -> tokens.Token:
    return tokens.refresh(connection.firm_id, connection.authorisation_id)


def the_token(connection: Connection) -> tokens.Token:
    return tokens.access_token(connection.firm_id, connection.authorisation_id)


def row(connection: Connection) -> Authorisation:
    with scope(connection.firm_id):
        return Authorisation.objects.get(pk=connection.authorisation_id)


def refreshed(exact: ExactSandbox) -> dict[str, int]:
    return exact.control("GET", "counters")["tokens"]


# --- When Exact is asked at all ------------------------------------------------------------------------------


def test_a_young_token_is_used_without_asking_exact(connection: Connection, exact: ExactSandbox) -> None:
    the_token(connection)
    assert refreshed(exact)["refreshed"] == 0


def test_an_old_token_is_refreshed_once_and_the_new_pair_is_in_the_database(
    connection: Connection, exact: ExactSandbox
) -> None:
    before = row(connection)
    ten_minutes_later(exact, connection)
    token = the_token(connection)
    after = row(connection)
    assert after.access_token.reveal() == token.access != before.access_token.reveal()
    assert after.refresh_token.reveal() != before.refresh_token.reveal()
    the_token(connection)
    assert refreshed(exact)["refreshed"] == 1


def test_who_meets_a_refresh_in_flight_goes_on_with_the_token_in_hand_and_does_not_wait(
    connection: Connection, exact: ExactSandbox
) -> None:
    aged(connection, seconds=575)  # 25 seconds are left
    exact.control("POST", "expire", what="access")
    fault(exact, "gate", match={"endpoint": "oauth2/token"}, when="before")
    first: list[tokens.Token] = []

    def slow() -> None:
        first.append(refresh(connection))
        databases.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    held = exact.control("GET", "gates?wait=5")["held"]
    began = timezone.now()
    other = refresh(connection)
    took = (timezone.now() - began).total_seconds()
    exact.control("POST", f"gates/{held[0]['id']}")
    thread.join(10)
    assert took < 2 and other.access != first[0].access
    assert refreshed(exact) == refreshed(exact) | {"refreshed": 1, "reused": 0, "too_early": 0}


def test_rows_that_point_at_an_authorisation_are_written_while_it_is_being_refreshed(
    connection: Connection, exact: ExactSandbox
) -> None:
    aged(connection, seconds=575)
    exact.control("POST", "expire", what="access")
    fault(exact, "gate", match={"endpoint": "oauth2/token"}, when="before")

    def slow() -> None:
        refresh(connection)
        databases.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    held = exact.control("GET", "gates?wait=5")["held"]
    began = timezone.now()
    with scope(connection.firm_id):
        TokenCall.objects.create(
            authorisation_id=connection.authorisation_id, at=timezone.now(), outcome="consent"
        )
    took = (timezone.now() - began).total_seconds()
    exact.control("POST", f"gates/{held[0]['id']}")
    thread.join(10)
    assert took < 2


# --- Every refusal -------------------------------------------------------------------------------------------

DEAD = [
    pytest.param(401, {"error": "unauthorized_client", "error_description": "Old refresh token used."},
                 "authorisation_reused", id="reused"),
    pytest.param(400, {"error": "invalid_request", "error_description":
                       "The refresh token expired at 10/11/2022 9:18:20 PM and it is now 10/28/2022 4:15:50 PM."},
                 "authorisation_expired", id="expired after 30 days"),
    pytest.param(401, {"error": "unauthorized_client", "error_description":
                       "Token is not allowed, because of invalid or empty chainId"}, "chain_broken", id="chain broken"),
    pytest.param(400, {"error": "invalid_grant", "error_description": "The user is not active"}, "user_inactive",
                 id="user inactive"),
    pytest.param(400, {"error": "invalid_grant"}, "authorisation_revoked", id="revoked"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "issue"), DEAD)
def test_a_dead_chain_opens_its_own_issue_in_the_commit_that_writes_it_down_and_signing_in_mends_it(
    status: int, body: Any, issue: str, connection: Connection, exact: ExactSandbox, cast: Cast, worker: Any
) -> None:
    ten_minutes_later(exact, connection)
    token_answers(exact, status, body)
    with pytest.raises(tokens.AuthorisationDead):
        refresh(connection)
    assert row(connection).status == "dead"
    assert (again(connection).status, open_codes(connection)) == ("blocked", [issue])
    calls = refreshed(exact)
    worker()
    assert refreshed(exact) == calls, "a dead chain is not tried again"
    assert reconnect(cast.alice, exact, connection).status_code == 200
    worker()
    assert (again(connection).status, open_codes(connection)) == ("active", [])


HICCUPS = [
    pytest.param({"kind": "apigee"}, id="the gateway knows no route"),
    pytest.param({"kind": "empty"}, id="an empty body with 200"),
    pytest.param({"status": 503, "body": ""}, id="an empty body with 503"),
    pytest.param({"kind": "maintenance"}, id="maintenance"),
    pytest.param({"status": 429, "body": ""}, id="too many"),
]


@pytest.mark.parametrize("answer", HICCUPS)
def test_a_hiccup_of_the_token_endpoint_kills_nothing_and_is_left_alone_for_a_while(
    answer: dict[str, Any], connection: Connection, exact: ExactSandbox
) -> None:
    aged(connection, seconds=575)
    exact.control("POST", "expire", what="access")
    fault(exact, "answer", match={"endpoint": "oauth2/token"}, **answer)
    in_hand = row(connection).access_token.reveal()
    assert refresh(connection).access == in_hand, "25 seconds are left on the token in hand"
    assert row(connection).status == "active" and open_codes(connection) == []
    aged_row = row(connection)
    with scope(connection.firm_id):
        soon = timezone.now() + timedelta(seconds=9)
        Authorisation.objects.filter(pk=aged_row.pk).update(
            expires_at=timezone.now(), issued_at=aged_row.issued_at, not_before=soon
        )
    with pytest.raises(tokens.ComeBack) as wait:
        refresh(connection)
    assert wait.value.at == soon
    with scope(connection.firm_id):
        Authorisation.objects.filter(pk=aged_row.pk).update(not_before=None)
    assert refresh(connection).access != in_hand


def test_a_connection_that_breaks_before_the_answer_is_a_hiccup_too(
    connection: Connection, exact: ExactSandbox
) -> None:
    ten_minutes_later(exact, connection)
    fault(exact, "drop_before", match={"endpoint": "oauth2/token"})
    with pytest.raises(tokens.ComeBack):
        refresh(connection)
    assert row(connection).hiccups == 1


def test_too_early_keeps_the_token_in_hand_and_does_not_ask_again_at_once(
    connection: Connection, exact: ExactSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    aged(connection, seconds=575)  # our clock is ahead of Exact's
    in_hand = row(connection).access_token.reveal()
    assert refresh(connection).access == in_hand
    assert refresh(connection).access == in_hand
    assert refreshed(exact)["too_early"] == 1
    assert row(connection).status == "active"


def test_a_refused_client_halts_everybody_once_and_mails_nobody_until_it_is_mended(
    connection: Connection, exact: ExactSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ten_minutes_later(exact, connection)
    exact.control("POST", f"apps/{exact.client_id}", client_secret="another")
    with pytest.raises(tokens.ComeBack):
        refresh(connection)
    assert incidents.current("nl", incidents.WRONG_CLIENT) is not None
    assert open_codes(connection) == [] and row(connection).status == "active"
    calls = len(exact.control("GET", "calls?endpoint=oauth2/token")["calls"])
    for _ in range(3):
        with pytest.raises(tokens.ComeBack):
            refresh(connection)
    assert len(exact.control("GET", "calls?endpoint=oauth2/token")["calls"]) == calls
    exact.control("POST", f"apps/{exact.client_id}", client_secret=exact.client_secret)
    Incident.objects.update(probe_at=timezone.now())
    aged(connection, seconds=600)
    refresh(connection)
    assert incidents.current("nl") is None


def test_two_that_are_refused_alike_halt_the_site_and_one_that_nobody_contradicts_does_so_at_the_third_try(
    connection: Connection, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    other = connected(cast.alice, exact, worker, user="ben", name="Slagerij Hak", kvk="99999990")
    with scope(connection.firm_id):
        TokenCall.objects.all().delete()  # the consents of a moment ago were an hour ago
    exact.control("POST", f"apps/{exact.client_id}", client_secret="another")
    for number in range(3):
        assert incidents.current("nl") is None, number
        ten_minutes_later(exact, connection)
        with pytest.raises(tokens.ComeBack):
            refresh(connection)
    assert incidents.current("nl", incidents.WRONG_CLIENT) is not None
    Incident.objects.all().delete()
    ten_minutes_later(exact, other)
    with pytest.raises(tokens.ComeBack):
        refresh(other)
    assert incidents.current("nl", incidents.WRONG_CLIENT) is not None, "two agree"
    exact.control("POST", f"apps/{exact.client_id}", client_secret=exact.client_secret)


def test_a_made_up_code_in_one_consent_halts_nobody(
    connection: Connection, cast: Cast, exact: ExactSandbox
) -> None:
    """Exact answers it as it answers a wrong client, and anybody with a link can send one."""
    token_answers(exact, 400, {"error": "invalid_request"})
    assert reconnect(cast.alice, exact, connection, "ben").status_code == 400
    assert incidents.current("nl") is None
    ten_minutes_later(exact, connection)
    refresh(connection)


def test_one_damaged_token_does_not_halt_the_others_for_long_and_dies_alone(
    connection: Connection, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    healthy = connected(cast.alice, exact, worker, user="ben", name="Slagerij Hak", kvk="99999990")
    ten_minutes_later(exact, connection)
    ten_minutes_later(exact, healthy)
    token_answers(exact, 400, {"error": "invalid_request"})
    with pytest.raises(tokens.ComeBack):
        refresh(connection)
    assert incidents.current("nl") is None, "one alone proves nothing of our client"
    refresh(healthy)
    aged(connection, seconds=600)
    token_answers(exact, 400, {"error": "invalid_request"})
    with pytest.raises(tokens.AuthorisationDead):
        refresh(connection)
    assert incidents.current("nl") is None
    assert (open_codes(connection), open_codes(healthy)) == (["authorisation_revoked"], [])


def test_the_token_calls_of_a_day_are_counted_and_a_few_are_kept_for_a_person(
    connection: Connection, exact: ExactSandbox
) -> None:
    ten_minutes_later(exact, connection)
    now = timezone.now()
    with scope(connection.firm_id):
        TokenCall.objects.bulk_create(
            TokenCall(
                firm_id=connection.firm_id,
                authorisation_id=connection.authorisation_id,
                at=now,
                outcome="refreshed",
            )
            for _ in range(tokens.TOKEN_CALLS_A_DAY - tokens.TOKEN_CALLS_KEPT_BACK)
        )
    with pytest.raises(tokens.ComeBack) as wait:
        refresh(connection)
    assert (wait.value.at.hour, wait.value.at.minute) == (0, 0)  # UTC
    assert refreshed(exact)["refreshed"] == 0
    with scope(connection.firm_id):
        assert Issue.objects.get(resolved_at=None).code == "token_calls_used_up"
        TokenCall.objects.all().delete()
    refresh(connection)
    with scope(connection.firm_id):
        assert not Issue.objects.filter(resolved_at=None).exists()


# --- Between Exact's answer and our commit -------------------------------------------------------------------


@pytest.fixture
def var_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    return tmp_path


@pytest.fixture
def database_dies(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`database_dies()`: the next time a pair is saved, the server has just ended our session."""

    def arm() -> None:
        real = tokens._save

        def save(row: Authorisation, pair: Any) -> None:
            monkeypatch.setattr(tokens, "_save", real)
            with databases["default"].cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (pid,) = cursor.fetchone()
            with databases["owner"].cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
            real(row, pair)

        monkeypatch.setattr(tokens, "_save", save)

    return arm


def test_a_database_lost_before_the_commit_gets_the_pair_by_a_new_connection(
    connection: Connection, exact: ExactSandbox, var_dir: Path, database_dies: Any
) -> None:
    ten_minutes_later(exact, connection)
    database_dies()
    token = refresh(connection)
    assert row(connection).access_token.reveal() == token.access
    assert list(spool.waiting()) == []
    aged(connection, seconds=600)
    exact.control("POST", "expire", what="access")
    refresh(connection)
    assert refreshed(exact)["reused"] == 0


def test_a_database_that_stays_away_finds_the_pair_on_disk_encrypted_when_it_is_back(
    connection: Connection,
    exact: ExactSandbox,
    var_dir: Path,
    database_dies: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ten_minutes_later(exact, connection)
    monkeypatch.setattr(tokens, "RESCUE_SECONDS", 0)
    database_dies()
    token = refresh(connection)
    (file,) = (var_dir / "spool").iterdir()
    assert token.access not in file.read_text() and file.stat().st_mode & 0o077 == 0
    databases["default"].close()
    assert refresh(connection).access == token.access, "read before Exact is asked again"
    assert row(connection).access_token.reveal() == token.access and not file.exists()
    assert refreshed(exact) == refreshed(exact) | {"refreshed": 1, "reused": 0}


def test_a_pair_on_this_machines_disk_revives_what_another_machine_declared_dead(
    connection: Connection, exact: ExactSandbox, var_dir: Path, database_dies: Any,
    monkeypatch: pytest.MonkeyPatch, worker: Any,
) -> None:  # fmt: skip
    ten_minutes_later(exact, connection)
    monkeypatch.setattr(tokens, "RESCUE_SECONDS", 0)
    database_dies()
    refresh(connection)
    databases["default"].close()
    (file,) = (var_dir / "spool").iterdir()
    elsewhere = file.rename(var_dir / "elsewhere")
    with pytest.raises(tokens.AuthorisationDead):
        refresh(connection)
    assert open_codes(connection) == ["authorisation_reused"]
    elsewhere.rename(file)
    tasks.sweep()
    assert row(connection).status == "active" and open_codes(connection) == []
    worker()
    assert again(connection).status == "active"


def test_a_file_in_the_spool_that_cannot_be_read_stands_in_nobodys_way(
    connection: Connection, exact: ExactSandbox, var_dir: Path
) -> None:
    ten_minutes_later(exact, connection)
    path = var_dir / "spool" / f"{connection.authorisation_id}.token"
    path.parent.mkdir()
    path.write_text("half a")
    refresh(connection)
    assert path.with_suffix(".unreadable").exists()


# --- Kept alive ----------------------------------------------------------------------------------------------


def test_an_authorisation_that_nobody_used_for_days_is_renewed_long_before_thirty(
    connection: Connection, exact: ExactSandbox
) -> None:
    aged(connection, seconds=86_400 * settings.EXACT_KEEP_ALIVE_DAYS + 60)
    exact.control("POST", "expire", what="access")
    tasks.keep_alive()
    assert timezone.now() - row(connection).issued_at < timedelta(minutes=1)


def test_one_that_cannot_be_renewed_does_not_keep_the_others_from_it(
    connection: Connection, cast: Cast, exact: ExactSandbox, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = connected(cast.alice, exact, worker, user="ben", name="Slagerij Hak", kvk="99999990")
    days = 86_400 * settings.EXACT_KEEP_ALIVE_DAYS
    aged(connection, seconds=days + 600)
    aged(other, seconds=days + 60)
    exact.control("POST", "expire", what="access")
    with scope(connection.firm_id):
        # A site that was taken out of the settings.
        Authorisation.objects.filter(pk=connection.authorisation_id).update(site="be")
    tasks.keep_alive()
    assert timezone.now() - row(other).issued_at < timedelta(minutes=1)
