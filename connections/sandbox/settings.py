"""The knobs: everything about Exact that is measured, assumed or disputed, in one place.

Changed at start by options, later by `POST /sandbox/api/settings`. Kept with the world; a reset keeps what the
options said.
"""

from __future__ import annotations

from typing import Any

DEFAULT_CLIENT_ID = "5a1d0e55-0000-4000-8000-00000000e4ac"
DEFAULT_CLIENT_SECRET = "sandbox-client-secret"
DEFAULT_WEBHOOK_SECRET = "sandbox-webhook-secret"

DEFAULTS: dict[str, Any] = {
    # Tokens (Exact's API limits page; picqer#300; websmurf#23)
    "token_seconds": 600,
    "token_guard_seconds": 570,
    "refresh_days": 30,
    "code_seconds": 180,
    "token_calls_per_day": 200,  # per app and user; Exact's status for it is not on record, 429 is assumed
    "old_refresh_token": "strict",  # or "grace": it lives until the new one is used (Invantive, 2021)
    # Budgets (Exact's API limits page)
    "minute_seconds": 60,
    "minute_limit": 60,
    "day_limit": 5000,
    "contract_day_limit": 20_000,
    "error_limit": 10,  # 400/401/403/404 per app, user, division, endpoint and hour
    "error_block_seconds": 3600,  # doubles with every block
    "error_block_status": 429,  # not on record; "API rate limit exceeded" is what one vendor shows
    "request_limit_bytes": 10 * 1024 * 1024,
    # Time
    "clock_offset": 0.0,  # seconds added to the machine's clock
    "modified_in": "UTC",  # the zone of Created and Modified: perhaps the server's own ("Europe/Amsterdam")
    "latency_ms": 0,
    # Reading
    "select_required": [
        "crm/Accounts", "purchaseentry/PurchaseEntries", "purchaseentry/PurchaseEntryLines", "documents/Documents",
        "financial/GLAccounts", "financialtransaction/TransactionLines", "cashflow/Payments",
    ],  # 400 without $select or $top=1 (picqer#62)
    "filter_required": ["crm/Accounts", "documents/Documents", "financial/GLAccounts"],  # has a sync twin (picqer#591)
    "unauthorised_body": "json",  # or "html", "empty": the body of a 401 is not on record
    # Bookkeeping
    "refuse_duplicate_your_ref": False,
    "taken_entry_number": "refuse",  # or "renumber": silently the next free one
    # The digital mailbox
    "mailbox_delay": 0.0,  # seconds until a new mailbox can be used ("a few minutes")
    "proposal_delay": 0.0,  # seconds from attachment to proposal
    "auto_book_proposals": False,  # Exact itself books what arrives
    # Webhooks
    "webhooks": True,
    "webhook_delay": 0.0,
    "webhook_copies": 1,  # 2: every event comes twice
    "webhook_retries": [5.0, 30.0],  # seconds after a refusal
    "webhook_tls": False,  # refuse callback URLs that are not https
}  # fmt: skip


def checked(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes, or ValueError naming the first one that is unknown or of the wrong type."""
    for name, value in changes.items():
        if name not in DEFAULTS:
            raise ValueError(f"Unknown setting {name!r}. Known: {', '.join(sorted(DEFAULTS))}.")
        kind = type(DEFAULTS[name])
        expected = (int, float) if kind in (int, float) else (kind,)
        if not isinstance(value, expected) or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"Setting {name!r} wants {DEFAULTS[name]!r}-like, got {value!r}.")
    return changes
