"""One box for everything of the firm: clients, invoices, suppliers."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render

from connections.models import Connection
from invoices.pages.listing import HEAVY, matching, mine
from portal.models import Organisation
from portal.people import rights
from portal.web import FirmRequest, page

MOST = 10


@page(clients=True)
def search(request: FirmRequest) -> HttpResponse:
    """What fits; a single hit opens by itself."""
    q = request.GET.get("q", "").strip()
    if not q:
        return render(request, "invoices/search.html", {"q": q, "clients": [], "invoices": []})
    plain = "".join(c for c in q.upper() if c.isalnum())
    found = rights.narrowed(request.member, Organisation.objects.all(), "pk").filter(
        Q(name__icontains=q)
        | Q(kvk_number__startswith=plain)
        | Q(vat_number=plain)
        | Q(iban=plain)
        | Q(
            connections__in=Connection.objects.filter(division=int(plain))
            if plain.isdecimal() and len(plain) < 10
            else []
        )
    )
    clients = list(found.distinct().order_by("name")[:MOST])
    invoices = list(
        matching(
            mine(request).select_related("organisation").defer(*HEAVY),
            q,
            request.member.organisation_id,
            MOST,
        ).order_by("-created_at")[:MOST]
    )
    if len(clients) + len(invoices) == 1 and not rights.is_client(request.member):
        return redirect("client", pk=clients[0].pk) if clients else redirect("invoice", pk=invoices[0].pk)
    return render(request, "invoices/search.html", {"q": q, "clients": clients, "invoices": invoices})
