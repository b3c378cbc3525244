"""Access points: each speaks of incoming documents in its own way. An adapter is all that we know of one.

    verify(headers, raw)     is this really from them; Refused otherwise
    parse(raw)               what they tell us: Notices
    fetch(notice)            the document's bytes
    recent()                 what came lately, for when a notice got lost; the next is asked for when one is committed
    respond(told)            an Invoice Response back through them

`PEPPOL_ACCESS_POINTS` (JSON) names the installation's own: {"psb": {"kind": "econnect", "base_url": …, "secret": …,
"token": …}}; the webhook's address is `/hooks/peppol/<name>/`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import requests
from django.conf import settings

from invoices.formats.response import Answer
from portal import http

SECONDS = 30


class Refused(Exception):
    """Not from them, or not as they write it. `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Gone(Exception):
    """The access point does not have this document (any more)."""


@dataclass(frozen=True)
class Notice:
    """A document is there for a party."""

    document_id: str
    party: str = ""  # as the access point writes it: NL:KVK:12345678
    topic: str = ""
    sender: str = ""

    @property
    def kvk_number(self) -> str:
        """The 8 digits of a party under KVK's scheme; empty under another."""
        scheme, _, number = self.party.rpartition(":")
        known = scheme.upper() in ("NL:KVK", "0106", "KVK", "ISO6523-ACTORID-UPIS::0106")
        return number if known and len(number) == 8 and number.isdigit() else ""


@dataclass(frozen=True)
class Told:
    """An Invoice Response on its way back. `ubl` is the finished document, for an access point that takes one."""

    document_id: str
    party: str
    answer: Answer
    ubl: bytes = b""


class Adapter(Protocol):
    """What each access point's module gives. `takes_ubl`: it carries a finished response and writes none itself."""

    takes_ubl: bool

    def verify(self, headers: dict[str, str], raw: bytes) -> None: ...
    def parse(self, raw: bytes) -> list[Notice]: ...
    def fetch(self, notice: Notice) -> bytes: ...
    def recent(self) -> Iterable[Notice]: ...
    def respond(self, told: Told) -> None: ...


def adapter(name: str) -> Adapter:
    """The access point of this name; KeyError when the settings have none."""
    from invoices.channels.peppol import econnect, signed, storecove

    values = settings.PEPPOL_ACCESS_POINTS[name]
    kinds: dict[str, Any] = {
        "econnect": econnect.EConnect,
        "storecove": storecove.Storecove,
        "signed": signed.Signed,
    }
    made: Adapter = kinds[values["kind"]](values)
    return made


def call(
    method: str, url: str, token: str, headers: dict[str, str] | None = None, **more: Any
) -> requests.Response:
    """One call to an access point. Gone for a 404 or 410; HTTPError for other refusals."""
    session = http.session()
    try:
        answer = session.request(
            method,
            url,
            timeout=SECONDS,
            headers={"Authorization": f"Bearer {token}", **(headers or {})},
            **more,
        )
    finally:
        session.close()
    if answer.status_code in (404, 410):
        raise Gone(url)
    answer.raise_for_status()
    return answer
