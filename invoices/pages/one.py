"""The page of an invoice: what it says, how it would be booked and why, what happened, and what a person may do."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from connections.desk import calls
from connections.models import Call, Connection, LedgerAccount, Supplier, VatCode
from connections.pages import words as issue_words
from invoices import intake, papers, parties, reasons, sharing
from invoices.booking import undo
from invoices.deciding import corrections, dispatch, questions
from invoices.formats import read
from invoices.formats.attachments import PDF
from invoices.formats.jsonable import from_json
from invoices.models import Booking, Invoice
from invoices.pages import asking, words
from invoices.pages.listing import mine
from invoices.parties import supplier_work, suppliers
from invoices.viewer import sheet
from invoices.viewer.tables import table
from portal.people import rights
from portal.web import FirmRequest, choosing, page
from portal.web.own_pages import next_page

S = Invoice.Status
MOST_CALLS = 60


def one(request: FirmRequest, pk: Any, *, lock: bool = False) -> Invoice:
    """The invoice, if this member may see it."""
    found = mine(request).select_related("organisation", "document", "supplier", "issue")
    if lock:
        found = found.select_for_update(of=("self",))
    return get_object_or_404(found, pk=pk)


@require_GET
@page(clients=True)
def show(request: FirmRequest, pk: Any) -> HttpResponse:
    """The whole page."""
    invoice = one(request, pk)
    shared = rights.may(request.member, "settle") and sharing.shared_now(invoice)
    return render(request, "invoices/one.html", {**about(request, invoice), "shared": shared})


def about(request: FirmRequest, invoice: Invoice) -> dict[str, Any]:
    """Everything that pages show of one invoice. Needs the scope."""
    connection = dispatch.connection_of(invoice)
    booking = Booking.objects.filter(invoice=invoice).first()
    found = issue_words.shown([invoice.issue]) if invoice.issue and not invoice.issue.resolved_at else []
    settles = rights.may(request.member, "settle")
    return {
        "invoice": invoice,
        "connection": connection,
        "sheet": sheet(from_json(invoice.content)) if invoice.content else None,
        "why": reasons.sentence(invoice.reason, invoice.reason_values) if invoice.reason else "",
        "findings": words.findings(invoice),
        "proposal": proposal(invoice, connection),
        "booking": booking,
        "booked": booking is not None and booking.state == Booking.State.DONE,
        "entry_url": entry_url(connection, booking),
        "events": words.events(invoice, _calls(invoice) if rights.may(request.member, "inspect") else ()),
        "issue": found[0] if found else None,
        "can": can(invoice, booking) if settles else {},
        "question": asking.question(invoice) if settles else None,
        "beside": asking.beside(request, invoice),
        "is_pdf": invoice.document.media_type == "application/pdf",
        "paper_url": reverse("invoice", args=[invoice.pk]) + "attachments/",
        "candidates": _candidates(invoice, connection) if settles else [],
        "seller": _new_seller(invoice, connection) if settles else None,
    }


def _calls(invoice: Invoice) -> list[Call]:
    """The last calls to Exact for it, without their bodies. Kept thirty days."""
    return list(
        Call.objects.filter(subject=invoice.pk).defer("request", "answer", "url").order_by("-at")[:MOST_CALLS]
    )


def _candidates(invoice: Invoice, connection: Connection | None) -> list[Supplier]:
    """The suppliers among whom a person must choose."""
    keys = [one.get("exact_id") for one in invoice.candidates]
    found = Supplier.objects.filter(connection=connection, exact_id__in=[key for key in keys if key])
    return list(found.order_by("name")) if connection and keys else []


def _new_seller(invoice: Invoice, connection: Connection | None) -> parties.Identity | None:
    """Whom a new supplier in Exact would be made of; None: one is known, or the invoice says too little."""
    if connection is None or connection.division is None or invoice.supplier_id or not invoice.content:
        return None
    if invoice.candidates or invoice.status not in (S.REVIEW, S.ON_HOLD):
        return None
    seller = suppliers.without_own(parties.seller_of(from_json(invoice.content)), connection.organisation)
    return seller if supplier_work.enough(seller) else None


def proposal(invoice: Invoice, connection: Connection | None) -> dict[str, Any] | None:
    """The proposal with its lines: evidence in words, and what accounts and VAT codes are called in Exact.

    A code alone says nothing to who does not know this client's chart of accounts by heart.
    """
    row = getattr(invoice, "proposal", None)
    if row is None:
        return None
    lines = list(row.lines.order_by("position"))
    accounts = _names(LedgerAccount, connection, {line.account for line in lines})
    vat_codes = _names(VatCode, connection, {line.vat_code for line in lines})
    return {
        "row": row,
        "lines": [
            {
                "line": line,
                "because": words.because(line.because),
                "account_name": accounts.get(line.account, ""),
                "vat_name": vat_codes.get(line.vat_code, ""),
            }
            for line in lines
        ],
        "total": sum((line.amount for line in lines), Decimal(0)),
        "complete": bool(lines) and all(line.account and line.vat_code for line in lines),
    }


def _names(model: Any, connection: Connection | None, codes: set[str]) -> dict[str, str]:
    found = model.objects.filter(connection=connection, code__in=codes - {""})
    return dict(found.values_list("code", "description"))


def can(invoice: Invoice, booking: Booking | None) -> dict[str, bool]:
    """What a person may do with it now."""
    status = invoice.status
    has_proposal = getattr(invoice, "proposal", None) is not None and invoice.supplier_id is not None
    return {
        "approve": status in (S.REVIEW, S.ON_HOLD) and has_proposal and not questions.unanswered(invoice),
        "correct": status in (S.REVIEW, S.ON_HOLD, S.FAILED) and bool(invoice.content) and has_proposal,
        "reject": status not in (S.BOOKED, S.BOOKING, S.DELIVERED, S.REJECTED),
        "retry": status in (S.FAILED, S.REVIEW, S.ON_HOLD, S.UNROUTED, S.UNREADABLE, S.REJECTED, S.DUPLICATE),
        "undo": status == S.BOOKED and booking is not None and booking.state == Booking.State.DONE,
        "route": status in (S.UNROUTED, S.REVIEW, S.ON_HOLD),
        "supplier": status in (S.REVIEW, S.ON_HOLD, S.FAILED) and invoice.organisation_id is not None,
    }


def entry_url(connection: Connection | None, booking: Booking | None) -> str:
    """The entry in Exact's own pages."""
    if connection is None or booking is None or booking.entry_id is None or connection.division is None:
        return ""
    from connections.sites import site

    base = site(connection.site).base_url
    return f"{base}/docs/FinTransactionEntry.aspx?EntryID=%7b{booking.entry_id}%7d&_Division_={connection.division}"


# --- The document itself ---------------------------------------------------------------------------------


@require_GET
@page(clients=True)
def source(request: FirmRequest, pk: Any) -> HttpResponse:
    """The original bytes, as a download."""
    return papers.source(one(request, pk))


@require_GET
@page(clients=True)
def xml(request: FirmRequest, pk: Any) -> HttpResponse:
    """The XML as text, for who wants to see it raw."""
    data = intake.content(one(request, pk).document_id)
    inner = read(data).xml or b""
    return render(
        request,
        "invoices/parts/xml.html",
        {"text": inner[:MOST_SHOWN].decode("utf-8", "replace"), "cut": len(inner) > MOST_SHOWN},
    )


MOST_SHOWN = 400_000


@require_GET
@page("inspect")
def call(request: FirmRequest, pk: Any, call_id: Any) -> HttpResponse:
    """One call to Exact, as it was asked and answered, without what is secret or personal."""
    row = get_object_or_404(Call.objects, subject=one(request, pk).pk, pk=call_id)
    return render(request, "invoices/parts/call.html", {"call": calls.shown([row])[0]})


@require_GET
@xframe_options_sameorigin
@page(clients=True)
def picture(request: FirmRequest, pk: Any) -> HttpResponse:
    """The PDF beside the proposal, in a frame of our own page and nowhere else."""
    invoice = one(request, pk)
    if invoice.document.media_type != "application/pdf":
        raise Http404
    return papers.framed(intake.content(invoice.document_id), "application/pdf")


@require_GET
@xframe_options_sameorigin
@page(clients=True)
def paper(request: FirmRequest, pk: Any, index: int) -> HttpResponse:
    """An attachment: a download; with `show` its bytes for a frame, with `look` the part of the page that shows it."""
    found = papers.paper(one(request, pk), index)
    if found is None:
        raise Http404
    kind = found.media_type or ""
    if request.GET.get("look"):
        source = f"{request.path}?show=1"
        shown: dict[str, Any] = {"name": found.filename}
        if kind == PDF:
            shown["pdf"] = source
        elif kind in papers.SHOWN:
            shown["picture"] = source
        else:
            shown["table"] = table(found.content or b"", kind)
        return render(request, "invoices/parts/paper.html", shown)
    if request.GET.get("show") and kind in papers.SHOWN:
        return papers.framed(found.content or b"", kind)
    return papers.download(found)


# --- What people do --------------------------------------------------------------------------------------

Act = Callable[[Invoice, FirmRequest], str]


def approve(invoice: Invoice, request: FirmRequest) -> str:
    dispatch.approve(invoice, request.user)
    return _("Approved. It is booked now.")


def reject(invoice: Invoice, request: FirmRequest) -> str:
    dispatch.reject(invoice, request.POST.get("reason", "")[:400], request.user)
    return _("Rejected. Nothing is booked.")


def retry(invoice: Invoice, request: FirmRequest) -> str:
    dispatch.retry(invoice, request.user)
    return _("Tried again; this page shows how it goes.")


def take_back(invoice: Invoice, request: FirmRequest) -> str:
    undo.ask(invoice, request.user)
    return _("The entry is being removed from Exact; the invoice comes back to review.")


def release(invoice: Invoice, request: FirmRequest) -> str:
    reason = request.POST.get("reason", "")
    if reason not in questions.RELEASES:
        raise dispatch.NotNow(invoice.status, "released")
    corrections.release(invoice, reason, request.user)
    if reason == "is_a_duplicate":
        return _("A duplicate. Nothing is booked.")
    return _("Released; it goes on.")


def route(invoice: Invoice, request: FirmRequest) -> str:
    organisation = choosing.chosen(request.POST)
    corrections.route(invoice, organisation, request.user)
    return _("Given to client: %(name)s") % {"name": organisation.name}


def supplier(invoice: Invoice, request: FirmRequest) -> str:
    connection = dispatch.connection_of(invoice)
    chosen = get_object_or_404(Supplier.objects, connection=connection, pk=request.POST.get("supplier"))
    corrections.choose_supplier(invoice, chosen, request.user)
    return _("Supplier chosen: %(name)s.") % {"name": chosen.name}


def make_supplier(invoice: Invoice, request: FirmRequest) -> str:
    corrections.make_supplier(invoice, request.user)
    return _("%(name)s is being made in Exact; the invoice goes on by itself.") % {
        "name": invoice.seller_name
    }


ACTS: dict[str, Act] = {
    "approve": approve,
    "reject": reject,
    "retry": retry,
    "undo": take_back,
    "release": release,
    "route": route,
    "supplier": supplier,
    "make-supplier": make_supplier,
}


@require_POST
@page("settle")
def act(request: FirmRequest, pk: Any, what: str) -> HttpResponse:
    """One thing that a person does with an invoice."""
    if what not in ACTS:
        raise Http404
    invoice = one(request, pk, lock=True)
    try:
        messages.success(request, ACTS[what](invoice, request))
    except choosing.Unclear as unclear:
        messages.warning(request, str(unclear))
    except dispatch.NotNow:
        messages.warning(
            request,
            _("This could not be done: meanwhile the invoice is “%(status)s”.")
            % {"status": invoice.get_status_display()},
        )
    return redirect(next_page(request, f"/invoices/{pk}/"))
