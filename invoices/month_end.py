"""The end of a month: what is still open before the VAT return, and which invoice that comes every month did not.

An invoice is expected when the supplier had an entry in at least three of the four months before. It is missing when
the month has neither an entry nor an invoice of that supplier, and the day on which it usually was there has passed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import ExtractDay, TruncMonth
from django.utils import timezone

from connections.models import Connection, Entry, Supplier
from invoices.models import Invoice

S = Invoice.Status
OPEN = [S.REVIEW, S.ON_HOLD, S.FAILED, S.UNROUTED, S.UNREADABLE, S.RECEIVED, S.READY, S.BOOKING]
LOOK_BACK, OFTEN = 4, 3  # months


@dataclass(frozen=True)
class Missing:
    """An invoice that ought to be there by now. `usually_by`: the day of the month."""

    connection: Connection
    supplier: Supplier
    last: date
    usually_by: int
    amount: Decimal


@dataclass(frozen=True)
class Open:
    """What a client has open up to a day: `oldest` is an invoice's date."""

    organisation: Any
    count: int
    amount: Decimal
    oldest: date | None


def first_of(day: date, months: int = 0) -> date:
    """The first day of this day's month, moved by whole months."""
    at = day.year * 12 + day.month - 1 + months
    return date(at // 12, at % 12 + 1, 1)


def return_due(first: date, months: int) -> date:
    """The last day on which the VAT return of the period that begins at `first` must be filed and paid."""
    return first_of(first, months + 1) - timedelta(days=1)


def quarter_of(first: date) -> date:
    return date(first.year, (first.month - 1) // 3 * 3 + 1, 1)


def still_open(end: date, organisations: Any) -> list[Open]:
    """What is not booked yet of invoices dated before `end`, by client. One query, over what is open alone."""
    rows = (
        Invoice.objects.filter(status__in=OPEN)
        .filter(Q(issue_date__lt=end) | Q(issue_date=None, created_at__date__lt=end))
        .order_by()
        .values("organisation")
        .annotate(n=Count("pk"), amount=Sum("total"), oldest=Min("issue_date"))
    )
    names = organisations.in_bulk([row["organisation"] for row in rows if row["organisation"]])
    found = [
        Open(names.get(row["organisation"]), row["n"], row["amount"] or Decimal(0), row["oldest"])
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.organisation is not None, -one.count))


def missing(first: date, connections: Sequence[Connection], today: date | None = None) -> list[Missing]:
    """The invoices that these clients ought to have in the month that begins at `first`, and have not."""
    today = today or timezone.localdate()
    known = {one.pk: one for one in connections}
    expected = [row for row in _regular(first, known) if not row["here"] and _late(first, row["by"], today)]
    suppliers = {
        (one.connection_id, one.exact_id): one
        for one in Supplier.objects.filter(
            connection__in=known, exact_id__in={row["supplier_id_in_exact"] for row in expected}
        )
    }
    arrived = _arrived(first, known)
    found = []
    for row in expected:
        key = (row["connection"], row["supplier_id_in_exact"])
        supplier = suppliers.get(key)
        if supplier is not None and supplier.pk not in arrived:
            each = row["amount"] / row["entries"]
            found.append(Missing(known[row["connection"]], supplier, row["last"], row["by"], each))
    return sorted(found, key=lambda one: (one.connection.organisation.name, -abs(one.amount)))


def _regular(first: date, known: dict[UUID, Connection]) -> Any:
    """Suppliers that come about every month: one row each, from the index of a supplier's history."""
    before = Q(entry_date__lt=first)
    return (
        Entry.objects.filter(
            connection__in=known,
            entry_date__gte=first_of(first, -LOOK_BACK),
            entry_date__lt=first_of(first, 1),
            gone_at__isnull=True,
        )
        .order_by()
        .values("connection", "supplier_id_in_exact")
        .annotate(
            months=Count(TruncMonth("entry_date"), distinct=True, filter=before),
            entries=Count("pk", filter=before),
            amount=Sum("amount", filter=before),
            by=Max(ExtractDay("entry_date"), filter=before),
            last=Max("entry_date", filter=before),
            here=Count("pk", filter=~before),
        )
        .filter(months__gte=OFTEN)
    )


def _late(first: date, usually_by: int, today: date) -> bool:
    return today >= first_of(first, 1) or (today >= first and today.day > usually_by)


def _arrived(first: date, known: dict[UUID, Connection]) -> set[UUID]:
    """The suppliers of whom an invoice of this month is here, whatever it waits for."""
    return set(
        Invoice.objects.filter(
            organisation__in=[one.organisation_id for one in known.values()],
            issue_date__gte=first,
            issue_date__lt=first_of(first, 1),
            created_at__gte=datetime.combine(first_of(first, -1), time.min, timezone.get_current_timezone()),
            supplier__connection__in=known,
        )
        .exclude(status__in=[S.REJECTED, S.DUPLICATE])
        .order_by()
        .values_list("supplier_id", flat=True)
        .distinct()
    )
