"""What the helpdesk sees of invoices."""

from typing import Any

from invoices.desk import acts, board, case, found, quality  # noqa: F401 — each registers what it has
from invoices.models import Invoice
from portal.helpdesk import Seen, site


class InvoiceAdmin(Seen):
    list_display = [
        "number",
        "seller_name",
        "organisation",
        "total",
        "status",
        "reason",
        "created_at",
        "firm",
    ]
    list_filter = ["status"]
    search_fields = ["number_normalised", "number", "seller_name"]
    list_select_related = ["organisation", "firm"]
    fields = [
        "firm", "organisation", "number", "seller_name", "issue_date", "due_date", "currency", "total", "status",
        "reason", "reason_values", "issue", "supplier", "matched_by", "external_reference", "attempts", "due_at",
    ]  # fmt: skip

    def get_queryset(self, request: Any) -> Any:
        return (
            super().get_queryset(request).order_by("-created_at").defer("content", "findings", "candidates")
        )


site.register(Invoice, InvoiceAdmin)
