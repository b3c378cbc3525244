"""Sharing an invoice: making and ending links, and what somebody without an account sees behind one."""

from typing import Any

from django.contrib import messages
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from invoices import intake, papers, sharing
from invoices.formats.jsonable import from_json
from invoices.models import Invoice
from invoices.pages import one as page_of
from invoices.viewer import sheet
from portal.tenancy import scope
from portal.web import FirmRequest, page
from portal.web.typed import number


@require_POST
@page("settle")
def share(request: FirmRequest, pk: Any) -> HttpResponse:
    """A link for some days, to be copied."""
    invoice = page_of.one(request, pk)
    asked = number(request.POST.get("days", ""))
    days = asked if asked in sharing.DAYS else 7
    return render(
        request,
        "invoices/share_made.html",
        {"invoice": invoice, "link": sharing.share(invoice, days, request.user)},
    )


@require_POST
@page("settle")
def unshare(request: FirmRequest, pk: Any) -> HttpResponse:
    """End every link to this invoice."""
    sharing.withdraw(page_of.one(request, pk), request.user)
    messages.success(request, _("The links to this invoice show nothing any more."))
    return redirect("invoice", pk=pk)


# --- Behind the link ---------------------------------------------------------------------------------------


@require_GET
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The invoice as its supplier wrote it, and nothing of the firm's work on it."""
    found = _found(request, token)
    if isinstance(found, HttpResponse):
        return found
    context = {
        "invoice": found,
        "sheet": sheet(from_json(found.content)) if found.content else None,
        "is_pdf": found.document.media_type == "application/pdf",
        "token": token,
    }
    return _closed(render(request, "invoices/shared.html", context))


@require_GET
def source(request: HttpRequest, token: str) -> HttpResponse:
    """The file as received."""
    found = _found(request, token)
    if isinstance(found, HttpResponse):
        return found
    with scope(found.firm_id):
        return _closed(papers.source(found))


@require_GET
@xframe_options_sameorigin
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """The PDF, for the frame in the page."""
    found = _found(request, token)
    if isinstance(found, HttpResponse):
        return found
    if found.document.media_type != "application/pdf":
        raise Http404
    with scope(found.firm_id):
        return _closed(papers.framed(intake.content(found.document_id), "application/pdf"))


def _found(request: HttpRequest, token: str) -> Invoice | HttpResponse:
    try:
        firm_id, pk = sharing.find(token)
    except BadSignature:
        raise Http404 from None
    except sharing.Over:
        return _closed(render(request, "invoices/shared_over.html", status=410))
    with scope(firm_id):
        return Invoice.objects.select_related("document", "organisation").get(pk=pk)


def _closed(answer: HttpResponse) -> HttpResponse:
    """Kept by no cache, and the link told to nobody."""
    patch_cache_control(answer, private=True, no_store=True)
    answer["Referrer-Policy"] = "no-referrer"
    return answer
