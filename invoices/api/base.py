"""What every view of one invoice has in common."""

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework.response import Response

from invoices import serialise
from invoices.deciding import dispatch
from invoices.models import Invoice
from portal.api.problems import Problem
from portal.api.views import FirmView


class InvoiceView(FirmView):
    scope = "invoices"

    def one(self, pk: Any, *, lock: bool = False) -> Invoice:
        found = Invoice.objects.select_related("document", "organisation", "supplier", "issue")
        if lock:
            found = found.select_for_update(no_key=True, of=("self",))
        return get_object_or_404(found, pk=pk)

    def shown(self, pk: Any, status: int = 200) -> Response:
        return Response(serialise.invoice(self.one(pk)), status=status)


def fields_of(request: Any) -> dict[str, Any]:
    """The body as an object; an empty one when the client sent none, or something else."""
    return request.data if isinstance(request.data, dict) else {}


class refusing:
    """NotNow → 409 with the invoice's status."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, dispatch.NotNow):
            raise Problem(409, "not_now", str(error), invoice_status=error.status) from None
