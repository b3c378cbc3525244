"""Lists are pages behind a cursor: {next, previous, results}."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination

from portal.api.problems import Problem


class CursorPage(CursorPagination):
    """Newest first; steady while rows are added."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = ("-created_at", "-id")

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """A cursor that we did not make is the caller's mistake, however it fails."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValidationError, DataError, ValueError) as error:
            if not request.query_params.get("cursor"):
                raise
            raise Problem(
                400,
                "cursor_invalid",
                "This cursor is not one of ours: take `next` or `previous` of a page as it is.",
            ) from error

    def get_schema_operation_parameters(self, view: Any) -> list[Any]:
        return []  # `Listing` names them, with each list's own filters
