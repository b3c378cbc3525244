"""What Exact's refusal means, decided once.

`refusals.RULES` is the whole knowledge; a sentence that stands in no row becomes `exact_unknown` with Exact's
words kept.

Business validation comes as HTTP 500 (picqer#325, #416, #249): a 500 that carries a sentence is never
transient, or a refused booking would be sent for ever. A 500 with a stack trace, a web page or nothing is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connections.exact import limits
from connections.exact.odata import load
from connections.exact.refusals import DIVISION_WORDS, RULES, Kind, Rule

__all__ = ["CODES", "COUNTED", "WRITES", "ExactError", "Kind", "classify", "kind_of", "messages"]

WRITES = frozenset({"POST", "PUT", "DELETE"})
COUNTED = frozenset({400, 401, 403, 404})
"""Statuses that Exact counts against the error limit (API limits page)."""


class ExactError(Exception):
    """One failed call. `message` is an English sentence for logs, `raw` holds Exact's own words.

    `maybe_done`: a write whose outcome is unknown; look it up in Exact before anything is sent again.
    `retry_at`: when it makes sense to try again, where Exact said so.
    `division`: the administration that Exact names in its words, if it does.
    """

    def __init__(
        self,
        code: str,
        *,
        raw: str = "",
        status: int | None = None,
        endpoint: str = "",
        method: str = "GET",
        retry_at: datetime | None = None,
        maybe_done: bool = False,
        detail: str = "",
    ) -> None:
        rule = _BY_CODE[code]
        self.kind = rule.kind
        self.code = code
        self.message = f"{rule.says} {detail}".strip()
        self.raw = raw
        self.status = status
        self.endpoint = endpoint
        self.method = method
        self.retry_at = retry_at
        self.maybe_done = maybe_done
        self.counts_as_error = status in COUNTED
        self.division = _division(raw) if code in _NAMES_A_DIVISION else None
        super().__init__(f"{method} {endpoint}: {self.message} [{code}, HTTP {status or '-'}] {raw[:300]}")

    @property
    def not_to_be_had(self) -> bool:
        """Exact will not give this, now or an hour later: not sold, not allowed, not there at all, or not in the
        way in which we ask for it. What can do without it goes on without it."""
        return self.kind in (Kind.RIGHTS, Kind.CONFIGURATION, Kind.OURS)


_BY_CODE: dict[str, Rule] = {}
for _rule in RULES:
    _BY_CODE.setdefault(_rule.code, _rule)

CODES: frozenset[str] = frozenset(_BY_CODE)
"""Every code that an ExactError can bear."""

_TEXTS = {rule.text: re.compile(rule.text, re.IGNORECASE | re.DOTALL) for rule in RULES if rule.text}


def kind_of(code: str) -> Kind:
    return _BY_CODE[code].kind


def classify(
    *,
    status: int,
    headers: Mapping[str, str],
    text: str,
    endpoint: str,
    path: str,
    method: str,
    now: datetime,
    minute_seconds: int = limits.MINUTE_SECONDS,
    recent_errors: int = 0,
    bare_before: bool = False,
) -> ExactError:
    """The meaning of an answer that is not a 2xx.

    1. 429 is the budget: the header family shown says which. Without any it is the error block, if the words
       speak of errors, or if this endpoint has refused us within the hour (`recent_errors`) and has said a bare
       429 before (`bare_before`), which we waited for; else the minute.
    2. The first rule that fits one of the messages, the Reason header or the status decides.
    3. A 5xx without a sentence (a page, nothing) is Exact being down; with one it is `exact_unknown`.
    `path` is the endpoint's path without division, `mailbox/Mailboxes`.
    """
    said = messages(text)
    reason = headers.get("Reason", "")
    raw = "\n".join(said) or reason or _visible(text)
    # All together too: some refusals are only told by two sentences ("mailbox exists", "invalid division").
    words = [*said, "; ".join(said), reason]
    code = _budget_code(status, headers, words, recent_errors > 0 and bare_before) or _rule_code(
        status, words, path
    )
    if code is None:
        code = "exact_unknown" if said else "request_refused" if 400 <= status < 500 else "exact_down"
    kind = _BY_CODE[code].kind
    return ExactError(
        code,
        raw=raw,
        status=status,
        endpoint=endpoint,
        method=method,
        retry_at=_retry_at(code, headers, now, minute_seconds),
        maybe_done=method in WRITES and kind is Kind.TRANSIENT,
    )


def _rule_code(status: int, said: list[str], path: str) -> str | None:
    for rule in RULES:
        if not (rule.text or rule.statuses):
            continue
        if rule.statuses and status not in rule.statuses:
            continue
        if rule.path and not path.startswith(rule.path):
            continue
        if rule.text and not any(_TEXTS[rule.text].search(message) for message in said):
            continue
        return rule.code
    return None


def _budget_code(status: int, headers: Mapping[str, str], said: list[str], waited: bool) -> str | None:
    if status != 429:
        return None
    if family := limits.exhausted(headers):
        return f"budget_{family}"
    # Nobody has published the answer of the error block. Since 2019 a used-up minute or day shows its headers
    # (before that it did not, picqer#255), so a bare 429 is the block or a gateway's. Exact blocks after ten errors,
    # of which we make five at most: after one or two the block is unlikely, and taking a gateway's hiccup for it
    # would stop the endpoint for an hour. So a minute is waited first, which costs one call if it was the block.
    blocked = waited or any("error" in message.lower() for message in said)
    return "budget_errors" if blocked else "budget_minute"


def _retry_at(code: str, headers: Mapping[str, str], now: datetime, minute_seconds: int) -> datetime | None:
    if code not in ("budget_minute", "budget_day", "budget_errors", "exact_down"):
        return None
    if headers.get("Retry-After", "").isdigit():  # never seen from Exact itself; a gateway may say it
        return now + timedelta(seconds=int(headers["Retry-After"]))
    if code == "budget_errors":
        return now + limits.ERROR_WINDOW
    if code == "exact_down":
        return None
    budget = limits.Budget(minute_seconds=minute_seconds).learn(headers, now, refused=True)
    return budget.sleep_until(now) or limits.minute_ends(now, minute_seconds) + limits.SLACK


# --- Exact's own words --------------------------------------------------------------------------------------

_XML_MESSAGE = re.compile(r"<(?:m:)?message\b[^>]*>(.*?)</(?:m:)?message>", re.DOTALL)
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufeff]")
_JOINTS = re.compile(r"[\r\n]+|;\s+")


def messages(text: str) -> list[str]:
    """The sentences in an error body, one per line of Exact's message. A web page has none; so has an empty
    body.

    Read are `{"error":{"message":{"value":…}}}`, its XML twin, the gateway's `{"fault":{"faultstring":…}}`,
    OAuth's `error_description`, and plain text such as `Forbidden - User division is not within division
    scope.`
    """
    cleaned = _CONTROL.sub("", text).strip()
    if not cleaned:
        return []
    if cleaned[0] in "{[":
        try:
            found = _json_message(load(cleaned))
        except ValueError:
            found = ""
    elif cleaned[0] == "<":
        hit = _XML_MESSAGE.search(cleaned)
        found = html.unescape(hit[1]) if hit and "<html" not in cleaned.lower() else ""
    else:
        found = cleaned
    return [line.strip() for line in _JOINTS.split(found) if line.strip()]


def _json_message(answer: Any) -> str:
    if not isinstance(answer, dict):
        return ""
    error = answer.get("error")
    if isinstance(error, dict):
        message = error.get("message")
        value = message.get("value") if isinstance(message, dict) else message
        return value if isinstance(value, str) else ""
    fault = answer.get("fault")
    if isinstance(fault, dict):
        return str(fault.get("faultstring", ""))
    for name in ("error_description", "Message", "message", "error"):
        if isinstance(answer.get(name), str):
            return str(answer[name])
    return ""


def _visible(text: str) -> str:
    """A web page's readable words, for the log."""
    return " ".join(html.unescape(_TAGS.sub(" ", text)).split())[:500]


_NAMES_A_DIVISION = frozenset(
    {"mailbox_bound_elsewhere", "division_out_of_scope", "division_blocked", "no_division_access"}
)
_DIVISION_NUMBER = re.compile(rf"(?:{DIVISION_WORDS})\D{{0,20}}?(\d{{3,9}})\b", re.IGNORECASE)


def _division(raw: str) -> int | None:
    found = _DIVISION_NUMBER.search(raw)
    return int(found[1]) if found else None
