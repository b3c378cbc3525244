"""What below /api/v1 is no resource: two functions, and the download of attachments."""

from __future__ import annotations

import re
from urllib.parse import quote

from . import wire
from .context import Context
from .documents import download
from .endpoints import ENDPOINTS, Endpoint
from .errors import Refused
from .odata import SYNTAX
from .query import render, shape_of
from .resources import page_answer
from .rights import check_account, check_division, check_endpoint, forbidden, user_has_right
from .schema import ENTITIES, read_datetime
from .views import sync_timestamp
from .wire import Answer, Request


def has_rights(ctx: Context, request: Request) -> Answer:
    """users/UserHasRights?endpoint='crm/Accounts'&action='POST'."""
    if request.method != "GET":
        raise Refused(405, "Method Not Allowed")
    path, action = (request.params.get(name, "").strip("'") for name in ("endpoint", "action"))
    if not path or not action:
        raise Refused(400, SYNTAX)
    has = user_has_right(ctx, path, action)
    if request.wants_json:
        return Answer(200, wire.entity_body({"UserHasRights": has}), wire.JSON)
    return Answer(200, f"<UserHasRights>{str(has).lower()}</UserHasRights>".encode(), wire.XML)


def timestamp(ctx: Context, request: Request) -> Answer:
    """read/sync/Sync/SyncTimestamp?modified=datetime'…'&endPoint='…'."""
    params = {name.lower(): value for name, value in request.params.items()}
    match = re.fullmatch(r"datetime'([^']+)'", params.get("modified", ""))
    path = params.get("endpoint", "").strip("'")
    twin = next(
        (e for e in ENDPOINTS.values() if e.kind == "sync" and path in (e.path, e.path.rpartition("/")[2])),
        None,
    )
    if match is None or twin is None:
        raise Refused(400, SYNTAX)
    try:
        modified = read_datetime(match[1])
    except ValueError:
        raise Refused(400, SYNTAX) from None
    entity = ENTITIES["read/sync/Sync/SyncTimestamp"]
    endpoint = Endpoint(entity.path, entity, "", "", source=entity.path)
    row = sync_timestamp(ctx, modified, path, twin.source)
    return page_answer(
        request, endpoint, [render(ctx, entity, entity.path, row, shape_of(entity, {}))], True, None, None
    )


def attachment(ctx: Context, request: Request) -> Answer:
    """The bytes behind an attachment's Url, for those who may see documents."""
    params = request.params
    code = params.get("_Division_", "")
    division = ctx.box.division(int(code)) if code.isdigit() else None
    if division is None:
        raise forbidden("NoDivisionAccess")
    ctx.division = division
    check_account(ctx)
    check_division(ctx, None)
    check_endpoint(ctx, ENDPOINTS["documents/DocumentAttachments"], "GET")
    name, data = download(ctx, params.get("ID", "").strip("{}").lower())
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Answer(200, data, "application/octet-stream", {"Content-Disposition": disposition})


FUNCTIONS = {"users/UserHasRights": has_rights, "read/sync/Sync/SyncTimestamp": timestamp}
