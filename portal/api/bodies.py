"""Request bodies: how much of one is read, and from where.

A document is 25 MiB at most. That is known before a byte of the body is read where `Content-Length` says so, and
while reading where it does not (chunked); nothing larger is ever held. Authentication comes before all of it.
"""

from typing import Any

from rest_framework.parsers import BaseParser

from portal.api.problems import Problem

JSON_BYTES = 10 * 1024 * 1024
DISCARD_BYTES = 64 * 1024 * 1024
PIECE = 64 * 1024


class RawBody(BaseParser):
    """Takes any body as it is: the bytes are the document."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream.read()


def check_size(request: Any, at_most: int) -> None:
    """413 for a body that is too large; a chunked one is read here, up to the limit, and becomes the request's body."""
    http = getattr(request, "_request", request)
    if "chunked" in http.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        _read_chunked(http, at_most)
        return
    length = http.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > at_most:
        _discard(http, int(length) if length.isdigit() else 0)
        raise too_large(at_most)


def too_large(at_most: int) -> Problem:
    return Problem(
        413,
        "too_large",
        f"The body is larger than {at_most // (1024 * 1024)} MiB. Send a document without its large attachments.",
    )


def _read_chunked(http: Any, at_most: int) -> None:
    """Django takes a body without `Content-Length` for an empty one; the server marks where it ends."""
    if "multipart" in http.META.get("CONTENT_TYPE", ""):
        raise Problem(411, "length_required", "Send a multipart body with its Content-Length.")
    pieces, size = [], 0
    source = http.META["wsgi.input"]
    while piece := source.read(PIECE):
        size += len(piece)
        if size > at_most:
            raise too_large(at_most)
        pieces.append(piece)
    http._body = b"".join(pieces)


def _discard(http: Any, length: int) -> None:
    """Read a refused body away, piece by piece. Many clients send all of it before they look at the answer, and see
    a broken connection instead of the 413 when nobody reads."""
    left = min(length, DISCARD_BYTES)
    source = http.META["wsgi.input"]
    while left > 0 and (piece := source.read(min(PIECE, left))):
        left -= len(piece)
