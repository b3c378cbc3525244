"""Exact's OData dialect: what goes into a URL or a payload, and what comes back out.

Exact answers like WCF Data Services of OData v1/v2
(http://www.odata.org/documentation/odata-version-2-0/json-format/): dates are `/Date(ms)/`, a collection has
one of two envelopes, an Int64 may be a string. Rows leave this module as plain Python: UUID, Decimal, date,
aware datetime, trimmed str. A shape that does not fit raises `Unreadable`; nothing is ever read as "empty"
because it looked odd: an empty page would look like an empty administration.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from uuid import UUID

Row = dict[str, Any]

CODE_WIDTH = 18
"""`crm/Accounts.Code` is left-padded with spaces to this width, inside `$filter` too (picqer's Findable)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WIRE_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")


class Unreadable(ValueError):
    """Exact's answer has a shape that we do not know. The message names the field and shows the value."""


class Edm(StrEnum):
    """How a field is read. Exact's own types, except CODE (a padded string) and DATE (a DateTime without a
    time)."""

    STRING = "string"
    CODE = "code"
    GUID = "guid"
    BOOL = "bool"
    INT = "int"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    BINARY = "binary"
    LINES = "lines"


# --- What goes out: literals, filters, payloads -------------------------------------------------------------


class Filter(str):
    """A `$filter` expression. `a & b` is "and", `a | b` is "or" (in parentheses, so that both can be
    mixed)."""

    __slots__ = ()

    def __and__(self, other: Filter) -> Filter:
        return Filter(f"{self} and {other}")

    def __or__(self, other: Filter) -> Filter:
        return Filter(f"({self} or {other})")


class Int64(int):
    """An Edm.Int64: its literal carries an L (`Timestamp gt 123L`)."""


def padded(code: str) -> str:
    """A relation's code as Exact stores it: right-aligned in 18 characters."""
    return code.strip().rjust(CODE_WIDTH)


def literal(value: UUID | datetime | date | bool | int | Decimal | str) -> str:
    """`value` as it stands in a URL, before percent-encoding. A datetime must be aware; it is written in
    UTC."""
    match value:
        case bool():
            return "true" if value else "false"
        case UUID():
            return f"guid'{value}'"
        case datetime():
            return f"datetime'{_utc(value):%Y-%m-%dT%H:%M:%S}'"
        case date():
            return f"datetime'{value:%Y-%m-%d}T00:00:00'"
        case Int64():
            return f"{int(value)}L"
        case int():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case str():
            return "'" + value.replace("'", "''") + "'"
    raise TypeError(f"{type(value).__name__} has no OData literal")


def _compare(operator: str, field: str, value: Any) -> Filter:
    return Filter(f"{field} {operator} {'null' if value is None else literal(value)}")


def eq(field: str, value: UUID | datetime | date | bool | int | Decimal | str | None) -> Filter:
    return _compare("eq", field, value)


def ne(field: str, value: UUID | datetime | date | bool | int | Decimal | str | None) -> Filter:
    return _compare("ne", field, value)


def gt(field: str, value: datetime | date | int | Decimal | str) -> Filter:
    return _compare("gt", field, value)


def ge(field: str, value: datetime | date | int | Decimal | str) -> Filter:
    return _compare("ge", field, value)


def lt(field: str, value: datetime | date | int | Decimal | str) -> Filter:
    return _compare("lt", field, value)


def le(field: str, value: datetime | date | int | Decimal | str) -> Filter:
    return _compare("le", field, value)


def contains(field: str, text: str) -> Filter:
    """`substringof('text',Field)`, the only text search seen in use on Exact."""
    return Filter(f"substringof({literal(text)},{field})")


def any_of(field: str, values: Iterable[UUID | int | str]) -> Filter:
    """The field equals one of `values`: some twenty at most, or the URL outgrows what servers take (2,048).
    Without any a ValueError: a filter that vanishes would read everything."""
    terms = [eq(field, value) for value in values]
    if not terms:
        raise ValueError(f"any_of({field!r}) needs at least one value")
    return Filter(f"({' or '.join(terms)})") if len(terms) > 1 else terms[0]


def key(value: UUID | int | str) -> str:
    """The key part of an entity's URL: `(guid'…')`, `(123)`."""
    return f"({literal(value)})"


def dump(payload: Mapping[str, Any]) -> str:
    """A payload as JSON: decimals as strings (a JSON number would pass through a double), dates as ISO with Z
    (midnight for a date), bytes as base64. A float or a naive datetime is a TypeError or ValueError of
    ours."""
    return json.dumps(_plain(payload), ensure_ascii=False)


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return f"{value:f}"
        case UUID():
            return str(value)
        case datetime():
            return f"{_utc(value):%Y-%m-%dT%H:%M:%SZ}"
        case date():
            return f"{value:%Y-%m-%d}T00:00:00Z"
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
    raise TypeError(f"{type(value).__name__} cannot be sent to Exact (money is Decimal)")


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone")
    return value.astimezone(UTC)


# --- What comes back: envelopes -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Row]
    next_url: str | None
    """Exact hands one out even when the page happens to be the last one: then an empty page follows."""


def load(text: str) -> Any:
    """JSON with exact decimals. A byte order mark and control characters inside strings are tolerated."""
    return json.loads(text.removeprefix("\ufeff"), parse_float=Decimal, strict=False)


def page(answer: Any) -> Page:
    """The rows of a collection, from `{"d":{"results":[…],"__next":…}}` or, with `$top`, from `{"d":[…]}`."""
    inside, next_url = _d(answer), None
    if isinstance(inside, dict) and "results" in inside:
        next_url = inside.get("__next")
        inside = inside["results"]
    if not isinstance(inside, list) or not all(isinstance(row, dict) for row in inside):
        raise Unreadable(f"expected a collection, got {_show(answer)}")
    if next_url is not None and not (isinstance(next_url, str) and next_url):
        raise Unreadable(f"__next is not a link: {_show(next_url)}")
    return Page(inside, next_url)


def entity(answer: Any) -> Row:
    """One entity from `{"d":{…}}`; a collection of exactly one is accepted too."""
    inside = _d(answer)
    if isinstance(inside, dict) and "results" not in inside:
        return inside
    rows = page(answer).rows
    if len(rows) != 1:
        raise Unreadable(f"expected one entity, got {len(rows)}")
    return rows[0]


def _d(answer: Any) -> Any:
    if not isinstance(answer, dict) or "d" not in answer:
        raise Unreadable(f"no 'd' around the answer: {_show(answer)}")
    return answer["d"]


# --- What comes back: values --------------------------------------------------------------------------------


def read(name: str, kind: Edm, value: Any) -> Any:
    """One field's value as Python. None stays None; anything that is not of its kind raises `Unreadable`."""
    if value is None:
        return None
    try:
        return _READERS[kind](value)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        raise Unreadable(f"{name} is no {kind}: {_show(value)}") from None


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _code(value: Any) -> str:
    # Codes are padded left (Accounts) or right (VAT codes, Country, SearchCode in Exact's own 2013
    # recordings).
    return _string(value).strip()


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _int(value: Any) -> int:
    # An Int64 is a JSON string in OData v2 and a number in Exact's answers; both have been recorded.
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    return int(value)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TypeError
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError
    return number


def _datetime(value: Any) -> datetime:
    text = _string(value)
    if found := _WIRE_DATE.fullmatch(text):
        return _EPOCH + timedelta(milliseconds=int(found[1]))
    # Requests are written in ISO 8601, so a server may well answer in it.
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _date(value: Any) -> date:
    # A date without a time is sent as midnight UTC (2012-10-26 is /Date(1351209600000)/).
    return _datetime(value).date()


_READERS: dict[Edm, Any] = {
    Edm.STRING: _string,
    Edm.CODE: _code,
    Edm.GUID: lambda value: UUID(_string(value)),
    Edm.BOOL: _bool,
    Edm.INT: _int,
    Edm.NUMBER: _number,
    Edm.DATE: _date,
    Edm.DATETIME: _datetime,
    Edm.BINARY: lambda value: base64.b64decode(_string(value), validate=True),
}


def expanded(name: str, value: Any) -> list[Row]:
    """An expanded navigation property, `{"results":[…]}` or `[…]`. Deferred means that it was not expanded:
    Unreadable."""
    inside = value.get("results") if isinstance(value, dict) else value
    if not isinstance(inside, list) or not all(isinstance(row, dict) for row in inside):
        raise Unreadable(f"{name} was not expanded: {_show(value)}")
    return inside


def wire_date(value: date | datetime) -> str:
    """`/Date(ms)/`, the way Exact writes it; for comparing with raw answers."""
    moment = (
        _utc(value)
        if isinstance(value, datetime)
        else datetime(value.year, value.month, value.day, tzinfo=UTC)
    )
    return f"/Date({(moment - _EPOCH) // timedelta(milliseconds=1)})/"


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "…"
