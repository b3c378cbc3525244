"""A document as a request's body: raw, or as the multipart field `file`."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from rest_framework import parsers, serializers

from invoices import intake, pipeline
from invoices.api.base import InvoiceView
from invoices.formats import Unreadable, check
from invoices.models import Document
from portal.api.bodies import RawBody
from portal.api.fields import Id
from portal.api.problems import UNPROCESSABLE, Problem
from portal.models import Organisation
from portal.tenancy import scope


class Sending(serializers.Serializer[Any]):
    """The query of a document that is sent."""

    organisation = Id(required=False, help_text="For whom it is; without it the buyer's KVK number decides")
    external_reference = serializers.CharField(required=False, max_length=200, help_text="Yours; given back")

    @classmethod
    def of(cls, request: Any) -> dict[str, Any]:
        sent = {name: value for name, value in request.query_params.items() if value != ""}
        if not sent:
            return {}
        asked = cls(data=sent)
        asked.is_valid(raise_exception=True)
        return asked.validated_data


MULTIPART_BYTES = 64 * 1024  # what a form adds around its file


class DocumentView(InvoiceView):
    """Takes a document as its body: raw, or as the multipart field `file`."""

    parser_classes = [parsers.MultiPartParser, RawBody]
    max_bytes = settings.INTAKE_MAX_BYTES + MULTIPART_BYTES


def body_of(request: Any) -> tuple[bytes, str, str]:
    """The document in a request: (bytes, file name, media type), raw or as multipart `file`."""
    if "multipart" in (request.content_type or ""):
        file = request.FILES.get("file")
        if file is None:
            raise Problem(400, "file_missing", "Send the document as the multipart field «file».")
        return file.read(), file.name or "", ""
    data = request.data if isinstance(request.data, bytes) else b""
    return data, request.headers.get("X-Filename", ""), (request.content_type or "").split(";")[0]


DOCUMENT = {
    "application/xml": OpenApiTypes.BINARY,
    "application/pdf": OpenApiTypes.BINARY,
    "multipart/form-data": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    },
}


def organisation_of(firm_id: UUID, asked: dict[str, Any]) -> UUID | None:
    if "organisation" not in asked:
        return None
    with scope(firm_id):
        return get_object_or_404(Organisation.objects, pk=asked["organisation"]).pk


def _unreadable(data: bytes) -> Unreadable | None:
    try:
        check(data)
    except Unreadable as problem:
        return problem
    return None


def receive(request: Any) -> intake.Received:
    """Take the request's document in. One that cannot be read is kept all the same, and refused with its invoice."""
    asked = Sending.of(request)
    organisation_id = organisation_of(request.firm_id, asked)
    data, filename, media_type = body_of(request)
    try:
        received = intake.receive(
            request.firm_id,
            data,
            channel=Document.Channel.API,
            organisation_id=organisation_id,
            filename=filename,
            media_type=media_type if media_type in ("application/xml", "application/pdf", "text/xml") else "",
            sender=str(request.user),
            external_reference=asked.get("external_reference", ""),
        )
    except intake.Refused as refused:
        raise Problem(413 if refused.code == "too_large" else 400, refused.code, refused.message) from None
    if received.created and (problem := _unreadable(data)):
        # The bytes are kept all the same, as an invoice that cannot be read; whoever sent them should know now.
        pipeline.process(request.firm_id, received.invoice_id)
        raise Problem(
            UNPROCESSABLE,
            problem.code,
            f"{problem.message} The document is kept, but cannot be booked as it is.",
            id=str(received.invoice_id),
            invoice=str(received.invoice_id),
        )
    return received
