"""Any access point that signs as Standard Webhooks do (webhook-id, -timestamp, -signature).

The event's `data` is {document_id, receiver, sender?}; the document is at `<base_url>/documents/<id>` with the bearer
token, what came lately at `<base_url>/documents/?since=…` ({results, next}), and responses go to
`<base_url>/documents/<id>/responses`.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urljoin

from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from invoices.channels.peppol import Notice, Refused, Told, call
from invoices.channels.peppol.econnect import _object

LOOK_BACK = timedelta(hours=24)
MOST_PAGES = 100


class Signed:
    """`values`: base_url, secret (whsec_…), token, responses ("json", or "ubl" for a finished ApplicationResponse)."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.takes_ubl = values.get("responses") == "ubl"
        self.base = values["base_url"].rstrip("/")
        self.secret = values["secret"]
        self.token = values.get("token", "")

    def verify(self, headers: dict[str, str], raw: bytes) -> None:
        try:
            Webhook(self.secret).verify(raw, headers)
        except (WebhookVerificationError, ValueError, UnicodeDecodeError):
            raise Refused("signature_wrong") from None

    def parse(self, raw: bytes) -> list[Notice]:
        found = _object(raw).get("data")
        return [self._notice(found)] if isinstance(found, dict) and found.get("document_id") else []

    def _notice(self, found: dict[str, Any]) -> Notice:
        return Notice(
            document_id=str(found["document_id"])[:200],
            party=str(found.get("receiver", ""))[:100],
            topic="document.received",
            sender=str(found.get("sender", ""))[:200],
        )

    def fetch(self, notice: Notice) -> bytes:
        return call("GET", self._document(notice.document_id), self.token).content

    def recent(self) -> Iterable[Notice]:
        """The last day's, page after page: `next` is the address of the page to come."""
        found: list[Notice] = []
        url, query = f"{self.base}/documents/", {"since": (timezone.now() - LOOK_BACK).isoformat()}
        for _ in range(MOST_PAGES):
            page = _object(call("GET", url, self.token, params=query).content)
            found += [self._notice(one) for one in page.get("results", []) if one.get("document_id")]
            if not page.get("next"):
                break
            url, query = urljoin(url, str(page["next"])), {}
            if not url.startswith(f"{self.base}/"):
                break  # the token is theirs alone
        return found

    def respond(self, told: Told) -> None:
        url, answer = f"{self._document(told.document_id)}/responses", told.answer
        if self.takes_ubl:
            call("POST", url, self.token, {"Content-Type": "application/xml"}, data=told.ubl)
            return
        said = {"reason": answer.reason, "action": answer.action, "note": answer.words}
        body = {"status": answer.code, **{name: text or None for name, text in said.items()}}
        call("POST", url, self.token, json=body)

    def _document(self, document_id: str) -> str:
        return f"{self.base}/documents/{quote(document_id, safe='')}"
