"""The last calls to Exact, as they may be shown: what was asked, what came back, how long it took, what was left."""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from connections.models import Call

LONGEST = 4000
_HIDDEN = (
    (re.compile(r"(?i)(bearer\s+)[\w.~+/=-]{8,}"), r"\1•••"),
    (
        re.compile(
            r"(?i)(\"?(?:access_token|refresh_token|client_secret|password)\"?\s*[:=]\s*\"?)[^\"&\s,}]+"
        ),
        r"\1•••",
    ),
    (re.compile(r"([?&]code=)[^&\s\"]+"), r"\1•••"),
    # An IBAN keeps its ends, as one word or in fours; whatever else stands as an account, its last four signs.
    (re.compile(r"\b([A-Z]{2}\d{2})[A-Z0-9]{6,26}(\d{4})\b"), r"\1•••\2"),
    (re.compile(r"\b([A-Z]{2}\d{2})(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?\b"), r"\1•••"),
    (re.compile(r"(\"(?:BankAccount|IBAN)\"\s*:\s*\")[^\"•]*?([^\"•]{4}\")"), r"\1•••\2"),
    (re.compile(r"\b[\w.+-]+(@[\w-]+\.[\w.-]+)"), r"•••\1"),
    (re.compile(r"\"[A-Za-z0-9+/=]{200,}\""), '"(a file)"'),
)


def redacted(text: str) -> str:
    """Without what is secret or personal: tokens, account numbers, addresses, files."""
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    return text


def shown(rows: Iterable[Call]) -> list[dict[str, Any]]:
    """Calls as pages and bundles have them."""
    return [
        {
            "id": str(row.pk),
            "at": row.at,
            "method": row.method,
            "endpoint": row.endpoint,
            "url": redacted(unquote(row.url)),  # in an address %27 would hide where an account number begins
            "status": row.status,
            "seconds": row.seconds,
            "error": row.error,
            "minute_left": row.minute_left,
            "day_left": row.day_left,
            "request": _tidy(row.request),
            "answer": _tidy(row.answer),
            "failed": row.status is None or row.status >= 400 or bool(row.error),
        }
        for row in rows
    ]


def _tidy(body: str) -> str:
    """Redacted and laid out; cut where nobody reads on."""
    try:
        text = json.dumps(json.loads(body), indent=1, ensure_ascii=False)
    except ValueError:
        text = body
    text = redacted(text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n…"
