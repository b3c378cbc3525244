"""The way to Exact: authorisations, connections, lanes, issues, and the mirror of each division's ledger."""

from connections.models.authorisations import Authorisation, Consent
from connections.models.connections import Connection, Mailbox
from connections.models.incidents import ContractDay, Incident
from connections.models.issues import Issue
from connections.models.lanes import Call, Chore, DueRow, Lane, TokenCall
from connections.models.mirror import (
    CostCode,
    Entry,
    EntryLine,
    Journal,
    LedgerAccount,
    PaymentCondition,
    Period,
    Supplier,
    VatCode,
)
from connections.models.reminders import Reminder

__all__ = [
    "Authorisation",
    "Call",
    "Chore",
    "Connection",
    "Consent",
    "ContractDay",
    "CostCode",
    "DueRow",
    "Entry",
    "EntryLine",
    "Incident",
    "Issue",
    "Journal",
    "Lane",
    "LedgerAccount",
    "Mailbox",
    "PaymentCondition",
    "Period",
    "Reminder",
    "Supplier",
    "TokenCall",
    "VatCode",
]
