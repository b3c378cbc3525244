"""A client's suppliers: how each is booked, and whether it may be booked by itself."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from connections.models import Connection, Supplier
from connections.normal import plain_name
from invoices.proposing import habits
from portal.models import Organisation
from portal.web import FirmRequest, page
from portal.web.paging import uuid_of

PAGE = 30


@require_GET
@page()
def listing(request: FirmRequest, pk: Any) -> HttpResponse:
    """By name; a search finds the beginning of a name, a code or a number."""
    client = get_object_or_404(Organisation.objects, pk=pk)
    connection = Connection.objects.filter(organisation=client).exclude(status="disconnected").first()
    q = request.GET.get("q", "").strip()
    found = Supplier.objects.filter(connection=connection, gone_at__isnull=True)
    if q:
        number = "".join(c for c in q.upper() if c.isalnum())
        found = found.filter(
            Q(name__istartswith=q)
            | Q(name_plain__startswith=plain_name(q))
            | Q(code=q)
            | Q(kvk_number=number)
            | Q(vat_number=number)
        )
    after = uuid_of(request.GET.get("after", ""))
    here = Supplier.objects.filter(pk=after).first() if after else None
    if here is not None:
        found = found.filter(Q(name__gt=here.name) | Q(name=here.name, pk__gt=here.pk), name__gte=here.name)
    rows = list(found.order_by("name", "pk")[: PAGE + 1]) if connection else []
    return render(
        request,
        "invoices/suppliers.html",
        {
            "client": client,
            "connection": connection,
            "habits": habits.of(connection, rows[:PAGE]) if connection else [],
            "next": rows[PAGE - 1].pk if len(rows) > PAGE else None,
            "query": q,
        },
    )
