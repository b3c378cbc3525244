"""The full check of an e-invoice: every published rule of EN 16931 and Peppol, shown and never enforced.

It takes a second of a process of its own, and nobody waits for it. So it is asked for as a row in the transaction that
reads the invoice, and a sweep works the rows one after another for a few seconds at a time: a thousand invoices that
come in together are read, judged and booked first.
"""

import time
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db.models import F
from django.utils import timezone

from invoices import intake
from invoices.formats import Unreadable, read
from invoices.formats.official import NOT_JUDGED, official_findings
from invoices.formats.pdf import is_pdf
from invoices.formats.rules import Finding
from invoices.models import FullCheck, Invoice
from portal.lookups import ask as ask_all
from portal.tenancy import scope

log = structlog.get_logger(__name__)

SLICE_SECONDS = 10.0
AT_ONCE = 50
LEASE = timedelta(minutes=2)  # longer than a check may take; who died meanwhile is followed by another
MOST_ATTEMPTS = 3
MOST_KEPT = 200  # findings; ten thousand bad lines are no longer read by anybody


def ask(invoice: Invoice) -> None:
    """Have this invoice checked, once: its document never changes. Needs the scope."""
    FullCheck.objects.get_or_create(invoice=invoice, defaults={"due_at": timezone.now()})


def sweep(seconds: float = SLICE_SECONDS) -> bool:
    """Work what is due for a while. True: there is more."""
    ends = time.monotonic() + seconds
    while due := ask_all("due_full_checks", AT_ONCE):
        for firm_id, check_id in due:
            run(firm_id, check_id)
            if time.monotonic() >= ends:
                return True
    return False


def run(firm_id: UUID, check_id: UUID) -> None:
    """One check: claim, judge in the other process, record."""
    with scope(firm_id):
        now = timezone.now()
        claimed = FullCheck.objects.filter(pk=check_id, due_at__lte=now).update(
            due_at=now + LEASE, attempts=F("attempts") + 1
        )
        if not claimed:
            return  # another sweep has it
        check = FullCheck.objects.select_related("invoice").get(pk=check_id)
        data = intake.content(check.invoice.document_id)
    found = _judge(data) if check.attempts <= MOST_ATTEMPTS else [_not_judged("aborted")]
    with scope(firm_id):
        FullCheck.objects.filter(pk=check_id).update(
            findings=[_plain(one) for one in found[:MOST_KEPT]], done_at=timezone.now(), due_at=None
        )
    log.info("full_check", invoice=str(check.invoice_id), findings=len(found))


def _judge(data: bytes) -> list[Finding]:
    """Schema and rules of the XML in this document, in the order in which the rules were published."""
    try:
        xml = read(data).xml if is_pdf(data) else data
        return list(official_findings(xml)) if xml else [_not_judged("no_xml")]
    except Unreadable as problem:
        return [_not_judged(problem.code)]


def _not_judged(reason: str) -> Finding:
    return Finding(NOT_JUDGED, "info", False, "–", {"reason": reason})


def _plain(one: Finding) -> dict[str, Any]:
    return {key: value for key, value in asdict(one).items() if value not in (None, "")}


def state(check: FullCheck | None) -> str:
    """none (nothing to check), pending, not_judged, or done."""
    if check is None:
        return "none"
    if check.findings is None:
        return "pending"
    return "not_judged" if any(one["rule"] == NOT_JUDGED for one in check.findings) else "done"


def findings(check: FullCheck | None, own: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What it found beyond our own findings: a rule that we judge ourselves is said once, in our words."""
    said = {one["rule"] for one in own}
    return [one for one in (check.findings if check and check.findings else []) if one["rule"] not in said]
