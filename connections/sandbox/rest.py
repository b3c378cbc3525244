"""/api/v1: one call from URL to answer.

1. Who: the bearer token names consent, user and app (401).
2. Where: the division; budget of minute, day and contract (429).
3. May they: user card, app scope, licence, user right (403).
4. What: read a collection, a count or one entity; create, change, delete.
"""

from __future__ import annotations

import re
import traceback
from typing import TYPE_CHECKING

from . import functions, wire
from .context import CallNote, Context
from .endpoints import ENDPOINTS, Endpoint
from .errors import Invalid, Refused
from .functions import FUNCTIONS
from .limits import COUNTED_AS_ERRORS
from .resources import collection, current_me, read, write
from .rights import check_account, check_division, check_endpoint, check_portal, check_scope, forbidden
from .views import user_rows
from .webhooks import SUBSCRIPTIONS
from .wire import Answer, Request

if TYPE_CHECKING:
    from .box import Sandbox

_URL = re.compile(
    r"/api/v1/(?P<division>-?\d+)/(?P<path>[A-Za-z/]+?)(?:\((?P<key>[^)]*)\))?(?:/(?P<tail>\$count|\w+))?/?"
)
_HTML_401 = b"<html><head><title>Unauthorized</title></head><body><h2>401 - Unauthorized</h2></body></html>"


def _split(match: re.Match[str]) -> tuple[str, str | None, str | None]:
    """A URL's endpoint, key and what follows them: `crm/Accounts`, `guid'…'`, `BankAccounts` or `$count`."""
    path, key, tail = match["path"], match["key"], match["tail"]
    if key is None and tail not in (None, "$count"):
        return f"{path}/{tail}", None, None
    return path, key, tail


def endpoint_name(path: str) -> str:
    """The endpoint that a URL speaks of, for the log and for matching faults: `crm/Accounts`, `current/Me` …"""
    match = _URL.fullmatch(path)
    if match:
        return _split(match)[0]
    return path.removeprefix("/api/").removeprefix("v1/").strip("/")


def handle(box: Sandbox, request: Request, note: CallNote) -> Answer:
    """Answer a call below /api/v1 or a download; never raises for what a caller can cause."""
    as_json = request.wants_json
    url = _URL.fullmatch(request.path)
    note.division = int(url["division"]) if url else None
    who = ""
    language = "en"
    try:
        with box.store.lock:
            ctx = _authorise(box, request, note)
            language = ctx.language
            who = f"{note.app} {note.user} {note.division} {note.endpoint}"
            if box.limits.blocked(who, box.now()):
                note.note = "blocked after errors"
                return Answer(box.settings["error_block_status"])
        answer = _route(ctx, request, note)
    except Refused as refusal:
        if who and refusal.status in COUNTED_AS_ERRORS and box.limits.count_error(who, box.now()):
            note.note = "too many errors: blocked"
        if refusal.status == 429:
            return Answer(429, headers=refusal.headers)
        if refusal.raw is not None:
            answer = Answer(refusal.status, refusal.raw, refusal.content_type, refusal.headers)
        else:
            answer = wire.error_answer(refusal.status, refusal.message, refusal.headers, as_json)
    except Invalid as invalid:
        answer = wire.error_answer(500, invalid.text(language), {}, as_json)
    except Exception:
        # A defect of the sandbox: loud here, and to the caller what Exact says when Exact breaks.
        traceback.print_exc()
        note.note = "the sandbox broke"
        answer = wire.error_answer(500, wire.PROBLEM, {}, as_json)
    answer.headers = note.headers | answer.headers
    return answer


def _authorise(box: Sandbox, request: Request, note: CallNote) -> Context:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    held = box.oauth.access(token.strip()) if scheme.lower() == "bearer" else None
    if held is None:
        raise _unauthorised(box)
    chain, alive = held
    user, app = box.user(chain["user"]), box.app(chain["client_id"])
    note.user, note.app = user["login"], app["client_id"]
    if not alive:
        who = f"{note.app} {note.user} {note.division} {note.endpoint}"
        box.limits.count_error(who, box.now())
        raise _unauthorised(box)
    home = box.division(user.get("home")) or box.some_division()
    return Context(box, request, app, user, chain, home, request.base_url)


def _unauthorised(box: Sandbox) -> Refused:
    body = box.settings["unauthorised_body"]
    if body == "html":
        return Refused(401, raw=_HTML_401, content_type=wire.HTML)
    return Refused(401, raw=b"") if body == "empty" else Refused(401, "Unauthorized")


def _route(ctx: Context, request: Request, note: CallNote) -> Answer:
    if request.path == "/api/v1/current/Me":
        check_account(ctx)
        return current_me(ctx, request)
    if request.path == "/api/v1/system/Users":
        check_account(ctx)
        check_portal(ctx, None)
        return collection(ctx, ENDPOINTS["users/Users"], request, user_rows(ctx))
    if request.path == "/docs/SysAttachment.aspx":
        return functions.attachment(ctx, request)
    match = _URL.fullmatch(request.path)
    if match is None:
        raise Refused(404, "Resource not found for the segment.")
    path, key, tail = _split(match)
    endpoint = ENDPOINTS.get(path)
    with ctx.box.store.lock:
        _enter_division(ctx, int(match["division"]), endpoint, note)
    if endpoint is not None and endpoint.path == SUBSCRIPTIONS and request.method == "POST":
        # Not under the lock: the callback is called while we wait.
        check_endpoint(ctx, endpoint, "POST")
        return write(ctx, endpoint, request, key)
    with ctx.box.store.unit():
        return _in_division(ctx, request, path, key, tail)


def _in_division(ctx: Context, request: Request, path: str, key: str | None, tail: str | None) -> Answer:
    endpoint = ENDPOINTS.get(path)
    if path == "system/Users":
        raise Refused(501, "Not Implemented")
    if path in FUNCTIONS:
        check_scope(ctx, "organization.administration", writes=False)
        check_portal(ctx, None)
        return FUNCTIONS[path](ctx, request)
    if endpoint is None:
        raise Refused(404, f"Resource not found for the segment '{path.rpartition('/')[2]}'.")
    if request.method not in endpoint.entity.methods or (
        endpoint.kind != "plain" and request.method != "GET"
    ):
        raise Refused(405, "Method Not Allowed", {"Allow": ", ".join(sorted(endpoint.entity.methods))})
    shows = check_endpoint(ctx, endpoint, request.method)
    if request.method == "GET":
        return read(ctx, endpoint, request, key, tail, shows)
    return write(ctx, endpoint, request, key)


def _enter_division(ctx: Context, code: int, endpoint: Endpoint | None, note: CallNote) -> None:
    """Make the call one of this division: budget first, then the right to be there."""
    check_account(ctx)
    division = ctx.box.division(code)
    listing = endpoint is not None and endpoint.path.startswith("system/")
    if division is None and not listing:
        raise forbidden("NoDivisionAccess")
    # Exact's support: for the list of divisions any number will do (picqer#470).
    ctx.division = division or {**ctx.division, "code": code}
    verdict = ctx.box.limits.charge(ctx.app["client_id"], code, ctx.division["contract"], ctx.box.now())
    note.minute_remaining, note.day_remaining = verdict.minute_remaining, verdict.day_remaining
    if not verdict.allowed:
        note.note = f"{verdict.exceeded} budget used up"
        raise Refused(429, headers=verdict.headers)
    note.headers |= verdict.headers
    check_division(ctx, endpoint)
