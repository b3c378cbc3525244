"""invoices/preflight/."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from invoices import preflight
from invoices.api.sending import DOCUMENT, DocumentView, Sending, body_of, organisation_of
from invoices.api.shapes import PreflightSerializer
from portal.api.bodies import too_large
from portal.api.problems import Problem


class InvoicePreflight(DocumentView):
    """What would become of a document. Nothing is stored."""

    @extend_schema(
        operation_id="invoices_preflight",
        parameters=[Sending],
        request=DOCUMENT,
        responses=PreflightSerializer,
    )
    def post(self, request: Any) -> Response:
        organisation_id = organisation_of(request.firm_id, Sending.of(request))
        data, _, _ = body_of(request)
        if not data:
            raise Problem(400, "empty", "The body is empty. Send the document as it is.")
        if len(data) > settings.INTAKE_MAX_BYTES:
            raise too_large(settings.INTAKE_MAX_BYTES)
        return Response(preflight.preflight(request.firm_id, data, organisation_id))
