"""A firm as the helpdesk sees it, and one call of a partner's."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from portal.desk.pages import DeskRequest, page, render
from portal.models import ApiCall, AuditEvent, DeskCase, Firm, Membership, Organisation, Viewing

MOST = 200


@page("firms/<uuid:pk>/", "firm")
def firm(request: DeskRequest, pk: Any) -> HttpResponse:
    """Its people, its clients, who looked along; each client opens its case."""
    row = get_object_or_404(Firm.objects, pk=pk)
    people = Membership.objects.filter(firm=row).select_related("user", "organisation")
    return render(
        request,
        "helpdesk/firm.html",
        {
            "firm_seen": row,
            "people": people.order_by("role", "user__email"),
            "person": request.GET.get("person", ""),
            "clients": Organisation.objects.filter(firm=row).order_by("name")[:MOST],
            "count": Organisation.objects.filter(firm=row).count(),
            "cases": DeskCase.objects.filter(firm=row).select_related("organisation", "assigned_to")[:20],
            "viewings": Viewing.objects.filter(firm=row).select_related("user").order_by("-created_at")[:10],
        },
    )


@page("api-calls/<uuid:pk>/", "api-call")
def api_call(request: DeskRequest, pk: Any) -> HttpResponse:
    """What a partner asked, how it ended, and what was recorded under the same request id."""
    row = get_object_or_404(ApiCall.objects.select_related("firm", "partner"), pk=pk)
    events = AuditEvent.objects.filter(firm=row.firm, request_id=row.request_id).order_by("at")[:50]
    about = [part for part in row.path.split("/") if _is_id(part)]
    return render(
        request,
        "helpdesk/api_call.html",
        {"call": row, "events": events, "find": [f"{reverse('helpdesk:find')}?q={one}" for one in about]},
    )


def _is_id(part: str) -> bool:
    try:
        UUID(part)
    except ValueError:
        return False
    return True
