"""Quality for the team lead: how often invoices stop and why, who mends it, how long they take to be booked."""

import csv
from datetime import timedelta
from typing import Any

from django.db import connections
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from connections.desk import mended
from connections.desk.catalogue import length
from connections.remedies import remedy
from portal.desk.pages import DeskRequest, page, render

DAYS = (7, 30, 90)
BY = {"client": _("client"), "firm": _("firm"), "helpdesk": _("helpdesk"), "itself": _("itself")}

INVOICES = "SELECT count(*) FROM invoices_invoice WHERE created_at >= %s AND created_at < %s"
BOOKED = """
SELECT count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM b.done_at - i.created_at)),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM b.done_at - i.created_at))
FROM invoices_booking b JOIN invoices_invoice i ON i.id = b.invoice_id
WHERE b.done_at >= %s AND b.done_at < %s AND b.state = 'done' AND NOT b.adopted
"""


def figures(days: int) -> dict[str, Any]:
    """Everything the page and the export show, over the last days. Needs the staff scope."""
    until = timezone.now()
    since = until - timedelta(days=days)
    with connections["staff"].cursor() as cursor:
        cursor.execute(INVOICES, [since, until])
        invoices = cursor.fetchone()[0]
        cursor.execute(BOOKED, [since, until])
        booked, median, slow = cursor.fetchone()
    causes: list[dict[str, Any]] = []
    by = dict.fromkeys(BY, 0)
    for tally in sorted(mended.tallies(since, until).values(), key=lambda one: (-one.opened, one.code)):
        who = tally.by()
        for name, count in who.items():
            by[name] += count
        rate = 1000 * tally.opened / invoices if invoices else None
        causes.append({"tally": tally, "title": remedy(tally.code).words().title, "rate": rate, "by": who,
                       "median": length(tally.median)})  # fmt: skip
    stops = sum(one["tally"].opened for one in causes)
    over = sum(by.values())
    return {
        "since": since,
        "until": until,
        "days": days,
        "invoices": invoices,
        "booked": booked,
        "median": median,
        "slow": slow,
        "stops": stops,
        "rate": 1000 * stops / invoices if invoices else None,
        "causes": causes,
        "by": [(BY[name], count, count / over if over else None) for name, count in by.items()],
    }


def _days(request: DeskRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, DAYS) else 30


@page("quality/", "quality")
def quality(request: DeskRequest) -> HttpResponse:
    """The figures."""
    found = figures(_days(request))
    found |= {"median": length(found["median"]), "slow": length(found["slow"]), "choices": DAYS}
    return render(request, "helpdesk/quality.html", found)


@page("quality.csv", "quality-export")
def export(request: DeskRequest) -> HttpResponse:
    """The same as a file for a spreadsheet; seconds and plain numbers."""
    found = figures(_days(request))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = (
        f'attachment; filename="quality-{found["until"]:%Y-%m-%d}-{found["days"]}d.csv"'
    )
    out = csv.writer(answer)
    out.writerow(
        [
            "code",
            "opened",
            "per_1000_invoices",
            "client",
            "firm",
            "helpdesk",
            "itself",
            "median_seconds_to_mended",
        ]
    )
    for one in found["causes"]:
        rate = "" if one["rate"] is None else f"{one['rate']:.2f}"
        median = "" if one["tally"].median is None else round(one["tally"].median)
        out.writerow([one["tally"].code, one["tally"].opened, rate, *one["by"].values(), median])
    out.writerow([])
    out.writerow(["invoices", "booked", "median_seconds_to_booked", "p95_seconds_to_booked"])
    out.writerow(
        [
            found["invoices"],
            found["booked"],
            *("" if one is None else round(one) for one in (found["median"], found["slow"])),
        ]
    )
    return answer
