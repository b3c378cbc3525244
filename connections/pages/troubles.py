"""What is wrong over all clients, who must act, and what waits for it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from connections import contracts, rechecks
from connections.models import Connection, Issue
from connections.pages import words
from connections.remedies import CATALOGUE
from portal.people import rights
from portal.tenancy import scope
from portal.web import FirmRequest, page
from portal.web.own_pages import next_page

PAGE = 100
WHO = {
    "firm": gettext_lazy("your firm"),
    "client": gettext_lazy("the client"),
    "exact": gettext_lazy("Exact"),
    "helpdesk": gettext_lazy("our helpdesk"),
}


def _mine(request: FirmRequest) -> Any:
    found = Issue.objects.select_related("connection__organisation")
    return rights.narrowed(request.member, found, "connection__organisation_id")


@page(clients=True)
def listing(request: FirmRequest) -> HttpResponse:
    """Open issues, those for which most invoices wait first; or what was mended."""
    mended = request.GET.get("status") == "resolved"
    who = request.GET.get("who", "")
    found = _mine(request).filter(resolved_at__isnull=not mended)
    if who in WHO:
        found = found.filter(code__in=[code for code, row in CATALOGUE.items() if row.who_acts == who])
    rows = words.shown(found.order_by("-resolved_at" if mended else "-opened_at")[:PAGE])
    if not mended:
        rows.sort(key=lambda one: (not one.remedy.blocks_connection, -one.waiting, one.issue.opened_at))
    return render(
        request,
        "connections/issues.html",
        {"rows": rows, "who": who, "mended": mended, "choices": WHO.items(), "most": len(rows) == PAGE},
    )


def _of_contract(request: FirmRequest, pk: Any) -> Issue | None:
    """An issue of a whole contract, as a client company's person sees it: not whose else it is."""
    if not rights.is_client(request.member):
        return None
    own = Connection.objects.filter(organisation=request.member.organisation_id).exclude(
        status="disconnected"
    )
    return next((issue for one in own for issue in contracts.open_issues(one) if issue.pk == pk), None)


@page(clients=True)
def show(request: FirmRequest, pk: Any) -> HttpResponse:
    """One issue: cause, steps, who acts, what waits."""
    (row,) = words.shown([_of_contract(request, pk) or get_object_or_404(_mine(request), pk=pk)])
    return render(request, "connections/issue.html", {"one": row, "issue": row.issue})


@require_POST
@page("settle", scoped=False)
def recheck(request: FirmRequest, pk: Any) -> HttpResponse:
    """Look again; what waited goes on by itself when it is mended."""
    with scope(request.firm.pk):
        get_object_or_404(_mine(request), pk=pk)
    rechecks.recheck(request.firm.pk, pk)
    with scope(request.firm.pk):
        row = get_object_or_404(_mine(request), pk=pk)
    if row.resolved_at is not None:
        messages.success(request, _("Mended. What waited goes on by itself."))
    else:
        messages.warning(request, _("Not mended yet. Follow the steps, then check again."))
    return redirect(next_page(request, f"/issues/{pk}/"))
