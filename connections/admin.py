"""What the helpdesk sees of connections. Tokens are no field of any form: nobody sees them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from connections.desk import catalogue, found  # noqa: F401 — each registers what it has
from connections.models import Authorisation, Call, Connection, Incident, Issue
from connections.remedies import remedy
from portal.helpdesk import Seen, site


class AuthorisationAdmin(Seen):
    list_display = ["exact_user", "email", "site", "status", "dead_reason", "issued_at", "firm"]
    list_filter = ["status", "site"]
    search_fields = ["exact_user", "email"]
    list_select_related = ["firm"]
    fields = [
        "firm", "site", "exact_user", "email", "language", "status", "dead_reason", "issued_at", "expires_at",
        "hiccups", "divisions_read_at",
    ]  # fmt: skip


class ConnectionAdmin(Seen):
    list_display = [
        "organisation", "division", "division_name", "status", "next_step", "mode", "last_success_at", "firm",
    ]  # fmt: skip
    list_filter = ["status", "mode", "site"]
    search_fields = ["organisation__name", "organisation__kvk_number", "division_name", "division"]
    list_select_related = ["organisation", "firm"]


class IssueAdmin(Seen):
    list_display = ["title", "code", "organisation", "opened_at", "seen_at", "count", "resolved_at", "firm"]
    list_filter = ["code"]
    search_fields = ["code", "connection__organisation__name", "connection__organisation__kvk_number"]
    list_select_related = ["connection__organisation", "firm"]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).order_by("resolved_at", "-opened_at")

    @staticmethod
    def _words(issue: Issue) -> Any:
        return remedy(issue.code).words(issue.values)

    def title(self, issue: Issue) -> str:
        return self._words(issue).title

    def organisation(self, issue: Issue) -> str:
        return str(issue.connection.organisation) if issue.connection else ""

    title.short_description = _("what")  # type: ignore[attr-defined]
    organisation.short_description = _("organisation")  # type: ignore[attr-defined]


class IncidentAdmin(Seen):
    list_display = ["code", "site", "opened_at", "seen_at", "count", "resolved_at"]


class CallAdmin(Seen):
    list_display = [
        "at",
        "method",
        "endpoint",
        "status",
        "seconds",
        "error",
        "minute_left",
        "day_left",
        "connection",
    ]
    list_filter = ["method", "error"]
    list_select_related = ["connection__organisation"]
    ordering = ["-at"]


for _model, _admin in (
    (Authorisation, AuthorisationAdmin),
    (Connection, ConnectionAdmin),
    (Issue, IssueAdmin),
    (Incident, IncidentAdmin),
    (Call, CallAdmin),
):
    site.register(_model, _admin)
