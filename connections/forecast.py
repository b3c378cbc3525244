"""Will the calls last? What one administration has left today, what an invoice costs, and when it runs out.

Everything is counted, nothing is promised: calls from the flight recorder, what is left from Exact's own headers (and
from the contract's day, which all its administrations share), booking lines from the purchase entries that we see.
Exact counts the lines of every journal, so the true number of lines is at least ours.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from connections import allowance, issues, lanes
from connections.exact import Budget, Window
from connections.exact.limits import day_ends
from connections.models import Call, Connection, EntryLine, Lane
from connections.packages import EDITIONS, Edition, Package
from portal.api.fields import rfc3339

MEASURED_OVER = timedelta(days=7)
RATE_OVER = timedelta(hours=1)
ENOUGH_INVOICES = 5  # to measure what one costs; with fewer the expected cost is taken
EXPECTED_COST = {"mailbox": 5.2, "document": 4.2}  # calls for an invoice of two files
LINES_LOW = 0.8  # of a month's booking lines: somebody should know


@dataclass(frozen=True)
class Forecast:
    """`runs_out_at` None: not today, as far as the last hour tells. Money it is not: all numbers are calls or lines.

    `helps` is the smallest edition in which it would not run out, None when it does not or when none would.
    """

    calls_per_invoice: float
    measured: bool
    minute: Window
    day: Window | None  # None: this package has no limit of its own for the administration
    contract_limit: int
    contract_left: int
    left_today: int
    invoices_left_today: int
    waiting: int
    runs_out_at: datetime | None
    resets_at: datetime
    booking_lines: int
    booking_lines_limit: int
    lines_run_out_on: date | None
    package: Package
    helps: Edition | None


def of(connection: Connection) -> Forecast:
    """The forecast of one connection. Needs the scope; five queries."""
    now = timezone.now()
    lane = Lane.objects.filter(connection=connection).first()
    budget = Budget.from_json(lane.budget if lane else {}, minute_seconds=settings.EXACT_MINUTE_SECONDS).at(
        now
    )
    assert budget.minute is not None and budget.day is not None
    package = Package.from_json(connection.package)
    key, whole = allowance.whose(connection)
    contract_left = max(0, whole - allowance.spent_today(connection.site, key)) if key else whole
    left = min(budget.day.remaining, contract_left) if package.edition.day else contract_left
    cost, measured = _cost(connection, now)
    waiting = waiting_rows(connection)
    out = _runs_out(connection, left, waiting * cost, now)
    lines = booking_lines(connection, now)
    return Forecast(
        calls_per_invoice=cost,
        measured=measured,
        minute=budget.minute,
        day=budget.day if package.edition.day else None,
        contract_limit=whole,
        contract_left=contract_left,
        left_today=left,
        invoices_left_today=int(left / cost),
        waiting=waiting,
        runs_out_at=out,
        resets_at=day_ends(now),
        booking_lines=lines,
        booking_lines_limit=package.edition.booking_lines_month,
        lines_run_out_on=_lines_run_out(lines, package.edition.booking_lines_month, now),
        package=package,
        helps=_helps(package.edition, out is not None, lines, now),
    )


def _cost(connection: Connection, now: datetime) -> tuple[float, bool]:
    """Calls for one invoice: measured over the last week, or what we expect of the way of delivery."""
    made = Call.objects.filter(connection=connection, at__gte=now - MEASURED_OVER, subject__isnull=False)
    seen = made.aggregate(calls=Count("*"), invoices=Count("subject", distinct=True))
    if seen["invoices"] >= ENOUGH_INVOICES:
        return round(seen["calls"] / seen["invoices"], 1), True
    way = connection.delivery or settings.EXACT_DEFAULT_DELIVERY
    return EXPECTED_COST.get(way, EXPECTED_COST["mailbox"]), False


def waiting_rows(connection: Connection) -> int:
    """What waits in the lane besides its chores: deliveries and bookings, at most one of which an invoice has due."""
    return lanes.waiting(connection, without="chore")


def _runs_out(connection: Connection, left: float, needed: float, now: datetime) -> datetime | None:
    """When, at the pace of the last hour. What waits is spent first, as fast as the minutes allow."""
    midnight = day_ends(now)
    a_minute = Budget().at(now).minute
    assert a_minute is not None
    if needed >= left:
        minutes = left / a_minute.limit
        return min(now + timedelta(minutes=minutes), midnight)
    calls = Call.objects.filter(connection=connection, at__gte=now - RATE_OVER).count()
    if not calls:
        return None
    out = now + RATE_OVER * ((left - needed) / calls)
    return out if out < midnight else None


# --- Booking lines -------------------------------------------------------------------------------------------


def booking_lines(connection: Connection, now: datetime | None = None) -> int:
    """The purchase lines that were booked or changed in this administration this month, whoever did it."""
    first = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = EntryLine.objects.filter(entry__connection=connection, entry__modified_at__gte=first)
    return found.count()


def _lines_run_out(lines: int, limit: int, now: datetime) -> date | None:
    """The day of this month on which the lines are used up, at the pace so far."""
    today = timezone.localdate(now)
    if lines == 0:
        return None
    if lines >= limit:
        return today
    day = today.replace(day=1) + timedelta(days=limit / (lines / today.day))
    return day if (day.year, day.month) == (today.year, today.month) else None


def _helps(edition: Edition, calls_run_out: bool, lines: int, now: datetime) -> Edition | None:
    lines_run_out = _lines_run_out(lines, edition.booking_lines_month, now) is not None
    for larger in EDITIONS[EDITIONS.index(edition) + 1 :]:
        more_calls = not calls_run_out or larger.whole_day > edition.whole_day
        enough_lines = not lines_run_out or _lines_run_out(lines, larger.booking_lines_month, now) is None
        if (calls_run_out or lines_run_out) and more_calls and enough_lines:
            return larger
    return None


def watch(connection: Connection) -> None:
    """Open and close the warnings about booking lines; asked by the nightly check. Needs the scope."""
    lines = booking_lines(connection)
    limit = Package.from_json(connection.package).edition.booking_lines_month
    used_up, low = lines >= limit, LINES_LOW * limit <= lines < limit
    for code, true in (("booking_lines_used_up", used_up), ("booking_lines_low", low)):
        if true:
            issues.open_issue(code, connection=connection, lines=lines, limit=limit)
        else:
            issues.resolve_code(connection, code, by="counted")


def as_json(forecast: Forecast) -> dict[str, Any]:
    """For the API."""
    return {
        "calls_per_invoice": str(forecast.calls_per_invoice),
        "measured": forecast.measured,
        "left_today": forecast.left_today,
        "invoices_left_today": forecast.invoices_left_today,
        "waiting": forecast.waiting,
        "runs_out_at": rfc3339(forecast.runs_out_at),
        "resets_at": rfc3339(forecast.resets_at),
        "contract": {"limit": forecast.contract_limit, "remaining": forecast.contract_left},
        "booking_lines": {
            "this_month": forecast.booking_lines,
            "limit": forecast.booking_lines_limit,
            "run_out_on": forecast.lines_run_out_on.isoformat() if forecast.lines_run_out_on else None,
        },
        "package": {
            "type": forecast.package.type.code if forecast.package.type else None,
            "edition": forecast.package.edition.code,
            "trial": forecast.package.trial,
            "confidence": str(forecast.package.confidence),
        },
        "helps": forecast.helps.code if forecast.helps else None,
    }
