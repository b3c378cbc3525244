"""Back to the supplier: what became of its invoice, as Peppol Invoice Responses (BIS 63A), from facts alone.

AB received · IP in process · AP accepted (booked) · RE rejected, with a reason · PD paid (Exact says so). Off unless
the organisation wants it; only for invoices that came by Peppol; each fact is told once, through the same access point.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import requests
import structlog
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from invoices import intake
from invoices.channels.peppol import Gone, Told, adapter
from invoices.formats import Unreadable, read
from invoices.formats.response import Answer, Unanswerable, invoice_response
from invoices.models import Booking, ChannelSettings, Document, Invoice, PeppolEvent, SupplierResponse
from portal.tenancy import scope

log = structlog.get_logger(__name__)

CODES = {
    Invoice.Status.RECEIVED: Answer("AB"),
    Invoice.Status.REVIEW: Answer("IP"),
    Invoice.Status.ON_HOLD: Answer("IP"),
    Invoice.Status.BOOKED: Answer("AP"),
    # No reason on Peppol's list says any of these: REF is a missing order number, UNR a purchase nobody knows of.
    Invoice.Status.REJECTED: Answer("RE", "OTH"),
    Invoice.Status.DUPLICATE: Answer("RE", "OTH", "NOA"),
    Invoice.Status.UNREADABLE: Answer("RE", "OTH", "NIN"),
}
WORDS = {
    Invoice.Status.REJECTED: gettext_lazy("The buyer rejected this invoice."),
    Invoice.Status.DUPLICATE: gettext_lazy("This invoice was received before."),
    Invoice.Status.UNREADABLE: gettext_lazy("This document cannot be read as an invoice."),
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
    status = Invoice.Status(invoice.status)
    with translation.override("nl"):  # as mail to suppliers is
        words = str(invoice.reason_values.get("words") or WORDS.get(status, ""))
    _queue(invoice, replace(CODES[status], words=words[:400]))


def note_paid(booking: Booking) -> None:
    """Exact says the invoice is paid. Needs the scope."""
    invoice = booking.invoice
    if SupplierResponse.objects.filter(invoice=invoice, code="AP").exists():
        _queue(invoice, Answer("PD"))


def _queue(invoice: Invoice, answer: Answer) -> None:
    code = answer.code
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
        reason=answer.reason,
        action=answer.action,
        note=answer.words,
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
        document = Invoice.objects.values_list("document_id", flat=True).get(pk=row.invoice_id)
    error = ""
    try:
        point = adapter(row.access_point)
        answer = Answer(row.code, row.reason, row.action, row.note)
        finished = _document(firm_id, document, row, answer) if point.takes_ubl else b""
        point.respond(Told(row.document_id, row.party, answer, finished))
    except Gone:
        error = "not_wanted"
    except Unanswerable as problem:
        error = problem.missing
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


def _document(firm_id: UUID, document_id: UUID, row: SupplierResponse, answer: Answer) -> bytes:
    """The finished response, from the invoice as its supplier wrote it."""
    with scope(firm_id):
        data = intake.content(document_id)
    try:
        invoice = read(data).invoice
    except Unreadable:
        invoice = None
    if invoice is None:
        raise Unanswerable("unreadable")
    return invoice_response(invoice, answer, number=str(row.pk), on=timezone.localdate(row.created_at))
