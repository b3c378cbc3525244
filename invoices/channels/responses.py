"""Back to the supplier: what became of its invoice, as Peppol Invoice Responses (BIS 63A), from facts alone.

AB received · IP in process · AP accepted (booked) · RE rejected, with a reason · PD paid (Exact says so). Off unless
the organisation wants it; only for invoices that came by Peppol; each fact is told once, through the same access point.
"""

from datetime import timedelta
from uuid import UUID

import requests
import structlog
from django.db.models import F
from django.utils import timezone

from invoices.channels.peppol import Gone, adapter
from invoices.models import Booking, ChannelSettings, Document, Invoice, PeppolEvent, SupplierResponse
from portal.tenancy import scope

log = structlog.get_logger(__name__)

CODES = {
    Invoice.Status.RECEIVED: ("AB", ""),
    Invoice.Status.REVIEW: ("IP", ""),
    Invoice.Status.ON_HOLD: ("IP", ""),
    Invoice.Status.BOOKED: ("AP", ""),
    Invoice.Status.REJECTED: ("RE", "OTH"),
    Invoice.Status.DUPLICATE: ("RE", "REF"),
    Invoice.Status.UNREADABLE: ("RE", "UNR"),
}
FINAL = {"AP", "RE", "PD"}
LEASE = timedelta(minutes=2)
TRIES = 10


def note(invoice: Invoice) -> None:
    """Put what this invoice's status says to its supplier in line. Needs the scope."""
    if invoice.status not in CODES or invoice.organisation_id is None:
        return
    document = invoice.document
    if document.channel != Document.Channel.PEPPOL or ":" not in invoice.external_reference:
        return
    if not ChannelSettings.objects.filter(organisation_id=invoice.organisation_id, responds=True).exists():
        return
    code, reason = CODES[Invoice.Status(invoice.status)]
    _queue(invoice, code, reason, str(invoice.reason_values.get("words", ""))[:400])


def note_paid(booking: Booking) -> None:
    """Exact says the invoice is paid. Needs the scope."""
    invoice = booking.invoice
    if SupplierResponse.objects.filter(invoice=invoice, code="AP").exists():
        _queue(invoice, "PD", "", "")


def _queue(invoice: Invoice, code: str, reason: str, words: str) -> None:
    told = set(SupplierResponse.objects.filter(invoice=invoice).values_list("code", flat=True))
    if code in told or (code not in FINAL and told & FINAL):
        return  # told already, or a step back that the supplier has no use for
    name, _, document_id = invoice.external_reference.partition(":")
    event = PeppolEvent.objects.filter(access_point=name, document_id=document_id).first()
    SupplierResponse.objects.create(
        invoice=invoice,
        access_point=name,
        document_id=document_id,
        party=event.party if event else "",
        code=code,
        reason=reason,
        note=words,
        due_at=timezone.now(),
    )


def send(firm_id: UUID, response_id: UUID) -> None:
    """One try. Gone means that the supplier, or its access point, takes no responses: then that is that."""
    now = timezone.now()
    with scope(firm_id):
        taken = SupplierResponse.objects.filter(pk=response_id, due_at__lte=now).update(
            due_at=now + LEASE, attempts=F("attempts") + 1
        )
        if not taken:
            return
        row = SupplierResponse.objects.get(pk=response_id)
        said = SupplierResponse.objects.filter(invoice=row.invoice_id, sent_at__isnull=False)
        if row.code not in FINAL and said.filter(code__in=FINAL).exists():
            # It failed before, and its supplier knows by now how it ended.
            SupplierResponse.objects.filter(pk=row.pk).update(error="overtaken", due_at=None)
            return
    error = ""
    try:
        adapter(row.access_point).respond(row.document_id, row.party, row.code, row.reason, row.note)
    except Gone:
        error = "not_wanted"
    except (requests.RequestException, KeyError) as problem:
        log.warning("response_failed", code=row.code, error=str(problem)[:200])
        error = "unreachable"
    again = error == "unreachable" and row.attempts < TRIES
    with scope(firm_id):
        SupplierResponse.objects.filter(pk=row.pk).update(
            error=error,
            sent_at=None if error else now,
            due_at=now + timedelta(seconds=60 * 2**row.attempts) if again else None,
        )
