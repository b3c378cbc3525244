"""What the bookings of one group of lines say of the policy behind them.

Two readings of the same sequence, weighed by how well each foretold it so far:

- **One policy at a time.** A hidden Markov model with a state per account (or cost centre, …) that the policy may
  prescribe. At each booking the policy stays, or with probability `change` moves to something else; a booking follows
  the policy, or with probability `slip` is a mistake. The forward filter is exact and a few multiplications per
  booking. A lone exception hardly moves it, two in a row do. (Rabiner 1989; Adams & MacKay 2007.)
- **No policy that this group shows.** The bookings are as often this as that; what counts is how often
  (Krichevsky & Trofimov 1981, with older bookings fading).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Any

Value = str
Spread = dict[Value, float]
"""Probability of each value; what is missing from 1 is something not seen yet."""
Say = tuple[Spread, float]
"""What a group of lines says of each value, and the mass that it leaves to whoever knows more: far fewer values to add
up than when every group names them all."""

FADE = 0.97  # weight of a booking against the next one, in the second reading
HALF = 0.7  # weight of the base against a booking, in the second reading
MOST_GAIN = 12.0


@dataclass(frozen=True, slots=True)
class Rates:
    """How often policies change and bookkeepers slip, per booking; `scatter`: how alike any two slips are; `least`:
    the chance that a place has to be the new policy, however new it is itself."""

    change: float = 0.02
    slip: float = 0.03
    scatter: float = 0.05
    least: float = 0.0


RATES = Rates()
SURE = Rates(slip=0.004, least=0.1)  # what a person chose or approved in the portal


class Regime:
    """The belief about one group. `gain`: by how many nats it foretold better than the supplier as a whole."""

    __slots__ = ("belief", "count", "gain", "often", "one", "total", "unknown")

    def __init__(self) -> None:
        self.belief: Spread = {}  # in the first reading: mass of each policy
        self.unknown = 1.0  # mass of «a policy not seen here»
        self.often: Spread = {}  # in the second: faded counts
        self.total = 0.0
        self.one = 0.8  # weight of the first reading
        self.count = 0
        self.gain = 0.0

    def learn(self, value: Value, base: float, rates: Rates) -> None:
        """Take in one booking. `base`: its chance where this group knows nothing."""
        base = max(base, rates.least)
        known, astray = self.belief.get(value, 0.0), rates.slip * rates.scatter
        first = (1 - rates.slip) * known + self.unknown * base + astray * (1 - self.unknown)
        second = (self.often.get(value, 0.0) + HALF * base) / (self.total + HALF)
        chance = self.one * first + (1 - self.one) * second
        if self.count:
            self.gain = min(self.gain + log(chance / base), MOST_GAIN)
        self.one = min(max(self.one * first / chance, 0.002), 0.998)
        belief = {k: m * astray for k, m in self.belief.items()}
        belief[value] = known * (1 - rates.slip + astray) + self.unknown * base * (1 - rates.slip)
        keep = (1 - rates.change) / (sum(belief.values()) + self.unknown * astray)
        self.belief = {k: m * keep for k, m in belief.items() if m * keep > 1e-6}
        self.unknown = 1 - sum(self.belief.values())
        self.often = {k: c * FADE for k, c in self.often.items() if c > 1e-3}
        self.often[value] = self.often.get(value, 0.0) + 1
        self.total = sum(self.often.values())
        self.count += 1

    def say(self) -> Say:
        """The probability of each value as the policy for the next line, as far as it is known here."""
        one, other = self.one, (1 - self.one) / (self.total + HALF)
        spread = {value: one * mass for value, mass in self.belief.items()}
        for value, count in self.often.items():
            spread[value] = spread.get(value, 0.0) + other * count
        return spread, one * self.unknown + other * HALF

    def expect(self, base: Spread) -> Spread:
        """The same with `base` in place of what is not known here."""
        spread, left = self.say()
        add(spread, base, left)
        return spread

    def to_json(self) -> list[Any]:
        return [
            self.count,
            round(self.gain, 3),
            round(self.one, 4),
            {value: round(mass, 6) for value, mass in self.belief.items()},
            {value: round(count, 3) for value, count in self.often.items()},
        ]

    @classmethod
    def from_json(cls, row: list[Any]) -> Regime:
        self = cls()
        self.count, self.gain, self.one, self.belief, self.often = row
        self.unknown = 1 - sum(self.belief.values())
        self.total = sum(self.often.values())
        return self


def add(spread: Spread, other: Spread, mass: float) -> None:
    """Add another spread to one, as loud as `mass`."""
    if mass > 1e-6:
        for value, part in other.items():
            spread[value] = spread.get(value, 0.0) + mass * part
