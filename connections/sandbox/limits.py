"""Exact's budgets (its API limits page): calls per minute and day, calls per contract, errors per hour.

A minute is a clock minute (of `minute_seconds`), a day is a UTC day. The counts live in the store, so that a
restart inside a minute does not give a fresh budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .store import Store

COUNTED_AS_ERRORS = {400, 401, 403, 404}
_DAY = 86_400
_HOUR = 3_600


@dataclass(frozen=True)
class Budget:
    """One window: how many calls it has, how many are left, when it ends (seconds since 1970)."""

    limit: int
    remaining: int
    reset: float

    def headers(self, family: str) -> dict[str, str]:
        prefix = f"X-RateLimit-{family}"
        return {
            f"{prefix}Limit": str(self.limit),
            f"{prefix}Remaining": str(self.remaining),
            f"{prefix}Reset": str(int(self.reset * 1000)),
        }


@dataclass(frozen=True)
class Verdict:
    """Whether a call may pass, and the headers to send with its answer."""

    allowed: bool
    headers: dict[str, str]
    minute_remaining: int
    day_remaining: int
    exceeded: str = ""


class Limits:
    def __init__(self, store: Store, settings: Mapping[str, Any]) -> None:
        self._store, self._settings = store, settings

    def _window(self, name: str, now: float, seconds: float, limit: int) -> tuple[int, Budget]:
        window = int(now // seconds)
        spent = self._store.spent(name, window)
        return window, Budget(limit, max(0, limit - spent), (window + 1) * seconds)

    def charge(self, app: str, division: int, contract: str, now: float) -> Verdict:
        """Count one call, unless a budget is used up: then headers carry only the family that is."""
        minute_name, day_name = f"minute {app} {division}", f"day {app} {division}"
        contract_name = f"contract {contract}"
        with self._store.unit():
            minute_window, minute = self._window(
                minute_name, now, self._settings["minute_seconds"], self._settings["minute_limit"]
            )
            day_window, day = self._window(day_name, now, _DAY, self._settings["day_limit"])
            _, whole = self._window(contract_name, now, _DAY, self._settings["contract_day_limit"])
            if not day.remaining or not whole.remaining:
                shown = day if not day.remaining else Budget(whole.limit, 0, whole.reset)
                return Verdict(
                    False, shown.headers(""), minute.remaining, 0, "day" if shown is day else "contract"
                )
            if not minute.remaining:
                return Verdict(False, minute.headers("Minutely-"), 0, day.remaining, "minute")
            self._store.spend(minute_name, minute_window)
            self._store.spend(day_name, day_window)
            self._store.spend(contract_name, day_window)
        minute = Budget(minute.limit, minute.remaining - 1, minute.reset)
        day = Budget(day.limit, day.remaining - 1, day.reset)
        return Verdict(True, day.headers("") | minute.headers("Minutely-"), minute.remaining, day.remaining)

    def leave(self, app: str, division: int, now: float, *, minute: int | None, day: int | None) -> None:
        """Set what is left of a division's windows (0: exhausted)."""
        if minute is not None:
            window = int(now // self._settings["minute_seconds"])
            self._store.set_spent(f"minute {app} {division}", window, self._settings["minute_limit"] - minute)
        if day is not None:
            self._store.set_spent(
                f"day {app} {division}", int(now // _DAY), self._settings["day_limit"] - day
            )

    def remaining(self, app: str, division: int, now: float) -> dict[str, int]:
        _, minute = self._window(
            f"minute {app} {division}", now, self._settings["minute_seconds"], self._settings["minute_limit"]
        )
        _, day = self._window(f"day {app} {division}", now, _DAY, self._settings["day_limit"])
        return {"minute": minute.remaining, "day": day.remaining}

    # Errors

    def blocked(self, who: str, now: float) -> bool:
        """`who` = app, user, division and endpoint in one text."""
        return now < self._store.spent(f"blocked until {who}", 0)

    def count_error(self, who: str, now: float) -> bool:
        """Count one error of this hour; True when it blocks. Each block is twice as long as the one before."""
        hour = int(now // _HOUR)
        with self._store.unit():
            self._store.spend(f"errors {who}", hour)
            if self._store.spent(f"errors {who}", hour) <= self._settings["error_limit"]:
                return False
            self._store.set_spent(f"errors {who}", hour, 0)
            self._store.spend(f"blocks {who}", 0)
            blocks = self._store.spent(f"blocks {who}", 0)
            seconds = self._settings["error_block_seconds"] * 2 ** (blocks - 1)
            self._store.set_spent(f"blocked until {who}", 0, int(now + seconds))
            return True

    # Token calls

    def token_call(self, app: str, user: str, now: float) -> bool:
        """Count one token call of this user and UTC day; False when the day's are used up."""
        name, window = f"tokens {app} {user}", int(now // _DAY)
        if self._store.spent(name, window) >= self._settings["token_calls_per_day"]:
            return False
        self._store.spend(name, window)
        return True
