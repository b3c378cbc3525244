"""Bookings of one group by amount, and the threshold that parts them best («above 450 it is inventory»)."""

from __future__ import annotations

from collections import Counter

from invoices.learning.regimes import Say, Value

KEPT = 40  # amounts per group, newest
FEWEST = 4

Cut = tuple[float, Counter[Value], Counter[Value]]
"""A threshold, the bookings below it, and those from it on."""


class Amounts:
    __slots__ = ("found", "seen")

    def __init__(self, seen: list[tuple[float, Value]] | None = None) -> None:
        self.seen = seen or []
        self.found: Cut | bool | None = False  # False: not looked for since the last booking

    def cut(self) -> Cut | None:
        """Where to part them; None when no threshold parts them better than none."""
        if isinstance(self.found, bool):
            self.found = self._look()
        return self.found

    def _look(self) -> Cut | None:
        if len(self.seen) < FEWEST or len({value for _, value in self.seen}) < 2:
            return None
        ordered = sorted(self.seen)
        below: Counter[Value] = Counter()
        above = Counter(value for _, value in ordered)
        best, at = max(above.values()), None
        for i in range(len(ordered) - 1):
            value = ordered[i][1]
            below[value] += 1
            above[value] -= 1
            right = max(below.values()) + max(above.values())
            if right > best and ordered[i][0] != ordered[i + 1][0]:
                best, at = right, i
        if at is None:
            return None
        threshold = (ordered[at][0] + ordered[at + 1][0]) / 2
        return threshold, Counter(v for _, v in ordered[: at + 1]), Counter(v for _, v in ordered[at + 1 :])

    def say(self, amount: float) -> Say | None:
        """How bookings on this amount's side of the threshold went; one booking's room is left."""
        found = self.cut()
        if found is None:
            return None
        threshold, below, above = found
        side = below if amount < threshold else above
        n = sum(side.values()) + 1
        return {value: count / n for value, count in side.items()}, 1 / n

    def learn(self, amount: float, value: Value) -> None:
        self.seen.append((amount, value))
        self.found = False
        if len(self.seen) > KEPT:
            del self.seen[0]
