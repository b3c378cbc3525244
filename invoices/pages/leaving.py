"""Taking everything along: of one client, or of the firm."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from invoices.transfers import leaving
from portal import audit
from portal.models import Organisation
from portal.tenancy import scope
from portal.web import FirmRequest, page


@require_POST
@page("manage", scoped=False)
def firm(request: FirmRequest) -> HttpResponse:
    """All that the firm has here."""
    with scope(request.firm.pk):
        audit.record("firm.exported", request.firm)
    return _sent(request, None, "firm")


@require_POST
@page("manage", scoped=False)
def client(request: FirmRequest, pk: Any) -> HttpResponse:
    """All of one client."""
    with scope(request.firm.pk):
        row = get_object_or_404(Organisation.objects, pk=pk)
        audit.record("organisation.exported", row)
    return _sent(request, pk, row.kvk_number)


def _sent(request: FirmRequest, pk: Any, name: str) -> Any:
    answer = StreamingHttpResponse(leaving.export(request.firm.pk, pk), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate():%Y-%m-%d}.zip"'
    return answer
