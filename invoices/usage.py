"""What a firm used in a month, client by client: what one would send a bill for."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from invoices.models import Invoice
from invoices.month_end import first_of

S = Invoice.Status


@dataclass(frozen=True)
class Used:
    """A client's month, by the day on which invoices came in. `client` None: documents that were nobody's."""

    client: Any
    received: int
    booked: int
    by_itself: int
    delivered: int

    @property
    def by_person(self) -> int:
        return self.booked - self.by_itself


def of_month(first: date, organisations: Any) -> list[Used]:
    """What came in in the month that begins at `first`, by client, the busiest first. Needs the scope."""
    zone = timezone.get_current_timezone()
    start, end = (datetime.combine(first_of(first, n), time.min, zone) for n in (0, 1))
    rows = (
        Invoice.objects.filter(created_at__gte=start, created_at__lt=end)
        .order_by()
        .values("organisation")
        .annotate(
            received=Count("pk"),
            booked=Count("pk", filter=Q(status=S.BOOKED)),
            by_itself=Count("pk", filter=Q(status=S.BOOKED, proposal__approved_at__isnull=True)),
            delivered=Count("pk", filter=Q(status=S.DELIVERED)),
        )
    )
    clients = organisations.in_bulk([row["organisation"] for row in rows if row["organisation"]])
    found = [
        Used(
            clients.get(row["organisation"]),
            row["received"],
            row["booked"],
            row["by_itself"],
            row["delivered"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.received, one.client.name if one.client else ""))
