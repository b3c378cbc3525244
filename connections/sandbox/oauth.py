"""OAuth2: codes, access tokens and rotating refresh tokens, with Exact's own refusals.

A *chain* is one consent: one user, one app. A second consent of the same user and app ends the chain before it; its
access token lives on until it expires, its refresh token is dead.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .schema import Row
from .store import GLOBAL
from .wire import HTML, JSON, Answer, Request

if TYPE_CHECKING:
    from .box import Sandbox

_DAY = 86_400
TOO_EARLY = "Rate limit exceeded: access_token not expired"
BROKEN_CHAIN = "Token is not allowed, because of invalid or empty chainId"


class Denied(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, answer: Answer, note: str) -> None:
        super().__init__(note)
        self.answer, self.note = answer, note


def _denied(status: int, error: str, description: str | None = None, **headers: str) -> Denied:
    body = {"error": error} | ({"error_description": description} if description else {})
    return Denied(Answer(status, _compact(body), JSON, headers), description or error)


def _compact(body: dict[str, str]) -> bytes:
    """JSON as the token endpoint writes it: no blanks, slashes escaped."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def _us(at: float) -> str:
    """10/11/2022 9:18:20 PM, as Exact writes moments in its token errors (websmurf#23)."""
    moment = datetime.fromtimestamp(at, UTC)
    hour = moment.strftime("%I").lstrip("0")
    return f"{moment.month}/{moment.day}/{moment.year} {hour}{moment.strftime(':%M:%S %p')}"


class OAuth:
    def __init__(self, box: Sandbox) -> None:
        self._box = box

    def _table(self, name: str) -> Any:
        return self._box.store.table(GLOBAL, name)

    # Consent

    def consent(self, user: str, client_id: str, redirect_uri: str, divisions: list[int] | None) -> str:
        """A person agreed: begin a chain, end the one before it, return the single-use code."""
        box = self._box
        app, who = box.app(client_id), box.user(user)
        with box.store.unit():
            for chain in self._table("_chains").find("user", who["id"]):
                if chain["client_id"] == app["client_id"] and chain["state"] == "alive":
                    box.store.change(GLOBAL, "_chains", chain["id"], state="superseded")
            chain = {
                "id": secrets.token_hex(8), "user": who["id"], "login": who["login"], "client_id": app["client_id"],
                "state": "alive", "consented_at": box.now(),
            }  # fmt: skip
            if divisions is not None:
                chain["divisions"] = divisions
            box.store.put(GLOBAL, "_chains", chain["id"], chain)
            # Exact's codes carry characters that must be decoded exactly once on the way back.
            code = f"stampNL001.{secrets.token_urlsafe(24)}!IAAA{secrets.token_urlsafe(8)}"
            ends = box.now() + box.settings["code_seconds"]
            held = {"chain": chain["id"], "redirect_uri": redirect_uri, "expires_at": ends}
            box.store.put(GLOBAL, "_codes", code, held)
        return code

    # The token endpoint

    def token(self, request: Request) -> tuple[Answer, str, str]:
        """Answer POST /api/oauth2/token; also the user's login and a note for the log."""
        form = dict(request.form)
        with self._box.store.unit():
            # Caught inside: a refused call is counted among the 200 of the day, so it is kept.
            try:
                answer, login = self._token(form)
                return answer, login, form.get("grant_type", "")
            except Denied as denied:
                return denied.answer, self._login_behind(form), denied.note

    def _login_behind(self, form: dict[str, str]) -> str:
        """Whose token or code it was, for the log of a refused call."""
        held = self._table("_refresh_tokens").get(form.get("refresh_token")) or self._table("_codes").get(
            form.get("code")
        )
        return str(self._table("_chains").rows[held["chain"]]["login"]) if held else ""

    def _token(self, form: dict[str, str]) -> tuple[Answer, str]:
        try:
            app = self._box.app(form.get("client_id", ""))
        except KeyError:
            raise _denied(400, "invalid_request") from None
        if form.get("client_secret") != app["client_secret"]:
            raise _denied(400, "invalid_request")
        if form.get("grant_type") == "authorization_code":
            return self._exchange(app, form)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(app, form)
        raise _denied(400, "invalid_request")

    def _exchange(self, app: Row, form: dict[str, str]) -> tuple[Answer, str]:
        code = self._table("_codes").get(form.get("code"))
        chain = self._table("_chains").get(code["chain"]) if code else None
        good = (
            code is not None and chain is not None
            and chain["client_id"] == app["client_id"]
            and not code.get("used")
            and code["redirect_uri"] == form.get("redirect_uri")
            and self._box.now() < code["expires_at"]
        )  # fmt: skip
        if not good:
            raise Denied(Answer(400, b"Bad Request", HTML), "code used, expired, or redirect_uri differs")
        assert chain is not None
        self._count_call(app, chain)
        self._box.store.change(GLOBAL, "_codes", form["code"], used=True)
        return self.issue(chain), chain["login"]

    def _count_call(self, app: Row, chain: Row) -> None:
        if not self._box.limits.token_call(app["client_id"], chain["login"], self._box.now()):
            raise Denied(Answer(429), "more than 200 token calls today")

    def _refresh(self, app: Row, form: dict[str, str]) -> tuple[Answer, str]:
        """In the order in which Exact is seen to refuse: reused, expired, too early."""
        box, now = self._box, self._box.now()
        token = self._table("_refresh_tokens").get(form.get("refresh_token"))
        chain = self._table("_chains").get(token["chain"]) if token else None
        if token is None or chain is None or chain["client_id"] != app["client_id"]:
            raise _denied(400, "invalid_request")
        self._count_call(app, chain)
        if chain["state"] == "superseded":
            raise _denied(401, "unauthorized_client", BROKEN_CHAIN)
        if chain["state"] == "revoked" or box.user(chain["user"]).get("blocked"):
            raise _denied(400, "invalid_grant", "The user is not active")
        if token.get("used") and not self._still_graced(token):
            raise _denied(401, "unauthorized_client", "Old refresh token used.")
        if now > token["expires_at"]:
            raise _denied(
                400, "invalid_request",
                f"The refresh token expired at {_us(token['expires_at'])} and it is now {_us(now)}.",
            )  # fmt: skip
        if now < chain["issued_at"] + box.settings["token_guard_seconds"]:
            # This one body has blanks inside its braces (websmurf#31).
            body = f'{{ "error":"access_denied","error_description":"{TOO_EARLY}" }}'.encode()
            reason = {"Reason": f"TooEarlyToRefreshTokens: {TOO_EARLY}"}
            raise Denied(Answer(400, body, JSON, reason), TOO_EARLY)
        return self.issue(chain, after=form["refresh_token"]), chain["login"]

    def _still_graced(self, token: Row) -> bool:
        """In grace mode an old refresh token lives until its successor is used."""
        if self._box.settings["old_refresh_token"] != "grace":
            return False
        successor = self._table("_refresh_tokens").get(token.get("successor"))
        return successor is not None and not successor.get("used")

    def issue(self, chain: Row, after: str | None = None) -> Answer:
        """A fresh pair for this chain; the refresh token `after` is used up."""
        box, now = self._box, self._box.now()
        settings = box.settings
        access = f"stampNL001.gAAA{secrets.token_urlsafe(72)}"
        refresh = f"stampNL001.{secrets.token_urlsafe(24)}!IAAA{secrets.token_urlsafe(40)}"
        with box.store.unit():
            box.store.put(
                GLOBAL, "_access_tokens", access,
                {"chain": chain["id"], "expires_at": now + settings["token_seconds"]},
            )  # fmt: skip
            box.store.put(
                GLOBAL, "_refresh_tokens", refresh,
                {"chain": chain["id"], "expires_at": now + settings["refresh_days"] * _DAY},
            )  # fmt: skip
            box.store.change(GLOBAL, "_chains", chain["id"], issued_at=now, refresh_token=refresh)
            if after is not None:
                box.store.change(GLOBAL, "_refresh_tokens", after, used=True, successor=refresh)
        body = {
            "access_token": access, "token_type": "bearer",
            "expires_in": str(settings["token_seconds"]), "refresh_token": refresh,
        }  # fmt: skip
        return Answer(200, _compact(body), JSON, {"Cache-Control": "no-store"})

    # Bearers

    def access(self, token: str) -> tuple[Row, bool] | None:
        """The chain of an access token and whether the token still opens doors; None for an unknown one."""
        held = self._table("_access_tokens").get(token)
        if held is None:
            return None
        chain = self._table("_chains").rows[held["chain"]]
        return chain, chain["state"] != "revoked" and self._box.now() < held["expires_at"]

    # What the control API does to tokens

    def expire(self, what: str, login: str | None) -> int:
        """Let all live tokens of one kind ("access" or "refresh") run out now; of one user, or of all."""
        name = {"access": "_access_tokens", "refresh": "_refresh_tokens"}[what]
        n = 0
        with self._box.store.unit():
            for token, row in list(self._table(name).rows.items()):
                chain = self._table("_chains").rows[row["chain"]]
                if (login is None or chain["login"] == login) and row["expires_at"] > self._box.now():
                    self._box.store.change(GLOBAL, name, token, expires_at=self._box.now() - 1)
                    n += 1
            if what == "access":
                # A token that has run out may be refreshed.
                for chain in list(self._table("_chains")):
                    if login in (None, chain["login"]) and "issued_at" in chain:
                        self._box.store.change(GLOBAL, "_chains", chain["id"], issued_at=0)
        return n

    def revoke(self, login: str, client_id: str | None = None) -> int:
        """The user withdraws the consent, as in My Exact Online > Security Centre."""
        n = 0
        with self._box.store.unit():
            for chain in self._table("_chains").find("login", login):
                if client_id in (None, chain["client_id"]) and chain["state"] == "alive":
                    self._box.store.change(GLOBAL, "_chains", chain["id"], state="revoked")
                    n += 1
        return n
