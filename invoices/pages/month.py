"""The end of the month as a page: what is open, what did not come, and until when there is time."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from connections.models import Connection
from invoices import month_end
from portal.models import Organisation
from portal.web import FirmRequest, page
from portal.web.paging import uuid_of

CLIENTS = 100  # whose regular invoices one page looks through
OPEN_SHOWN = 50


@require_GET
@page()
def month(request: FirmRequest) -> HttpResponse:
    """The month that the address names; without one this month, in its first week the one before."""
    first = _asked(request)
    end = month_end.first_of(first, 1)
    quarter = month_end.quarter_of(first)
    found = month_end.still_open(end, Organisation.objects.all())
    connections, beyond = _some_clients(request)
    return render(
        request,
        "invoices/month.html",
        {
            "first": first,
            "last": end - timedelta(days=1),
            "before": month_end.first_of(first, -1),
            "after": end if end <= timezone.localdate() else None,
            "due_month": month_end.return_due(first, 1),
            "quarter": (quarter.month - 1) // 3 + 1,
            "due_quarter": month_end.return_due(quarter, 3),
            "open": found[:OPEN_SHOWN],
            "more_open": len(found[OPEN_SHOWN:]),
            "count": sum(one.count for one in found),
            "missing": month_end.missing(first, connections),
            "beyond": beyond,
            "further": "after" in request.GET,
        },
    )


def _asked(request: FirmRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("month", "") + "-01")
    except ValueError:
        today = timezone.localdate()
        return month_end.first_of(today, -1 if today.day <= 7 else 0)


def _some_clients(request: FirmRequest) -> tuple[list[Connection], Any]:
    """The connected clients by name, from the one that the address names on; and after which one there are more."""
    rows = Connection.objects.exclude(status="disconnected").select_related("organisation")
    after = uuid_of(request.GET.get("after", ""))
    here = Organisation.objects.filter(pk=after).first() if after else None
    if here is not None:
        rows = rows.filter(
            Q(organisation__name__gt=here.name)
            | Q(organisation__name=here.name, organisation__pk__gt=here.pk)
        )
    some = list(rows.order_by("organisation__name", "organisation__pk")[: CLIENTS + 1])
    return some[:CLIENTS], some[CLIENTS - 1].organisation_id if len(some) > CLIENTS else None
