"""The work queue: what needs a person, over all clients, one invoice after the other without a page load.

An invoice's own order is when it came in. «Next» is the first after this one; past the last, the first of all. What a
person decides is done at once but for the sending, which waits ten seconds (`invoices.deciding.second_thoughts`).
"""

from collections.abc import Callable
from decimal import InvalidOperation
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from connections.models import CostCode
from invoices.deciding import corrections, dispatch, questions, second_thoughts
from invoices.models import Invoice
from invoices.pages import correct, options
from invoices.pages import one as page_of
from invoices.pages.listing import HEAVY, WAITING, mine, uuid
from portal.models import Organisation
from portal.web import FirmRequest, page

S = Invoice.Status
VIEWS: dict[str, tuple[Any, list[str]]] = {
    "review": (gettext_lazy("To review"), [S.REVIEW]),
    "on_hold": (gettext_lazy("On hold"), [S.ON_HOLD]),
    "failed": (gettext_lazy("Stopped"), [S.FAILED]),
    "place": (gettext_lazy("Whose, or unreadable"), [S.UNROUTED, S.UNREADABLE]),
    "all": (gettext_lazy("All"), WAITING),
}
AHEAD = 100  # how far «how many are left» counts


def waiting(request: FirmRequest) -> QuerySet[Invoice]:
    """What this view of the queue holds, in order."""
    view, client = view_of(request), uuid(request.GET.get("organisation", ""))
    found = mine(request).filter(status__in=VIEWS[view][1])
    return (found.filter(organisation_id=client) if client else found).order_by("created_at", "id")


def view_of(request: FirmRequest) -> str:
    asked = request.GET.get("view", "review")
    return asked if asked in VIEWS else "review"


def after(request: FirmRequest, invoice: Invoice | None, *, back: bool = False) -> UUID | None:
    """The next one (or the one before); around the corner past the end. None when there is no other."""
    found = waiting(request)
    if back:
        found = found.order_by("-created_at", "-id")
    if invoice is not None:
        found = found.exclude(pk=invoice.pk)
        at, pk = invoice.created_at, invoice.pk
        beyond = (
            Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk)
            if back
            else Q(created_at__gt=at) | Q(created_at=at, pk__gt=pk)
        )
        there = found.filter(beyond).values_list("pk", flat=True).first()
        if there is not None:
            return there
    return found.values_list("pk", flat=True).first()


@require_GET
@page("see")
def queue(request: FirmRequest, pk: Any = None) -> HttpResponse:
    """The queue at this invoice, or at its first."""
    pk = pk or after(request, None)
    invoice = mine(request).filter(pk=pk).first() if pk else None
    if pk and invoice is None:
        raise Http404
    return shown(request, invoice)


def shown(
    request: FirmRequest, invoice: Invoice | None, *, done: dict[str, Any] | None = None, problem: str = ""
) -> HttpResponse:
    """An invoice at work: the whole page, or the part that changes."""
    context: dict[str, Any] = {
        "view": view_of(request),
        "views": [(name, label) for name, (label, _states) in VIEWS.items()],
        "organisation": _organisation(request),
        "left": waiting(request).order_by()[:AHEAD].count(),
        "done": done,
        "problem": problem,
        "asked": request.GET.urlencode(),
    }
    if invoice is not None:
        invoice = page_of.one(request, invoice.pk)
        context |= page_of.about(request, invoice)
        context |= {
            "rows": context["proposal"]["lines"] if context["proposal"] else [],
            "next": after(request, invoice),
            "before": after(request, invoice, back=True),
            **_choices(context["connection"]),
        }
    part = request.htmx and not request.htmx.history_restore_request
    answer = render(request, "invoices/parts/work.html" if part else "invoices/queue.html", context)
    if part:
        url = reverse("queue", args=[invoice.pk]) if invoice else reverse("queue")
        answer["HX-Push-Url"] = url + (f"?{context['asked']}" if context["asked"] else "")
    return answer


def _organisation(request: FirmRequest) -> Organisation | None:
    pk = uuid(request.GET.get("organisation", ""))
    return Organisation.objects.filter(pk=pk).first() if pk else None


def _choices(connection: Any) -> dict[str, Any]:
    if connection is None:
        return {}
    codes = CostCode.objects.filter(connection=connection, gone_at__isnull=True)
    kinds = set(codes.order_by().values_list("kind", flat=True).distinct())
    return {
        "vat_codes": options.vat_codes(connection),
        "centers": "center" in kinds,
        "units": "unit" in kinds,
    }


# --- Deciding --------------------------------------------------------------------------------------------


def approve(request: FirmRequest, invoice: Invoice) -> str:
    """Approve as it stands in the form; what differs from the proposal is a correction first."""
    rows = correct.typed(request)
    if rows and correct.differ(invoice, rows):
        corrections.replace_lines(
            invoice, correct.lines(rows), learn=request.POST.get("learn") == "1", actor=request.user
        )
        invoice.refresh_from_db(fields=["status"])
    second_thoughts.approve(invoice, request.user)
    return _("Approved: %(what)s")


def reject(request: FirmRequest, invoice: Invoice) -> str:
    dispatch.reject(invoice, request.POST.get("reason", "")[:400], request.user)
    return _("Rejected: %(what)s")


def hold(request: FirmRequest, invoice: Invoice) -> str:
    second_thoughts.hold(invoice, request.POST.get("reason", "")[:400], request.user)
    return _("Set aside: %(what)s")


DECISIONS: dict[str, Callable[[FirmRequest, Invoice], str]] = {
    "approve": approve,
    "reject": reject,
    "hold": hold,
}


@require_POST
@page("settle")
def decide(request: FirmRequest, pk: Any, what: str) -> HttpResponse:
    """Decide, and show the next one."""
    if what not in DECISIONS:
        raise Http404
    invoice = page_of.one(request, pk, lock=True)
    coming = after(request, invoice)
    if what == "approve" and questions.unanswered(invoice):
        return shown(request, invoice, problem=_("Answer the question first; only then can it be approved."))
    try:
        words = DECISIONS[what](request, invoice)
    except corrections.Unbookable as reason:
        return shown(request, invoice, problem=correct.words_of(reason))
    except InvalidOperation:
        return shown(request, invoice, problem=_("An amount is not a number."))
    except dispatch.NotNow:
        return shown(
            request,
            invoice,
            problem=_("This could not be done: meanwhile the invoice is “%(status)s”.")
            % {"status": invoice.get_status_display()},
        )
    what_words = " ".join(filter(None, (invoice.seller_name, invoice.number)))
    done = {"words": words % {"what": what_words}, "pk": invoice.pk, "seconds": second_thoughts.SECONDS}
    return shown(
        request, mine(request).defer(*HEAVY).filter(pk=coming).first() if coming else None, done=done
    )


@require_POST
@page("settle")
def take_back(request: FirmRequest, pk: Any) -> HttpResponse:
    """Take the decision back, and show that invoice again."""
    invoice = page_of.one(request, pk, lock=True)
    try:
        second_thoughts.take_back(invoice, request.user)
    except dispatch.NotNow:
        return shown(
            request, invoice, problem=_("Too late to take back: it is being sent. Undo it when it is booked.")
        )
    return shown(request, invoice)
