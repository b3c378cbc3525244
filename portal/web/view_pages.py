"""Saved views: a list as somebody likes to see it, kept under a name of their own."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.models import SavedView
from portal.web import FirmRequest, page

LISTS = ("clients", "invoices")  # the names of the pages that have views
PLACE = {"before", "after", "page"}  # where one was in the list is not part of the view
MOST = 30


def saved(request: FirmRequest, name: str) -> dict[str, Any]:
    """What `portal/parts/saved_views.html` shows on this list. Needs the scope."""
    now = tidied(request.GET.urlencode())
    rows = SavedView.objects.filter(user_id=str(request.user.pk), page=name).order_by("name")[:MOST]
    return {"page": name, "rows": rows, "query": now, "known": any(row.query == now for row in rows)}


def tidied(query: str) -> str:
    """The part of the address that makes the view, always in the same order."""
    return urlencode(sorted((name, value) for name, value in parse_qsl(query) if name not in PLACE))[:500]


@require_POST
@page(clients=True)
def save(request: FirmRequest) -> HttpResponse:
    """Keep the list as it is under a name; a name that is there already means something else from now on."""
    where, name = request.POST.get("page", ""), request.POST.get("name", "").strip()[:60]
    query = tidied(request.POST.get("query", ""))
    if where not in LISTS:
        raise Http404
    if name and query:
        SavedView.objects.update_or_create(
            user_id=str(request.user.pk), page=where, name=name, defaults={"query": query}
        )
        messages.success(request, _("The view “%(name)s” is kept.") % {"name": name})
    return redirect(f"{reverse(where)}?{query}")


@require_POST
@page(clients=True)
def remove(request: FirmRequest, pk: Any) -> HttpResponse:
    """Forget a view of one's own."""
    row = SavedView.objects.filter(user_id=str(request.user.pk), pk=pk).first()
    if row is None:
        raise Http404
    row.delete()
    return redirect(row.page)
