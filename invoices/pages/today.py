"""The start page: what needs somebody, what stands still, and what went by itself."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from connections.models import Connection, Incident, Issue
from connections.pages import words as issue_words
from invoices.demo import example as examples
from invoices.models import Invoice
from invoices.pages.listing import WAITING, mine
from portal.models import Organisation
from portal.people import rights
from portal.web import FirmRequest, page
from portal.web.own_pages import TRIAL

S = Invoice.Status
DAYS = 30
PAST_SECONDS = 3600
MOST = 1000  # a number on this page counts no further


@page(clients=True)
def today(request: FirmRequest) -> HttpResponse:
    """Everything links to the list behind it."""
    counts = {status: _capped(mine(request).filter(status=status)) for status in WAITING}
    connections = rights.narrowed(request.member, Connection.objects.exclude(status="disconnected"))
    days = chart(request)
    clients = rights.narrowed(request.member, Organisation.objects.all(), "pk")
    return render(
        request,
        "invoices/today.html",
        {
            "counts": counts,
            "waiting": sum(counts.values()),
            "stuck": list(connections.filter(status="blocked").select_related("organisation")[:8]),
            "pending": list(connections.filter(status="pending").select_related("organisation")[:8]),
            "found": issues(request),
            "days": days,
            "share": share(days),
            "yesterday": days[-2:] if days else [],
            "by_itself_lately": sum(day["by_itself"] for day in days[-2:]),
            "incidents": list(Incident.objects.filter(resolved_at__isnull=True)),
            "clients": clients.order_by()[:1].count(),
            "steps": first_steps(request) if not rights.is_client(request.member) else None,
        },
    )


def _capped(found: Any) -> int:
    return found.order_by()[:MOST].count()


def issues(request: FirmRequest) -> list[issue_words.Shown]:
    """The open issues that hold up most, by who can act."""
    found = Issue.objects.filter(resolved_at__isnull=True).select_related("connection__organisation")
    found = rights.narrowed(request.member, found, "connection__organisation_id")
    rows = issue_words.shown(found.order_by("-opened_at")[:30])
    rows.sort(key=lambda one: (not one.remedy.blocks_connection, -one.waiting, one.issue.opened_at))
    return sorted(rows[:6], key=lambda one: str(one.who))


def chart(request: FirmRequest) -> list[dict[str, Any]]:
    """Thirty days: received, booked by itself, by a person, stopped; by the day an invoice came in.

    Today and yesterday as they are now; of the days before it is enough to count them once an hour.
    """
    now = timezone.localdate()
    first, lately = now - timedelta(days=DAYS - 1), now - timedelta(days=1)
    key = f"today:{request.firm.pk}:{request.member.organisation_id or ''}:{now}"
    past = cache.get(key)
    if past is None:
        past = counted(request, first, lately)
        cache.set(key, past, PAST_SECONDS)
    known = past | counted(request, lately, now + timedelta(days=1))
    days = [_day(first + timedelta(days=i), known) for i in range(DAYS)]
    top = max((day["received"] for day in days), default=0) or 1
    for i, day in enumerate(days):
        day.update(_bars(i, day, top))
    return days


def counted(request: FirmRequest, first: date, end: date) -> dict[date, dict[str, Any]]:
    """What came in from this day until before that one, by day."""
    start, stop = (timezone.make_aware(datetime.combine(day, time.min)) for day in (first, end))
    rows = (
        mine(request)
        .filter(created_at__gte=start, created_at__lt=stop)
        .order_by()
        .annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(
            received=Count("pk"),
            by_itself=Count("pk", filter=Q(status=S.BOOKED, proposal__approved_at__isnull=True)),
            by_person=Count("pk", filter=Q(status=S.BOOKED, proposal__approved_at__isnull=False)),
            stopped=Count("pk", filter=Q(status__in=WAITING)),
        )
    )
    return {row["day"]: dict(row) for row in rows}


def _day(day: date, known: dict[date, dict[str, Any]]) -> dict[str, Any]:
    row = known.get(day, {})
    return {
        "day": day,
        **{name: row.get(name, 0) for name in ("received", "by_itself", "by_person", "stopped")},
    }


HEIGHT = 100


def _bars(i: int, day: dict[str, Any], top: int) -> dict[str, Any]:
    """The day's bar: pieces from the bottom up, as (kind, y, height) in a picture of HEIGHT."""
    rest = day["received"] - day["by_itself"] - day["by_person"] - day["stopped"]
    pieces, y = [], float(HEIGHT)
    for kind, n in (
        ("good", day["by_itself"]),
        ("info", day["by_person"]),
        ("warn", day["stopped"]),
        ("mute", rest),
    ):
        if n > 0:
            height = n * HEIGHT / top
            y -= height
            pieces.append({"kind": kind, "y": f"{y:.2f}", "height": f"{height:.2f}"})
    return {"x": i * 10, "pieces": pieces}


def share(days: list[dict[str, Any]]) -> int | None:
    """Of what was booked in these days, how many in a hundred without hands."""
    by_itself, by_person = (sum(day[name] for day in days) for name in ("by_itself", "by_person"))
    return round(100 * by_itself / (by_itself + by_person)) if by_itself + by_person else None


def first_steps(request: FirmRequest) -> dict[str, Any] | None:
    """A new firm's three steps to its first booked invoice; None once the way has been walked.

    `trial`: whether this installation has a sandbox of Exact in which it may be tried first; `example`: in it, whether
    an invoice to send can be given.
    """
    if Invoice.objects.filter(status=S.BOOKED).exists():
        return None
    client = Organisation.objects.order_by("created_at").first()
    connected = Connection.objects.filter(status="active").select_related("organisation").first()
    trial = TRIAL in settings.EXACT_SITES and not request.firm.sandbox and connected is None
    example = request.firm.sandbox and examples.possible(connected)
    return {"client": client, "connected": connected, "trial": trial, "example": example}
