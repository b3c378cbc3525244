"""Usage per month and client, to look at and as a file."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from invoices import usage
from invoices.month_end import first_of
from portal.models import Organisation
from portal.web import FirmRequest, page
from portal.web.sheets import csv_file


@require_GET
@page("manage")
def show(request: FirmRequest) -> HttpResponse:
    """A month; this one without a word in the address."""
    first = _asked(request)
    rows = usage.of_month(first, Organisation.objects.all())
    if "csv" in request.GET:
        heads = [_("KVK number"), _("Client"), _("Received"), _("Booked")]
        heads += [_("by itself"), _("by a person"), _("Delivered")]
        lines = [
            [
                one.client.kvk_number if one.client else "",
                one.client.name if one.client else _("Nobody's yet"),
                one.received,
                one.booked,
                one.by_itself,
                one.by_person,
                one.delivered,
            ]
            for one in rows
        ]
        return csv_file(f"{first:%Y-%m}.csv", heads, lines)
    names = ("received", "booked", "by_itself", "by_person", "delivered")
    return render(
        request,
        "invoices/usage.html",
        {
            "first": first,
            "before": first_of(first, -1),
            "after": first_of(first, 1) if first_of(first, 1) <= timezone.localdate() else None,
            "rows": rows,
            "total": {name: sum(getattr(one, name) for one in rows) for name in names},
        },
    )


def _asked(request: FirmRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("month", "") + "-01")
    except ValueError:
        return first_of(timezone.localdate())
