"""eConnect's Procurement Service Bus (psb.econnect.eu).

A hook is JSON {topic, partyId, documentId, message, details, createdOn, sentOn}, signed in `X-EConnect-Signature` as
"sha256=" + hex(HMAC-SHA256(raw body, secret)); one that was sent more than five minutes ago is refused, as their own
client libraries do. The document is fetched by party and id, and may be asked for for 90 days.
"""

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.utils import timezone

from invoices.channels.peppol import Notice, Refused, Told, call

FRESH = timedelta(minutes=5)
RECEIVED = "InvoiceReceived"


class EConnect:
    """`values`: base_url, secret, token."""

    takes_ubl = False

    def __init__(self, values: dict[str, Any]) -> None:
        self.base = values["base_url"].rstrip("/")
        self.secret = values["secret"]
        self.token = values.get("token", "")

    def verify(self, headers: dict[str, str], raw: bytes) -> None:
        asked = headers.get("x-econnect-signature", "")
        ours = "sha256=" + hmac.new(self.secret.encode(), raw, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(asked.encode(), ours.encode()):
            raise Refused("signature_wrong")
        sent = _moment(_object(raw).get("sentOn"))
        if sent is None or abs(timezone.now() - sent) > FRESH:
            raise Refused("too_old")

    def parse(self, raw: bytes) -> list[Notice]:
        found = _object(raw)
        if found.get("topic") != RECEIVED or not found.get("documentId"):
            return []
        details = found.get("details") or {}
        return [
            Notice(
                document_id=str(found["documentId"])[:200],
                party=str(found.get("partyId", ""))[:100],
                topic=RECEIVED,
                sender=str(details.get("sender", ""))[:200] if isinstance(details, dict) else "",
            )
        ]

    def fetch(self, notice: Notice) -> bytes:
        return call("GET", self._document(notice.document_id, notice.party, "download"), self.token).content

    def recent(self) -> list[Notice]:
        """Nothing: each of the bus' calls about received invoices wants a document's id, and none lists them. A hook
        that was not taken is sent again by the bus itself (its topics HookSentRetry and HookSentError say so)."""
        return []

    def respond(self, told: Told) -> None:
        """They write the document, and look the seller's address up."""
        answer = told.answer
        body: dict[str, Any] = {"status": answer.code}
        if answer.reason:
            body["reasons"] = {answer.reason: answer.words}
        elif answer.words:
            body["note"] = answer.words
        if answer.action:
            body["actions"] = {answer.action: ""}
        call("POST", self._document(told.document_id, told.party, "response"), self.token, json=body)

    def _document(self, document_id: str, party: str, what: str) -> str:
        return (
            f"{self.base}/api/v1/{quote(party, safe='')}/purchaseInvoice/{quote(document_id, safe='')}/{what}"
        )


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused("not_json") from None
    if not isinstance(found, dict):
        raise Refused("not_json")
    return found


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None
