"""What we call at Exact: one row per endpoint, with only the fields that the portal uses, and a file per part.

`$select` is effectively compulsory at Exact (some endpoints refuse a request without it), so the field list
of a row IS the select. Paths, fields and scopes were read from Exact's resource pages
(https://start.exactonline.nl/docs/HlpRestAPIResources.aspx) as they stood on `CHECKED`; each row names its
page.
"""

from collections.abc import Mapping

from connections.exact.endpoints.changes import SYNC_DELETED, SYNC_TIMESTAMP, WEBHOOK_SUBSCRIPTIONS
from connections.exact.endpoints.documents import DOCUMENT_ATTACHMENTS, DOCUMENTS, SYNC_DOCUMENTS
from connections.exact.endpoints.endpoint import (
    CHECKED,
    PAGE,
    SECONDS,
    SYNC_PAGE,
    UPLOAD_SECONDS,
    Confidence,
    Endpoint,
)
from connections.exact.endpoints.entries import PAYMENTS, PURCHASE_ENTRIES, PURCHASE_ENTRY_LINES
from connections.exact.endpoints.ledger import (
    COSTCENTERS,
    COSTUNITS,
    CURRENCIES,
    FINANCIAL_PERIODS,
    GL_ACCOUNTS,
    JOURNAL_STATUS_LIST,
    JOURNALS,
    PAYMENT_CONDITIONS,
    PROJECTS,
    SYNC_GL_ACCOUNTS,
    VAT_CODES,
    VAT_PERCENTAGES,
)
from connections.exact.endpoints.mailbox import (
    DEFAULT_MAILBOX,
    MAIL_MESSAGE_ATTACHMENTS,
    MAIL_MESSAGES_SENT,
    MAILBOXES,
    PREFERRED_MAILBOX,
)
from connections.exact.endpoints.relations import ACCOUNTS, BANK_ACCOUNTS, SYNC_ACCOUNTS
from connections.exact.endpoints.system import (
    ALL_DIVISIONS,
    AVAILABLE_FEATURES,
    CUSTOMER_DIVISIONS,
    DIVISIONS,
    ME,
    RECENT_DIVISIONS,
    USER_HAS_RIGHTS,
    USER_ROLES,
    USER_ROLES_PER_DIVISION,
    USERS,
)

__all__ = [
    "ACCOUNTS",
    "ALL_DIVISIONS",
    "AVAILABLE_FEATURES",
    "BANK_ACCOUNTS",
    "CHECKED",
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
    "PAGE",
    "PAYMENTS",
    "PAYMENT_CONDITIONS",
    "PREFERRED_MAILBOX",
    "PROJECTS",
    "PURCHASE_ENTRIES",
    "PURCHASE_ENTRY_LINES",
    "RECENT_DIVISIONS",
    "SECONDS",
    "SYNC_ACCOUNTS",
    "SYNC_DELETED",
    "SYNC_DOCUMENTS",
    "SYNC_GL_ACCOUNTS",
    "SYNC_PAGE",
    "SYNC_TIMESTAMP",
    "UPLOAD_SECONDS",
    "USERS",
    "USER_HAS_RIGHTS",
    "USER_ROLES",
    "USER_ROLES_PER_DIVISION",
    "VAT_CODES",
    "VAT_PERCENTAGES",
    "WEBHOOK_SUBSCRIPTIONS",
    "Confidence",
    "Endpoint",
]

ENDPOINTS: Mapping[str, Endpoint] = {
    endpoint.name: endpoint for endpoint in list(globals().values()) if isinstance(endpoint, Endpoint)
}
"""All rows, by name."""
