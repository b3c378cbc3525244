"""Webhooks out: signing, sending, trying again, and giving up. What is sent was written by `announces`.

Standard Webhooks (standardwebhooks.com): the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`; the
secret is base64 with the prefix `whsec_`. The id is the event's and stays the same on every try and on a replay, so
that a receiver can tell a repeat.

Sending one delivery is three short moves: claim it (due again when the lease is over) → call → record.
"""

import base64
import json
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import requests
import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone
from standardwebhooks import Webhook as Signer

from portal import http
from portal.api.fields import rfc3339
from portal.base import new_id
from portal.models import Webhook, WebhookDelivery
from portal.tenancy import scope

log = structlog.get_logger(__name__)

EVENTS = {
    "invoice": [
        "received", "unrouted", "unreadable", "on_hold", "review", "ready", "booking", "booked", "delivered", "failed",
        "duplicate", "rejected",
    ],
    "connection": ["pending", "active", "blocked", "paused", "disconnected"],
    "issue": ["opened", "resolved"],
    "webhook": ["test"],
}  # fmt: skip
NAMES = [
    "*",
    *(f"{kind}.*" for kind in EVENTS),
    *(f"{kind}.{one}" for kind, some in EVENTS.items() for one in some),
]

# Seconds between tries: at once, then over three days with growing gaps.
GAPS = (5, 60, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 72_000)
LEASE = timedelta(seconds=60)
TRIES_KEPT = 10
GONE = 410

State = WebhookDelivery.State


def new_webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def payload(delivery: WebhookDelivery) -> bytes:
    """The body: thin on purpose. What the event is about is read back by its id, with the rights one has then."""
    document = {"type": delivery.event, "timestamp": rfc3339(delivery.at), "data": delivery.data}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def wake() -> None:
    """Send what is due soon, rather than at the next sweep. Call it when a transaction that may announce is done."""
    from portal.tasks import send_webhooks

    send_webhooks.delay()


def test(webhook: Webhook) -> WebhookDelivery:
    """An event of no meaning, to see that everything is wired. Needs the scope."""
    now = timezone.now()
    return WebhookDelivery.objects.create(
        webhook=webhook,
        event_id=new_id(),
        event="webhook.test",
        at=now,
        data={"id": str(webhook.pk), "firm": str(webhook.firm_id), "status": "test"},
        due_at=now,
    )


def replay(found: Any) -> int:
    """Send these deliveries once more, with their own ids. How many; needs the scope."""
    now = timezone.now()
    return found.update(state=State.WAITING, due_at=now, attempts=0, first_tried_at=None, updated_at=now)


# --- Sending ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcome:
    status: int | None
    error: str
    seconds: float

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def deliver(firm_id: UUID, delivery_id: UUID) -> None:
    """One try. Does nothing when another process has it, or it is not due any more."""
    claimed = _claim(firm_id, delivery_id)
    if claimed is None:
        return
    delivery, url, secret = claimed
    outcome = _post(url, secret, str(delivery.event_id), payload(delivery))
    with scope(firm_id):
        _record(delivery, outcome)


def _claim(firm_id: UUID, delivery_id: UUID) -> tuple[WebhookDelivery, str, str] | None:
    now = timezone.now()
    with scope(firm_id):
        taken = WebhookDelivery.objects.filter(pk=delivery_id, due_at__lte=now, state=State.WAITING).update(
            due_at=now + LEASE, attempts=F("attempts") + 1, updated_at=now
        )
        if not taken:
            return None
        delivery = WebhookDelivery.objects.select_related("webhook").get(pk=delivery_id)
        if not delivery.webhook.active:
            WebhookDelivery.objects.filter(pk=delivery_id).update(
                due_at=None, state=State.FAILED, updated_at=now
            )
            return None
        return delivery, delivery.webhook.url, delivery.webhook.secret.reveal()


def _post(url: str, secret: str, event_id: str, body: bytes) -> _Outcome:
    """Redirects are not followed: the address is the partner's promise, and a redirect could lead inside."""
    message_id = f"msg_{event_id.replace('-', '')}"
    now = timezone.now()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(secret).sign(message_id, now, body.decode()),
    }
    session = http.session(public_only=not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES, max_bytes=64 * 1024)
    began = time.monotonic()
    try:
        answer = session.post(
            url, data=body, headers=headers, timeout=settings.WEBHOOK_SECONDS, allow_redirects=False
        )
        status, error = answer.status_code, ""
    except http.AddressNotPublic:
        status, error = None, "address_not_public"
    except requests.exceptions.Timeout:
        status, error = None, "timeout"
    except requests.exceptions.RequestException as problem:
        status, error = None, type(problem).__name__
    finally:
        session.close()
    return _Outcome(status, error, round(time.monotonic() - began, 3))


def _record(delivery: WebhookDelivery, outcome: _Outcome) -> None:
    now = timezone.now()
    delivery.tries = [
        *delivery.tries,
        {"at": rfc3339(now), "status": outcome.status, "error": outcome.error, "seconds": outcome.seconds},
    ][-TRIES_KEPT:]
    delivery.first_tried_at = delivery.first_tried_at or now
    webhook = Webhook.objects.filter(pk=delivery.webhook_id)
    if outcome.taken:
        delivery.state, delivery.due_at, delivery.delivered_at = State.DELIVERED, None, now
        webhook.update(last_success_at=now)
    else:
        webhook.update(last_failure_at=now)
        gap = GAPS[delivery.attempts - 1] if delivery.attempts <= len(GAPS) else None
        if outcome.status == GONE:
            # The receiver says that it wants no more of them, ever.
            webhook.update(active=False, disabled_because="gone", updated_at=now)
            gap = None
        delivery.state = State.WAITING if gap else State.FAILED
        delivery.due_at = now + timedelta(seconds=gap) if gap else None
    delivery.save(update_fields=["tries", "first_tried_at", "state", "due_at", "delivered_at", "updated_at"])
    log.info("webhook_sent", event_type=delivery.event, status=outcome.status, error=outcome.error)
