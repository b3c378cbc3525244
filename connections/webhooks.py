"""Exact's webhooks: what changed in a division is read within seconds instead of at the next half hour.

They only hasten. An event says which kind of record changed, never what it says now; so it makes the parts of the
mirror that read such records due, and a lost event costs half an hour at most. Each counts only under its HashCode:
HMAC-SHA256 with the app's secret over the raw bytes of the Content node, in upper-case hexadecimals.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone

from connections import chores, issues, lanes, mirror
from connections.exact import WEBHOOK_SUBSCRIPTIONS, ExactError, Kind
from connections.lanes import Held, Priority
from connections.models import Chore, Connection
from connections.sites import site
from portal.lookups import ask
from portal.tenancy import scope

log = structlog.get_logger(__name__)

# Topic → the parts of the mirror that read it (`mirror.PARTS`).
TOPICS = {
    "Accounts": ("suppliers",),
    "BankAccounts": ("suppliers", "bank_accounts"),  # an account of a supplier that we lack would be lost
    "GLAccounts": ("ledger_accounts",),
    "PurchaseEntries": ("entries",),
    "JournalStatusList": ("periods",),
}
DELETED = ("deleted",)
GATHER = timedelta(seconds=5)  # a booking sends an event per line; they are read together
LOOK_AGAIN = timedelta(hours=24)
MOST_BYTES = 64 * 1024
_START, _BETWEEN = b'{"Content":', b',"HashCode":"'

_on_removed: list[Callable[[Connection, list[UUID]], None]] = []


class Refused(Exception):
    """Not an event of Exact's; the text says why."""


def register(*, on_removed: Callable[[Connection, list[UUID]], None]) -> None:
    """Be told of keys of purchase entries or their lines that Exact says are removed. Within the scope."""
    if on_removed not in _on_removed:
        _on_removed.append(on_removed)


# --- Events ----------------------------------------------------------------------------------------------


def read(body: bytes, secret: str) -> dict[str, Any]:
    """The Content of an event. Raises Refused when it is not signed with this secret."""
    if not secret:
        raise Refused("EXACT_WEBHOOK_SECRET is not set.")
    raw, code = _parts(body)
    expected = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest().upper()
    if not hmac.compare_digest(expected.encode(), code):
        raise Refused("The HashCode does not fit.")
    content = json.loads(raw)
    if not isinstance(content, dict):
        raise Refused("The Content is no object.")
    return content


def _parts(body: bytes) -> tuple[bytes, bytes]:
    """(the Content's raw bytes, the HashCode). The hash is over the bytes as sent, so nothing is parsed before."""
    body = body.strip()
    head, between, tail = body.rpartition(_BETWEEN)
    if len(body) > MOST_BYTES or not body.startswith(_START) or not between or not tail.endswith(b'"}'):
        raise Refused("The body is not an event.")
    return head[len(_START) :], tail[:-2]


def receive(body: bytes) -> int:
    """Take an event: how many connections it made look. Raises Refused. An empty body is Exact's test: 0."""
    if not body.strip():
        return 0
    content = read(body, settings.EXACT_WEBHOOK_SECRET)
    try:
        division, client = int(content["Division"]), str(content["ClientId"])
        topic, removed = str(content["Topic"]), content.get("Action") == "Delete"
        key = UUID(str(content["Key"]))
    except (KeyError, TypeError, ValueError):
        raise Refused("The Content lacks what an event has.") from None
    found = [row for name in _sites(client) for row in ask("connection_of_division", name, division)]
    for firm_id, connection_id in found:
        _heard(firm_id, connection_id, topic, key, removed)
    return len(found)


def _sites(client: str) -> list[str]:
    wanted = client.strip("{}").lower()
    return [name for name in settings.EXACT_SITES if site(name).client_id.strip("{}").lower() == wanted]


def _heard(firm_id: UUID, connection_id: UUID, topic: str, key: UUID, removed: bool) -> None:
    parts = TOPICS.get(topic, ())
    if not parts:
        return
    with scope(firm_id):
        connection = Connection.objects.get(pk=connection_id)
        if removed and topic == "PurchaseEntries":
            for tell in _on_removed:
                tell(connection, [key])
        refresh_soon(connection, (*parts, *(DELETED if removed else ())))


def refresh_soon(connection: Connection, parts: tuple[str, ...]) -> None:
    """Have these parts read within seconds. Needs the scope."""
    Chore.objects.get_or_create(
        connection=connection, kind="refresh", defaults={"priority": Priority.FOLLOWING}
    )
    chore = Chore.objects.select_for_update(no_key=True).get(connection=connection, kind="refresh")
    asked = {*chore.state.get("parts", []), *parts}
    wanted = [name for name in mirror.PARTS if name in asked]  # a supplier before its bank accounts
    soon = timezone.now() + GATHER
    if chore.due_at is None or chore.due_at > soon:
        chore.due_at = soon
    chore.state = {"parts": wanted}
    chore.save(update_fields=["state", "due_at"])
    lanes.wake(connection)


def _refresh(held: Held, connection: Connection, chore: Chore) -> timedelta | None:
    """Read what was named. What is named meanwhile stays, and is read next."""
    with held.record():
        fresh = Chore.objects.select_for_update(no_key=True).get(pk=chore.pk)
        parts = fresh.state.get("parts", [])
        Chore.objects.filter(pk=chore.pk).update(state={})
    for name in parts:
        try:
            mirror.PARTS[name](held, connection)
        except ExactError as error:
            if not error.not_to_be_had:
                with held.record():  # not read yet: it is asked for again
                    Chore.objects.filter(pk=chore.pk).update(state={"parts": parts})
                raise
            log.info("mirror_part_refused", part=name, code=error.code)
    chores.has_read(held, connection)
    with held.read():
        more = Chore.objects.get(pk=chore.pk).state.get("parts")
    return GATHER if more else None


# --- Subscriptions ---------------------------------------------------------------------------------------


def callback() -> str:
    """Where Exact is to send events."""
    return f"{settings.SITE_URL}/connect/exact/webhook/"


def wanted(connection: Connection) -> bool:
    """Whether Exact is asked for events: with a secret to know them by, and an address that Exact would take."""
    https = settings.SITE_URL.startswith("https://")
    rehearsal = site(connection.site).base_url.startswith("http://")
    return bool(settings.EXACT_WEBHOOK_SECRET) and (https or rehearsal)


def _subscribe(held: Held, connection: Connection, chore: Chore) -> timedelta | None:
    """Subscribe to what is not subscribed to yet. Events only hasten, so a refusal stops nothing."""
    if not wanted(connection):
        return None
    try:
        standing = {
            row["Topic"] for row in held.exact.rows(WEBHOOK_SUBSCRIPTIONS) if row["CallbackURL"] == callback()
        }
        for topic in TOPICS:
            if topic not in standing:
                _ask_for(held, topic)
    except ExactError as error:
        if error.kind in (Kind.TRANSIENT, Kind.BUDGET, Kind.AUTHORISATION):
            raise
        log.info("webhooks_refused", code=error.code)
        if error.code == "webhook_callback_refused":
            with held.record():
                issues.open_issue(error.code, connection=connection, subject="callback", raw=error.raw)
        return None
    with held.record():
        for issue in connection.issues.filter(code="webhook_callback_refused", resolved_at__isnull=True):
            issues.resolve(issue, "worked")
    return None


def _ask_for(held: Held, topic: str) -> None:
    try:
        held.exact.create(WEBHOOK_SUBSCRIPTIONS, {"CallbackURL": callback(), "Topic": topic})
    except ExactError as error:
        # Another user of the same customer may have subscribed already, and events come all the same.
        if error.code not in ("already_exists", "value_invalid"):
            raise


chores.register("refresh", _refresh, every=None, priority=Priority.FOLLOWING)
chores.register("hooks", _subscribe, every=LOOK_AGAIN, priority=Priority.CHECKING)
