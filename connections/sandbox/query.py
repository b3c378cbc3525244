"""Reading: from query options to a page of entities, in the dialect of WCF Data Services as Exact runs it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .context import Context
from .endpoints import Endpoint
from .errors import Refused
from .odata import SYNTAX, parse_filter
from .ordering import Order, compare_rows, literal, parse_orderby, sort_rows, split_literals
from .schema import NAVIGATION, Entity, Row, key_literal, key_of, to_wire
from .store import Table

_OPTIONS = {
    "$select", "$filter", "$orderby", "$top", "$skip", "$expand", "$inlinecount", "$skiptoken", "$format",
}  # fmt: skip
NEEDS_SELECT = "Please add a $select or a $top=1 statement to the query string."
NEEDS_FILTER = (
    "This endpoint has mandatory filtering applied. A GET request for this endpoint must have a $filter parameter "
    "with one of the following fields in the url:"
)
WRONG_FILTER = "This $filter parameter is not supported for this resource..."


@dataclass(frozen=True)
class Shape:
    """What of an entity is shown: property names, and per expanded navigation the names shown of its children."""

    names: tuple[str, ...]
    expanded: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    shape: Shape
    bare: bool
    next_url: str | None
    count: int | None


def read_key(entity: Entity, text: str) -> str:
    """`guid'…'`, `5`, `'EUR'` or `Journal='70',Period=1,Year=2026` → the key under which the row is stored."""
    parts = text.split(",") if len(entity.keys) > 1 else [text]
    values: dict[str, str] = {}
    for prop, part in zip(entity.keys, parts, strict=False):
        name, equals, literal = part.rpartition("=") if len(entity.keys) > 1 else (prop.name, "=", part)
        match = re.fullmatch(r"(?:guid)?'(.*)'|(-?\d+)L?", literal.strip())
        if not match or not equals:
            raise Refused(400, SYNTAX)
        value = match[1] if match[1] is not None else match[2]
        values[name.strip()] = value.lower() if prop.kind == "G" else value.replace("''", "'")
    if set(values) != {prop.name for prop in entity.keys}:
        raise Refused(400, SYNTAX)
    return "|".join(values[prop.name] for prop in entity.keys)


def shape_of(entity: Entity, params: dict[str, str]) -> Shape:
    expanded: dict[str, tuple[str, ...]] = {}
    for name in filter(None, (part.strip() for part in params.get("$expand", "").split(","))):
        if (entity.path, name) not in NAVIGATION:
            raise Refused(400, SYNTAX)
        expanded[name] = ()
    wanted = [part.strip() for part in params.get("$select", "").split(",") if part.strip()]
    if not wanted or "*" in wanted:
        return Shape(tuple(entity.properties), expanded)
    names = []
    for word in wanted:
        head, _, tail = word.partition("/")
        if head not in entity.properties:
            raise Refused(400, f"Could not find a property named '{head}' on type '{entity.type_name}'.")
        if tail and head in expanded:
            expanded[head] += (tail,)
        if head not in names:
            names.append(head)
    return Shape(tuple(names), expanded)


def render(ctx: Context, entity: Entity, path: str, row: Row, shape: Shape) -> dict[str, Any]:
    """One row as Exact shows it: metadata, then every property of the shape, nulls included."""
    uri = f"{ctx.root}/{path}({key_literal(entity, row)})"
    shown: dict[str, Any] = {"__metadata": {"uri": uri, "type": entity.type_name}}
    for name in shape.names:
        prop = entity.properties[name]
        if prop.kind == "COL":
            shown[name] = _children(ctx, path, name, row, shape, uri)
            continue
        value = row.get(name)
        if isinstance(value, list):  # a text that Exact translates: [Dutch, English]
            value = value[0 if ctx.language.lower().startswith("nl") else 1]
        elif name.endswith("Url") and isinstance(value, str) and value.startswith("/"):
            value = ctx.base_url + value
        shown[name] = to_wire(prop, value)
    return shown


def _children(ctx: Context, path: str, name: str, row: Row, shape: Shape, uri: str) -> Any:
    if name not in shape.expanded:
        return {"__deferred": {"uri": f"{uri}/{name}"}}
    from .schema import ENTITIES

    child_path, back = NAVIGATION[path, name]
    child = ENTITIES[child_path]
    inner = Shape(shape.expanded[name] or tuple(child.properties), {})
    rows = ctx.rows(child_path).find(back, row[ENTITIES[path].key_name])
    return {"results": [render(ctx, child, child_path, r, inner) for r in rows]}


def run(ctx: Context, endpoint: Endpoint, table: Table, params: dict[str, str]) -> Page:
    """Apply the query options to the table. Raises Refused (400) as Exact does."""
    _check_options(ctx, endpoint, params)
    entity = endpoint.entity
    shape = shape_of(entity, params)
    rows = matching(endpoint, table, params.get("$filter"))
    if endpoint.kind == "sync":
        rows = sorted(rows, key=lambda row: row["Timestamp"])
    order = parse_orderby(params["$orderby"], entity) if "$orderby" in params else []
    rows = sort_rows(rows, order)
    count = len(rows) if params.get("$inlinecount") == "allpages" else None
    skip, top = _whole(params, "$skip") or 0, _whole(params, "$top")
    if "$skiptoken" in params:
        rows = _after(rows, endpoint, table, order, params["$skiptoken"])
    rows = rows[skip:]
    if top is not None and top <= endpoint.page:
        return Page(rows[:top], shape, count is None, None, count)
    page = rows[: endpoint.page]
    # A full page always points to a next one, even if that turns out to be empty.
    next_url = None
    if len(page) == endpoint.page:
        next_url = _next_url(ctx, endpoint, params, _token(entity, order, page[-1]), top)
    return Page(page, shape, False, next_url, count)


def matching(endpoint: Endpoint, table: Table, text: str | None) -> list[Row]:
    if not text:
        return list(table)
    condition = parse_filter(text, endpoint.entity)
    if endpoint.kind == "sync" and [c[:2] for c in condition.shape] != [("Timestamp", "gt")]:
        raise Refused(400, WRONG_FILTER)
    candidates = [table.find(name, value) for name, value in condition.equals[:3]]
    smallest = min(candidates, key=len) if candidates else table
    return [row for row in smallest if condition.test(row)]


def _check_options(ctx: Context, endpoint: Endpoint, params: dict[str, str]) -> None:
    settings = ctx.box.settings
    for name in params:
        if name.startswith("$") and name not in _OPTIONS:
            raise Refused(
                400,
                f"The query parameter '{name}' begins with a system-reserved '$' character but is not recognized.",
            )
    heavy = endpoint.source in settings["select_required"] or endpoint.kind != "plain"
    if heavy and not params.get("$select") and params.get("$top") != "1":
        raise Refused(400, NEEDS_SELECT)
    guarded = endpoint.source in settings["filter_required"] or endpoint.kind == "sync"
    if guarded and not params.get("$filter"):
        fields = ["Timestamp"] if endpoint.kind == "sync" else list(endpoint.entity.properties)[:12]
        raise Refused(400, f"{NEEDS_FILTER}{','.join(fields)}")


def _whole(params: dict[str, str], name: str) -> int | None:
    text = params.get(name)
    if text is None:
        return None
    if not text.isdigit():
        raise Refused(400, SYNTAX)
    return int(text)


def _token(entity: Entity, order: Order, row: Row) -> str:
    """Where a page ended: the values it was ordered by, then the key."""
    values = [literal(entity.properties[name], row.get(name)) for name, _ in order]
    return ",".join([*values, key_literal(entity, row)])


def _after(rows: list[Row], endpoint: Endpoint, table: Table, order: Order, token: str) -> list[Row]:
    """The rows that follow where the page before ended, also if its last row has changed or is gone by now."""
    entity = endpoint.entity
    *values, key_text = split_literals(token, len(order) + 1)
    key = read_key(entity, key_text)
    if endpoint.kind == "sync":
        return [row for row in rows if row["Timestamp"] > int(key)]
    position = table.position(key)
    if not order:
        return [row for row in rows if table.position(key_of(entity, row)) > position]
    anchor: Row = {name: value for (name, _), value in zip(order, values, strict=True)}

    def follows(row: Row) -> bool:
        side = compare_rows(row, anchor, order)
        return side > 0 or (side == 0 and table.position(key_of(entity, row)) > position)

    return [row for row in rows if follows(row)]


def _next_url(ctx: Context, endpoint: Endpoint, params: dict[str, str], token: str, top: int | None) -> str:
    carried = {k: v for k, v in params.items() if k not in ("$skiptoken", "$skip", "$top", "access_token")}
    if top is not None:
        carried["$top"] = str(top - endpoint.page)
    carried["$skiptoken"] = token
    query = "&".join(f"{quote(k, safe='$')}={quote(v, safe=chr(39))}" for k, v in carried.items())
    return f"{ctx.root}/{endpoint.path}?{query}"
