"""The one door through which documents come in, whatever channel brought them.

`receive` commits the bytes before anything looks at them: whoever gets an answer may forget what they sent.
"""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from invoices import timeline
from invoices.models import Content, Document, Invoice, TimelineEvent
from portal.drill import point
from portal.inserting import insert
from portal.slices import in_slices
from portal.tenancy import scope

log = structlog.get_logger(__name__)

_KNOWN = """
SELECT invoice.id FROM invoices_document document JOIN invoices_invoice invoice ON invoice.document_id = document.id
WHERE document.sha256 = %s AND (%s::uuid IS NULL OR document.organisation_id = %s)
ORDER BY document.created_at LIMIT 1
"""


class Refused(Exception):
    """Nothing was taken in. `code` is stable; `message` is for the person who sent it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Received:
    """The invoice of these bytes; `created` is False when they had come in before, and `invoice` None then."""

    invoice_id: UUID
    created: bool
    invoice: Invoice | None = None


def receive(
    firm_id: UUID,
    data: bytes,
    *,
    channel: str,
    organisation_id: UUID | None = None,
    filename: str = "",
    sender: str = "",
    media_type: str = "",
    external_reference: str = "",
    actor: Any = None,
) -> Received:
    """Keep a document and start its way into the books.

    1. Refuse what is empty or larger than 25 MiB.
    2. The same bytes again (for the same organisation, or anywhere in the firm when none is named): the first
       invoice is the answer.
    3. Else commit Document, Content and Invoice together, then wake a worker.
    """
    if not data:
        raise Refused("empty", "The file is empty. Send the invoice again.")
    if len(data) > settings.INTAKE_MAX_BYTES:
        raise Refused("too_large", "The file is larger than 25 MiB. Send it without its large attachments.")
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        with scope(firm_id):
            if known := _known(sha256, organisation_id):
                return Received(known, created=False)
            invoice = _keep(
                data,
                sha256,
                organisation_id,
                channel,
                filename,
                sender,
                media_type,
                external_reference,
                actor,
            )
            point("intake.before_commit")
    except IntegrityError:
        # The same bytes at the same moment, by another door: the one that committed first is the answer.
        with scope(firm_id):
            known = _known(sha256, organisation_id)
        if known is None:
            raise
        return Received(known, created=False)
    point("intake.committed")
    log.info("document_received", invoice=str(invoice.pk), channel=channel, bytes=len(data))
    return Received(invoice.pk, created=True, invoice=invoice)


def _known(sha256: str, organisation_id: UUID | None) -> UUID | None:
    """The first invoice of these bytes. In SQL by hand: every document asks, and nearly none is known."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [sha256, organisation_id, organisation_id])
        found = cursor.fetchone()
    return found[0] if found else None


def _keep(
    data: bytes,
    sha256: str,
    organisation_id: UUID | None,
    channel: str,
    filename: str,
    sender: str,
    media_type: str,
    external_reference: str,
    actor: Any,
) -> Invoice:
    document = Document(
        organisation_id=organisation_id,
        channel=channel,
        sender=sender[:254],
        filename=filename[:255],
        media_type=media_type or _media_type(data),
        sha256=sha256,
        size=len(data),
    )
    invoice = Invoice(
        document=document,
        organisation_id=organisation_id,
        external_reference=external_reference[:200],
        due_at=timezone.now(),
    )
    told = timeline.new(
        invoice, "invoice.received", actor=actor, channel=channel, filename=filename, sender=sender
    )
    insert(document, Content(document=document, data=data), invoice, told)
    _nothing_else_yet(invoice, told)
    read_soon(invoice.pk)
    return invoice


def _nothing_else_yet(invoice: Invoice, told: TimelineEvent) -> None:
    """What a new invoice cannot have is not asked for when it is shown to who sent it."""
    invoice._state.fields_cache.update(proposal=None, booking=None, full_check=None)
    invoice._prefetched_objects_cache = {"timeline": [told]}  # type: ignore[attr-defined]


def read_soon(invoice_id: UUID) -> None:
    """Wake a worker for this invoice once the transaction is committed; the sweep finds it where none came."""
    from invoices.tasks import process

    transaction.on_commit(lambda: process.delay(str(invoice_id)))


def again(invoice: Invoice) -> None:
    """Let the pipeline take this invoice from the start. Needs the scope."""
    invoice.status, invoice.reason, invoice.reason_values = Invoice.Status.RECEIVED, "", {}
    invoice.issue, invoice.due_at, invoice.attempts = None, timezone.now(), 0
    invoice.save(
        update_fields=["status", "reason", "reason_values", "issue", "due_at", "attempts", "updated_at"]
    )
    read_soon(invoice.pk)


def content(document_id: UUID) -> bytes:
    """The bytes as received. Needs the scope. (The one place that knows where they are kept.)"""
    return in_slices(Content.objects.filter(document_id=document_id), "data")


def _media_type(data: bytes) -> str:
    return "application/pdf" if data.lstrip()[:5] == b"%PDF-" else "application/xml"
