"""Endpoints as resources: read a collection, a count or one entity; create, change, delete."""

from __future__ import annotations

from decimal import Decimal

from . import wire
from .behaviours import BEHAVIOURS
from .context import Context
from .crud import read_payload
from .endpoints import ENDPOINTS, Endpoint
from .errors import Refused
from .query import read_key, render, run, shape_of
from .schema import ENTITIES, NAVIGATION, Row
from .views import as_table, me, table_for
from .wire import Answer, Request


def current_me(ctx: Context, request: Request) -> Answer:
    entity = ENTITIES["current/Me"]
    endpoint = Endpoint("current/Me", entity, "", "", source="current/Me")
    row = me(ctx.user, ctx.division, ctx.box)
    row["ServerUtcOffset"] = Decimal(str(row["ServerUtcOffset"]))
    return collection(ctx, endpoint, request, [row], root=f"{ctx.base_url}/api/v1")


def collection(
    ctx: Context, endpoint: Endpoint, request: Request, rows: list[Row], root: str | None = None
) -> Answer:
    page = run(ctx, endpoint, as_table(endpoint.entity, rows), request.params)
    shown = [render(ctx, endpoint.entity, endpoint.path, row, page.shape) for row in page.rows]
    if root:
        for row in shown:
            row["__metadata"]["uri"] = row["__metadata"]["uri"].replace(ctx.root, root)
    return page_answer(request, endpoint, shown, page.bare, page.next_url, page.count)


def page_answer(
    request: Request,
    endpoint: Endpoint,
    shown: list[Row],
    bare: bool,
    next_url: str | None,
    count: int | None,
) -> Answer:
    if request.wants_json:
        return Answer(200, wire.collection_body(shown, bare=bare, next_url=next_url, count=count), wire.JSON)
    title = endpoint.path.rpartition("/")[2]
    return Answer(
        200, wire.atom_feed(shown, title, request.base_url + request.path, next_url, count), wire.ATOM
    )


def _one(ctx: Context, endpoint: Endpoint, request: Request, row: Row, status: int = 200) -> Answer:
    shown = render(ctx, endpoint.entity, endpoint.path, row, shape_of(endpoint.entity, request.params))
    headers = {"Location": shown["__metadata"]["uri"]} if status == 201 else {}
    if request.wants_json:
        return Answer(status, wire.entity_body(shown), wire.JSON, headers)
    return Answer(status, wire.atom_entry(shown), wire.ATOM, headers)


def read(
    ctx: Context, endpoint: Endpoint, request: Request, key: str | None, tail: str | None, shows: bool
) -> Answer:
    table = table_for(ctx, endpoint) if shows else as_table(endpoint.entity, [])
    if key is not None:
        row = table.get(read_key(endpoint.entity, key))
        if row is None:
            raise _not_found(endpoint)
        if tail is None:
            return _one(ctx, endpoint, request, row)
        if (endpoint.path, tail) not in NAVIGATION:
            raise Refused(404, f"Resource not found for the segment '{tail}'.")
        child_path, back = NAVIGATION[endpoint.path, tail]
        children = ctx.rows(child_path).find(back, row[endpoint.entity.key_name])
        params = {"$top": "60"} if "$top" not in request.params else {}
        child = ENDPOINTS[child_path]
        page = run(
            ctx,
            child,
            as_table(child.entity, children),
            request.params | params | {"$select": request.params.get("$select", "*")},
        )
        shown = [render(ctx, child.entity, child.path, r, page.shape) for r in page.rows]
        return page_answer(request, child, shown, False, None, None)
    page = run(
        ctx,
        endpoint,
        table,
        request.params | ({"$select": "*", "$inlinecount": "allpages"} if tail == "$count" else {}),
    )
    if tail == "$count":
        return Answer(200, str(page.count).encode(), wire.TEXT)
    if tail is not None:
        raise Refused(404, f"Resource not found for the segment '{tail}'.")
    shown = [render(ctx, endpoint.entity, endpoint.path, row, page.shape) for row in page.rows]
    return page_answer(request, endpoint, shown, page.bare, page.next_url, page.count)


def write(ctx: Context, endpoint: Endpoint, request: Request, key: str | None) -> Answer:
    behaviour = BEHAVIOURS.get(endpoint.path)
    if behaviour is None:
        raise Refused(501, "Not Implemented")
    if request.method == "POST":
        if key is not None:
            raise Refused(405, "Method Not Allowed")
        row = behaviour.create(ctx, read_payload(endpoint.entity, request.body, "POST"))
        return _one(ctx, endpoint, request, row, 201)
    old = table_for(ctx, endpoint).get(read_key(endpoint.entity, key or ""))
    if old is None:
        raise _not_found(endpoint)
    if request.method == "DELETE":
        behaviour.delete(ctx, old)
        return Answer(204)
    row = behaviour.update(ctx, old, read_payload(endpoint.entity, request.body, "PUT"))
    if "return=representation" in request.headers.get("prefer", ""):
        return _one(ctx, endpoint, request, row)
    return Answer(204)


def _not_found(endpoint: Endpoint) -> Refused:
    return Refused(404, f"Resource not found for the segment '{endpoint.path.rpartition('/')[2]}'.")
