"""What Celery runs for invoices. Every task takes an id; what is to be done stands in the row."""

from uuid import UUID

import structlog
from celery import shared_task
from django.utils import timezone

from invoices import pipeline
from invoices.channels import imap, mail, responses
from invoices.channels.peppol import events
from invoices.judging import full_check
from invoices.knowledge import keeping
from invoices.models import PeppolEvent
from invoices.transfers import moving
from portal.lookups import ask

SWEEP_AT_ONCE = 500
OVERDUE_SECONDS = 10  # a worker was woken for it; give that one a moment


@shared_task
def process(invoice_id: str) -> None:
    for (firm_id,) in ask("firm_of_invoice", invoice_id):
        structlog.contextvars.bind_contextvars(firm=str(firm_id))
        pipeline.process(firm_id, UUID(invoice_id))


@shared_task(expires=60)
def sweep() -> None:
    """Find received invoices that no worker came for."""
    for (invoice_id,) in ask("due_invoices", SWEEP_AT_ONCE, OVERDUE_SECONDS):
        process.delay(str(invoice_id))


@shared_task(expires=30)
def check_in_full() -> None:
    """The full checks that wait, for a few seconds; what is left goes behind everything else that waits."""
    if full_check.sweep():
        check_in_full.delay()


# --- Channels --------------------------------------------------------------------------------------------


@shared_task
def take_mail(firm_id: str, mail_id: str) -> None:
    mail.process(UUID(firm_id), UUID(mail_id))


@shared_task
def fetch_peppol(event_id: str) -> None:
    events.fetch(UUID(event_id))


@shared_task
def tell_supplier(firm_id: str, response_id: str) -> None:
    responses.send(UUID(firm_id), UUID(response_id))


@shared_task(expires=60)
def sweep_channels() -> None:
    """Mails, Peppol events and responses that are due."""
    for firm_id, mail_id in ask("due_mails", SWEEP_AT_ONCE):
        take_mail.delay(str(firm_id), str(mail_id))
    due = PeppolEvent.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
    for event_id in due.values_list("pk", flat=True)[:SWEEP_AT_ONCE]:
        fetch_peppol.delay(str(event_id))
    for firm_id, response_id in ask("due_responses", SWEEP_AT_ONCE):
        tell_supplier.delay(str(firm_id), str(response_id))


@shared_task(expires=60)
def poll_mail() -> None:
    imap.poll()


@shared_task(expires=600)
def poll_peppol() -> None:
    events.poll()


@shared_task
def learn(firm_id: str, connection_id: str, supplier: str | None) -> None:
    """One supplier, or (None) the client at large."""
    keeping.learn_again(UUID(firm_id), UUID(connection_id), UUID(supplier) if supplier else None)


@shared_task(expires=60)
def sweep_learning() -> None:
    """Memories that the ledger has overtaken."""
    for firm_id, connection_id, supplier in ask("stale_memories", SWEEP_AT_ONCE):
        learn.delay(str(firm_id), str(connection_id), str(supplier) if supplier else None)


# --- Clients that move -----------------------------------------------------------------------------------


@shared_task
def move_client(firm_id: str, transfer_id: str) -> None:
    moving.run(UUID(firm_id), UUID(transfer_id))


@shared_task(expires=60)
def sweep_transfers() -> None:
    """Moves that no worker came for, or whose worker died."""
    for firm_id, transfer_id in ask("due_transfers", 20):
        move_client.delay(str(firm_id), str(transfer_id))
