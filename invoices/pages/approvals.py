"""What the client says of its invoices: to be answered, may be paid, refused."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from invoices.deciding import client_approval
from invoices.models import ClientApproval, Invoice
from portal.people import rights
from portal.web import FirmRequest, page
from portal.web.paging import newest
from portal.web.sheets import csv_file

VIEWS = {
    "": gettext_lazy("To be answered"),
    "pay": gettext_lazy("May be paid"),
    "refused": gettext_lazy("Refused"),
}
MOST = 5000  # lines of a file


def asked(member: Any) -> QuerySet[ClientApproval]:
    """The questions that this member may see."""
    return rights.narrowed(member, ClientApproval.objects.all())


def viewed(found: QuerySet[ClientApproval], view: str) -> QuerySet[ClientApproval]:
    if view == "pay":
        return found.filter(
            approved=True, invoice__status=Invoice.Status.BOOKED, invoice__booking__paid_at__isnull=True
        )
    return found.filter(approved=False) if view == "refused" else found.filter(approved=None)


@require_GET
@page(clients=True)
def listing(request: FirmRequest) -> HttpResponse:
    """One of the three lists, newest first; what may be paid as a file too."""
    view = request.GET.get("view", "")
    view = view if view in VIEWS else ""
    found = viewed(asked(request.member), view).select_related(
        "invoice__supplier", "invoice__booking", "organisation", "decided_by"
    )
    found = found.defer("invoice__content", "invoice__findings")
    if "csv" in request.GET and view == "pay":
        heads = [_("Client"), _("Supplier"), _("Number"), _("Due date"), _("Amount"), _("Currency")]
        rows = [
            [
                one.organisation.name,
                one.invoice.seller_name,
                one.invoice.number,
                one.invoice.due_date or "",
                one.invoice.total,
                one.invoice.currency,
            ]
            for one in found.order_by("-created_at")[:MOST]
        ]
        return csv_file("payments.csv", heads, rows)
    shown = newest(request, found)
    return render(
        request,
        "invoices/approvals.html",
        {
            "rows": shown.rows,
            "next": shown.next,
            "view": view,
            "views": VIEWS.items(),
        },
    )


@require_POST
@page("send", clients=True)
def answer(request: FirmRequest, pk: Any, what: str) -> HttpResponse:
    """Yes or no. Somebody of the firm may answer on the client's behalf; the timeline says who did."""
    if what not in ("yes", "no"):
        raise Http404
    row = get_object_or_404(asked(request.member), pk=pk)
    invoice = Invoice.objects.select_for_update(no_key=True).get(pk=row.invoice_id)
    row.refresh_from_db(fields=["approved"])  # somebody else may have answered while we waited for the row
    if row.approved is not None:
        messages.warning(request, _("Somebody answered already."))
        return redirect("approvals")
    row.invoice = invoice
    client_approval.answer(row, what == "yes", request.user, request.POST.get("words", "")[:400])
    messages.success(request, _("Approved.") if what == "yes" else _("Refused. Your accountant sees it."))
    return redirect("approvals")


def count_open(member: Any) -> int:
    """Questions without an answer, counted to a hundred."""
    return asked(member).filter(approved=None).order_by()[:100].count()
