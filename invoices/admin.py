"""What the helpdesk sees of invoices."""

from typing import Any

from invoices.desk import acts, board, case, found, quality  # noqa: F401 — each registers what it has
from invoices.models import Invoice, Transfer
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


class TransferAdmin(Seen):
    """Which clients moved, and how far those are that are on their way."""

    list_display = [
        "name",
        "kvk_number",
        "firm",
        "side",
        "other_name",
        "state",
        "reason",
        "created_at",
        "done_at",
    ]
    list_filter = ["state", "side"]
    search_fields = ["name", "kvk_number"]
    list_select_related = ["firm"]
    fields = [
        "firm", "side", "name", "kvk_number", "other_name", "state", "reason", "offered_by", "accepted_by",
        "expires_at", "attempts", "due_at", "exported_at", "moved_at", "done_at", "counts",
    ]  # fmt: skip


site.register(Invoice, InvoiceAdmin)
site.register(Transfer, TransferAdmin)
