"""What every API view has in common: the firm's scope, problems, limits, and repeated requests answered once."""

import time
from collections.abc import Callable, Iterable
from functools import wraps
from itertools import chain
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.cache import patch_cache_control
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.api import bodies, calls, idempotency
from portal.api.pagination import CursorPage
from portal.models import Partner
from portal.tenancy import in_scope

WRITING = ("POST", "PUT", "PATCH", "DELETE")


def scoped(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Run a handler inside the scope of the request's firm. One that talks HTTP, or must commit in steps, does not."""

    @wraps(handler)
    def run(self: APIView, request: Any, *args: Any, **kwargs: Any) -> Any:
        return in_scope(request.firm_id, lambda: handler(self, request, *args, **kwargs))

    return run


class FirmView(APIView):
    """An API view. `scope` names the OAuth scope without its :read or :write; empty: any token will do."""

    scope: ClassVar[str]
    pagination_class = CursorPage  # for the schema; `paged` does it
    max_bytes: ClassVar[int] = bodies.JSON_BYTES

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        self.started, self.clock = timezone.now(), time.monotonic()
        super().initial(request, *args, **kwargs)
        if request.method in WRITING:
            bodies.check_size(request, self.max_bytes)
            request._request.idempotency = idempotency.begin(request)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(response, no_store=True)
        http = getattr(request, "_request", request)
        if allowance := getattr(http, "allowance", None):
            for name, value in allowance.headers().items():
                response.headers.setdefault(name, value)
        if row := getattr(http, "idempotency", None):
            http.idempotency = None
            if hasattr(response, "add_post_render_callback"):
                response.add_post_render_callback(lambda rendered: idempotency.finish(row, rendered))
            else:
                idempotency.finish(row, response)
        if isinstance(getattr(request, "user", None), Partner) and getattr(request, "firm_id", None):
            calls.note(request, response, started=self.started, seconds=time.monotonic() - self.clock)
        return response

    def paged(
        self, request: Any, found: Any, serialise: Callable[[list[Any]], list[dict[str, Any]]]
    ) -> Response:
        """A page of a queryset, each page serialised as one list (so that related rows are fetched together)."""
        paginator = self.pagination_class()
        page: list[Any] | None = paginator.paginate_queryset(found, request, view=self)
        shown = serialise(list(page or []))
        _part(page or [])
        return paginator.get_paginated_response(shown)


def _part(rows: Iterable[Any]) -> None:
    """Rows that know each other (an invoice, its proposal, its lines) would all wait for the garbage collector.

    Pages of a hundred invoices left so much that every few requests one stood still for a tenth of a second.
    """
    for row in filter(None, rows):
        known = list(row._state.fields_cache.values())
        row._state.fields_cache.clear()
        prefetched = row.__dict__.pop("_prefetched_objects_cache", {})
        _part(chain(known, *prefetched.values()))
