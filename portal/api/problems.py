"""Errors for machines: RFC 9457 problem details with a stable `code`."""

from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.response import Response

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"

# Every code that the API answers with, its status, and when. Codes are stable; texts are not.
CODES: dict[str, tuple[int, str]] = {
    "invalid": (400, "A field or parameter is missing or wrong; `errors` names it"),
    "parse_error": (400, "The body is not what its Content-Type says"),
    "cursor_invalid": (400, "The cursor is not from one of our pages"),
    "firm_needed": (400, "Several firms granted access: name one in Portal-Firm"),
    "file_missing": (400, "A multipart body without the field «file»"),
    "empty": (400, "The document is empty"),
    "list_unreadable": (400, "An import that is neither CSV with headings nor a JSON list"),
    "list_size": (400, "Too few or too many rows"),
    "period_missing": (400, "A replay names neither a delivery nor a period"),
    "reason_unknown": (400, "A hold is released for one of the reasons in the schema"),
    "idempotency_key_too_long": (400, "At most 255 characters"),
    "not_authenticated": (401, "No access token"),
    "invalid_token": (401, "The access token is unknown or has expired: get a new one"),
    "scope_missing": (403, "The token or the firm's grant lacks `scope`"),
    "no_firm": (403, "No firm has granted access, or it was revoked"),
    "no_sandbox": (403, "The firm is not wired to an Exact sandbox"),
    "not_found": (404, "Nothing here, or not yours"),
    "firm_unknown": (404, "Portal-Firm names no firm that granted access"),
    "division_unknown": (404, "The Exact user may not use this administration"),
    "method_not_allowed": (405, "This path knows other methods"),
    "not_acceptable": (406, "The API speaks JSON"),
    "kvk_taken": (409, "The firm already has an organisation with this KVK number"),
    "already_connected": (409, "The organisation has a connection already"),
    "not_authorised": (409, "Nobody has signed in at Exact for this connection yet"),
    "division_other_kvk": (409, "The administration's KVK number is another; confirm_other_kvk accepts that"),
    "division_taken": (409, "The administration is connected already"),
    "not_active": (409, "The connection or webhook is not active"),
    "not_paused": (409, "The connection is not paused"),
    "not_now": (409, "The invoice's status does not allow this; `invoice_status` says which it is"),
    "in_progress": (409, "The first request with this Idempotency-Key is still running; see Retry-After"),
    "last_secret": (409, "A client keeps at least one secret"),
    "too_many_webhooks": (409, "At most 20 for a client and firm"),
    "length_required": (411, "A chunked multipart body"),
    "too_large": (413, "A document of more than 25 MiB, or another body of more than 10 MiB"),
    "unsupported_media_type": (415, "This call takes another Content-Type"),
    "idempotency_key_reused": (422, "The Idempotency-Key was used for another request"),
    "not_xml": (422, "The document is neither XML nor PDF; it is kept, `invoice` names it"),
    "not_an_invoice": (422, "Readable, but no invoice; it is kept, `invoice` names it"),
    "doctype": (422, "The document has a document type declaration; it is kept, `invoice` names it"),
    "no_lines": (422, "A proposal has at least one line"),
    "account_unknown": (422, "A ledger account that does not exist or is blocked"),
    "vat_code_unknown": (422, "A VAT code that does not exist or is blocked"),
    "amounts_differ": (422, "The lines do not add up to the invoice without VAT"),
    "vat_left_over": (422, "No line takes the invoice's VAT"),
    "division_not_yours": (422, "A fault names an administration of another firm"),
    "fault_refused": (422, "The sandbox does not know this fault"),
    "rate_limited": (429, "Too many calls in a minute; see Retry-After"),
    "internal_error": (500, "Our fault; repeat the request"),
    "sandbox_away": (503, "The Exact sandbox does not answer"),
}


class Problem(exceptions.APIException):
    """An answer that says what went wrong: `Problem(409, "kvk_taken", "This firm already has …", kvk=…)`."""

    def __init__(
        self, status_code: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(detail)
        self.status_code = status_code
        self.code = code
        self.extra = extra
        self.headers = headers or {}


class Answer(Exception):
    """Stop here and answer with this, which is no error (a stored answer that is replayed)."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def body(status_code: int, code: str, detail: str, **extra: Any) -> dict[str, Any]:
    """A problem document."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status_code).phrase,
        "status": status_code,
        "code": code,
        "detail": detail,
        **extra,
    }


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal becomes a problem document."""
    if isinstance(error, Answer):
        return error.response
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, Problem):
        answer = Response(
            body(error.status_code, error.code, str(error.detail), **error.extra), status=error.status_code
        )
        for name, value in error.headers.items():
            answer[name] = value
    elif isinstance(error, exceptions.ValidationError):
        document = body(400, "invalid", "Some fields are not as they should be.", errors=error.detail)
        answer = Response(document, status=400)
    elif isinstance(error, exceptions.APIException):
        code = error.get_codes() if isinstance(error.get_codes(), str) else error.default_code
        answer = Response(body(error.status_code, str(code), str(error.detail)), status=error.status_code)
        if wait := getattr(error, "wait", None):
            answer["Retry-After"] = str(int(wait) + 1)
        if header := getattr(error, "auth_header", None):
            answer["WWW-Authenticate"] = header
    elif isinstance(error, DataError | UnicodeEncodeError | SuspiciousOperation):
        # Values that no field's own check caught: a number beyond its column, half a character.
        log.warning("request_refused", error=str(error)[:200])
        answer = Response(body(400, "invalid", "A value in this request cannot be stored."), status=400)
    else:
        log.exception("request_failed")
        detail = "This is our fault. Repeat the request with the same Idempotency-Key, or tell us its X-Request-Id."
        answer = Response(body(500, "internal_error", detail), status=500)
    answer.content_type = CONTENT_TYPE
    return answer


class _PermanentRedirect(HttpResponseRedirect):
    status_code = 308  # method and body are kept


@csrf_exempt
def page_not_found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """What the API answers where it has nothing: a problem, or the way to the same path with its slash."""
    if not request.path.endswith("/"):
        try:
            if resolve(f"{request.path}/").func is not page_not_found:
                return _PermanentRedirect(
                    f"{request.path}/" + (f"?{query}" if (query := request.META["QUERY_STRING"]) else "")
                )
        except Resolver404:
            pass
    return JsonResponse(
        body(404, "not_found", "There is nothing here."), status=404, content_type=CONTENT_TYPE
    )


UNPROCESSABLE = status.HTTP_422_UNPROCESSABLE_ENTITY
