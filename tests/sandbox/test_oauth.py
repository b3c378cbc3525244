"""Sign-in, consent and every answer of the token endpoint."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest
import requests

from .conftest import CALLBACK, CLIENT_ID, D1, D2, Caller, Process

TOO_EARLY = b'{ "error":"access_denied","error_description":"Rate limit exceeded: access_token not expired" }'


def pair(exact: Process, user: str = "anna") -> dict[str, str]:
    return exact.exchange(exact.consent(user)["code"]).json()


def later(exact: Process, seconds: float) -> None:
    exact.control("POST", "clock", advance=seconds)


def test_the_sign_in_page_shows_the_people_and_then_the_administrations(exact: Process) -> None:
    page = requests.get(exact.auth_url(), timeout=10)
    assert "Anna de Boer" in page.text
    assert "MijnKantoor" in page.text
    consent = requests.get(exact.auth_url() + "&user=anna", timeout=10)
    assert "Proefbakkerij B.V." in consent.text
    assert 'name="state" value="s1"' in consent.text
    assert "Proefkapper" not in consent.text  # another contract's


def test_a_signed_in_person_is_not_asked_again_unless_the_login_is_forced(exact: Process) -> None:
    cookies = {"ExactOnlineUser": "ben"}
    assert "Ben Carter, <b>Portal</b>" in requests.get(exact.auth_url(), cookies=cookies, timeout=10).text
    forced = requests.get(exact.auth_url(force_login="1"), cookies=cookies, timeout=10)
    assert "Choose who you are" in forced.text


@pytest.mark.parametrize("client_id", [CLIENT_ID, f"{{{CLIENT_ID}}}", CLIENT_ID.upper()])
def test_a_client_id_is_taken_with_and_without_braces(exact: Process, client_id: str) -> None:
    page = requests.get(exact.auth_url(client_id=client_id), timeout=10)
    assert page.status_code == 200


@pytest.mark.parametrize("client_id", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_client_id_gets_a_page_and_no_redirect(exact: Process, client_id: str) -> None:
    page = requests.get(exact.auth_url(client_id=client_id), allow_redirects=False, timeout=10)
    assert page.status_code == 400


def test_denying_returns_access_denied_with_the_state(exact: Process) -> None:
    assert exact.consent("anna", decision="deny") == {"error": "access_denied", "state": "s1"}


def test_an_identity_with_several_users_is_stopped_on_the_page(exact: Process) -> None:
    form = {"user": "multi", "decision": "allow"}
    page = requests.post(exact.auth_url(), data=form, allow_redirects=False, timeout=10)
    assert page.status_code == 403
    assert "API Connections do not support this type of account." in page.text


def test_a_registered_redirect_uri_must_match_to_the_letter(exact: Process) -> None:
    exact.control("POST", f"apps/{CLIENT_ID}", redirect_uris=[CALLBACK])
    assert requests.get(exact.auth_url(), timeout=10).status_code == 200
    other = exact.auth_url(redirect_uri=CALLBACK + "x")
    assert requests.get(other, timeout=10).status_code == 400


def test_the_code_travels_encoded_and_is_to_be_decoded_once(exact: Process) -> None:
    form = {"user": "anna", "decision": "allow"}
    answer = requests.post(exact.auth_url(), data=form, allow_redirects=False, timeout=10)
    encoded = re.search(r"code=([^&]+)", answer.headers["Location"])
    assert encoded is not None
    assert "%21" in encoded[1]
    assert exact.exchange(encoded[1]).status_code == 400  # still encoded
    assert exact.exchange(unquote(encoded[1])).status_code == 200


def test_a_code_works_once(exact: Process) -> None:
    code = exact.consent()["code"]
    assert exact.exchange(code).json()["token_type"] == "bearer"
    again = exact.exchange(code)
    assert (again.status_code, again.text) == (400, "Bad Request")


def test_a_code_lives_three_minutes(exact: Process) -> None:
    code = exact.consent()["code"]
    later(exact, 181)
    assert exact.exchange(code).status_code == 400


def test_another_redirect_uri_than_at_the_consent_is_refused(exact: Process) -> None:
    assert exact.exchange(exact.consent()["code"], redirect_uri=CALLBACK + "?x=1").text == "Bad Request"


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "nonsense"},
        {"client_secret": "wrong"},
        {"grant_type": "password"},
        {"refresh_token": "unknown"},
    ],
)
def test_a_malformed_token_call_is_an_invalid_request(exact: Process, wrong: dict[str, str]) -> None:
    token = pair(exact)["refresh_token"]
    answer = exact.token(**({"grant_type": "refresh_token", "refresh_token": token} | wrong))
    assert (answer.status_code, answer.text) == (400, '{"error":"invalid_request"}')


def test_a_refresh_before_570_seconds_is_refused_with_the_wire_answer(exact: Process) -> None:
    tokens = pair(exact)
    later(exact, 569)
    answer = exact.refresh(tokens["refresh_token"])
    assert (answer.status_code, answer.content) == (400, TOO_EARLY)
    assert answer.headers["Reason"] == (
        "TooEarlyToRefreshTokens: Rate limit exceeded: access_token not expired"
    )
    later(exact, 2)
    assert exact.refresh(tokens["refresh_token"]).status_code == 200


def test_the_thirty_seconds_between_guard_and_expiry_serve_both_tokens(exact: Process) -> None:
    old = pair(exact)
    later(exact, 575)
    new = exact.refresh(old["refresh_token"]).json()
    assert new["refresh_token"] != old["refresh_token"]
    assert Caller(exact, old).call("GET", "current/Me").status_code == 200
    assert Caller(exact, new).call("GET", "current/Me").status_code == 200
    later(exact, 26)
    assert Caller(exact, old).call("GET", "current/Me").status_code == 401
    assert Caller(exact, new).call("GET", "current/Me").status_code == 200


def test_a_refresh_token_works_once(exact: Process) -> None:
    tokens = pair(exact)
    later(exact, 600)
    new = exact.refresh(tokens["refresh_token"]).json()
    answer = exact.refresh(tokens["refresh_token"])
    assert answer.status_code == 401
    assert answer.text == '{"error":"unauthorized_client","error_description":"Old refresh token used."}'
    later(exact, 600)
    assert exact.refresh(new["refresh_token"]).status_code == 200


def test_in_grace_mode_the_old_one_lives_until_the_new_one_is_used(exact: Process) -> None:
    exact.control("POST", "settings", old_refresh_token="grace")
    first = pair(exact)["refresh_token"]
    later(exact, 600)
    second = exact.refresh(first).json()["refresh_token"]
    later(exact, 600)
    third = exact.refresh(first).json()["refresh_token"]
    assert third != second
    later(exact, 600)
    assert exact.refresh(third).status_code == 200
    later(exact, 600)
    assert exact.refresh(first).status_code == 401


def test_a_refresh_token_dies_after_thirty_idle_days_with_american_dates(exact: Process) -> None:
    tokens = pair(exact)
    later(exact, 30 * 86_400 + 1)
    answer = exact.refresh(tokens["refresh_token"])
    assert answer.status_code == 400
    date = r"\d{1,2}\\/\d{1,2}\\/\d{4} \d{1,2}:\d\d:\d\d [AP]M"
    assert re.fullmatch(
        r'\{"error":"invalid_request","error_description":"The refresh token expired at '
        rf'{date} and it is now {date}\."\}}',
        answer.text,
    )


def test_a_second_consent_of_the_same_person_ends_the_first_chain(exact: Process) -> None:
    first, of_ben = pair(exact), pair(exact, "ben")
    second = pair(exact)
    later(exact, 600)
    answer = exact.refresh(first["refresh_token"])
    assert answer.status_code == 401
    assert answer.json()["error_description"] == "Token is not allowed, because of invalid or empty chainId"
    assert exact.refresh(second["refresh_token"]).status_code == 200
    assert exact.refresh(of_ben["refresh_token"]).status_code == 200


def test_a_revoked_consent_kills_both_tokens(exact: Process) -> None:
    tokens = pair(exact)
    exact.control("POST", "revoke", user="anna")
    assert Caller(exact, tokens).call("GET", "current/Me").status_code == 401
    later(exact, 600)
    assert exact.refresh(tokens["refresh_token"]).status_code == 400


def test_two_hundred_token_calls_a_day_are_enough(exact: Process) -> None:
    exact.control("POST", "settings", token_calls_per_day=3)
    tokens = pair(exact)  # the first
    statuses = [exact.refresh(tokens["refresh_token"]).status_code for _ in range(3)]
    assert statuses == [400, 400, 429]
    assert exact.exchange(exact.consent("ben")["code"]).status_code == 200
    later(exact, 86_400)
    assert exact.refresh(tokens["refresh_token"]).status_code == 200


def test_a_consent_for_some_administrations_restricts_the_app(exact: Process) -> None:
    caller = Caller(exact, exact.exchange(exact.consent("anna", divisions=[D1])["code"]).json())
    assert [d["Code"] for d in caller.get("system/Divisions", select="Code")] == [D1]
    refused = caller.refused("GET", "financial/Journals", D2)
    assert refused == (403, "Forbidden - User division is not within division scope.")


def test_the_counters_tell_refreshes_apart(exact: Process) -> None:
    tokens = pair(exact)
    exact.refresh(tokens["refresh_token"])
    later(exact, 600)
    exact.refresh(tokens["refresh_token"])
    exact.refresh(tokens["refresh_token"])
    counted = exact.control("GET", "counters")["tokens"]
    assert counted == {"issued": 1, "refreshed": 1, "too_early": 1, "reused": 1, "expired": 0, "denied": 2}


def test_an_encoded_redirect_uri_with_a_query_keeps_it(exact: Process) -> None:
    uri = CALLBACK + "?firm=1"
    answer = requests.post(
        exact.auth_url(redirect_uri=uri),
        data={"user": "anna", "decision": "deny"},
        allow_redirects=False,
        timeout=10,
    )
    assert answer.headers["Location"] == f"{uri}&error=access_denied&state={quote('s1')}"
