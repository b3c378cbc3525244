"""What is known of one supplier in one division, kept up to date booking by booking.

Most suppliers never have a second cost centre, so a slot (account, VAT code, …) is a single regime as long as only
one value was seen; with the second value it becomes a whole `Mixture`, learnt again from the bookings that are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from math import log, prod
from typing import Any

from invoices.learning.calibration import Facts, surprise_after
from invoices.learning.lines import Booked, Line, Target, plain, tokens
from invoices.learning.mixing import FLOOR, Mixture, likeliest_first
from invoices.learning.regimes import RATES, SURE, Regime, Spread, Value
from invoices.learning.views import period

MAKE = 3  # of what is kept, and of the facts and their weights; what is of another make is learnt again
KEPT = 300  # bookings kept, newest: for evidence, and to learn a slot again
MOST_WORDS = 3000
ASTRAY = 0.3  # a booking that was expected less went another way
LEAST = 0.01
NO_REACH = [0.0, 0.0]
DIMENSIONS = ("cost_center", "cost_unit", "project")

Priors = Mapping[str, Spread]
Usable = Callable[[str, Value], bool]


@dataclass(slots=True)
class Run:
    """How often something was booked, where last, how many times in a row there, the number of the last booking and its
    day (as an ordinal)."""

    count: int = 0
    where: str = ""
    row: int = 0
    at: int = 0
    day: int = 0

    def learn(self, where: str, at: int, day: int) -> None:
        self.row = self.row + 1 if where == self.where else 1
        self.where = where
        self.count += 1
        self.at = at
        self.day = day

    def of(self, where: str) -> int:
        return self.row if where == self.where else 0

    def to_json(self) -> list[Any]:
        return [self.count, self.where, self.row, self.at, self.day]


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a line is expected to go, the probability of each slot's value, the facts that say how sure the whole is,
    and what would have been expected had it been usable ({slot: value})."""

    target: Target
    chances: dict[str, float]
    facts: Facts
    refused: dict[str, Value]


class Memory:
    """`slots` are account, cost_center, cost_unit, project, and the VAT code apart for each kind ("vat input 21")."""

    __slots__ = (
        "bookings", "n", "reach", "reaches", "run", "shapes", "slots", "surprise", "targets", "texts", "turns", "words",
    )  # fmt: skip

    def __init__(self) -> None:
        self.slots: dict[str, Regime | Mixture] = {}
        self.bookings: list[Booked] = []
        self.texts: dict[str, Run] = {}
        self.run = Run()
        self.words: dict[str, None] = {}
        self.targets: dict[str, int] = {}
        self.surprise = 0.0
        self.turns = [0, 0]  # the numbers of the last bookings that went another way: a known text, a new one
        self.shapes: set[str] = set()  # periods, signs and kinds of VAT that were booked
        self.reach = [0.0, 0.0]  # the smallest and the largest amount
        self.reaches: dict[str, list[float]] = {}  # the same by place
        self.n = 0

    # --- Foretelling -------------------------------------------------------------------------------------

    def spread(self, slot: str, line: Line, account: str, base: Spread) -> Spread:
        """The probability of each value of a slot for this line, the likeliest first."""
        known = self.slots.get(_name(slot, line))
        if known is None:
            return likeliest_first(base)
        if isinstance(known, Mixture):
            return known.expect(line, account, base)
        return likeliest_first(known.expect(base))

    def expect(self, line: Line, priors: Priors, usable: Usable = lambda slot, value: True) -> Expected:
        """The likeliest place for a line. `priors`: what the client at large does, for each slot."""
        values: dict[str, Value] = {}
        refused: dict[str, Value] = {}
        chances: dict[str, float] = {}
        for slot in ("account", "vat_code", *DIMENSIONS):
            spread = self.spread(slot, line, values.get("account", ""), priors.get(slot, {}))
            value, chance = "", 0.0
            for candidate, mass in spread.items():
                if usable(slot, candidate):
                    value, chance = candidate, mass
                    break
                refused.setdefault(slot, candidate)
            values[slot], chances[slot] = value, chance
        target = Target(**values)
        return Expected(target, chances, self.facts(line, target, prod(chances.values())), refused)

    def facts(self, line: Line, target: Target, probability: float) -> Facts:
        found, where = tokens(line.text), _where(target)
        of_text = self.texts.get(plain(line.text)) or self._silent()
        return Facts(
            probability,
            bookings=self.n,
            of_text=of_text.count,
            new_words=sum(w not in self.words for w in found) / len(found) if found and self.words else 0.0,
            mixed=len(self.targets) > 1,
            surprise=self.surprise,
            text_run=of_text.of(where),
            run=self.run.of(where),
            turned=self._turned(0, of_text),
            strange=self._turned(1, of_text),
            beyond=_beyond(abs(line.amount), self.reach),
            outside=_beyond(abs(line.amount), self.reaches.get(where, NO_REACH)),
            larger=log(max(abs(line.amount), LEAST) / self.reach[1]) if self.reach[1] else 0.0,
            amount=abs(line.amount),
            quiet=max(0, line.day.toordinal() - (of_text.day or self.run.day)) if self.n else 0,
            shapes=len(_shapes(line) - self.shapes) if self.n else 0,
        )

    def _turned(self, which: int, of_text: Run) -> float:
        """How fresh it is that a booking went another way, if this text was not booked since."""
        at = self.turns[which]
        return 1 / (1 + self.n - at) if at and (not of_text.count or of_text.at < at) else 0.0

    def _silent(self) -> Run:
        """What stands for a new text where this supplier's bookings have none: a ledger without texts tells nothing of
        what is new, only of how the supplier is booked."""
        return self.texts[""] if self.texts.keys() == {""} else Run()

    def values(self, name: str) -> list[Value]:
        """The values that a slot (by its name here) was booked with, the most frequent lately first."""
        known = self.slots.get(name)
        if isinstance(known, Mixture):
            known = known.whole()
        return sorted(known.often, key=lambda value: -known.often[value]) if known is not None else []

    @property
    def accounts(self) -> set[str]:
        """All that this supplier was ever booked on."""
        return {where.partition("|")[0] for where in self.targets}

    def reasons(self, line: Line, target: Target, priors: Priors) -> list[tuple[str, float]]:
        """The views that speak for the account of this target: (view, share), the strongest first."""
        known = self.slots.get("account")
        if isinstance(known, Mixture):
            return known.reasons(line, "", priors.get("account", {}), target.account)
        return [("supplier", 1.0)] if known else []

    # --- Learning ----------------------------------------------------------------------------------------

    def learn(self, booked: Booked, priors: Priors) -> None:
        """Take in a booking."""
        line, target = booked.line, booked.target
        self.bookings.append(booked)
        chance = 1.0
        for slot in ("account", "vat_code", *DIMENSIONS):
            account = "" if slot in ("account", "vat_code") else target.account
            chance *= self._slot(slot, booked, account, priors.get(slot, {}))
        if self.n:  # the first booking of a supplier surprises always
            self.surprise = surprise_after(self.surprise, chance)
        where = _where(target)
        text = self.texts.setdefault(plain(line.text), Run())
        if chance < ASTRAY and self.n:
            self.turns[0 if text.count else 1] = self.n + 1
        text.learn(where, self.n + 1, line.day.toordinal())
        self.run.learn(where, self.n + 1, line.day.toordinal())
        self.shapes |= _shapes(line)
        amount = max(abs(line.amount), LEAST)
        self.reach = [min(self.reach[0] or amount, amount), max(self.reach[1], amount)]
        self.words.update(dict.fromkeys(tokens(line.text)))
        self.targets[where] = self.targets.get(where, 0) + 1
        low, high = self.reaches.get(where, (amount, amount))
        self.reaches[where] = [min(low, amount), max(high, amount)]
        self.n += 1
        if len(self.bookings) > KEPT:
            del self.bookings[0]
        for kept in (self.words, self.texts):
            if len(kept) > MOST_WORDS:
                del kept[next(iter(kept))]

    def _slot(self, slot: str, booked: Booked, account: str, base: Spread) -> float:
        """Tell one slot; how expected its value was."""
        name, value = _name(slot, booked.line), getattr(booked.target, slot)
        rates = SURE if booked.sure else RATES
        known = self.slots.setdefault(name, Regime())
        if isinstance(known, Mixture):
            return known.learn(booked.line, account, value, base, rates)
        chance = known.expect(base).get(value, 0.0) + FLOOR
        if not known.often or value in known.often:
            known.learn(value, base.get(value, 0.0) + FLOOR, rates)
            return chance
        mixture = self.slots[name] = Mixture()
        for before in self.bookings:
            if _name(slot, before.line) == name:
                place = before.target.account if account else ""
                mixture.learn(
                    before.line, place, getattr(before.target, slot), base, SURE if before.sure else RATES
                )
        return chance

    # --- Keeping -----------------------------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        places = {one.target: n for n, one in enumerate({one.target: one for one in self.bookings}.values())}
        return {
            "make": MAKE,
            "n": self.n,
            "surprise": round(self.surprise, 4),
            "slots": {
                name: one.to_json() if isinstance(one, Mixture) else {"one": one.to_json()}
                for name, one in self.slots.items()
            },
            "texts": {text: run.to_json() for text, run in self.texts.items()},
            "run": self.run.to_json(),
            "turns": self.turns,
            "shapes": sorted(self.shapes),
            "reach": self.reach,
            "reaches": self.reaches,
            "words": list(self.words),
            "targets": self.targets,
            "places": list(places),
            "bookings": [_booked_json(one, places) for one in self.bookings],
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Memory:
        self = cls()
        self.n, self.surprise = kept["n"], kept["surprise"]
        self.texts = {text: Run(*run) for text, run in kept["texts"].items()}
        self.run, self.targets = Run(*kept["run"]), kept["targets"]
        self.words = dict.fromkeys(kept["words"])
        self.turns, self.shapes, self.reach = kept["turns"], set(kept["shapes"]), kept["reach"]
        self.reaches = kept["reaches"]
        self.slots = {
            name: Regime.from_json(one["one"]) if "one" in one else Mixture.from_json(one)
            for name, one in kept["slots"].items()
        }
        places = [Target(*place) for place in kept["places"]]
        self.bookings = [
            Booked(Line(date.fromisoformat(day), text, amount, kind, months), places[at], entry, sure, spread)
            for day, text, amount, kind, months, at, entry, sure, spread in kept["bookings"]
        ]
        return self


def _beyond(amount: float, reach: list[float]) -> float:
    """By how many e-folds an amount is larger or smaller than all that were booked."""
    low, high = reach
    amount = max(amount, LEAST)
    return max(0.0, log(amount / high), log(low / amount)) if high else 0.0


def _name(slot: str, line: Line) -> str:
    """VAT codes are learnt apart for each kind of VAT: what 21 % is booked with says nothing of 9 %."""
    return f"vat {line.kind}" if slot == "vat_code" else slot


def _where(target: Target) -> str:
    """Everything but the VAT code, as one text."""
    return "|".join((target.account, *target[2:]))


def _shapes(line: Line) -> set[str]:
    """What else than its text and amount tells one line from another."""
    return {period(line), "credit" if line.amount < 0 else "invoice", line.kind}


def _booked_json(one: Booked, places: Mapping[Target, int]) -> list[Any]:
    line = one.line
    return [
        line.day.isoformat(), line.text, line.amount, line.kind, line.months, places[one.target], one.entry, one.sure,
        one.spread,
    ]  # fmt: skip
