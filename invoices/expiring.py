"""Documents and what hangs on them, thrown away when their firm's years are over (`portal.retention`).

A document goes with its bytes, its invoice, the proposal, the timeline and the rows of its delivery and booking: what
is left without the paper proves nothing. The seller's name goes with its last invoice, a mail as it came, with its own
years.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from invoices.models import Document, MailMessage, Seller
from portal import retention


def _oldest(model: Any, firm_id: UUID, before: datetime, at_most: int) -> int:
    """Throw away the oldest that came in before then; how many. Within staff()."""
    old = model.objects.filter(firm_id=firm_id, created_at__lt=before).order_by("created_at")
    return retention.purge(model.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:at_most])))


def documents(firm_id: UUID, before: datetime, at_most: int) -> int:
    return _oldest(Document, firm_id, before, at_most)


def mails(firm_id: UUID, before: datetime, at_most: int) -> int:
    return _oldest(MailMessage, firm_id, before, at_most)


def sellers(firm_id: UUID, before: datetime, at_most: int) -> int:
    """Names of whom nothing is left: their last invoice came in before then."""
    old = Seller.objects.filter(firm_id=firm_id, last_on__lt=before.date())
    return retention.purge(Seller.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:at_most])))


def register() -> None:
    """Called when the room is ready."""
    retention.register("documents", documents)
    retention.register("sellers", sellers)
    retention.register("mails", mails)
