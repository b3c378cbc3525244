"""Any access point that signs as Standard Webhooks do (webhook-id, -timestamp, -signature).

The event's `data` is {document_id, receiver, sender?}; the document is at `<base_url>/documents/<id>` with the bearer
token, what came lately at `<base_url>/documents/?since=…`, and responses go to `<base_url>/documents/<id>/responses`.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from invoices.channels.peppol import Notice, Refused, call
from invoices.channels.peppol.econnect import _object

LOOK_BACK = timedelta(hours=24)


class Signed:
    """`values`: base_url, secret (whsec_…), token."""

    def __init__(self, values: dict[str, Any]) -> None:
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

    def recent(self) -> list[Notice]:
        since = (timezone.now() - LOOK_BACK).isoformat()
        found = call("GET", f"{self.base}/documents/", self.token, params={"since": since}).json()
        return [self._notice(one) for one in found.get("results", []) if one.get("document_id")]

    def respond(self, document_id: str, party: str, code: str, reason: str, note: str) -> None:
        body = {"status": code, "reason": reason or None, "note": note or None}
        call("POST", f"{self._document(document_id)}/responses", self.token, json=body)

    def _document(self, document_id: str) -> str:
        return f"{self.base}/documents/{quote(document_id, safe='')}"
