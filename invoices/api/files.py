"""The bytes of an invoice: as it was received, and what is inside it."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework.response import Response

from invoices import papers, serialise
from invoices.api.base import InvoiceView
from invoices.api.shapes import AttachmentSerializer
from portal.api.problems import Problem
from portal.api.views import scoped


class InvoiceSource(InvoiceView):
    @extend_schema(operation_id="invoices_source", responses={(200, "application/xml"): OpenApiTypes.BINARY})
    @scoped
    def get(self, request: Any, pk: Any) -> HttpResponse:
        """The document as it was received, byte for byte."""
        return papers.source(self.one(pk))


class InvoiceAttachments(InvoiceView):
    """The supporting documents inside an e-invoice."""

    @extend_schema(
        operation_id="invoices_attachments",
        responses=inline_serializer("Attachments", {"results": AttachmentSerializer(many=True)}),
    )
    @scoped
    def get(self, request: Any, pk: Any) -> Response:
        return Response({"results": serialise.attachments(self.one(pk))})


class InvoiceAttachment(InvoiceView):
    @extend_schema(
        operation_id="invoices_attachment",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @scoped
    def get(self, request: Any, pk: Any, index: int) -> HttpResponse:
        """The bytes of one attachment."""
        found = papers.paper(self.one(pk), index)
        if found is None:
            raise Problem(404, "not_found", "No attachment stands there, or it is one that is not offered.")
        return papers.download(found)
