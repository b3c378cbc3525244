"""Exact Online's wire, and nothing of ours: no Django, no database, no settings.

    endpoints   what we call: path, fields, page size, scope, documentation
    odata       literals, filters and payloads going out; envelopes and values coming back
    client      `Exact`, the one HTTP door: rows, first, get, create, update, delete, has_rights, download
    calls       `Call`: one call as it may be kept and shown
    answers     a 2xx read as what was asked for, or the error that says why not
    errors      `ExactError` and `classify`; `refusals` is the one table that says what a refusal means
    limits      `Budget` and `ErrorBudget`: how many calls and mistakes are left
    oauth       `Site`, `Tokens`, the consent URL, the code exchange, the refresh and its seven ways to fail

    exact = Exact(site, tokens.access, division=123456, session=http.session())
    for entry in exact.rows(PURCHASE_ENTRIES, where=eq("Supplier", supplier) & eq("YourRef", "2026-17")):
        entry["EntryDate"], entry["AmountFC"]      # date, Decimal

What is not certain about Exact is listed in `docs/assumptions.md`, with the one place that holds it.
"""

from connections.exact.calls import Call
from connections.exact.client import Exact
from connections.exact.endpoints import (
    ACCOUNTS,
    ALL_DIVISIONS,
    AVAILABLE_FEATURES,
    BANK_ACCOUNTS,
    COSTCENTERS,
    COSTUNITS,
    CURRENCIES,
    CUSTOMER_DIVISIONS,
    DEFAULT_MAILBOX,
    DIVISIONS,
    DOCUMENT_ATTACHMENTS,
    DOCUMENTS,
    ENDPOINTS,
    FINANCIAL_PERIODS,
    GL_ACCOUNTS,
    JOURNAL_STATUS_LIST,
    JOURNALS,
    MAIL_MESSAGE_ATTACHMENTS,
    MAIL_MESSAGES_SENT,
    MAILBOXES,
    ME,
    PAYMENT_CONDITIONS,
    PAYMENTS,
    PREFERRED_MAILBOX,
    PROJECTS,
    PURCHASE_ENTRIES,
    PURCHASE_ENTRY_LINES,
    RECENT_DIVISIONS,
    SYNC_ACCOUNTS,
    SYNC_DELETED,
    SYNC_DOCUMENTS,
    SYNC_GL_ACCOUNTS,
    SYNC_TIMESTAMP,
    USER_HAS_RIGHTS,
    USER_ROLES,
    USER_ROLES_PER_DIVISION,
    USERS,
    VAT_CODES,
    VAT_PERCENTAGES,
    WEBHOOK_SUBSCRIPTIONS,
    Endpoint,
)
from connections.exact.errors import CODES, ExactError, Kind
from connections.exact.limits import Budget, ErrorBudget, Window
from connections.exact.oauth import Site, TokenError, Tokens
from connections.exact.odata import Filter, Int64, Page, Row, any_of, contains, eq, ge, gt, le, lt, ne, padded

__all__ = [
    "ACCOUNTS",
    "ALL_DIVISIONS",
    "AVAILABLE_FEATURES",
    "BANK_ACCOUNTS",
    "CODES",
    "COSTCENTERS",
    "COSTUNITS",
    "CURRENCIES",
    "CUSTOMER_DIVISIONS",
    "DEFAULT_MAILBOX",
    "DIVISIONS",
    "DOCUMENTS",
    "DOCUMENT_ATTACHMENTS",
    "ENDPOINTS",
    "FINANCIAL_PERIODS",
    "GL_ACCOUNTS",
    "JOURNALS",
    "JOURNAL_STATUS_LIST",
    "MAILBOXES",
    "MAIL_MESSAGES_SENT",
    "MAIL_MESSAGE_ATTACHMENTS",
    "ME",
    "PAYMENTS",
    "PAYMENT_CONDITIONS",
    "PREFERRED_MAILBOX",
    "PROJECTS",
    "PURCHASE_ENTRIES",
    "PURCHASE_ENTRY_LINES",
    "RECENT_DIVISIONS",
    "SYNC_ACCOUNTS",
    "SYNC_DELETED",
    "SYNC_DOCUMENTS",
    "SYNC_GL_ACCOUNTS",
    "SYNC_TIMESTAMP",
    "USERS",
    "USER_HAS_RIGHTS",
    "USER_ROLES",
    "USER_ROLES_PER_DIVISION",
    "VAT_CODES",
    "VAT_PERCENTAGES",
    "WEBHOOK_SUBSCRIPTIONS",
    "Budget",
    "Call",
    "Endpoint",
    "ErrorBudget",
    "Exact",
    "ExactError",
    "Filter",
    "Int64",
    "Kind",
    "Page",
    "Row",
    "Site",
    "TokenError",
    "Tokens",
    "Window",
    "any_of",
    "contains",
    "eq",
    "ge",
    "gt",
    "le",
    "lt",
    "ne",
    "padded",
]
