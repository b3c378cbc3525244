"""Calls for a division that no lane makes: whose consent this is, and which administrations that user may use.

Exact counts calls per app and division, whoever makes them. So these are made in the division's own lane where there
is one, though it may be another firm's: borrowed for a moment, with what its minute has left. A driver that holds the
lane is asked for it (`wanted_until`), ends its slice after the row at work, and none takes it before the asker did.

A division without a lane gives away calls of its minute one by one, each to one caller. The first driver of a new lane
counts those that were given (`budget_of`). Who finds none left comes back when the minute is over.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from connections.exact import Budget, ExactError, Window
from connections.exact.limits import MINUTE_LIMIT, SLACK, minute_ends
from connections.models import Lane
from portal.lookups import ask
from portal.tenancy import scope

GIVEN_AT_MOST = (
    30  # calls of a minute that a division without a lane gives away; the rest is for the lane to come
)
PATIENCE = 5.0  # seconds that somebody who waits for a page may wait for a driver to let go
STAND_BACK = timedelta(seconds=5)  # how long drivers leave a lane to who asked for it last
LOOK_EVERY = 0.1


class Turn:
    """The calls for a division are ours for the moment: say `spend()` before each, and keep to `budget` (a lane's)."""

    def __init__(self, site: str, division: int, lane: Lane | None) -> None:
        self._site, self._division, self._lane = site, division, lane
        self.budget = budget_of(lane) if lane else Budget(minute_seconds=settings.EXACT_MINUTE_SECONDS)

    def spend(self) -> None:
        """ExactError `budget_minute` when a division without a lane has given away what it could."""
        if self._lane is None:
            _one(self._site, self._division)


@contextmanager
def turn(site: str, division: int, *, patience: float = 0.0) -> Iterator[Turn]:
    """Calls for this division, while no driver makes any. ExactError `budget_minute` when that cannot be now."""
    lane = _borrowed(site, division, patience)
    taken = Turn(site, division, lane)
    try:
        yield taken
    finally:
        if lane is not None:
            _give_back(lane, taken.budget)


# --- A lane that is there --------------------------------------------------------------------------------


def _borrowed(site: str, division: int, patience: float) -> Lane | None:
    """The division's lane, taken; None: it has none."""
    give_up = time.monotonic() + patience
    while found := ask("lane_of_division", site, division):
        if (lane := _take(*found[0], asking=patience > 0)) is not None:
            return lane
        if time.monotonic() >= give_up:
            soon = timezone.now() + timedelta(seconds=1)
            raise ExactError("budget_minute", retry_at=soon, detail="Its lane is being driven.")
        time.sleep(LOOK_EVERY)
    return None


def _take(firm_id: UUID, lane_id: UUID, *, asking: bool) -> Lane | None:
    """As `lanes.take`, whether or not something is due. Where a driver has it, `asking` has it let go soon."""
    with scope(firm_id):
        rows = Lane.objects.filter(pk=lane_id)
        free = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())
        lane = rows.select_for_update(skip_locked=True).filter(free).first()
        if lane is None:
            if asking:
                rows.update(wanted_until=Now() + STAND_BACK)
            return None
        ends = Now() + timedelta(seconds=settings.LANE_LEASE_SECONDS)
        rows.update(epoch=F("epoch") + 1, leased_until=ends, wanted_until=None, driver="")
        return rows.get()


def _give_back(lane: Lane, budget: Budget) -> None:
    from connections.tasks import drive_soon

    with scope(lane.firm_id):
        mine = Lane.objects.filter(pk=lane.pk, epoch=lane.epoch)
        mine.update(leased_until=None, budget=budget.to_json())
        if lane.due_at is not None and lane.due_at <= timezone.now():
            drive_soon(lane.pk, timezone.now())


# --- A division without one ------------------------------------------------------------------------------


def _one(site: str, division: int) -> None:
    """One call of the minute that is; `cache.add` gives each number to one caller only."""
    ends = minute_ends(timezone.now(), settings.EXACT_MINUTE_SECONDS)
    keys = _keys(site, division, ends)[:GIVEN_AT_MOST]
    if not any(cache.add(key, True, _kept()) for key in keys):
        raise ExactError("budget_minute", retry_at=ends + SLACK)
    if ask("lane_of_division", site, division):
        # Made since we looked; its driver may have counted before us. It has the minute, we have the next try.
        raise ExactError("budget_minute", retry_at=timezone.now() + timedelta(seconds=1))


def budget_of(lane: Lane) -> Budget:
    """What a lane has left; of one that made no call yet, less what was given away before it was there."""
    budget = Budget.from_json(lane.budget, minute_seconds=settings.EXACT_MINUTE_SECONDS)
    if budget.minute is None:
        ends = minute_ends(timezone.now(), settings.EXACT_MINUTE_SECONDS)
        if given := len(cache.get_many(_keys(lane.site, lane.division, ends))):
            minute = Window(MINUTE_LIMIT, MINUTE_LIMIT - given, ends)
            budget = Budget(minute, budget.day, budget.minute_seconds)
    return budget


def ended(lane: Lane) -> None:
    """The lane goes. What it spent of this minute counts for the next lane of its division, and for callers outside.

    Marked from the far end, so that callers outside still find what is left: marked from the near end, a lane that had
    spent half a minute left none for whoever connects the division again at once.
    """
    now = timezone.now()
    minute = budget_of(lane).at(now).minute
    assert minute is not None
    driven = lane.leased_until is not None and lane.leased_until > now
    spent = MINUTE_LIMIT if driven else min(MINUTE_LIMIT, minute.limit - minute.remaining)
    keys = _keys(lane.site, lane.division, minute.resets_at)[MINUTE_LIMIT - spent :]
    cache.set_many(dict.fromkeys(keys, True), _kept())


def _kept() -> int:
    return 2 * settings.EXACT_MINUTE_SECONDS


def _keys(site: str, division: int, ends: datetime) -> list[str]:
    return [f"minute:{site}:{division}:{ends.timestamp():.0f}:{number}" for number in range(MINUTE_LIMIT)]
