"""$filter: OData v2 expressions, parsed once and turned into Python functions over rows.

Grammar: or ⟵ and ⟵ not ⟵ comparison ⟵ operand; an operand is a literal, a property or a function call.
Text compares without trailing blanks, but leading ones count: `Code eq '255'` does not find a code that is kept as
eighteen characters, padded on the left.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .errors import Refused
from .schema import EDM, GUID, Entity, Row, read_datetime

Getter = Callable[[Row], Any]

TOKEN = re.compile(
    r"""\s*(?:
        (?P<guid>guid'(?P<guid_text>[^']*)')
      | (?P<datetime>datetime'(?P<datetime_text>[^']*)')
      | (?P<string>'(?:[^']|'')*')
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?P<suffix>[LlMmDdFf])?)(?![\w'])
      | (?P<name>[A-Za-z_][\w/]*)
      | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)
_COMPARE = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
# name → (kinds of the arguments, kind of the result, what it does); "" = text
_FUNCTIONS: dict[str, tuple[int, str, Callable[..., Any]]] = {
    "substringof": (2, "B", lambda part, text: part.lower() in text.lower()),
    "startswith": (2, "B", lambda text, part: text.lower().startswith(part.lower())),
    "endswith": (2, "B", lambda text, part: text.rstrip().lower().endswith(part.lower())),
    "tolower": (1, "S", str.lower),
    "toupper": (1, "S", str.upper),
    "trim": (1, "S", str.strip),
}
NUMBERS = {"I16", "I32", "I64", "Y", "D"}
_TEXTS = {"S", "S18"}
SYNTAX = "Bad Request - Error in query syntax."


@dataclass(frozen=True)
class Operand:
    """A part of an expression: how to get its value, of which kind; for a plain property also its name."""

    get: Getter
    kind: str  # as in schema.DOTNET, or "null"
    name: str | None = None
    constant: bool = False


@dataclass(frozen=True)
class Filter:
    """A parsed $filter. `equals` are the comparisons `property eq literal` that must all hold (for indexes),
    `names` the properties it speaks of, `shape` its comparisons as (property, operator)."""

    test: Callable[[Row], bool]
    equals: tuple[tuple[str, Any], ...]
    names: frozenset[str]
    shape: tuple[tuple[str | None, str, Any], ...]


class _Parser:
    def __init__(self, text: str, entity: Entity) -> None:
        self.text, self.entity = text, entity
        self.tokens: list[tuple[str, str, int]] = []
        self.at = 0
        self.names: set[str] = set()
        self.comparisons: list[tuple[str | None, str, Any]] = []
        end = len(text.rstrip())
        position = 0
        while position < end:
            match = TOKEN.match(text, position)
            if match is None:
                raise Refused(400, SYNTAX)
            kind = next(
                k for k in ("guid", "datetime", "string", "number", "name", "mark") if match[k] is not None
            )
            self.tokens.append((kind, match[kind], match.start(kind)))
            position = match.end()

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self) -> tuple[str, str, int]:
        if self.at >= len(self.tokens):
            raise Refused(400, SYNTAX)
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, mark: str) -> None:
        if self.take()[1] != mark:
            raise Refused(400, SYNTAX)

    def whole(self) -> tuple[Operand, tuple[tuple[str, Any], ...]]:
        parsed, equals = self.disjunction()
        if self.at != len(self.tokens) or parsed.kind != "B":
            raise Refused(400, SYNTAX)
        return parsed, equals

    def disjunction(self) -> tuple[Operand, tuple[tuple[str, Any], ...]]:
        left, equals = self.conjunction()
        while self.peek() == "or":
            self.take()
            right, _ = self.conjunction()
            left, equals = self._both(left, right, lambda a, b: lambda row: a(row) or b(row)), ()
        return left, equals

    def conjunction(self) -> tuple[Operand, tuple[tuple[str, Any], ...]]:
        left, equals = self.negation()
        while self.peek() == "and":
            self.take()
            right, more = self.negation()
            left, equals = self._both(left, right, lambda a, b: lambda row: a(row) and b(row)), equals + more
        return left, equals

    @staticmethod
    def _both(left: Operand, right: Operand, join: Callable[[Getter, Getter], Getter]) -> Operand:
        if left.kind != "B" or right.kind != "B":
            raise Refused(400, SYNTAX)
        return Operand(join(left.get, right.get), "B")

    def negation(self) -> tuple[Operand, tuple[tuple[str, Any], ...]]:
        if self.peek() == "not":
            self.take()
            inner, _ = self.negation()
            if inner.kind != "B":
                raise Refused(400, SYNTAX)
            get = inner.get
            return Operand(lambda row: not get(row), "B"), ()
        return self.comparison()

    def comparison(self) -> tuple[Operand, tuple[tuple[str, Any], ...]]:
        left, equals = self.operand()
        if self.peek() not in _COMPARE:
            return left, equals
        _, sign, position = self.take()
        right, _ = self.operand()
        if not _comparable(left.kind, right.kind):
            raise Refused(
                400,
                f"Operator '{sign}' incompatible with operand types 'Edm.{EDM.get(left.kind, 'Null')}' and "
                f"'Edm.{EDM.get(right.kind, 'Null')}' at position {position}.",
            )
        value = right.get({}) if right.constant else None
        self.comparisons.append((left.name, sign, value))
        simple = sign == "eq" and left.name and right.constant and value is not None
        return Operand(_compare(sign, left.get, right.get), "B"), ((left.name, value),) if simple else ()  # type: ignore[return-value]

    def operand(self) -> tuple[Operand, tuple[tuple[str, Any], ...]]:
        kind, text, position = self.take()
        if text == "(":
            inner, equals = self.disjunction()
            self.expect(")")
            return inner, equals
        if kind == "name" and self.peek() == "(":
            return self.call(text), ()
        if kind == "name":
            return self.name(text, position), ()
        return self.literal(kind, text, position), ()

    def call(self, name: str) -> Operand:
        if name not in _FUNCTIONS:
            raise Refused(400, f"Unknown function '{name}'.")
        arity, kind, function = _FUNCTIONS[name]
        self.expect("(")
        arguments = [self.operand()[0]]
        while self.peek() == ",":
            self.take()
            arguments.append(self.operand()[0])
        self.expect(")")
        if len(arguments) != arity or any(a.kind not in _TEXTS for a in arguments):
            raise Refused(400, SYNTAX)
        getters = [a.get for a in arguments]

        def apply(row: Row) -> Any:
            values = [get(row) for get in getters]
            if any(value is None for value in values):
                return False if kind == "B" else None
            return function(*values)

        return Operand(apply, kind)

    def name(self, text: str, position: int) -> Operand:
        if text in ("true", "false"):
            truth = text == "true"
            return Operand(lambda row: truth, "B", constant=True)
        if text == "null":
            return Operand(lambda row: None, "null", constant=True)
        prop = self.entity.properties.get(text)
        if prop is None:
            raise Refused(
                400, f"No property '{text}' exists in type '{self.entity.type_name}' at position {position}."
            )
        self.names.add(text)
        return Operand(lambda row: row.get(text), prop.kind, name=text)

    def literal(self, kind: str, text: str, position: int) -> Operand:
        value: Any
        if kind == "mark":
            raise Refused(400, SYNTAX)
        if kind == "guid":
            if not GUID.fullmatch(text[5:-1]):
                raise Refused(400, f"Unrecognized 'Edm.Guid' literal '{text}' in '{position}'.")
            value, edm = text[5:-1].lower(), "G"
        elif kind == "datetime":
            try:
                value, edm = read_datetime(text[9:-1]), "DT"
            except ValueError:
                raise Refused(400, f"Unrecognized 'Edm.DateTime' literal '{text}' in '{position}'.") from None
        elif kind == "string":
            value, edm = text[1:-1].replace("''", "'"), "S"
        elif text[-1] in "Ll":
            value, edm = int(text[:-1]), "I64"
        elif text.lstrip("-").isdigit():
            value, edm = int(text), "I32"
        else:
            value, edm = Decimal(text.rstrip("MmDdFf")), "D"
        return Operand(lambda row: value, edm, constant=True)


def _comparable(left: str, right: str) -> bool:
    if "null" in (left, right) or left == right:
        return True
    return {left, right} <= NUMBERS or {left, right} <= _TEXTS


def _compare(sign: str, left: Getter, right: Getter) -> Getter:
    test = _COMPARE[sign]

    def compare(row: Row) -> bool:
        a, b = left(row), right(row)
        if a is None or b is None:
            return (a is b) if sign == "eq" else (a is not b) if sign == "ne" else False
        if isinstance(a, str):
            a, b = a.rstrip(), b.rstrip()
        return bool(test(a, b))

    return compare


def parse_filter(text: str, entity: Entity) -> Filter:
    """Raises Refused (400) for anything that is not a condition over the entity's properties."""
    parser = _Parser(text, entity)
    try:
        parsed, equals = parser.whole()
    except RecursionError:
        raise Refused(400, SYNTAX) from None
    return Filter(parsed.get, equals, frozenset(parser.names), tuple(parser.comparisons))
