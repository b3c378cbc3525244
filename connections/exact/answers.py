"""What becomes of a call: a 2xx answer read as what was asked for, or the ExactError that says why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import requests

from connections.exact import odata
from connections.exact.endpoints import Endpoint
from connections.exact.errors import WRITES, ExactError
from connections.exact.odata import Page, Row, Unreadable

T = TypeVar("T")


class _NoJson(Exception):
    """A 2xx whose body is not what was asked for. `code` says what it is instead."""

    def __init__(self, code: str, raw: str) -> None:
        self.code, self.raw = code, raw


def understood(
    endpoint: Endpoint, method: str, response: requests.Response, read: Callable[[requests.Response], T]
) -> T:
    """What `read` makes of a 2xx. A write whose answer cannot be read may be done all the same."""
    try:
        return read(response)
    except Unreadable as trouble:
        code, raw = "answer_unreadable", str(trouble)
    except _NoJson as trouble:
        code, raw = trouble.code, trouble.raw
    raise ExactError(
        code,
        raw=raw,
        status=response.status_code,
        endpoint=endpoint.name,
        method=method,
        maybe_done=method in WRITES,
    )


def one(
    endpoint: Endpoint, select: Iterable[str] | None = None, *, strict: bool = True
) -> Callable[[requests.Response], Row]:
    """Reads one entity; not `strict`, as far as the answer shows it."""
    names = (select or endpoint.fields) if strict else None
    return lambda response: endpoint.read(odata.entity(_json(response)), names)


def page(
    endpoint: Endpoint, select: Iterable[str], expand: Iterable[str]
) -> Callable[[requests.Response], Page]:
    """Reads one page of a collection."""

    def read(response: requests.Response) -> Page:
        raw = odata.page(_json(response))
        return Page([endpoint.read(row, select, expand) for row in raw.rows], raw.next_url)

    return read


def nothing(response: requests.Response) -> None:
    """A 2xx to PUT or DELETE says all there is to say, unless it is a sign-in or maintenance page."""
    if _is_page(response):
        raise _NoJson("exact_down", "a web page instead of an answer")


def file(response: requests.Response) -> bytes:
    if _is_page(response):
        raise _NoJson("exact_down", "a web page instead of the file")
    return response.content


def _is_page(response: requests.Response) -> bool:
    return response.headers.get("Content-Type", "").lower().startswith("text/html")


def _json(response: requests.Response) -> Any:
    text = text_of(response).strip()
    if _is_page(response):
        raise _NoJson("exact_down", text[:500])  # a sign-in or maintenance page with a friendly status
    if text.startswith("<"):
        raise Unreadable(f"XML instead of JSON: {text[:200]}")
    try:
        return odata.load(text)
    except ValueError:
        raise _NoJson("answer_cut_off", f"{len(text)} characters, ending in {text[-80:]!r}") from None


def text_of(response: requests.Response) -> str:
    return response.content.decode("utf-8-sig", errors="replace")


def unanswered(trouble: requests.exceptions.RequestException, endpoint: Endpoint, method: str) -> ExactError:
    """What became of a call without an answer. requests tells too little apart, so urllib3's reason is looked
    at."""
    words = repr(trouble)
    sent = True
    match trouble:
        case requests.exceptions.ConnectTimeout() | requests.exceptions.SSLError():
            code, sent = "unreachable", False
        case requests.exceptions.ConnectionError() if (
            "NewConnectionError" in words or "NameResolution" in words
        ):
            code, sent = "unreachable", False
        case requests.exceptions.ReadTimeout():
            code = "timeout"
        case requests.exceptions.ConnectionError() if "ReadTimeoutError" in words:
            code = "timeout"  # requests' name for a time-out in the middle of a body
        case requests.exceptions.ChunkedEncodingError() | requests.exceptions.ContentDecodingError():
            code = "answer_cut_off"
        case requests.exceptions.ConnectionError():
            code = "connection_lost"
        case _:
            code = "answer_unreadable"  # too large, an endless redirect: the same again would end the same
    return ExactError(
        code,
        raw=f"{type(trouble).__name__}: {trouble}",
        endpoint=endpoint.name,
        method=method,
        maybe_done=sent and method in WRITES,
    )
