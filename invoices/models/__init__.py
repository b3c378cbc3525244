"""From bytes to booked: documents, invoices, proposals, and the two outbox rows."""

from invoices.models.approvals import ApprovalOrder, ClientApproval, ClientApproves
from invoices.models.backtests import BackTest
from invoices.models.channels import (
    ChannelSettings,
    HeldArrival,
    KvkRoute,
    MailMessage,
    MailSender,
    PeppolEvent,
    SupplierResponse,
)
from invoices.models.checks import FullCheck
from invoices.models.documents import Content, Document
from invoices.models.invoices import Invoice, TimelineEvent
from invoices.models.learning import Bookkeeping, SupplierMemory
from invoices.models.outbox import Booking, Delivery
from invoices.models.proposals import Proposal, ProposalLine
from invoices.models.rules import BookingRule, BookingRuleVersion
from invoices.models.sellers import Seller
from invoices.models.suppliers import ConfirmedAccount, SupplierChoice, SupplierTask
from invoices.models.transfers import Transfer, TransferPiece

__all__ = [
    "ApprovalOrder",
    "BackTest",
    "Booking",
    "BookingRule",
    "BookingRuleVersion",
    "Bookkeeping",
    "ChannelSettings",
    "ClientApproval",
    "ClientApproves",
    "ConfirmedAccount",
    "Content",
    "Delivery",
    "Document",
    "FullCheck",
    "HeldArrival",
    "Invoice",
    "KvkRoute",
    "MailMessage",
    "MailSender",
    "PeppolEvent",
    "Proposal",
    "ProposalLine",
    "Seller",
    "SupplierChoice",
    "SupplierMemory",
    "SupplierResponse",
    "SupplierTask",
    "TimelineEvent",
    "Transfer",
    "TransferPiece",
]
