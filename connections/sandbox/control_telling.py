"""The control API's look at the whole: state, clock, books, log, tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import report
from .routing import Body, Missing, patiently, route
from .store import GLOBAL
from .wire import Answer

if TYPE_CHECKING:
    from .box import Sandbox


@route("GET", "state")
def state(box: Sandbox, body: Body, query: Body) -> Body:
    return report.state(box)


@route("POST", "reset")
def reset(box: Sandbox, body: Body, query: Body) -> Body:
    box.faults.clear()
    box.reset(body.get("world"))
    return report.state(box)


@route("GET", "settings")
def settings(box: Sandbox, body: Body, query: Body) -> Body:
    return box.settings


@route("POST", "settings")
def change_settings(box: Sandbox, body: Body, query: Body) -> Body:
    box.change_settings(body)
    return box.settings


@route("POST", "clock")
def clock(box: Sandbox, body: Body, query: Body) -> Body:
    offset = body["offset"] if "offset" in body else box.settings["clock_offset"] + body["advance"]
    box.change_settings({"clock_offset": offset})
    box.advance()
    return {"offset": offset, "now": box.now()}


# Reading


@route("GET", "ledger/{division}")
def ledger(box: Sandbox, body: Body, query: Body, division: str) -> Body:
    if box.division(int(division)) is None:
        raise Missing(f"There is no division {division}.")
    with box.store.lock:
        return report.ledger(box, int(division), int(query.get("since", 0)), query.get("via"))


@route("GET", "attachments/{division}/{attachment}")
def attachment(box: Sandbox, body: Body, query: Body, division: str, attachment_id: str) -> Answer:
    data = box.store.blob(attachment_id)
    if data is None:
        raise Missing(f"There is no attachment {attachment_id}.")
    return Answer(200, data, "application/octet-stream")


@route("GET", "calls")
def calls(box: Sandbox, body: Body, query: Body) -> Body:
    return {"calls": patiently(query, lambda: report.calls(box, query))}


@route("GET", "counters")
def counters(box: Sandbox, body: Body, query: Body) -> Body:
    return report.counters(box)


@route("GET", "webhooks")
def webhooks(box: Sandbox, body: Body, query: Body) -> Body:
    def look() -> list[Any]:
        return [d.shown() for d in list(box.webhooks.recent) if d.attempts or not query.get("wait")]

    return {"deliveries": patiently(query, look)}


@route("GET", "chains")
def chains(box: Sandbox, body: Body, query: Body) -> Body:
    return {"chains": list(box.store.table(GLOBAL, "_chains"))}


# Tokens


@route("POST", "tokens")
def tokens(box: Sandbox, body: Body, query: Body) -> Body:
    """Consent and exchange in one step."""
    client_id = body.get("client_id") or next(iter(box.store.table(GLOBAL, "_apps")))["client_id"]
    with box.store.unit():
        code = box.oauth.consent(body["user"], client_id, "sandbox", body.get("divisions"))
        chain = box.store.table(GLOBAL, "_chains").rows[box.store.table(GLOBAL, "_codes").rows[code]["chain"]]
        box.store.change(GLOBAL, "_codes", code, used=True)
        answer = box.oauth.issue(chain)
    return json.loads(answer.body)


@route("POST", "codes")
def codes(box: Sandbox, body: Body, query: Body) -> Body:
    """Consent without the pages; `redirect_uri` must be the one that the code will be exchanged with."""
    client_id = body.get("client_id") or next(iter(box.store.table(GLOBAL, "_apps")))["client_id"]
    return {"code": box.oauth.consent(body["user"], client_id, body["redirect_uri"], body.get("divisions"))}


@route("POST", "expire")
def expire(box: Sandbox, body: Body, query: Body) -> Body:
    return {"expired": box.oauth.expire(body["what"], body.get("user"))}


@route("POST", "revoke")
def revoke(box: Sandbox, body: Body, query: Body) -> Body:
    return {"revoked": box.oauth.revoke(body["user"], body.get("client_id"))}
