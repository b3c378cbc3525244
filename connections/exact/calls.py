"""One HTTP call as it may be kept and shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from connections.exact import odata
from connections.exact.answers import text_of
from connections.exact.limits import Budget

KEPT_BODY = 16_000
"""Characters of a body that a `Call` keeps."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call as it may be kept and shown: no token, no file contents. `url` is path and query;
    `budget` is what was left after it; `error` is the ExactError's code."""

    at: datetime
    method: str
    endpoint: str
    url: str
    status: int | None
    reason: str
    request_body: str
    response_body: str
    seconds: float
    budget: Budget
    error: str | None


_BASE64 = re.compile(r'("(?:Attachment|Logo|ThumbnailPicture)"\s*:\s*)"([^"]{64,})"')


def path_and_query(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def shown_payload(payload: Mapping[str, Any] | None) -> str:
    if payload is None:
        return ""
    shown = {
        name: f"<{len(value)} bytes>" if isinstance(value, bytes) else value
        for name, value in payload.items()
    }
    return _shortened(odata.dump(shown))


def shown_answer(response: requests.Response | None, token: str) -> str:
    if response is None:
        return ""
    kind = response.headers.get("Content-Type", "").lower()
    if kind and not any(word in kind for word in ("json", "text", "xml")):
        return f"<{len(response.content)} bytes>"
    return _shortened(text_of(response).replace(token or "<token>", "<token>"))


def _shortened(text: str) -> str:
    text = _BASE64.sub(lambda found: f'{found[1]}"<{len(found[2])} characters of base64>"', text)
    return (
        text if len(text) <= KEPT_BODY else f"{text[:KEPT_BODY]}… ({len(text) - KEPT_BODY} more characters)"
    )
