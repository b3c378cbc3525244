"""One pass over an XML tree, driven by a table.

A table says, per child tag, what to do with it:

    {B + "ID": "number", A + "Party": {B + "Name": "name"}, A + "Item": one("item", ITEM, Item)}

A string is the field that takes the element's text, a table goes on inside the element, anything else is a
reader: `(element, found, notes) -> None`. What is found ends in a dict whose keys are the fields of a
dataclass. Tags that are in no table are not entered, so the cost follows what we want to know and not what a
sender puts in. Looking tags up while walking once took a third of the time of asking for each field by path.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from lxml import etree

from .model import Flaw, Identifier

Found = dict[str, Any]
Table = dict[str, Any]  # tag → a field's name, a Table or a Reader

_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9:.]{5,20})?(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
MOST_TEXT = 20_000  # characters of one field; general terms of sale are shorter, and rows have to hold it
_FLAW_TEXT = 100
_MOST_FLAWS = 200  # a hostile document must not fill a row with them


class Notes:
    """What the walk remarks besides the fields: flaws, names of empty elements, currencies on amounts."""

    __slots__ = ("currencies", "empty", "flaws")

    def __init__(self) -> None:
        self.flaws: list[Flaw] = []
        self.empty: set[str] = set()
        self.currencies: set[str | None] = set()

    def flaw(self, code: str, where: str, text: str = "") -> None:
        if len(self.flaws) < _MOST_FLAWS:
            self.flaws.append(Flaw(code, where, text[:_FLAW_TEXT]))

    def repeated(self, node: etree._Element) -> None:
        """Something that should be there once; only the first is taken."""
        self.flaw("repeated", local_name(node), node.text or "")


Reader = Callable[[etree._Element, Found, Notes], None]


def walk(node: etree._Element, table: Table, found: Found, notes: Notes) -> None:
    get = cast("dict[object, Any]", table).get
    for child in node:
        rule = get(child.tag)
        if rule is None:
            continue
        if isinstance(rule, str):
            if rule in found:
                notes.repeated(child)
                continue
            written = child.text
            if written and (written := written.strip()) and len(written) <= MOST_TEXT:
                found[rule] = written
            else:
                found[rule] = clean(child, notes)
        elif isinstance(rule, dict):
            walk(child, rule, found, notes)
        else:
            rule(child, found, notes)


def clean(node: etree._Element, notes: Notes) -> str:
    """The element's text without the space around it; "" is noted, and too much of it is cut off."""
    text = (node.text or "").strip()
    if not text:
        notes.empty.add(local_name(node))
    elif len(text) > MOST_TEXT:
        notes.flaw("too_long", local_name(node), text)
        return text[:MOST_TEXT]
    return text


def local_name(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2][:_FLAW_TEXT]


def decimal(text: str) -> Decimal | None:
    """The number, exactly, or None. Only what XML Schema calls a decimal, to 30 digits on either side: no
    exponent, no NaN, no thousands separator, no digits of other scripts (Python's Decimal takes them all).
    """
    return _decimal(text) if len(text) < 64 else None


@lru_cache(maxsize=8192)  # the same prices, rates and zeros come back in every invoice
def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def day(text: str) -> date | None:
    """An xs:date or xs:dateTime as the day it names; a time zone is dropped, the day stays as written."""
    match = _DATE.fullmatch(text) if len(text) < 64 else None
    try:
        return date.fromisoformat(match.group(1)) if match else None
    except ValueError:
        return None


def converted(key: str, convert: Callable[[str], Any], problem: str) -> Reader:
    """The text as `convert` makes it; where that gives None for something written, `problem` is noted."""

    def read(node: etree._Element, found: Found, notes: Notes) -> None:
        if key in found:
            notes.repeated(node)
            return
        written = clean(node, notes)
        found[key] = value = convert(written)
        if value is None and written:
            notes.flaw(problem, local_name(node), written)

    return read


def number(key: str) -> Reader:
    """A quantity or percentage."""
    return converted(key, decimal, "not_a_number")


def date_of(key: str) -> Reader:
    return converted(key, day, "not_a_date")


def boolean(key: str) -> Reader:
    return converted(key, _BOOLEANS.get, "not_a_boolean")


def amount(key: str, unnamed: str | None = "") -> Reader:
    """A sum of money; its currency (`unnamed` when it has none) is noted, to be compared with the invoice's."""
    careful = number(key)

    def read(node: etree._Element, found: Found, notes: Notes) -> None:
        notes.currencies.add(node.get("currencyID", unnamed))
        value = decimal(node.text or "")
        if value is None or key in found:
            careful(node, found, notes)
        else:
            found[key] = value

    return read


def quantity(key: str, unit: str) -> Reader:
    plain = number(key)

    def read(node: etree._Element, found: Found, notes: Notes) -> None:
        plain(node, found, notes)
        found.setdefault(unit, node.get("unitCode"))

    return read


def identifier(key: str) -> Reader:
    def read(node: etree._Element, found: Found, notes: Notes) -> None:
        if key in found:
            notes.repeated(node)
        else:
            found[key] = Identifier(clean(node, notes), node.get("schemeID"))

    return read


def identifiers(key: str) -> Reader:
    def read(node: etree._Element, found: Found, notes: Notes) -> None:
        found.setdefault(key, []).append(Identifier(clean(node, notes), node.get("schemeID")))

    return read


def texts(key: str) -> Reader:
    def read(node: etree._Element, found: Found, notes: Notes) -> None:
        found.setdefault(key, []).append(clean(node, notes))

    return read


def one(key: str, table: Table, make: Callable[..., Any]) -> Reader:
    """A part of its own: `make(**what the table found)`."""

    def read(node: etree._Element, found: Found, notes: Notes) -> None:
        if key in found:
            notes.repeated(node)
            return
        inside: Found = {}
        walk(node, table, inside, notes)
        if not inside:
            notes.empty.add(local_name(node))
        found[key] = make(**inside)

    return read


def many(key: str, table: Table, make: Callable[..., Any]) -> Reader:
    """A part that may come again and again."""

    def read(node: etree._Element, found: Found, notes: Notes) -> None:
        inside: Found = {}
        walk(node, table, inside, notes)
        found.setdefault(key, []).append(make(**inside))

    return read


def made(part: type, *lists: str) -> Callable[..., Any]:
    """A maker for a class with repeating fields: their lists become tuples."""

    def make(**inside: Any) -> Any:
        for key in lists:
            if key in inside:
                inside[key] = tuple(inside[key])
        return part(**inside)

    return make
