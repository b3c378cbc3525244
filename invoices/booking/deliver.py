"""Bringing an invoice's files into Exact: a message into the digital mailbox, or a document with attachments."""

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from connections import issues
from connections.exact import (
    DOCUMENT_ATTACHMENTS,
    DOCUMENTS,
    MAIL_MESSAGE_ATTACHMENTS,
    MAIL_MESSAGES_SENT,
    ExactError,
    eq,
    gt,
)
from connections.lanes import Held
from connections.models import Mailbox
from invoices import intake, timeline
from invoices.booking import refused, steps
from invoices.booking.files import File, files_of
from invoices.booking.steps import Begun, Step
from invoices.models import Booking, Delivery, Invoice

PURCHASE_INVOICE_DOCUMENT = 20  # Documents.Type
PURCHASE_INVOICE_MESSAGE = 1000  # MailMessagesSent.Type
State = Delivery.State


REFERENCE = re.compile(r"\[[0-9a-f]{12}\]$")


def reference(invoice: Invoice) -> str:
    """Our own mark on what we make in Exact, by which it is found again when an answer was lost."""
    return f"[{invoice.pk.hex[-12:]}]"


def subject(invoice: Invoice) -> str:
    """The document's or message's subject; ends in our reference."""
    words = f"{invoice.seller_name} {invoice.number}".strip() or invoice.document.filename or "Factuur"
    return f"{words[:120]} {reference(invoice)}"


Claim = Callable[[Held, Booking, Delivery, Invoice], Begun | None]


def run(held: Held, delivery: Delivery, at_once: Claim) -> tuple[Booking, Begun] | None:
    """All steps of one delivery; goes on where an earlier driver stopped. Gives its booking, if `at_once` claimed it in
    the last record move."""
    claimed: list[tuple[Booking, Begun]] = []
    with held.record():
        invoice = _locked(delivery)
        if refused.already(held, delivery) or not steps.lock(delivery):
            return None
        files = files_of(invoice, intake.content(invoice.document_id))
        if not delivery.files:
            if all(file.too_large for file in files):
                _nothing_fits(delivery, invoice)
            delivery.files = [
                {"name": file.name, "sent": False, "too_large": file.too_large} for file in files
            ]
            _start(invoice)

        def end() -> None:
            booking = _finish(delivery, invoice, files)
            if booking is not None and (begun := at_once(held, booking, delivery, invoice)) is not None:
                claimed.append((booking, begun))

        left = _left(held, delivery, invoice, files)
        if not left:
            end()
            delivery.save()
        else:
            begun = steps.begin(held, delivery, left, end)
    if left:
        steps.carry_out(held, delivery, begun)
    return next(iter(claimed), None)


def _locked(delivery: Delivery) -> Invoice:
    """The invoice as it stands, ours until commit. Needs the scope."""
    rows = Invoice.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("document", "supplier", "proposal").get(pk=delivery.invoice_id)


def _left(held: Held, delivery: Delivery, invoice: Invoice, files: list[File]) -> list[Step]:
    """What is still to be made in Exact, in order: the message or document, then each file. Needs the scope."""
    left = [
        _file(held, delivery, position, file)
        for position, file in enumerate(files)
        if not delivery.files[position]["sent"] and not file.too_large
    ]
    if delivery.way == Delivery.Way.MAILBOX:
        if delivery.message_id is None:
            mailbox = Mailbox.objects.get(connection_id=delivery.connection_id)
            left.insert(0, _message(held, delivery, invoice, mailbox))
    elif delivery.document_id is None:
        left.insert(0, _document(held, delivery, invoice))
    return left


def _nothing_fits(delivery: Delivery, invoice: Invoice) -> None:
    """No file is small enough for Exact. A message without one never becomes a document there, so its booking would
    wait for ever: the entry gets a bare document, and what was only to be delivered says that it cannot be. Needs the
    scope."""
    if not Booking.objects.filter(invoice=invoice).exists():
        raise ExactError("request_too_large", endpoint=MAIL_MESSAGE_ATTACHMENTS.path, method="POST")
    delivery.way = Delivery.Way.DOCUMENT


def _start(invoice: Invoice) -> None:
    if invoice.status == Invoice.Status.READY:  # a person may have rejected it meanwhile
        timeline.move(
            invoice,
            Invoice.Status.BOOKING,
            reason=invoice.reason,
            event="invoice.delivering",
            **invoice.reason_values,
        )


def _document(held: Held, delivery: Delivery, invoice: Invoice) -> Step:
    def find() -> Any:
        assert delivery.sent_at is not None
        recent = gt("Modified", delivery.sent_at - timedelta(days=1))
        return held.exact.first(DOCUMENTS, where=eq("Subject", subject(invoice)) & recent)

    def send() -> Any:
        return held.exact.create(
            DOCUMENTS,
            {
                "Type": PURCHASE_INVOICE_DOCUMENT,
                "Subject": subject(invoice),
                "Account": invoice.supplier.exact_id if invoice.supplier else None,
                "DocumentDate": invoice.issue_date,
                "AmountFC": invoice.total,
                "Currency": invoice.currency or None,
            },
        )

    def keep(made: Any) -> None:
        delivery.document_id = made["ID"]
        timeline.add(invoice, "invoice.document_made", document=str(made["ID"]))

    return Step("document", find, send, keep)


def _message(held: Held, delivery: Delivery, invoice: Invoice, mailbox: Mailbox) -> Step:
    def find() -> Any:
        return held.exact.first(MAIL_MESSAGES_SENT, where=eq("Subject", subject(invoice)))

    def send() -> Any:
        return held.exact.create(
            MAIL_MESSAGES_SENT,
            {
                "Type": PURCHASE_INVOICE_MESSAGE,
                "Subject": subject(invoice),
                "SenderMailboxID": mailbox.sender_id,
                "RecipientMailboxID": mailbox.exact_id,
                "ForDivision": held.exact.division,
            },
        )

    def keep(made: Any) -> None:
        delivery.message_id = made["ID"]
        timeline.add(invoice, "invoice.message_sent", mailbox=mailbox.address)

    return Step("message", find, send, keep)


def _file(held: Held, delivery: Delivery, position: int, file: File) -> Step:
    mailing = delivery.way == Delivery.Way.MAILBOX
    endpoint, parent, name = (
        (MAIL_MESSAGE_ATTACHMENTS, "MailMessageID", "AttachmentFileName")
        if mailing
        else (DOCUMENT_ATTACHMENTS, "Document", "FileName")
    )

    def parent_id() -> Any:
        return delivery.message_id if mailing else delivery.document_id

    def find() -> Any:
        rows = held.exact.rows(endpoint, where=eq(parent, parent_id()))
        return next((row for row in rows if row[name] == file.name), None)

    def send() -> Any:
        payload = {parent: parent_id(), name: file.name, "Attachment": base64.b64encode(file.data).decode()}
        return held.exact.create(endpoint, {**payload, "Type": file.mailbox_type} if mailing else payload)

    def keep(made: Any) -> None:
        delivery.files[position] = {**delivery.files[position], "sent": True}

    return Step(f"file:{position}", find, send, keep)


def _finish(delivery: Delivery, invoice: Invoice, files: list[File]) -> Booking | None:
    """Everything stands in Exact: the booking may go, or the invoice has arrived. The caller saves the delivery. Gives
    the booking, locked, where it may go at once."""
    timeline.as_it_stands(invoice)
    delivery.state, delivery.due_at, delivery.done_at = State.DONE, None, timezone.now()
    kept = [file.name for file in files if file.too_large]
    timeline.add(invoice, "invoice.filed", way=delivery.way, files=len(files) - len(kept), too_large=kept)
    bookings = Booking.objects.select_for_update(no_key=True).filter(invoice=invoice)
    booking = bookings.exclude(state=State.DONE).first()
    waited_for = invoice.issue
    # Exact takes a moment to make a document of a message; looking for several at once costs one call.
    wait = settings.MAILBOX_DOCUMENT_SECONDS if delivery.way == Delivery.Way.MAILBOX else 0
    if booking is None:
        invoice.issue = None
        timeline.move(invoice, Invoice.Status.DELIVERED, reason="delivered", mailbox=delivery.way)
    else:
        if booking.state == State.WAITING:
            booking.due_at = timezone.now() + timedelta(seconds=wait)
            booking.save(update_fields=["due_at", "updated_at"])
    ends_here = waited_for is not None and (
        booking is None or waited_for.values.get("stops", "").startswith("Delivery")
    )
    if waited_for is not None and ends_here and waited_for.resolved_at is None:
        issues.resolve(waited_for, "delivered")
    return None if wait else booking
