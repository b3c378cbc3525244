"""Storecove (storecove.com).

A push is JSON {event_type: "received_document", document_guid}; who may push is settled by a secret header that one
chooses oneself when the webhook is made. What that header is called differs between the integrations one can read, so
its name is a setting; and whatever a push says, the document itself is fetched from them.
"""

import base64
import hmac
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from invoices.channels.peppol import Gone, Notice, Refused, Told, call
from invoices.channels.peppol.econnect import _object

MOST_AT_ONCE = 500


class Storecove:
    """`values`: base_url (https://api.storecove.com), secret, header, token."""

    takes_ubl = False

    def __init__(self, values: dict[str, Any]) -> None:
        self.base = values["base_url"].rstrip("/")
        self.secret = values["secret"]
        self.header = values.get("header", "X-Webhook-Secret").lower()
        self.token = values.get("token", "")

    def verify(self, headers: dict[str, str], raw: bytes) -> None:
        if not hmac.compare_digest(headers.get(self.header, "").encode(), self.secret.encode()):
            raise Refused("signature_wrong")

    def parse(self, raw: bytes) -> list[Notice]:
        return self._notices(_object(raw))

    def _notices(self, found: dict[str, Any]) -> list[Notice]:
        if isinstance(found.get("body"), str):  # pulled: {guid, body: "<json>"}
            found = _object(found["body"].encode())
        if found.get("event_type") != "received_document" or not found.get("document_guid"):
            return []
        return [
            Notice(
                document_id=str(found["document_guid"])[:200],
                party=str(found.get("receiver", ""))[:100],
                topic="received_document",
                sender=str(found.get("sender", ""))[:200],
            )
        ]

    def fetch(self, notice: Notice) -> bytes:
        url = f"{self.base}/api/v2/received_documents/{quote(notice.document_id, safe='')}/original"
        answer = call("GET", url, self.token)
        if not answer.content.lstrip().startswith(b"{"):
            return answer.content
        original = str(json.loads(answer.content).get("original", ""))
        return original.encode() if original.lstrip().startswith("<") else base64.b64decode(original)

    def recent(self) -> Iterator[Notice]:
        """Their queue of pulled webhooks: one at a time, and the same one until it is taken away. It is when the next
        is asked for: by then whoever listens has committed it."""
        url = f"{self.base}/api/v2/webhook_instances/"
        for _ in range(MOST_AT_ONCE):
            answer = call("GET", url, self.token)
            if answer.status_code == 204 or not answer.content:
                return
            found = _object(answer.content)
            yield from self._notices(found)
            if not found.get("guid"):
                return
            with suppress(Gone):
                call("DELETE", url + quote(str(found["guid"]), safe=""), self.token)

    def respond(self, told: Told) -> None:
        """As JSON, from which they write the document. Which fields they want is not confirmed by an account."""
        answer = told.answer
        body = {
            "document": {
                "documentType": "invoice_response",
                "invoiceResponse": {
                    "status": answer.code,
                    "reason": answer.reason or None,
                    "action": answer.action or None,
                    "note": answer.words or None,
                },
            },
            "receiveGuid": told.document_id,
        }
        call("POST", f"{self.base}/api/v2/document_submissions", self.token, json=body)
