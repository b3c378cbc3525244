"""What the sandbox tells about itself: the books of a division, the log, the counters. For tests and the console.

Rows appear with Exact's property names; money is a decimal text, a moment is ISO 8601.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from .documents import ATTACHMENTS, DOCUMENTS
from .ledger import ENTRIES, LINES, trial_balance
from .mailbox import FILES, MAILBOXES, MESSAGES
from .schema import ENTITIES, Row, moment
from .store import GLOBAL

if TYPE_CHECKING:
    from .box import Sandbox

_DATES = {
    prop.name for entity in ENTITIES.values() for prop in entity.properties.values() if prop.kind == "DT"
}


def shown(row: Row) -> dict[str, Any]:
    """A row for people and tests: `_via` (api, hand or seed) is the one inner property that stays."""
    out: dict[str, Any] = {}
    for name, value in row.items():
        if name in _DATES and isinstance(value, int):
            value = moment(value).strftime("%Y-%m-%dT%H:%M:%S")
        if isinstance(value, list):
            value = value[1]
        if not name.startswith("_"):
            out[name] = value
    return out | {"_via": row.get("_via", "seed")}


def clock(at: float) -> str:
    """Seconds since 1970 as the time of day, UTC."""
    return moment(int(at * 1000)).strftime("%H:%M:%S")


def ledger(box: Sandbox, code: int, since: int = 0, via: str | None = None) -> dict[str, Any]:
    """Everything in one division that is newer than rowversion `since`; `via` "api" leaves out seed and hand."""

    def table(path: str) -> list[Row]:
        return list(box.store.table(code, path))

    def new(path: str) -> list[Row]:
        return [
            r for r in table(path) if r.get("Timestamp", 0) > since and via in (None, r.get("_via", "seed"))
        ]

    def with_files(row: Row, path: str, back: str) -> dict[str, Any]:
        files = []
        for file in box.store.table(code, path).find(back, row["ID"]):
            data = box.store.blob(file["ID"]) or b""
            files.append(shown(file) | {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)})
        return shown(row) | {"Attachments": files}

    entries = []
    for entry in new(ENTRIES):
        lines = box.store.table(code, LINES).find("EntryID", entry["EntryID"])
        paid = {"paid": bool(entry.get("_paid"))}
        entries.append(shown(entry) | {"PurchaseEntryLines": [shown(line) for line in lines]} | paid)
    return {
        "division": code,
        "version": box.store.version,
        "entries": entries,
        "documents": [with_files(row, ATTACHMENTS, "Document") for row in new(DOCUMENTS)],
        "messages": [with_files(row, FILES, "MailMessageID") for row in new(MESSAGES)],
        "accounts": [shown(row) for row in new("crm/Accounts")],
        "bank_accounts": [shown(row) for row in new("crm/BankAccounts")],
        "mailboxes": [
            shown(row) for row in box.store.table(GLOBAL, MAILBOXES) if row.get("ForDivision") in (None, code)
        ],
        "deleted": [shown(row) for row in new("sync/Deleted")] if via is None else [],
        "trial_balance": trial_balance(box.ledger.transaction_lines(code)),
    }


def state(box: Sandbox) -> dict[str, Any]:
    return {
        "url": box.base_url,
        "now": box.now(),
        "divisions": [
            division | {"entries": len(box.store.table(division["code"], ENTRIES))}
            for division in box.store.table(GLOBAL, "_divisions")
        ],
        "contracts": list(box.store.table(GLOBAL, "_contracts")),
        "users": list(box.store.table(GLOBAL, "_users")),
        "apps": list(box.store.table(GLOBAL, "_apps")),
        "settings": box.settings,
        "faults": [rule.shown() for rule in box.faults.rules],
    }


def calls(box: Sandbox, query: dict[str, str]) -> list[Row]:
    """Newest first. Filters: since (id), endpoint, division, user, method, status; limit (1000)."""
    where, values = ["1"], []
    for name in ("endpoint", "division", "user", "method", "status"):
        if name in query:
            where.append(f"{name} = ?")
            values.append(query[name])
    if "since" in query:
        where.append("id > ?")
        values.append(query["since"])
    return box.store.calls(" AND ".join(where), values, int(query.get("limit", 1000)))


def counters(box: Sandbox) -> dict[str, Any]:
    store = box.store
    return {
        "calls": sum(n for _, n in store.count_calls("status")),
        "by_endpoint": {
            f"{method} {endpoint}": n for endpoint, method, n in store.count_calls("endpoint, method")
        },
        "by_status": {str(status): n for status, n in store.count_calls("status")},
        "by_division": {
            str(division): n for division, n in store.count_calls("division", "division IS NOT NULL")
        },
        "refused_429": sum(n for _, n in store.count_calls("status", "status = 429")),
        "counted_errors": sum(
            n
            for _, n in store.count_calls(
                "status", "status IN (400, 401, 403, 404) AND endpoint NOT LIKE 'oauth2/%'"
            )
        ),
        "tokens": _token_counters(box),
    }


def _token_counters(box: Sandbox) -> dict[str, int]:
    def count(where: str) -> int:
        return sum(n for _, n in box.store.count_calls("status", f"endpoint = 'oauth2/token' AND {where}"))

    return {
        "issued": count("status = 200 AND note = 'authorization_code'"),
        "refreshed": count("status = 200 AND note = 'refresh_token'"),
        "too_early": count("note LIKE 'Rate limit exceeded%'"),
        "reused": count("note LIKE 'Old refresh token%'"),
        "expired": count("note LIKE 'The refresh token expired%'"),
        "denied": count("status <> 200"),
    }
