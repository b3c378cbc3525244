"""A world's lines foretold one after the other, beside what its policy wanted and what simple rules would have said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from invoices.learning import (
    Booked,
    Calibration,
    Entry,
    Expected,
    Facts,
    Foretold,
    Line,
    Memory,
    Outcome,
    Replay,
    Target,
    fit,
    recommended,
    replay,
    walk,
)
from tests.simulation import worlds
from tests.simulation.worlds import Params

HISTORY = 0.75  # of the time; what comes after is held out


@dataclass(frozen=True)
class Seen:
    """A line that was foretold (`said`), what the policy wanted (`truth`) and what was booked."""

    supplier: int
    line: Line
    said: Target
    facts: Facts
    truth: Target
    booked: Target
    tag: str
    simple: dict[str, Target]
    reader: (
        Target  # what somebody says who knows how this supplier's lines are told apart, but not what changed
    )
    shown: bool  # the ledger has shown that, and nothing at this supplier has changed since

    @property
    def as_policy(self) -> bool:
        return self.said == self.truth


@dataclass
class Client:
    """One client of a world: calibrated on its history, measured on what came after."""

    outcomes: list[Outcome]
    calibration: Calibration
    threshold: float | None
    history: list[Seen]
    held_out: list[Seen]
    unlearnt: list[bool]  # the same lines, had nothing been learnt after the history: as the policy wanted?

    def confidence(self, one: Seen) -> float:
        return self.calibration.confidence(one.facts)

    @property
    def automatic(self) -> list[Seen]:
        """Held-out lines from the recommended threshold on."""
        return [
            one
            for one in self.held_out
            if self.threshold is not None and self.confidence(one) >= self.threshold
        ]

    def again(self) -> Client:
        """The same client under other general weights."""
        return replace(self, calibration=fit(self.outcomes))


def practise(entries: Iterable[worlds.Entry], params: Params) -> list[Client]:
    """The clients of a world, each foretold line by line from the ledger as it stood before.

    1. The history is replayed, its slips marked, and confidence calibrated on it, month by month and as a whole.
    2. Reading on from there, every later line is foretold from the ledger as it stands on its day.
    """
    split = params.start + timedelta(days=int(params.months * 30 * HISTORY))
    by_client: dict[int, list[worlds.Entry]] = defaultdict(list)
    for entry in entries:
        by_client[entry.client].append(entry)
    return [_practised(mine, split) for mine in by_client.values()]


def _practised(mine: list[worlds.Entry], split: date) -> Client:
    past, late = ([e for e in mine if e.day < split], [e for e in mine if e.day >= split])
    run = replay(map(_booked, past))
    walk(run.foretold)
    judged = [(one.confidence, one.right, one.weight) for one in run.foretold]
    outcomes = [Outcome(one.expected.facts, one.right, one.weight) for one in run.foretold]
    beside = Beside()
    history = [one for entry, said in _with(past, run.foretold) for one in beside.see(entry, said)]
    unlearnt = [
        _expected(run, entry, line).target == truth
        for entry in late
        for line, truth in zip(entry.lines, entry.truth, strict=True)
    ]
    held_out = []
    for entry in late:
        held_out += beside.see(entry, [_expected(run, entry, line) for line in entry.lines])
        run.learn(_booked(entry))
    return Client(outcomes, fit(outcomes), recommended(judged), history, held_out, unlearnt)


def _booked(entry: worlds.Entry) -> Entry:
    lines = zip(entry.lines, entry.booked, strict=True)
    return Entry(str(entry.supplier), tuple(Booked(line, target, entry.number) for line, target in lines))


def _with(
    entries: list[worlds.Entry], foretold: list[Foretold]
) -> Iterator[tuple[worlds.Entry, list[Expected]]]:
    said = iter(foretold)
    for entry in entries:
        yield entry, [next(said).expected for _ in entry.lines]


def _expected(run: Replay, entry: worlds.Entry, line: Line) -> Expected:
    memory = run.memories.get(str(entry.supplier)) or Memory()
    return memory.expect(line, run.books.priors(line))


class Beside:
    """The simple programs and the reader, who look at the same ledger."""

    def __init__(self) -> None:
        self.simple, self.reader = Simple(), Reader()

    def see(self, entry: worlds.Entry, expected: list[Expected]) -> list[Seen]:
        seen = []
        for n, one in enumerate(expected):
            place, shown = self.reader.say(entry, n)
            seen.append(
                Seen(
                    entry.supplier,
                    entry.lines[n],
                    one.target,
                    one.facts,
                    entry.truth[n],
                    entry.booked[n],
                    entry.tags[n],
                    self.simple.say(entry.supplier, entry.lines[n]),
                    place,
                    shown,
                )
            )
        for line, booked in zip(entry.lines, entry.booked, strict=True):
            self.simple.learn(entry.supplier, line, booked)
        self.reader.learn(entry)
        return seen


@dataclass
class Reader:
    """Who is told by what each supplier's lines are told apart, and reads the ledger without its slips.

    He cannot know where a kind of line goes that was never booked, nor that a policy has changed before a booking shows
    it. Nobody who only reads the ledger can do better. He is wary of a supplier of which another kind of line changed
    since the one at hand was booked.
    """

    place: dict[tuple[int, str], Target] = field(default_factory=dict)
    at: dict[tuple[int, str], int] = field(default_factory=dict)
    turned: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    most: dict[int, Counter[Target]] = field(default_factory=lambda: defaultdict(Counter))
    clock: int = 0

    def say(self, entry: worlds.Entry, n: int) -> tuple[Target, bool]:
        sign = entry.signs[n]
        known = self.place.get((entry.supplier, sign)) if sign is not None else None
        if known is None or sign is None:
            return next((t for t, _ in self.most[entry.supplier].most_common(1)), Target()), False
        return known, self.turned[entry.supplier] <= self.at[entry.supplier, sign]

    def learn(self, entry: worlds.Entry) -> None:
        self.clock += 1
        for sign, truth in zip(entry.signs, entry.truth, strict=True):
            self.most[entry.supplier][truth] += 1
            if sign is not None:
                key = entry.supplier, sign
                if self.place.get(key, truth) != truth:
                    self.turned[entry.supplier] = self.clock
                self.place[key], self.at[key] = truth, self.clock


@dataclass
class Simple:
    """Four things that a simple program does. Each falls back on what this client books most."""

    of_supplier: dict[int, Counter[Target]] = field(default_factory=lambda: defaultdict(Counter))
    last: dict[int, Target] = field(default_factory=dict)
    at_rate: dict[tuple[int, str], Target] = field(default_factory=dict)
    of_text: dict[tuple[int, str], Target] = field(default_factory=dict)
    usual: Counter[Target] = field(default_factory=Counter)

    def say(self, supplier: int, line: Line) -> dict[str, Target]:
        default = next((target for target, _ in self.usual.most_common(1)), Target())
        most = next((target for target, _ in self.of_supplier[supplier].most_common(1)), default)
        last = self.last.get(supplier, default)
        return {
            "most frequent account of the supplier": most,
            "last booking": last,
            "last booking at the VAT rate, else the most frequent": self.at_rate.get(
                (supplier, line.kind), most
            ),
            "same line text, else last": self.of_text.get((supplier, line.text), last),
        }

    def learn(self, supplier: int, line: Line, target: Target) -> None:
        self.of_supplier[supplier][target] += 1
        self.last[supplier] = self.at_rate[supplier, line.kind] = self.of_text[supplier, line.text] = target
        self.usual[target] += 1
