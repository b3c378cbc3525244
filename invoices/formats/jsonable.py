"""Invoice ⇄ plain JSON, without losing a digit: amounts as text, dates as ISO 8601, bytes as base64."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from .model import Invoice


def to_json(invoice: Invoice, number: Callable[[Decimal], str] = str) -> dict[str, Any]:
    """What json.dumps takes. Fields at their default (None, (), False) are left out: most are, in most invoices.

    Attachments carry their bytes: store `invoice.without_content()` when the document itself is kept.
    """
    return cast("dict[str, Any]", plain(invoice, number))


def from_json(values: dict[str, Any]) -> Invoice:
    """The invoice that `to_json` wrote. Keys of a newer version are ignored; what is no invoice raises
    TypeError or ValueError.
    """
    return cast(Invoice, _maker(Invoice)(values))


def plain(value: Any, number: Callable[[Decimal], str] = str) -> Any:
    """One value of the model, or a part of it, as JSON has it."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple):
        return [plain(one, number) for one in value]
    return {
        f.name: plain(getattr(value, f.name), number)
        for f in fields(value)
        if getattr(value, f.name) != f.default
    }


@cache
def _maker(wanted: Any) -> Callable[[Any], Any]:
    """What turns a JSON value into one of type `wanted`: a dataclass, X | None, tuple[X, ...], a plain type."""
    if get_origin(wanted) in (Union, UnionType):
        inner = _maker(next(a for a in get_args(wanted) if a is not type(None)))
        return lambda value: None if value is None else inner(value)
    if get_origin(wanted) is tuple:
        one = _maker(get_args(wanted)[0])
        return lambda values: tuple(one(value) for value in values)
    if get_origin(wanted) is Literal:
        return str
    if is_dataclass(wanted):
        hints = get_type_hints(wanted)
        makers = {f.name: _maker(hints[f.name]) for f in fields(wanted)}
        make = cast(Callable[..., Any], wanted)
        return lambda values: make(**{k: makers[k](v) for k, v in values.items() if k in makers})
    if wanted is date:
        return date.fromisoformat
    if wanted is bytes:
        return base64.b64decode
    return cast(Callable[[Any], Any], wanted)  # str, int, bool, Decimal
