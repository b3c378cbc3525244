"""Sending documents in by hand: many at once, an outcome for each."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from connections.models import Connection
from invoices import intake, reasons
from invoices.channels import answers, parts
from invoices.demo import example as examples
from invoices.models import Document, Invoice
from invoices.pages.listing import mine, uuid
from portal.models import Organisation
from portal.people import rights
from portal.tenancy import scope
from portal.web import FirmRequest, page
from portal.web.typed import number


@page("send", clients=True, scoped=False)
def upload(request: FirmRequest) -> HttpResponse:
    """The page, and where its files go. Each file is committed on its own before its outcome is shown."""
    with scope(request.firm.pk):
        organisation = _organisation(request)
    outcomes: list[dict[str, Any]] = []
    if request.method == "POST":
        for file in request.FILES.getlist("files"):
            outcomes += _take_file(request, file.name or "", file.read(), organisation)
        if not outcomes:
            outcomes = [{"name": "", "problem": _("Choose at least one file.")}]
    with scope(request.firm.pk):
        part = "invoices/parts/outcomes.html" if request.headers.get("X-Part") else "invoices/upload.html"
        shown = {"organisation": organisation, "outcomes": outcomes, "pdf_hint": True}
        if request.firm.sandbox and organisation is not None:
            shown["example"] = examples.possible(_connections().filter(organisation=organisation).first())
        return render(request, part, shown)


@require_GET
@page("send")
def example(request: FirmRequest, pk: Any) -> HttpResponse:
    """For a firm that tries things in the sandbox: an invoice as this client's books know them, to be sent in."""
    connection = get_object_or_404(_connections(), organisation_id=pk)
    data = examples.example(connection) if request.firm.sandbox else None
    if data is None:
        raise Http404
    answer = HttpResponse(data, content_type="application/xml")
    answer["Content-Disposition"] = 'attachment; filename="voorbeeldfactuur.xml"'
    return answer


def _connections() -> QuerySet[Connection]:
    return Connection.objects.select_related("organisation").exclude(status="disconnected")


def _organisation(request: FirmRequest) -> Organisation | None:
    """For whom the files are, when somebody says; a client company's person sends for its own."""
    if rights.is_client(request.member):
        return request.member.organisation
    pk = uuid(request.POST.get("organisation", "") or request.GET.get("organisation", ""))
    return Organisation.objects.filter(pk=pk).first() if pk else None


def _take_file(
    request: FirmRequest, name: str, data: bytes, organisation: Organisation | None
) -> list[dict[str, Any]]:
    """A file, or each file of a zip; what is no invoice is named with the reason."""
    if not parts.is_zip(data) or len(data) > settings.INTAKE_MAX_BYTES:
        return [_take(request, name, data, organisation)]
    found = parts.unpack(name, data)
    refused = [
        {"name": one.name, "problem": answers.REASONS.get(one.code, one.code)} for one in found.refused
    ]
    taken = [_take(request, one.name, one.data, organisation) for one in found.files]
    return taken + refused or [{"name": name, "problem": _("There is no file in this zip.")}]


def _take(request: FirmRequest, name: str, data: bytes, organisation: Organisation | None) -> dict[str, Any]:
    try:
        received = intake.receive(
            request.firm.pk,
            data,
            channel=Document.Channel.UPLOAD,
            organisation_id=organisation.pk if organisation else None,
            filename=name,
            sender=request.user.email,
            actor=request.user,
        )
    except intake.Refused as refused:
        return {"name": name, "problem": refused_words(refused)}
    with scope(request.firm.pk):
        return {
            "name": name,
            "invoice": Invoice.objects.select_related("organisation").get(pk=received.invoice_id),
            "again": not received.created,
        }


def refused_words(refused: intake.Refused) -> str:
    """Why a file was not taken, in the reader's language."""
    return {
        "empty": _("The file is empty. Send the invoice again."),
        "too_large": _("The file is larger than 25 MB. Send it without its large attachments."),
    }.get(refused.code, refused.message)


@require_GET
@page("send", clients=True)
def outcome(request: FirmRequest, pk: Any) -> HttpResponse:
    """One row of the outcomes, asked again while the invoice is on its way."""
    invoice = get_object_or_404(mine(request).select_related("organisation", "supplier"), pk=pk)
    why = reasons.sentence(invoice.reason, invoice.reason_values) if invoice.reason else ""
    tries = number(request.GET.get("n", "")) or 0
    return render(
        request,
        "invoices/parts/outcome.html",
        {"one": {"name": request.GET.get("name", ""), "invoice": invoice, "why": why}, "n": tries + 1},
    )
