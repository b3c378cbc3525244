"""The list of invoices: by state, client, and what somebody remembers of them."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from connections import contracts
from connections.models import Connection, Issue
from connections.normal import normalise_number
from invoices import reasons
from invoices.models import Invoice
from portal.lookups import ask
from portal.models import Organisation
from portal.people import rights
from portal.web import FirmRequest, page, view_pages
from portal.web.paging import newest
from portal.web.paging import uuid_of as uuid

S = Invoice.Status
MOST = 250  # hits of a search; who has more says more
HEAVY = ("content", "findings", "candidates", "duplicates")  # what a list never shows

# The states as people think of them: what needs somebody, what is on its way, what is done.
GROUPS: dict[str, tuple[Any, list[str]]] = {
    "needs": (_("Needs somebody"), [S.REVIEW, S.ON_HOLD, S.FAILED, S.UNROUTED, S.UNREADABLE]),
    "moving": (_("On its way"), [S.RECEIVED, S.READY, S.BOOKING]),
    "booked": (_("Booked"), [S.BOOKED]),
    "delivered": (_("Delivered"), [S.DELIVERED]),
    "rest": (_("Duplicate or rejected"), [S.DUPLICATE, S.REJECTED]),
}
WAITING = GROUPS["needs"][1]


def mine(request: FirmRequest) -> QuerySet[Invoice]:
    """The invoices that this member may see."""
    return rights.narrowed(request.member, Invoice.objects.all())


@page(clients=True)
def listing(request: FirmRequest) -> HttpResponse:
    """Invoices, newest first, filtered by what the address says."""
    asked = request.GET
    found = mine(request).select_related("organisation", "supplier", "booking", "document").defer(*HEAVY)
    status = asked.get("status", "")
    found = found.filter(status__in=statuses(status)) if status else found
    organisation = _organisation(request)
    if organisation is not None:
        found = found.filter(organisation=organisation)
    if until := parse_date(asked.get("until", "")[:10]):
        found = found.filter(issue_date__lte=until)
    if issue := uuid(asked.get("issue", "")):
        found = held_up(found, issue)
    q = asked.get("q", "").strip()
    if q:
        client = organisation.pk if organisation else request.member.organisation_id
        found = matching(found, q, client)
    shown = newest(request, found)
    rows = [
        {"invoice": row, "why": reasons.sentence(row.reason, row.reason_values) if row.reason else ""}
        for row in shown.rows
    ]
    more = request.GET.get("before") and request.htmx
    return render(
        request,
        "invoices/parts/rows.html" if more else "invoices/list.html",
        {
            "rows": rows,
            "next": shown.next,
            "first": shown.first,
            "groups": [(name, label) for name, (label, _states) in GROUPS.items()],
            "statuses": S.choices,
            "status": status,
            "organisation": organisation,
            "query": q,
            "saved": view_pages.saved(request, "invoices"),
            "filtered": bool(status or organisation or q or until or asked.get("issue")),
        },
    )


def held_up(found: QuerySet[Invoice], issue_id: UUID) -> QuerySet[Invoice]:
    """Those that an issue is said to hold up: they point at it, or it lets nothing of their connection go on."""
    waits = Q(issue_id=issue_id)
    issue = Issue.objects.filter(pk=issue_id, resolved_at=None).first()
    if issue is not None and (whose := contracts.held_up(issue)):
        clients = Connection.objects.filter(pk__in=whose).values("organisation")
        waits |= Q(organisation__in=clients, status__in=[S.READY, S.BOOKING])
    return found.filter(waits)


def statuses(asked: str) -> list[str]:
    """What a filter means: a group, or states separated by commas."""
    if asked == "open":
        return [*GROUPS["needs"][1], *GROUPS["moving"][1]]
    return GROUPS[asked][1] if asked in GROUPS else [one for one in asked.split(",") if one in S.values]


def _organisation(request: FirmRequest) -> Organisation | None:
    pk = uuid(request.GET.get("organisation", ""))
    found = rights.narrowed(request.member, Organisation.objects.all(), "pk")
    return found.filter(pk=pk).first() if pk else None


def matching(
    found: QuerySet[Invoice], q: str, organisation: Any = None, most: int = MOST
) -> QuerySet[Invoice]:
    """By invoice number, by our reference or theirs, by the seller's name or numbers: the newest `most` that fit.

    The database's own function looks (`search_invoices`): what finds a part of a name by an index is not trusted under
    the tenant wall, and a firm with half a million invoices would be read from end to end.
    """
    plain = "".join(c for c in q.upper() if c.isalnum())
    like = q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    hits = ask("search_invoices", q, f"%{like}%", normalise_number(q), plain, organisation, most)
    return found.filter(pk__in=[pk for (pk,) in hits])


def count_waiting(member: Any) -> int:
    """Invoices that wait for a person, counted to a hundred: the sidebar asks on every page."""
    found = rights.narrowed(member, Invoice.objects.filter(status__in=WAITING))
    return found.order_by()[:100].count()
