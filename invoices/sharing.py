"""A link that shows one invoice to somebody without an account, for some days.

The link holds all that is needed to find the invoice, signed; nothing of it is stored. It ends on its day, or when
somebody takes all links of the invoice back: each names how often that had been done when it was made.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from invoices import timeline
from invoices.models import Invoice, TimelineEvent
from portal.tenancy import scope

SALT = "invoices.sharing"
DAYS = (1, 7, 30)
SHARED, WITHDRAWN = "invoice.shared", "invoice.unshared"


class Over(Exception):
    """The link was right once: its days are over, or it was taken back."""


@dataclass(frozen=True)
class Link:
    url: str
    expires_at: datetime


def share(invoice: Invoice, days: int, actor: Any) -> Link:
    """A link that shows this invoice for so many days. Needs the scope."""
    expires_at = timezone.now() + timedelta(days=days)
    token = signing.dumps(
        [str(invoice.firm_id), str(invoice.pk), int(expires_at.timestamp()), _withdrawals(invoice)],
        salt=SALT,
    )
    timeline.add(invoice, SHARED, actor=actor, until=expires_at.isoformat())
    return Link(settings.SITE_URL + reverse("shared", args=[token]), expires_at)


def withdraw(invoice: Invoice, actor: Any) -> None:
    """Every link to this invoice that was made so far shows nothing any more. Needs the scope."""
    timeline.add(invoice, WITHDRAWN, actor=actor)


def shared_now(invoice: Invoice) -> bool:
    """Whether a link may still show this invoice. Needs the scope."""
    last = (
        TimelineEvent.objects.filter(invoice=invoice, event__in=[SHARED, WITHDRAWN])
        .order_by("-at", "-id")
        .first()
    )
    if last is None or last.event == WITHDRAWN:
        return False
    links = TimelineEvent.objects.filter(invoice=invoice, event=SHARED).order_by("-at")[:20]
    return any(datetime.fromisoformat(one.detail["until"]) > timezone.now() for one in links)


def find(token: str) -> tuple[UUID, UUID]:
    """(firm, invoice) that a link shows. BadSignature: it is no link of ours; Over: it was one."""
    firm, pk, expires, withdrawals = signing.loads(token, salt=SALT)
    firm_id, invoice_id = UUID(firm), UUID(pk)
    with scope(firm_id):
        invoice = Invoice.objects.filter(pk=invoice_id).first()
        if invoice is None or timezone.now().timestamp() > expires or _withdrawals(invoice) != withdrawals:
            raise Over
    return firm_id, invoice_id


def _withdrawals(invoice: Invoice) -> int:
    return TimelineEvent.objects.filter(invoice=invoice, event=WITHDRAWN).count()
