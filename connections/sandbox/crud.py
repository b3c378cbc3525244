"""Writing: payload → checked values → a row with its stamps; and what follows from a change (versions, events)."""

from __future__ import annotations

import json
import uuid
from decimal import Decimal
from typing import Any

from . import messages
from .context import Context
from .errors import Invalid, Refused
from .schema import ENTITIES, NAVIGATION, Entity, Row, from_wire

# Exact's numbers for kinds of things in sync/Deleted (its resource page).
ENTITY_TYPES = {
    "financialtransaction/TransactionLines": 1,
    "crm/Accounts": 2,
    "documents/DocumentAttachments": 4,
    "documents/Documents": 6,
    "financial/GLAccounts": 7,
    "crm/BankAccounts": 48,
}
TOPICS = {
    "crm/Accounts": "Accounts",
    "crm/BankAccounts": "BankAccounts",
    "documents/Documents": "Documents",
    "documents/DocumentAttachments": "DocumentAttachments",
    "financial/GLAccounts": "GLAccounts",
    "purchaseentry/PurchaseEntries": "PurchaseEntries",
    "purchaseentry/PurchaseEntryLines": "PurchaseEntries",
    "mailbox/MailMessagesSent": "MailMessagesSent",
    "mailbox/MailMessageAttachments": "MailMessageAttachments",
    "read/financial/JournalStatusList": "JournalStatusList",
}


def read_payload(entity: Entity, body: bytes, method: str) -> Row:
    """A request body → values of the properties that the method accepts.

    Properties that exist but cannot be written are passed over, as Exact does; unknown ones are refused (400).
    Children of a deep insert come as a list of rows under their navigation's name.
    """
    try:
        data = json.loads(body or b"{}", parse_float=Decimal)
    except ValueError:
        raise Refused(400, "Error processing request stream. The request body is not valid JSON.") from None
    if not isinstance(data, dict):
        raise Refused(400, "Error processing request stream. A JSON object was expected.")
    return _values(entity, data, method)


def _values(entity: Entity, data: dict[str, Any], method: str) -> Row:
    values: Row = {}
    for name, raw in data.items():
        if name.startswith("__"):
            continue
        prop = entity.properties.get(name)
        if prop is None:
            raise Refused(
                400,
                f"Error processing request stream. The property name '{name}' specified for type "
                f"'{entity.type_name}' is not valid.",
            )
        if not (prop.post if method == "POST" else prop.put):
            continue
        if prop.kind == "COL":
            child = ENTITIES.get(NAVIGATION.get((entity.path, name), ("", ""))[0])
            if isinstance(raw, dict):
                raw = raw.get("results")
            if child is None or not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
                from_wire(prop, raw)  # refuses
            else:
                values[name] = [_values(child, each, "POST") for each in raw]
        else:
            values[name] = from_wire(prop, raw)
    return values


def birth(ctx: Context) -> Row:
    """Who made a row, and when; `_via` tells what came over the wire ("api") from what people did ("hand")."""
    by = fingerprint(ctx)
    return by | {
        "Created": by["Modified"],
        "Creator": by["Modifier"],
        "CreatorFullName": by["ModifierFullName"],
        "Division": ctx.code,
        "_via": "api" if ctx.request.method else "hand",
    }


def fingerprint(ctx: Context) -> Row:
    """Who changed a row, and when."""
    return {"Modified": ctx.box.stamp(), "Modifier": ctx.user["id"], "ModifierFullName": ctx.user["name"]}


class Plain:
    """How one endpoint's rows are made, changed and removed. Subclasses say what is particular.

    `prepare` sees the merged values before they are stored and the row as it was (None: new); it raises Invalid or
    adds what Exact derives.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.entity = ENTITIES[path]

    def prepare(self, ctx: Context, row: Row, old: Row | None) -> None:
        return

    def missing(self, values: Row) -> list[messages.Sentence]:
        return [
            messages.mandatory(prop.name)
            for prop in self.entity.properties.values()
            if prop.mandatory and prop.kind != "COL" and values.get(prop.name) in (None, "", b"")
        ]

    def create(self, ctx: Context, values: Row) -> Row:
        sentences = self.missing(values)
        if sentences:
            raise Invalid(*sentences)
        key = self.entity.key_name
        row = {name: value for name, value in values.items() if value is not None}
        row.setdefault(key, str(uuid.uuid4()))
        if ctx.rows(self.path).get(str(row[key])) is not None:
            raise Invalid(messages.already_exists())
        row |= birth(ctx)
        self.prepare(ctx, row, None)
        return self.save(ctx, row, "Create")

    def update(self, ctx: Context, old: Row, values: Row) -> Row:
        row = old | values
        mandatory = [p.name for p in self.entity.properties.values() if p.mandatory and p.name in values]
        emptied = [name for name in mandatory if row[name] in (None, "", b"")]
        if emptied:
            raise Invalid(*map(messages.mandatory, emptied))
        row[self.entity.key_name] = old[self.entity.key_name]
        row = {name: value for name, value in row.items() if value is not None} | fingerprint(ctx)
        self.prepare(ctx, row, old)
        return self.save(ctx, row, "Update")

    def delete(self, ctx: Context, row: Row) -> None:
        self.remove(ctx, row)

    def save(self, ctx: Context, row: Row, action: str) -> Row:
        return save(ctx, self.path, row, action)

    def remove(self, ctx: Context, row: Row) -> None:
        remove(ctx, self.path, row)


def save(ctx: Context, path: str, row: Row, action: str) -> Row:
    """Store a row with its next rowversion and tell the subscribers."""
    row["Timestamp"] = ctx.box.store.next_version()
    key = str(row[ENTITIES[path].key_name])
    ctx.box.store.put(ctx.code, path, key, row)
    if path in TOPICS:
        ctx.box.event(ctx.code, TOPICS[path], action, key, f"{ctx.root}/{path}(guid'{key}')")
    return row


def remove(ctx: Context, path: str, row: Row) -> None:
    """Remove a row; what sync/Deleted knows about is recorded there."""
    key = str(row[ENTITIES[path].key_name])
    ctx.box.store.remove(ctx.code, path, key)
    if path in ENTITY_TYPES:
        record_deletion(ctx, ENTITY_TYPES[path], key)
    if path in TOPICS:
        ctx.box.event(ctx.code, TOPICS[path], "Delete", key, f"{ctx.root}/{path}(guid'{key}')")


def record_deletion(ctx: Context, entity_type: int, key: str) -> None:
    version = ctx.box.store.next_version()
    row = {
        "Timestamp": version,
        "DeletedBy": ctx.user["id"],
        "DeletedDate": ctx.box.stamp(),
        "Division": ctx.code,
        "EntityKey": key,
        "EntityType": entity_type,
        "ID": str(uuid.uuid4()),
    }
    ctx.box.store.put(ctx.code, "sync/Deleted", str(version), row)
