"""An id for every request: the caller's own `X-Request-Id` or a new one; in the logs, and in the answer."""

import re
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

_SANE = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def request_ids(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Stands before the middleware that binds the id to the logs. An id that could mislead there is not taken over."""

    def middleware(request: HttpRequest) -> HttpResponse:
        asked = request.META.get("HTTP_X_REQUEST_ID", "")
        given = asked if _SANE.fullmatch(asked) else str(uuid4())
        request.META["HTTP_X_REQUEST_ID"] = given
        request.request_id = given  # type: ignore[attr-defined]
        response = get_response(request)
        response["X-Request-Id"] = given
        return response

    return middleware
