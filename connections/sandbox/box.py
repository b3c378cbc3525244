"""The sandbox as a whole: store, clock, settings, and the look-ups that every part needs."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from . import mailbox, world
from .context import Context
from .faults import Faults
from .ledger import Ledger
from .limits import Limits
from .oauth import OAuth
from .personas import BOOKKEEPER
from .schema import Row
from .settings import DEFAULTS, checked
from .store import GLOBAL, Store
from .webhooks import Sender
from .wire import Request

_TICK = 0.1


class Sandbox:
    """One Exact Online site. `options` are settings given at start; they outlive a reset."""

    def __init__(
        self,
        folder: Path,
        options: dict[str, Any] | None = None,
        apps: list[Row] | None = None,
        world_file: Path | None = None,
    ) -> None:
        self.store: Store = Store(folder)
        self._options = checked(options or {})
        self._apps = apps or [world.default_app()]
        self.settings: dict[str, Any] = {}
        self.limits = Limits(self.store, self.settings)
        self.ledger: Ledger = Ledger(self.store)
        self.oauth = OAuth(self)
        self.faults = Faults()
        self.webhooks = Sender(self)
        self.waiting_messages: set[tuple[int, str]] = set()
        self.base_url = ""
        self._stop = threading.Event()
        if self.store.empty:
            self.reset(json.loads(world_file.read_text()) if world_file else None)
        else:
            self._load()

    def start(self) -> None:
        self.webhooks.start()
        threading.Thread(target=self._run, name="clockwork", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()
        self.webhooks.stop()
        self.faults.release_all()

    # World

    def reset(self, spec: dict[str, Any] | None) -> None:
        """Forget everything and build a world: the default one, or the one described.

        Raises ValueError or KeyError for one that cannot be; then all is as it was.
        """
        self.faults.clear()
        try:
            with self.store.unit():
                self.store.clear()
                self.store.put(GLOBAL, "_settings", "settings", {})
                for app in self._apps:
                    self.store.put(GLOBAL, "_apps", app["client_id"], app)
                self._load()
                world.build(self, spec if spec is not None else world.default_spec())
        except BaseException:
            self._load()
            raise

    def _load(self) -> None:
        stored = self.store.table(GLOBAL, "_settings").get("settings") or {}
        self.settings |= DEFAULTS | self._options | stored
        self.ledger.clear()
        self.waiting_messages = {
            (division["code"], message["ID"])
            for division in self.store.table(GLOBAL, "_divisions")
            for message in self.store.table(division["code"], mailbox.MESSAGES)
            if "_due" in message and message["RecipientStatus"] != mailbox.PROCESSED
        }

    def change_settings(self, changes: dict[str, Any]) -> None:
        """Raises ValueError for what is unknown or of the wrong type."""
        checked(changes)
        with self.store.unit():
            stored = self.store.table(GLOBAL, "_settings").get("settings") or {}
            self.store.put(GLOBAL, "_settings", "settings", stored | changes)
            self.settings |= changes

    # Time

    def now(self) -> float:
        """Seconds since 1970, by the sandbox's own clock."""
        return time.time() + float(self.settings["clock_offset"])

    def stamp(self) -> int:
        """Now in milliseconds as Created and Modified show it: UTC, or the server's local time."""
        now = self.now()
        return int((now + self._utc_offset(now)) * 1000)

    def _utc_offset(self, at: float) -> float:
        name = self.settings["modified_in"]
        if name == "UTC":
            return 0.0
        offset = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(name)).utcoffset()
        return offset.total_seconds() if offset else 0.0

    def utc_offset_hours(self) -> float:
        return self._utc_offset(self.now()) / 3600

    def today_ms(self) -> int:
        """UTC midnight of today, which is how Exact writes a date."""
        return int(self.now() // 86_400 * 86_400 * 1000)

    # Look-ups

    def user(self, who: str) -> Row:
        """By login or id. Raises KeyError."""
        users = self.store.table(GLOBAL, "_users")
        row = users.get(who) or users.first("id", who.lower())
        if row is None:
            raise KeyError(f"no user {who!r}; known: {', '.join(users.rows)}")
        return row

    def app(self, client_id: str) -> Row:
        """By client id, braces or not. Raises KeyError."""
        return self.store.table(GLOBAL, "_apps").rows[client_id.strip("{}").lower()]

    def contract(self, code: str) -> Row:
        return self.store.table(GLOBAL, "_contracts").rows[code]

    def division(self, code: int | None) -> Row | None:
        return self.store.table(GLOBAL, "_divisions").get(str(code))

    def some_division(self) -> Row:
        return next(iter(self.store.table(GLOBAL, "_divisions")))

    def creditors(self, code: int) -> str | None:
        """The division's ledger account for creditors."""
        row = self.store.table(code, "financial/GLAccounts").first("Type", 22)
        return row["ID"] if row else None

    def default_costs(self, code: int) -> str | None:
        row = self.store.table(code, "financial/GLAccounts").first("Type", 121)
        return row["ID"] if row else None

    # Events and things that happen by themselves

    def event(self, division: int, topic: str, action: str, key: str, endpoint: str) -> None:
        """Tell the subscribers, once what happened is committed."""
        self.store.after_commit(lambda: self.webhooks.announce(division, topic, action, key, endpoint))

    def context_for(self, division: Row, user: Row, base_url: str = "") -> Context:
        """A context without a request: for what a bookkeeper does in Exact itself, or Exact by itself."""
        request = Request("", "", "", {}, b"", base_url or self.base_url)
        app = next(iter(self.store.table(GLOBAL, "_apps")))
        return Context(self, request, app, user, {}, division, base_url or self.base_url)

    def bookkeeper(self, code: int) -> Context:
        """The hands of a person at work in Exact itself, in this division. Raises KeyError."""
        division = self.division(code)
        if division is None:
            raise KeyError(f"no division {code}")
        return self.context_for(division, BOOKKEEPER)

    def advance(self) -> None:
        """Move on what is due: messages in the mailbox."""
        if not self.waiting_messages:
            return
        with self.store.unit():
            for code, message_id in list(self.waiting_messages):
                message = self.store.table(code, mailbox.MESSAGES).get(message_id)
                if message is None or mailbox.advance(self.bookkeeper(code), message):
                    self.waiting_messages.discard((code, message_id))

    def _run(self) -> None:
        while not self._stop.wait(_TICK):
            self.advance()
