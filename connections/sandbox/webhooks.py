"""Webhooks: subscriptions as an endpoint, and the sending of events, off the callers' threads.

The body is compact JSON; HashCode is the upper-case hexadecimal HMAC-SHA256 of the bytes of the Content node under
the app's webhook secret. On subscribing the callback gets an empty POST and must answer 2xx.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from . import messages as m
from .context import Context
from .crud import Plain
from .errors import Invalid, Sentence
from .schema import Row

if TYPE_CHECKING:
    from .box import Sandbox

SUBSCRIPTIONS = "webhooks/WebhookSubscriptions"
TOPICS = (
    "Accounts", "BankAccounts", "BankEntries", "CashEntries", "Contacts", "CostTransactions", "DocumentAttachments",
    "Documents", "FinancialTransactions", "GLAccounts", "GoodsDeliveries", "Items", "JournalStatusList",
    "MailMessageAttachments", "MailMessagesSent", "PurchaseEntries", "PurchaseOrders", "Quotations", "SalesEntries",
    "SalesInvoices", "SalesOrders", "StockPositions", "TimeTransactions",
)  # fmt: skip
_TIMEOUT = 5.0


@dataclass
class Delivery:
    """One event on its way to one callback; the control API shows these."""

    division: int
    topic: str
    action: str
    key: str
    url: str
    body: bytes
    attempts: int = 0
    status: int | str = ""
    done: bool = False
    due: float = field(default=0.0, compare=False)

    def shown(self) -> dict[str, Any]:
        return {
            "division": self.division, "topic": self.topic, "action": self.action, "key": self.key, "url": self.url,
            "attempts": self.attempts, "status": self.status, "done": self.done, "body": self.body.decode(),
        }  # fmt: skip


def signed(content: dict[str, Any], secret: str) -> bytes:
    raw = json.dumps(content, separators=(",", ":")).encode()
    code = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest().upper()
    return b'{"Content":' + raw + b',"HashCode":"' + code.encode() + b'"}'


def post(url: str, body: bytes) -> int:
    """POST and return the status. Raises OSError or http.client.HTTPException."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request("POST", path, body, headers | {"Content-Length": str(len(body))})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


class Subscriptions(Plain):
    def __init__(self) -> None:
        super().__init__(SUBSCRIPTIONS)

    def prepare(self, ctx: Context, row: Row, old: Row | None) -> None:
        if old is not None:
            raise Invalid(m.not_allowed("Topic"))
        if row["Topic"] not in TOPICS:
            raise Invalid(m.invalid("Topic"))
        parts = urlsplit(row["CallbackURL"])
        if parts.scheme not in ("http", "https") or (
            ctx.box.settings["webhook_tls"] and parts.scheme != "https"
        ):
            raise Invalid(m.invalid("CallbackURL"))
        for twin in ctx.rows(self.path).find("Topic", row["Topic"]):
            if twin["ClientID"] == ctx.app["client_id"]:
                raise Invalid(m.already_exists())
        row |= {"ClientID": ctx.app["client_id"], "UserID": ctx.user["id"], "Description": row["Topic"]}
        try:
            status = post(row["CallbackURL"], b"")
        except (OSError, http.client.HTTPException):
            status = 500  # what Exact says of a callback that it cannot reach
        if not 200 <= status < 300:
            text = (
                f"Invalid: Post to callback URL endpoint returns {status} "
                "An error occurred while sending the request."
            )
            raise Invalid(Sentence(text, text))


class Sender:
    """One thread that sends what is due; retries as the settings say."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._queue: queue.PriorityQueue[tuple[float, int, Delivery | None]] = queue.PriorityQueue()
        self._number = 0
        self.recent: deque[Delivery] = deque(maxlen=500)
        self._stop = threading.Event()
        self._wake = threading.Condition()

    def start(self) -> None:
        threading.Thread(target=self._run, name="webhooks", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def announce(self, division: int, topic: str, action: str, key: str, endpoint: str) -> None:
        """Queue an event for everyone who subscribed to the topic in this division."""
        settings = self._box.settings
        if not settings["webhooks"]:
            return
        for row in self._box.store.table(division, SUBSCRIPTIONS).find("Topic", topic):
            app = self._box.app(row["ClientID"])
            content = {
                "Topic": topic, "ClientId": row["ClientID"], "Division": division, "Action": action, "Key": key,
                "ExactOnlineEndpoint": endpoint,
            }  # fmt: skip
            body = signed(content, app["webhook_secret"])
            for _ in range(settings["webhook_copies"]):
                delivery = Delivery(division, topic, action, key, row["CallbackURL"], body)
                self.recent.append(delivery)
                self._push(delivery, settings["webhook_delay"])

    def _push(self, delivery: Delivery, delay: float) -> None:
        with self._wake:
            self._number += 1
            self._queue.put((time.monotonic() + delay, self._number, delivery))
            self._wake.notify()

    def _run(self) -> None:
        while not self._stop.is_set():
            due, number, delivery = self._queue.get()
            wait = due - time.monotonic()
            if wait > 0:
                # Put it back and sleep until it is due, or until something earlier comes in.
                self._queue.put((due, number, delivery))
                with self._wake:
                    self._wake.wait(min(wait, 1.0))
                continue
            if delivery is not None:
                self._send(delivery)

    def _send(self, delivery: Delivery) -> None:
        delivery.attempts += 1
        try:
            delivery.status = post(delivery.url, delivery.body)
        except (OSError, http.client.HTTPException) as error:
            delivery.status = type(error).__name__
        retries = self._box.settings["webhook_retries"]
        if isinstance(delivery.status, int) and 200 <= delivery.status < 300:
            delivery.done = True
        elif delivery.attempts <= len(retries):
            self._push(delivery, retries[delivery.attempts - 1])
        else:
            delivery.done = True
