"""An invoice as it was received, and the attachments inside it, each by its place: as a download, or shown where a
browser does that safely."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from invoices import intake
from invoices.formats import Unreadable, read
from invoices.formats.attachments import JPEG, PDF, PNG
from invoices.formats.model import Attachment
from invoices.models import Invoice

SHOWN = {PDF, PNG, JPEG}


def source(row: Invoice) -> HttpResponse:
    """The original bytes, as a download that no browser will run. Needs the scope."""
    answer = HttpResponse(intake.content(row.document_id), content_type="application/octet-stream")
    kind = row.document.media_type
    answer["Content-Type"] = (
        kind if kind in ("application/pdf", "application/xml", "text/xml") else "application/octet-stream"
    )
    extension = "pdf" if kind == "application/pdf" else "xml"
    answer["Content-Disposition"] = f'attachment; filename="{row.pk}.{extension}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def paper(invoice: Invoice, index: int) -> Attachment | None:
    """The attachment with its bytes; None when there is none, or one that we do not offer. Needs the scope."""
    try:
        content = read(intake.content(invoice.document_id)).invoice
    except Unreadable:
        return None
    papers = content.attachments if content else ()
    if index >= len(papers) or papers[index].content is None or papers[index].problem:
        return None
    return papers[index]


def download(found: Attachment) -> HttpResponse:
    """For the disk, under its clean name, as bytes that no browser interprets."""
    answer = HttpResponse(found.content or b"", content_type="application/octet-stream")
    name = found.filename or "attachment"
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def framed(data: bytes, kind: str) -> HttpResponse:
    """For the browser's own viewer, framed by our own pages only. No script in it runs.

    A picture stands in a sandbox as well. For PDF that would keep Chromium from showing it at all.
    """
    answer = HttpResponse(data, content_type=kind)
    answer["Content-Disposition"] = "inline"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
        + ("" if kind == PDF else "; sandbox")
    )
    return answer
