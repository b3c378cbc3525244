"""Exact's consent and its rotating tokens, on requests-oauthlib.

A refresh token works once: the answer to a refresh carries the next one, and using the old one again kills
the link until a person consents anew (picqer#300, #549, #640). So every outcome of the token endpoint has its
own class here, and each says whether the link is dead and whether the rotation may have happened although we
did not see it. Nothing in this module retries, waits or stores.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests_oauthlib import OAuth2Session

from connections.exact.errors import messages
from connections.exact.odata import load

TOKEN_GUARD_SECONDS = 570
"""A new access token may be asked for 570 s after the last one (API limits page); sooner is refused with a
400."""

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 15.0

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

# requests-oauthlib writes whole token requests and answers to its debug log; a DEBUG root logger is enough to
# have the client secret and every refresh token on disk.
logging.getLogger("requests_oauthlib.oauth2_session").addFilter(lambda record: record.levelno > logging.DEBUG)


@dataclass(frozen=True, slots=True)
class Site:
    """Which Exact: `base_url` without a trailing slash (`https://start.exactonline.nl`). Client ids and
    tokens belong to one site. Plain http is for a sandbox on this machine only."""

    key: str
    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    token_guard_seconds: int = TOKEN_GUARD_SECONDS
    minute_seconds: int = 60

    def __post_init__(self) -> None:
        url = urlsplit(self.base_url)
        secure = url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK)
        if not secure or not url.hostname or url.path.strip("/"):
            raise ValueError(f"{self.base_url!r} is no base URL of an Exact site: https://host is expected")
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @property
    def token_url(self) -> str:
        return f"{self.base_url}/api/oauth2/token"


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair. `issued_at` is when the answer had arrived (a refresh counts its 570 s from there),
    `expires_at` is reckoned from when the request left: both err on the safe side. Its repr shows no
    secret."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime

    def may_refresh_at(self, site: Site) -> datetime:
        return self.issued_at + timedelta(seconds=site.token_guard_seconds)


class TokenError(Exception):
    """The token endpoint did not give a pair. `dead`: only a new consent by the Exact user helps.
    `maybe_done`: Exact may have rotated the pair unseen, so that the refresh token in hand may be used up."""

    code = "token_error"
    dead = False

    def __init__(
        self, message: str, *, raw: str = "", status: int | None = None, maybe_done: bool = False
    ) -> None:
        self.message = message
        self.raw = raw
        self.status = status
        self.maybe_done = maybe_done
        super().__init__(f"{message} [{self.code}, HTTP {status or '-'}] {raw[:300]}")


class TooEarly(TokenError):
    """The access token in hand is still good: go on with it."""

    code = "token_too_early"


class Reused(TokenError):
    """This refresh token was used before: a race of ours, or a second consent elsewhere."""

    code = "token_reused"
    dead = True


class Expired(TokenError):
    """The refresh token lay unused for 30 days."""

    code = "token_expired"
    dead = True


class Revoked(TokenError):
    """Exact refuses for good and gives no better reason; as a rule the user withdrew the app's permission."""

    code = "token_revoked"
    dead = True


class ChainBroken(TokenError):
    """ "Invalid or empty chainId": a second consent, or an authorisation code that is old (picqer#471,
    #573)."""

    code = "token_chain_broken"
    dead = True


class UserInactive(TokenError):
    """The Exact user is blocked or no longer active."""

    code = "user_inactive"
    dead = True


class CodeRefused(TokenError):
    """The authorisation code is used, older than three minutes, or was made for another redirect URI."""

    code = "code_refused"
    dead = True


class WrongClient(TokenError):
    """Our own client id or secret is wrong. No user can mend that, and no link is dead because of it."""

    code = "client_rejected"


class Hiccup(TokenError):
    """The gateway, the network or an empty answer. Try again later."""

    code = "token_hiccup"


def authorise_url(site: Site, redirect_uri: str, state: str, force_login: bool = False) -> str:
    """Where to send the person. `redirect_uri` must equal the app's registration; `force_login` asks for the
    password even when a session is open, so that the right Exact user is chosen."""
    _allow_loopback(site)
    session = OAuth2Session(site.client_id, redirect_uri=redirect_uri)
    url, _ = session.authorization_url(
        f"{site.base_url}/api/oauth2/auth", state=state, force_login="1" if force_login else "0"
    )
    return str(url)


def exchange_code(
    site: Site,
    code: str,
    redirect_uri: str,
    *,
    adapter: BaseAdapter | None = None,
    timeout: Any = (CONNECT_SECONDS, TOTAL_SECONDS),
) -> Tokens:
    """The first pair, for an authorisation code. Codes work once and for about three minutes. They hold a `!`
    that Exact percent-encodes a second time, so one that still shows a `%` is decoded once more."""
    _allow_loopback(site)
    session = _session(site, adapter, _judge_code, redirect_uri=redirect_uri)
    return _ask(
        lambda: session.fetch_token(
            site.token_url,
            code=unquote(code) if "%" in code else code,
            client_secret=site.client_secret,
            include_client_id=True,
            timeout=timeout,
        )
    )


def refresh(
    site: Site,
    refresh_token: str,
    *,
    adapter: BaseAdapter | None = None,
    timeout: Any = (CONNECT_SECONDS, TOTAL_SECONDS),
) -> Tokens:
    """The next pair. The caller holds the lock, has read `refresh_token` after taking it, and stores the pair
    before its first use."""
    _allow_loopback(site)
    session = _session(site, adapter, _judge_refresh)
    return _ask(
        lambda: session.refresh_token(
            site.token_url,
            refresh_token=refresh_token,
            client_id=site.client_id,
            client_secret=site.client_secret,
            timeout=timeout,
        )
    )


# --- How it is sent -----------------------------------------------------------------------------------------


class _TokenSession(OAuth2Session):  # type: ignore[misc]  # requests-oauthlib has no types
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: a secret is never sent on to where a redirect points."""


def _session(
    site: Site,
    adapter: BaseAdapter | None,
    judge: Callable[[requests.Response], requests.Response],
    **kwargs: Any,
) -> OAuth2Session:
    session = _TokenSession(site.client_id, **kwargs)
    session.trust_env = False
    if adapter is not None:
        session.mount("https://", adapter)
        session.mount("http://", adapter)
    session.register_compliance_hook("access_token_response", judge)
    session.register_compliance_hook("refresh_token_response", judge)
    return session


def _allow_loopback(site: Site) -> None:
    """oauthlib refuses plain http unless this variable stands in the environment. `Site` has already refused
    it for anything but this machine."""
    if site.base_url.startswith("http://"):
        os.environ.setdefault("OAUTHLIB_INSECURE_TRANSPORT", "1")


def _ask(send: Callable[[], Any]) -> Tokens:
    # The network's exceptions carry the request with the secrets in its body. Ours is raised outside their
    # `except`, so that no error report can follow a `__context__` to them.
    sent_at = datetime.now(UTC)
    trouble: TokenError
    try:
        answer = send()
    except TokenError as error:
        trouble = error
    except requests.exceptions.RequestException as error:
        trouble = _hiccup(error)
    except Exception as error:  # oauthlib's own: the answer was a 200 without the tokens in it
        trouble = Hiccup(f"Exact's token answer cannot be used ({type(error).__name__}).", maybe_done=True)
    else:
        return _tokens(answer, sent_at)
    trouble.__context__ = None
    raise trouble


def _hiccup(error: requests.exceptions.RequestException) -> Hiccup:
    never_sent = isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError)
    name = type(error).__name__
    if never_sent or "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error):
        return Hiccup(f"Exact's token endpoint could not be reached ({name}).")
    return Hiccup(f"The connection to Exact's token endpoint broke ({name}).", maybe_done=True)


def _tokens(answer: Any, sent_at: datetime) -> Tokens:
    try:
        access, refresh_token = answer["access_token"], answer["refresh_token"]
        lives = int(answer["expires_in"])  # "600": a string on the wire, an int in some recordings
    except (KeyError, TypeError, ValueError):
        access = refresh_token = None
        lives = 0
    if not (
        isinstance(access, str) and access and isinstance(refresh_token, str) and refresh_token and lives > 0
    ):
        raise Hiccup("Exact's token answer lacks a token or its lifetime.", maybe_done=True)
    return Tokens(access, refresh_token, datetime.now(UTC), sent_at + timedelta(seconds=lives))


# --- What the answer means ----------------------------------------------------------------------------------


def _judge_refresh(response: requests.Response) -> requests.Response:
    return _judge(response, code_exchange=False)


def _judge_code(response: requests.Response) -> requests.Response:
    return _judge(response, code_exchange=True)


def _judge(response: requests.Response, *, code_exchange: bool) -> requests.Response:
    """Pass a 200 with a body on; name everything else. The words decide before the status does: Exact's prose
    says 401 for "not expired" where its wire says 400 (websmurf#31)."""
    status, text = response.status_code, response.text
    if status == 200 and text.strip():
        return response
    error, description = _oauth_error(text)
    words = f"{description} {response.headers.get('Reason', '')} {' '.join(messages(text))}".lower()
    raw = text.strip()[:1000] or response.headers.get("Reason", "")

    def fail(kind: type[TokenError], message: str, maybe_done: bool = False) -> TokenError:
        return kind(message, raw=raw, status=status, maybe_done=maybe_done)

    if not error and ('"fault"' in text or status >= 500 or status < 400 or status in (404, 408)):
        # A gateway that knows no route has not reached the token service; anything else may have.
        raise fail(Hiccup, "Exact's token endpoint is not available.", maybe_done='"fault"' not in text)
    if "not expired" in words or "tooearlytorefreshtokens" in words:
        raise fail(TooEarly, "Exact refuses a refresh this soon; the access token in hand is still good.")
    if status == 429 or "rate limit" in words:
        raise fail(Hiccup, "Exact's token endpoint refuses more calls for now.")
    if "old refresh token" in words:
        raise fail(Reused, "The refresh token was used before.")
    if "chainid" in words:
        raise fail(ChainBroken, "Exact no longer knows the chain that this token belongs to.")
    if "user is not active" in words or "inactiveuser" in words or "blockeduser" in words:
        raise fail(UserInactive, "The Exact user is blocked or not active.")
    if "expired" in words:
        kind = CodeRefused if code_exchange else Expired
        raise fail(kind, "The code has expired." if code_exchange else "The refresh token has expired.")
    if error in ("invalid_client", "invalid_request"):
        raise fail(WrongClient, "Exact does not accept our client id or secret.")
    if status >= 500 or not text.strip():
        raise fail(Hiccup, "Exact's token endpoint gave no usable answer.", maybe_done=True)
    if code_exchange:
        raise fail(CodeRefused, "Exact does not accept the authorisation code.")
    if status in (400, 401):
        raise fail(Revoked, "Exact refuses the refresh token.")
    raise fail(Hiccup, "Exact's token endpoint refused in an unknown way.")


def _oauth_error(text: str) -> tuple[str, str]:
    try:
        answer = load(text.strip())
    except ValueError:
        return "", ""
    if not isinstance(answer, dict) or not isinstance(answer.get("error"), str):
        return "", ""
    return answer["error"], str(answer.get("error_description") or "")
