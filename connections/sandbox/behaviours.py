"""Who handles the writes of which endpoint."""

from __future__ import annotations

from .crud import Plain
from .documents import Attachments, Documents
from .entries import Entries, EntryLines, Payments
from .mailbox import Files, Mailboxes, Messages
from .masters import Accounts, BankAccounts, Coded, Divisions
from .webhooks import Subscriptions

_CODED = (
    "vat/VATCodes", "financial/GLAccounts", "financial/Journals", "cashflow/PaymentConditions", "hrm/Costcenters",
    "hrm/Costunits", "project/Projects",
)  # fmt: skip

BEHAVIOURS: dict[str, Plain] = {
    behaviour.path: behaviour
    for behaviour in (
        Accounts(), BankAccounts(), Documents(), Attachments(), Entries(), EntryLines(), Payments(), Mailboxes(),
        Messages(), Files(), Subscriptions(), Divisions("system/Divisions"), *map(Coded, _CODED),
    )
}  # fmt: skip
