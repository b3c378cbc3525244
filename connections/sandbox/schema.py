"""Which properties every endpoint has, and how their values travel.

The table (`fields.json`) was written down from Exact's public resource pages. One property reads
`Name:Kind` followed by flags: `*` key, `p` accepted by POST, `u` accepted by PUT, `!` mandatory on POST.

Inside the sandbox a value is: Guid → lower-case str, DateTime → int (milliseconds since 1970, UTC),
Double → Decimal, numbers → int, Boolean → bool, text → str, Binary → bytes. A property without a value is absent
from its row and travels as null.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from .errors import Refused

Row = dict[str, Any]

# The names that .NET gives the kinds, as they appear in Exact's conversion errors (picqer#178).
DOTNET = {
    "S": "String", "S18": "String", "G": "Guid", "DT": "DateTime", "D": "Double", "I16": "Int16", "I32": "Int32",
    "I64": "Int64", "B": "Boolean", "Y": "Byte", "BIN": "Byte[]", "COL": "Collection", "X": "Object",
}  # fmt: skip
EDM = DOTNET | {"BIN": "Binary"}
BOUNDS = {
    "I16": (-(2**15), 2**15 - 1),
    "I32": (-(2**31), 2**31 - 1),
    "I64": (-(2**63), 2**63 - 1),
    "Y": (0, 255),
}

# Codes that Exact keeps in fixed-width columns and hands out with trailing blanks.
PADDED_TO_3 = {"VATCode", "PurchaseVATCode", "SalesVATCode"}

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_ATLAS_DATE = re.compile(r"/Date\((-?\d+)\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Property:
    name: str
    kind: str
    key: bool
    post: bool
    put: bool
    mandatory: bool
    width: int  # > 0: padded with blanks on the right when it leaves


@dataclass(frozen=True)
class Entity:
    """One endpoint's shape: its path below the division, its .NET type name, its properties."""

    path: str
    type_name: str
    methods: frozenset[str]
    properties: Mapping[str, Property]
    keys: tuple[Property, ...]

    @property
    def key_name(self) -> str:
        return self.keys[0].name


# Navigation: (endpoint, property) → (endpoint of the children, their property that points back).
NAVIGATION = {
    ("crm/Accounts", "BankAccounts"): ("crm/BankAccounts", "Account"),
    ("purchaseentry/PurchaseEntries", "PurchaseEntryLines"): ("purchaseentry/PurchaseEntryLines", "EntryID"),
    ("vat/VATCodes", "VATPercentages"): ("vat/VatPercentages", "VATCodeID"),
}


_NAMESPACES = {"crm": "", "current": "System.", "hrm": "HRM.", "vat": "VAT."} | {
    name.lower(): f"{name}."
    for name in (
        "PurchaseEntry", "FinancialTransaction", "System", "Documents", "Mailbox", "Financial", "Cashflow", "Users",
        "Webhooks", "Sync", "General", "Project", "Purchase",
    )
}  # fmt: skip


def _type_name(path: str) -> str:
    """`crm/Accounts` → `Exact.Web.Api.Models.Account` (recorded), the others with their service in between."""
    *services, name = path.split("/")
    service = _NAMESPACES[services[-1].lower()]
    singular = re.sub(r"ies$", "y", name) if name.endswith("ies") else re.sub(r"(?<=x)es$|s$", "", name)
    return f"Exact.Web.Api.Models.{service}{singular}"


def _width(path: str, name: str) -> int:
    if name in PADDED_TO_3 or (path, name) == ("vat/VATCodes", "Code"):
        return 3
    return 3 if name == "Country" and path.endswith(("crm/Accounts", "CRM/Accounts")) else 0


def _read_table() -> dict[str, Entity]:
    table = json.loads((Path(__file__).parent / "fields.json").read_text())
    entities = {}
    for path, spec in table.items():
        properties = {}
        for word in " ".join(spec["fields"]).split():
            name, rest = word.split(":")
            kind, flags = re.fullmatch(r"([A-Z0-9]+)([*pu!]*)", rest).groups()  # type: ignore[union-attr]
            properties[name] = Property(
                name, kind, "*" in flags, "p" in flags, "u" in flags, "!" in flags, _width(path, name)
            )
        keys = tuple(p for p in properties.values() if p.key)
        entities[path] = Entity(path, _type_name(path), frozenset(spec["methods"].split()), properties, keys)
    return entities


ENTITIES = _read_table()


def milliseconds(moment: datetime) -> int:
    """A point in time as Exact writes it; a naive one is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def read_datetime(text: str) -> int:
    """ISO date, ISO date and time (with or without offset) or `/Date(ms)/` → milliseconds."""
    atlas = _ATLAS_DATE.fullmatch(text)
    if atlas:
        return int(atlas[1])
    return milliseconds(datetime.fromisoformat(text))


def from_wire(prop: Property, raw: Any) -> Any:
    """A value from a JSON payload → the sandbox's own. Raises Refused (400) with Exact's conversion error."""
    try:
        return _convert(prop.kind, raw)
    except (ValueError, TypeError, InvalidOperation, OverflowError, binascii.Error):
        raise Refused(
            400,
            "Error processing request stream. Error encountered in converting the value from request payload "
            f"for property '{prop.name}' to type '{DOTNET[prop.kind]}'",
        ) from None


def _convert(kind: str, raw: Any) -> Any:
    if raw is None:
        return None
    if kind in BOUNDS:
        return _whole(raw, *BOUNDS[kind])
    if kind == "D":
        if isinstance(raw, bool) or not isinstance(raw, (int, Decimal, str)):
            raise ValueError
        number = Decimal(raw.strip() if isinstance(raw, str) else raw)
        if not number.is_finite():
            raise ValueError
        return number
    if kind == "B":
        if not isinstance(raw, bool):
            raise ValueError
        return raw
    if kind in ("S", "S18"):
        # Clients in production post numbers for text properties (PaymentConditionSales: 15) and are served.
        if isinstance(raw, bool) or not isinstance(raw, (str, int, Decimal)):
            raise ValueError
        text = str(raw)
        return text.rjust(18) if kind == "S18" and text.strip() else text
    if not isinstance(raw, str):
        raise ValueError
    if kind == "G":
        if not GUID.fullmatch(raw.strip().strip("{}")):
            raise ValueError
        return raw.strip().strip("{}").lower()
    if kind == "DT":
        return read_datetime(raw)
    if kind == "BIN":
        return base64.b64decode("".join(raw.split()), validate=True)
    raise ValueError


def _whole(raw: Any, low: int, high: int) -> int:
    if isinstance(raw, bool) or not isinstance(raw, (int, Decimal, str)):
        raise ValueError
    number = int(raw)
    if number != Decimal(str(raw)) or not low <= number <= high:
        raise ValueError
    return number


def to_wire(prop: Property, value: Any) -> Any:
    """The sandbox's value → what json.dumps writes. Whole doubles lose their decimals; Int64 travels as text
    (WCF Data Services quotes 64-bit integers, because JavaScript cannot hold them)."""
    if value is None:
        return None
    if prop.kind == "DT":
        return f"/Date({value})/"
    if prop.kind == "D":
        return int(value) if value == value.to_integral_value() else float(value)
    if prop.kind == "I64":
        return str(value)
    if prop.width:
        return value.ljust(prop.width)
    return value


def key_of(entity: Entity, row: Row) -> str:
    """The row's key as one text, for storing."""
    return "|".join(str(row[prop.name]) for prop in entity.keys)


def key_literal(entity: Entity, row: Row) -> str:
    """The key as it stands in a URI: `guid'…'`, `5`, `'EUR'`, `Journal='70',Period=1,Year=2026`."""
    parts = []
    for prop in entity.keys:
        value = row[prop.name]
        if prop.kind == "G":
            text = f"guid'{value}'"
        elif prop.kind in ("S", "S18"):
            text = "'" + str(value).replace("'", "''") + "'"
        else:
            text = f"{value}L" if prop.kind == "I64" else str(value)
        parts.append((prop.name, text))
    return parts[0][1] if len(parts) == 1 else ",".join(f"{name}={text}" for name, text in parts)
