"""$orderby and $skiptoken: in which order rows come, and where a page ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .errors import Refused
from .odata import NUMBERS, SYNTAX, TOKEN
from .schema import Entity, Property, Row, moment, read_datetime

Order = list[tuple[str, bool]]  # (property, descending)


def parse_orderby(text: str, entity: Entity) -> Order:
    """`Modified desc,Name` → [("Modified", True), ("Name", False)]."""
    terms = []
    for term in text.split(","):
        words = term.split()
        if not words or len(words) > 2 or words[1:] not in ([], ["asc"], ["desc"]):
            raise Refused(400, SYNTAX)
        if words[0] not in entity.properties:
            raise Refused(400, f"No property '{words[0]}' exists in type '{entity.type_name}' at position 0.")
        terms.append((words[0], words[1:] == ["desc"]))
    return terms


def sort_rows(rows: list[Row], order: Order) -> list[Row]:
    """By several terms, nulls first, ties in the order they came."""
    for name, descending in reversed(order):
        rows = sorted(rows, key=_sort_key(name), reverse=descending)
    return rows


def _sort_key(name: str) -> Callable[[Row], tuple[bool, Any]]:
    return lambda row: (row.get(name) is not None, row.get(name))


def compare_rows(row: Row, anchor: Row, order: Order) -> int:
    """Where a row stands in the order: before (-1), beside (0) or after (1) the anchor."""
    for name, descending in order:
        a, b = _sort_key(name)(row), _sort_key(name)(anchor)
        if a != b:
            return 1 if (a > b) != descending else -1
    return 0


# Literals in $skiptoken


def literal(prop: Property, value: Any) -> str:
    """A value as it stands in a URL."""
    if value is None:
        return "null"
    if prop.kind == "G":
        return f"guid'{value}'"
    if prop.kind == "DT":
        return f"datetime'{moment(value).isoformat(timespec='milliseconds').removesuffix('+00:00')}'"
    if prop.kind == "B":
        return "true" if value else "false"
    if prop.kind in NUMBERS:
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def split_literals(text: str, n: int) -> list[Any]:
    """The first n-1 literals as values, the rest (a key) as text. Raises Refused (400)."""
    values: list[Any] = []
    for _ in range(n - 1):
        match = TOKEN.match(text)
        if match is None or text[match.end() : match.end() + 1] != ",":
            raise Refused(400, SYNTAX)
        values.append(_value_of(match))
        text = text[match.end() + 1 :]
    return [*values, text]


def _value_of(match: re.Match[str]) -> Any:
    if match["name"]:
        return {"true": True, "false": False}.get(match["name"])
    if match["guid"]:
        return match["guid_text"].lower()
    if match["datetime"]:
        return read_datetime(match["datetime_text"])
    if match["string"]:
        return match["string"][1:-1].replace("''", "'")
    number = match["number"].rstrip("LlMmDdFf")
    return int(number) if number.lstrip("-").isdigit() else Decimal(number)
