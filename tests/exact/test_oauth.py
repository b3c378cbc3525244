"""Consent and tokens: each answer of the token endpoint has its own name."""

from __future__ import annotations

import json
import logging
import socket
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from connections.exact import oauth
from connections.exact.oauth import Site, Tokens
from tests.exact.wire import answer, cut, reset, serving, silence

PAIR = {
    "access_token": "access-secret",
    "token_type": "bearer",
    "expires_in": "600",
    "refresh_token": "refresh-secret",
}
QUICK = (0.3, 0.3)


def site_at(url: str, **more) -> Site:
    return Site("test", url, "{7d1a2b3c-0000-4000-8000-00000000abcd}", "client-secret", **more)


def refreshed(*steps, timeout=QUICK) -> Tokens:
    with serving(*steps) as wire:
        return oauth.refresh(site_at(wire.url), "old-refresh", timeout=timeout)


def exchanged(*steps) -> Tokens:
    with serving(*steps) as wire:
        return oauth.exchange_code(site_at(wire.url), "code", "https://portal.example/back/", timeout=QUICK)


# --- The consent page -----------------------------------------------------------------------------------------


def test_the_consent_url_carries_client_redirect_state_and_force_login():
    site = site_at("https://start.exactonline.nl")
    url = urlsplit(oauth.authorise_url(site, "https://portal.example/back/", "st&te", force_login=True))
    assert (url.netloc, url.path) == ("start.exactonline.nl", "/api/oauth2/auth")
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": ["{7d1a2b3c-0000-4000-8000-00000000abcd}"],
        "redirect_uri": ["https://portal.example/back/"],
        "state": ["st&te"],
        "force_login": ["1"],
    }


@pytest.mark.parametrize("url", ["http://start.exactonline.nl", "https://", "ftp://x", "https://x/api", ""])
def test_a_site_is_an_https_origin_or_on_this_machine(url):
    with pytest.raises(ValueError, match="no base URL"):
        site_at(url)


@pytest.mark.parametrize(
    "url", ["https://start.exactonline.nl/", "http://127.0.0.1:8001", "http://localhost:1"]
)
def test_a_base_url_loses_its_last_slash(url):
    assert site_at(url).base_url == url.rstrip("/")


# --- A good answer --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lifetime", ["600", 600])
def test_a_pair_is_read_whether_its_lifetime_is_a_string_or_a_number(lifetime):
    before = datetime.now(UTC)
    tokens = refreshed(answer(body={**PAIR, "expires_in": lifetime}))
    assert (tokens.access, tokens.refresh) == ("access-secret", "refresh-secret")
    assert before <= tokens.issued_at <= datetime.now(UTC)
    assert before + timedelta(seconds=600) <= tokens.expires_at <= tokens.issued_at + timedelta(seconds=600)


def test_a_refresh_is_posted_as_a_form_with_the_secret_in_its_body():
    with serving(answer(body=PAIR)) as wire:
        oauth.refresh(site_at(wire.url), "old&refresh", timeout=QUICK)
    asked = wire.asked[0]
    assert (asked.method, asked.path) == ("POST", "/api/oauth2/token")
    assert "authorization" not in asked.headers
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["old&refresh"],
        "client_id": ["{7d1a2b3c-0000-4000-8000-00000000abcd}"],
        "client_secret": ["client-secret"],
    }


@pytest.mark.parametrize("code", ["stampNL001.JwA!IAAA", "stampNL001.JwA%21IAAA"])
def test_a_code_is_posted_decoded_once_with_the_redirect_uri(code):
    with serving(answer(body=PAIR)) as wire:
        oauth.exchange_code(site_at(wire.url), code, "https://portal.example/back/", timeout=QUICK)
    sent = parse_qs(wire.asked[0].body.decode())
    assert sent["code"] == ["stampNL001.JwA!IAAA"]
    assert sent["redirect_uri"] == ["https://portal.example/back/"]
    assert sent["grant_type"] == ["authorization_code"]


def test_a_refresh_may_be_asked_again_after_the_guard():
    tokens = Tokens("a", "r", datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, 0, 10, tzinfo=UTC))
    assert tokens.may_refresh_at(site_at("https://x")) == datetime(2026, 3, 2, 0, 9, 30, tzinfo=UTC)


# --- The refusals ---------------------------------------------------------------------------------------------

TOO_EARLY = {"error": "access_denied", "error_description": "Rate limit exceeded: access_token not expired"}
EXPIRED = {
    "error": "invalid_request",
    "error_description": "The refresh token expired at 10/11/2022 9:18:20 PM and it is now 10/28/2022 4:15:50 PM.",
}
CHAIN = {
    "error": "invalid_grant",
    "error_description": "Token is not allowed, because of invalid or empty chainId",
}
FAULT = {
    "fault": {
        "faultstring": "Unable to identify proxy for host: start.exactonline.nl:443 and url: /api/oauth2/token",
        "detail": {"errorcode": "messaging.adaptors.http.flow.ApplicationNotFound"},
    }
}
REASON = {"Reason": "TooEarlyToRefreshTokens: Rate limit exceeded: access_token not expired"}


@pytest.mark.parametrize(
    ("step", "kind", "code", "dead", "maybe_done"),
    [
        (answer(400, TOO_EARLY, REASON), oauth.TooEarly, "token_too_early", False, False),
        (
            answer(400, {**TOO_EARLY, "error": "invalid_request"}),
            oauth.TooEarly,
            "token_too_early",
            False,
            False,
        ),
        (answer(401, TOO_EARLY), oauth.TooEarly, "token_too_early", False, False),
        (answer(400, "", REASON), oauth.TooEarly, "token_too_early", False, False),
        (
            answer(401, {"error": "unauthorized_client", "error_description": "Old refresh token used."}),
            oauth.Reused,
            "token_reused",
            True,
            False,
        ),
        (answer(400, EXPIRED), oauth.Expired, "token_expired", True, False),
        (answer(400, CHAIN), oauth.ChainBroken, "token_chain_broken", True, False),
        (
            answer(400, {"error": "invalid_grant", "error_description": "The user is not active"}),
            oauth.UserInactive,
            "user_inactive",
            True,
            False,
        ),
        (answer(403, "", {"Reason": "BlockedUser"}), oauth.UserInactive, "user_inactive", True, False),
        (answer(400, {"error": "invalid_request"}), oauth.WrongClient, "client_rejected", False, False),
        (answer(401, {"error": "invalid_client"}), oauth.WrongClient, "client_rejected", False, False),
        (answer(400, {"error": "invalid_grant"}), oauth.Revoked, "token_revoked", True, False),
        (answer(401, {"error": "access_denied"}), oauth.Revoked, "token_revoked", True, False),
        (answer(400, "Bad Request"), oauth.Revoked, "token_revoked", True, False),
        (answer(404, FAULT), oauth.Hiccup, "token_hiccup", False, False),
        (answer(404, ""), oauth.Hiccup, "token_hiccup", False, True),
        (answer(429, ""), oauth.Hiccup, "token_hiccup", False, False),
        (answer(403, "<html>go away</html>"), oauth.Hiccup, "token_hiccup", False, False),
        (answer(200, ""), oauth.Hiccup, "token_hiccup", False, True),
        (answer(200, "<html>back soon</html>"), oauth.Hiccup, "token_hiccup", False, True),
        (answer(200, {"access_token": "only"}), oauth.Hiccup, "token_hiccup", False, True),
        (answer(200, {**PAIR, "expires_in": "soon"}), oauth.Hiccup, "token_hiccup", False, True),
        (answer(302, "", {"Location": "http://127.0.0.1:9/"}), oauth.Hiccup, "token_hiccup", False, True),
        (answer(500, ""), oauth.Hiccup, "token_hiccup", False, True),
        (answer(503, "<html>Onderhoud</html>"), oauth.Hiccup, "token_hiccup", False, True),
        (answer(500, {"error": "server_error"}), oauth.Hiccup, "token_hiccup", False, True),
        (silence, oauth.Hiccup, "token_hiccup", False, True),
        (reset, oauth.Hiccup, "token_hiccup", False, True),
        (
            cut(b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"access_token":"a'),
            oauth.Hiccup,
            "token_hiccup",
            False,
            True,
        ),
    ],
)
def test_a_refused_refresh_has_its_own_name(step, kind, code, dead, maybe_done):
    with pytest.raises(oauth.TokenError) as caught:
        refreshed(step)
    error = caught.value
    assert (type(error), error.code, error.dead, error.maybe_done) == (kind, code, dead, maybe_done)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (answer(400, "Bad Request"), oauth.CodeRefused),
        (answer(400, {"error": "invalid_grant"}), oauth.CodeRefused),
        (answer(400, EXPIRED), oauth.CodeRefused),
        (answer(400, CHAIN), oauth.ChainBroken),
        (answer(400, {"error": "invalid_request"}), oauth.WrongClient),
        (answer(404, FAULT), oauth.Hiccup),
        (answer(200, {"access_token": "a", "expires_in": "600"}), oauth.Hiccup),
    ],
)
def test_a_refused_code_has_its_own_name(step, kind):
    with pytest.raises(oauth.TokenError) as caught:
        exchanged(step)
    assert type(caught.value) is kind


def test_an_unreachable_endpoint_cannot_have_rotated_anything():
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
    with pytest.raises(oauth.Hiccup) as caught:
        oauth.refresh(site_at(url), "old-refresh", timeout=QUICK)
    assert not caught.value.maybe_done


def test_secrets_do_not_follow_a_redirect():
    with serving(answer(body=PAIR)) as thief:
        with pytest.raises(oauth.Hiccup):
            refreshed(answer(307, "", {"Location": thief.url + "/api/oauth2/token"}))
        assert thief.asked == []


# --- Secrets --------------------------------------------------------------------------------------------------

SECRETS = ("access-secret", "refresh-secret", "client-secret", "old-refresh")


def test_a_pair_and_a_site_show_no_secret():
    tokens = refreshed(answer(body=PAIR))
    shown = f"{tokens!r} {tokens} {site_at('https://x')!r}"
    assert not any(secret in shown for secret in SECRETS)


@pytest.mark.parametrize("step", [answer(body=PAIR), answer(400, EXPIRED), reset])
def test_a_debug_log_has_no_secret(step, caplog):
    caplog.set_level(logging.DEBUG)
    try:
        refreshed(step)
    except oauth.TokenError as error:
        assert not any(secret in f"{error} {error!r}" for secret in SECRETS)
    assert not any(secret in caplog.text for secret in SECRETS)


@pytest.mark.parametrize("step", [silence, reset, answer(200, json.dumps({"x": 1}))])
def test_no_exception_behind_a_failure_holds_the_request(step):
    with pytest.raises(oauth.TokenError) as caught:
        refreshed(step)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
