"""How many calls are left, and how many mistakes (https://support.exactonline.com: "API limits").

Exact allows, per app and administration, 60 calls in a minute of the clock and 5,000 in a day that ends at
00:00 UTC; and, per endpoint and hour, ten answers of 400, 401, 403 or 404, after which the key is blocked for
an hour and longer each time. Both are kept from our own count and corrected by Exact's headers, so that a 429
is a defect and not a signal. Everything here is a value: `now` comes in, a new value goes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

MINUTE_LIMIT = 60
DAY_LIMIT = 5_000
MINUTE_SECONDS = 60

SLACK = timedelta(milliseconds=200)
"""Waited past the end of a window: our clock and Exact's are not one."""

ERROR_LIMIT = 5
"""Errors that we allow ourselves per endpoint and hour. Exact blocks after ten, shared with whoever uses our
key."""
ERROR_WINDOW = timedelta(hours=1)

Family = Literal["minute", "day"]
_PREFIX: dict[Family, str] = {"minute": "X-RateLimit-Minutely-", "day": "X-RateLimit-"}


@dataclass(frozen=True, slots=True)
class Window:
    """What is left of one limit until `resets_at` (UTC)."""

    limit: int
    remaining: int
    resets_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {"limit": self.limit, "remaining": self.remaining, "resets_at": self.resets_at.isoformat()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Window:
        return cls(stored["limit"], stored["remaining"], datetime.fromisoformat(stored["resets_at"]))


@dataclass(frozen=True, slots=True)
class Budget:
    """The calls that one administration has left. `None` means: nothing known yet, so the published limit
    holds."""

    minute: Window | None = None
    day: Window | None = None
    minute_seconds: int = MINUTE_SECONDS

    def at(self, now: datetime) -> Budget:
        """The budget as it stands now: a window whose end has passed is full again."""
        return replace(
            self,
            minute=_open(self.minute, MINUTE_LIMIT, now, self.minute_seconds),
            day=_open(self.day, DAY_LIMIT, now, None),
        )

    def spend(self, now: datetime, *, divisionless: bool = False) -> Budget:
        """The budget after one call went out. A call without a division counts for the minute only (API
        limits page; that it counts for the minute is our caution)."""
        current = self.at(now)
        assert current.minute and current.day
        return replace(
            current,
            minute=_less(current.minute),
            day=current.day if divisionless else _less(current.day),
        )

    def learn(self, headers: Mapping[str, str], now: datetime, *, refused: bool = False) -> Budget:
        """Correct our count by the headers of an answer (`refused`: it was a 429). A family that is absent
        keeps what we counted: a 429 shows only the family that ran out (picqer#646), where careless clients
        read 0."""
        current = self.at(now)
        seen = {
            family: window
            for family in _PREFIX
            if (window := _window(headers, family, now, self.minute_seconds))
        }
        ended = (exhausted(headers) or "minute") if refused else None
        if ended == "minute" and "minute" not in seen:
            seen["minute"] = Window(MINUTE_LIMIT, 0, minute_ends(now, self.minute_seconds))
        if ended and ended in seen:
            seen[ended] = replace(seen[ended], remaining=0)
        return replace(
            current,
            minute=_merge(current.minute, seen.get("minute")),
            day=_merge(current.day, seen.get("day")),
        )

    def sleep_until(self, now: datetime) -> datetime | None:
        """When the next call is allowed; None: now."""
        current = self.at(now)
        empty = [
            window.resets_at for window in (current.minute, current.day) if window and window.remaining <= 0
        ]
        return max(empty) + SLACK if empty else None

    def may_call(self, now: datetime) -> bool:
        return self.sleep_until(now) is None

    def empty(self, now: datetime, *, divisionless: bool = False) -> Family | None:
        """Which limit stops a call, the longer one first."""
        current = self.at(now)
        assert current.minute and current.day
        if current.day.remaining <= 0 and not divisionless:
            return "day"
        return "minute" if current.minute.remaining <= 0 else None

    def to_json(self) -> dict[str, Any]:
        return {name: window.to_json() for name in _PREFIX if (window := getattr(self, name))}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], *, minute_seconds: int = MINUTE_SECONDS) -> Budget:
        windows = {name: Window.from_json(stored[name]) for name in _PREFIX if name in stored}
        return cls(**windows, minute_seconds=minute_seconds)


def minute_ends(now: datetime, minute_seconds: int = MINUTE_SECONDS) -> datetime:
    """The end of the clock minute. 60 calls between 10:00:00 and 10:00:40 are refused until 10:01:00,
    whenever the first one was."""
    return datetime.fromtimestamp((int(now.timestamp()) // minute_seconds + 1) * minute_seconds, UTC)


def day_ends(now: datetime) -> datetime:
    """The next midnight in UTC (02:00 in a Dutch summer, picqer#646)."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)


def exhausted(headers: Mapping[str, str]) -> Family | None:
    """Which family a 429 is about. None: neither is shown, as before 2019 (picqer#255)."""
    left = {family: _number(headers, prefix + "Remaining") for family, prefix in _PREFIX.items()}
    shown = [
        family
        for family, prefix in _PREFIX.items()
        if any(_number(headers, prefix + n) is not None for n in _PARTS)
    ]
    if len(shown) == 1:
        return shown[0]
    if not shown:
        return None
    return "day" if left["day"] == 0 else "minute"


_PARTS = ("Limit", "Remaining", "Reset")


def _window(headers: Mapping[str, str], family: Family, now: datetime, minute_seconds: int) -> Window | None:
    limit, remaining, reset = (_number(headers, _PREFIX[family] + part) for part in _PARTS)
    if reset is None or (limit is None and remaining is None):
        return None
    default, longest = (MINUTE_LIMIT, minute_seconds) if family == "minute" else (DAY_LIMIT, 86_400)
    # Epoch milliseconds (picqer#609); seconds are told from them by their size.
    resets_at = datetime.fromtimestamp(reset / 1000 if reset > 10**11 else reset, UTC) + _clock_lead(
        headers, now
    )
    # With a slow clock we would sleep through windows: none ends later than its whole length from now.
    resets_at = min(resets_at, now + timedelta(seconds=longest))
    return Window(default if limit is None else limit, 0 if remaining is None else remaining, resets_at)


def _clock_lead(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How far our clock is surely ahead of Exact's. With a fast clock we would call before their minute has
    ended."""
    try:
        theirs = parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return timedelta(0)
    if theirs.tzinfo is None:
        return timedelta(0)
    # Their Date is cut to whole seconds, so a lead below one second cannot be told from that.
    lead = now - theirs
    return lead if lead > timedelta(seconds=2) else timedelta(0)


def _number(headers: Mapping[str, str], name: str) -> int | None:
    try:
        return int(headers.get(name, ""))
    except ValueError:
        return None


def _open(window: Window | None, limit: int, now: datetime, minute_seconds: int | None) -> Window:
    if window and now < window.resets_at:
        return window
    ends = day_ends(now) if minute_seconds is None else minute_ends(now, minute_seconds)
    size = window.limit if window else limit
    return Window(size, size, ends)


def _less(window: Window) -> Window:
    return replace(window, remaining=max(0, window.remaining - 1))


def _merge(ours: Window | None, theirs: Window | None) -> Window | None:
    """Theirs, unless it is about the same window and we counted more: Exact's counter lags (Remaining 49 and
    a 429 in the same second, picqer#646)."""
    if theirs is None or ours is None:
        return theirs or ours
    if ours.limit == theirs.limit and abs(ours.resets_at - theirs.resets_at) < timedelta(seconds=1):
        return replace(theirs, remaining=min(ours.remaining, theirs.remaining))
    return theirs


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """The counted errors of the last hour, per endpoint name, for one authorisation in one administration."""

    seen: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)

    def after(self, endpoint: str, now: datetime) -> ErrorBudget:
        """One more answer of 400, 401, 403 or 404 from this endpoint."""
        return ErrorBudget({**self.seen, endpoint: (*self._recent(endpoint, now), now)})

    def block(self, endpoint: str, now: datetime) -> ErrorBudget:
        """Exact has blocked this endpoint: not a call for an hour."""
        return ErrorBudget({**self.seen, endpoint: (now,) * ERROR_LIMIT})

    def bare(self, endpoint: str, now: datetime) -> ErrorBudget:
        """This endpoint said 429, and not of what: the block, if it says so again (`errors.classify`)."""
        return self.after(_bare(endpoint), now)

    def was_bare(self, endpoint: str, now: datetime) -> bool:
        return bool(self._recent(_bare(endpoint), now))

    def count(self, endpoint: str, now: datetime) -> int:
        return len(self._recent(endpoint, now))

    def may_call(self, endpoint: str, now: datetime) -> bool:
        return len(self._recent(endpoint, now)) < ERROR_LIMIT

    def opens_at(self, endpoint: str, now: datetime) -> datetime | None:
        """When the oldest error has been forgotten; None: the endpoint may be called now."""
        recent = self._recent(endpoint, now)
        return None if len(recent) < ERROR_LIMIT else recent[-ERROR_LIMIT] + ERROR_WINDOW

    def _recent(self, endpoint: str, now: datetime) -> tuple[datetime, ...]:
        return tuple(at for at in self.seen.get(endpoint, ()) if now - at < ERROR_WINDOW)

    def to_json(self) -> dict[str, list[str]]:
        return {name: [at.isoformat() for at in times] for name, times in self.seen.items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ErrorBudget:
        return cls(
            {name: tuple(datetime.fromisoformat(at) for at in times) for name, times in stored.items()}
        )


def _bare(endpoint: str) -> str:
    """No endpoint's name: it is counted apart from the errors."""
    return f"429 {endpoint}"
