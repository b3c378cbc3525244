"""invoices/ of the REST API."""

from invoices.api.acts import (
    InvoiceApprove,
    InvoiceProposal,
    InvoiceReject,
    InvoiceRelease,
    InvoiceRetry,
    InvoiceUndo,
    OfferAgain,
)
from invoices.api.files import InvoiceAttachment, InvoiceAttachments, InvoiceSource
from invoices.api.invoices import InvoiceDetail, Invoices
from invoices.api.preflight import InvoicePreflight

__all__ = [
    "InvoiceApprove",
    "InvoiceAttachment",
    "InvoiceAttachments",
    "InvoiceDetail",
    "InvoicePreflight",
    "InvoiceProposal",
    "InvoiceReject",
    "InvoiceRelease",
    "InvoiceRetry",
    "InvoiceSource",
    "InvoiceUndo",
    "Invoices",
    "OfferAgain",
]
