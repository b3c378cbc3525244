"""From an access point's notice to a document of ours: noted first, answered 2xx, fetched in a job, taken in once."""

from datetime import timedelta
from uuid import UUID

import requests
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from invoices import intake
from invoices.channels import responses, routes
from invoices.channels.peppol import Gone, Notice, adapter
from invoices.formats import Unreadable, read
from invoices.models import Document, PeppolEvent
from invoices.parties import buyer_of
from portal.tenancy import scope

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
TRIES = 14  # with growing gaps: about three days


def note(name: str, notice: Notice) -> bool:
    """Commit an event, once for each document. False: it was known."""
    from invoices.tasks import fetch_peppol

    with transaction.atomic():
        row, made = PeppolEvent.objects.get_or_create(
            access_point=name,
            document_id=notice.document_id,
            defaults={
                "topic": notice.topic,
                "party": notice.party,
                "kvk_number": notice.kvk_number,
                "sender": notice.sender,
                "due_at": timezone.now(),
            },
        )
        if made:
            transaction.on_commit(lambda: fetch_peppol.delay(str(row.pk)))
    return made


def poll() -> int:
    """Ask each access point what came lately, in case a notice got lost. How many were new."""
    new = 0
    for name in settings.PEPPOL_ACCESS_POINTS:
        try:
            new += sum(note(name, notice) for notice in adapter(name).recent())
        except (requests.RequestException, Gone, ValueError) as error:
            log.warning("peppol_poll_failed", access_point=name, error=str(error)[:200])
    return new


def fetch(event_id: UUID) -> None:
    """Fetch the document of an event and take it in; later again when that fails."""
    now = timezone.now()
    taken = PeppolEvent.objects.filter(pk=event_id, due_at__lte=now).update(
        due_at=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return
    event = PeppolEvent.objects.get(pk=event_id)
    notice = Notice(event.document_id, event.party, event.topic, event.sender)
    try:
        data = adapter(event.access_point).fetch(notice)
    except Gone:
        _done(event, "gone")
        return
    except (requests.RequestException, KeyError, ValueError) as error:
        log.warning("peppol_fetch_failed", document=event.document_id, error=str(error)[:200])
        wait = timedelta(seconds=min(6 * 3600, 30 * 2**event.attempts))
        PeppolEvent.objects.filter(pk=event.pk).update(
            due_at=now + wait if event.attempts < TRIES else None, outcome="unreachable"
        )
        return
    _done(event, _take_in(event, data))


def _take_in(event: PeppolEvent, data: bytes) -> str:
    number = event.kvk_number or _buyer(data)
    try:
        found = routes.route(number) if number else None
    except routes.Contested as contested:
        routes.hold(number, Document.Channel.PEPPOL, data, contested, sender=event.sender)
        return "held"
    if found is None:
        return "party_unknown"
    try:
        received = intake.receive(
            found.firm_id,
            data,
            channel=Document.Channel.PEPPOL,
            organisation_id=found.organisation_id,
            sender=event.sender,
            external_reference=f"{event.access_point}:{event.document_id}",
        )
    except intake.Refused as refused:
        return refused.code
    if received.invoice is not None:
        with scope(found.firm_id):
            responses.note(received.invoice)
    return "taken"


def _buyer(data: bytes) -> str:
    """The buyer's KVK number, where the notice named no party under that scheme."""
    try:
        content = read(data).invoice
    except Unreadable:
        return ""
    return buyer_of(content).kvk if content else ""


def _done(event: PeppolEvent, outcome: str) -> None:
    PeppolEvent.objects.filter(pk=event.pk).update(due_at=None, outcome=outcome, done_at=timezone.now())
    log.info("peppol_event_done", access_point=event.access_point, outcome=outcome)
