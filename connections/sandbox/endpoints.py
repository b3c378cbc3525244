"""The endpoints below `/api/v1/{division}/`: what each needs and where its rows live.

`right` is the user right that must be there, `scope` the app scope (the column on Exact's resource pages).
`source` is the endpoint whose rows are shown: a bulk or sync endpoint shows those of its plain twin.
"""

from __future__ import annotations

from dataclasses import dataclass

from .schema import ENTITIES, Entity


@dataclass(frozen=True)
class Endpoint:
    path: str
    entity: Entity
    right: str
    scope: str
    page: int = 60
    source: str = ""
    kind: str = "plain"  # or bulk, sync


# The rights a user may have or lack, as people know them; see the domain's table of rights per tab.
RIGHTS = {
    "": "no right needed",
    "relations": "manage relations (suppliers, bank accounts)",
    "purchase": "enter, edit and delete purchase bookings",
    "documents": "create, update and delete documents",
    "mailbox": "manage digital postboxes",
    "ledger": "view financial master data (G/L, VAT, journals, periods)",
    "payments": "view cash flow",
    "users": "view users and their roles",
    "webhooks": "manage subscriptions of apps",
}

_ADMIN, _CRM, _BOOK = "organization.administration", "crm.accounts", "financial.accounting"
_LEDGER, _CASH, _DOCS, _MAIL = (
    "financial.generalledgers", "financial.cashflow", "organization.documents", "communication.mailboxes",
)  # fmt: skip

SCOPES = (_ADMIN, _CRM, _BOOK, _LEDGER, _CASH, _DOCS, _MAIL, "purchase.invoices")

_PLAIN = {
    "system/Divisions": ("", _ADMIN),
    "system/AllDivisions": ("", _ADMIN),
    "system/GetMostRecentlyUsedDivisions": ("", _ADMIN),
    "hrm/Divisions": ("", _ADMIN),
    "system/AvailableFeatures": ("", _ADMIN),
    "crm/Accounts": ("relations", _CRM),
    "crm/BankAccounts": ("relations", _CRM),
    "purchaseentry/PurchaseEntries": ("purchase", _BOOK),
    "purchaseentry/PurchaseEntryLines": ("purchase", _BOOK),
    "financialtransaction/TransactionLines": ("purchase", _BOOK),
    "purchase/PurchaseInvoices": ("", "purchase.invoices"),
    "documents/Documents": ("documents", _DOCS),
    "documents/DocumentAttachments": ("documents", _DOCS),
    "documents/DocumentTypes": ("documents", _DOCS),
    "mailbox/Mailboxes": ("mailbox", _MAIL),
    "read/mailbox/DefaultMailbox": ("mailbox", _MAIL),
    "read/mailbox/PreferredMailbox": ("mailbox", _MAIL),
    "mailbox/MailMessagesSent": ("mailbox", _MAIL),
    "mailbox/MailMessageAttachments": ("mailbox", _MAIL),
    "vat/VATCodes": ("ledger", _BOOK),
    "vat/VatPercentages": ("ledger", _BOOK),
    "financial/GLAccounts": ("ledger", _LEDGER),
    "financial/Journals": ("ledger", _LEDGER),
    "financial/FinancialPeriods": ("ledger", _BOOK),
    "read/financial/JournalStatusList": ("ledger", _BOOK),
    "cashflow/PaymentConditions": ("ledger", _CASH),
    "cashflow/Payments": ("payments", _CASH),
    "general/Currencies": ("ledger", _ADMIN),
    "users/Users": ("users", _ADMIN),
    "users/UserRoles": ("users", _ADMIN),
    "users/UserRolesPerDivision": ("users", _ADMIN),
    "webhooks/WebhookSubscriptions": ("webhooks", _ADMIN),
    "hrm/Costcenters": ("ledger", _LEDGER),
    "hrm/Costunits": ("ledger", _LEDGER),
    "project/Projects": ("ledger", "projects.projects"),
    "sync/Deleted": ("", _ADMIN),
}
_SYNC = {
    "sync/CRM/Accounts": "crm/Accounts",
    "sync/Documents/Documents": "documents/Documents",
    "sync/Financial/GLAccounts": "financial/GLAccounts",
}
_BULK = {
    "bulk/CRM/Accounts": "crm/Accounts",
    "bulk/Documents/Documents": "documents/Documents",
    "bulk/Documents/DocumentAttachments": "documents/DocumentAttachments",
    "bulk/Financial/GLAccounts": "financial/GLAccounts",
    "bulk/Financial/TransactionLines": "financialtransaction/TransactionLines",
    "bulk/Cashflow/Payments": "cashflow/Payments",
}


def _build() -> dict[str, Endpoint]:
    table = {
        path: Endpoint(path, ENTITIES[path], right, scope, source=path)
        for path, (right, scope) in _PLAIN.items()
    }
    table["sync/Deleted"] = Endpoint(
        "sync/Deleted", ENTITIES["sync/Deleted"], "", _ADMIN, 1000, "sync/Deleted", kind="sync"
    )
    for path, source in _SYNC.items():
        right, scope = _PLAIN[source]
        table[path] = Endpoint(path, ENTITIES[path], right, scope, 1000, source, kind="sync")
    for path, source in _BULK.items():
        right, scope = _PLAIN[source]
        table[path] = Endpoint(path, ENTITIES[source], right, scope, 1000, source, kind="bulk")
    return table


ENDPOINTS = _build()
