"""A world's lines foretold one after the other, beside what its policy wanted and what simple rules would have said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from invoices.learning import (
    Booked,
    Calibration,
    Entry,
    Facts,
    Line,
    Memory,
    Replay,
    Target,
    calibrated,
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
    unforeseen: bool = False  # the policy wants a place where this supplier's lines never went before

    @property
    def as_policy(self) -> bool:
        return self.said == self.truth


@dataclass
class Client:
    """One client of a world: calibrated on its history, measured on what came after."""

    calibration: Calibration
    threshold: float | None
    held_out: list[Seen]
    unlearnt: list[bool]  # the same lines, had nothing been learnt after the history: as the policy wanted?

    def confidence(self, one: Seen) -> float:
        return self.calibration.confidence(one.facts)

    @property
    def automatic(self) -> list[Seen]:
        """The held-out lines from the recommended threshold on; none where nothing is recommended."""
        if self.threshold is None:
            return []
        return [one for one in self.held_out if self.confidence(one) >= self.threshold]


def foretell(entries: Iterable[worlds.Entry]) -> Iterator[Seen]:
    """Every line of every client, each foretold from the ledger as it stood on its day."""
    by_client: dict[int, list[worlds.Entry]] = defaultdict(list)
    for entry in entries:
        by_client[entry.client].append(entry)
    for mine in by_client.values():
        yield from _beside(mine, replay(map(_booked, mine)))


def practise(entries: Iterable[worlds.Entry], params: Params) -> list[Client]:
    """Each client, with everything that is fitted fitted on the first part of its year."""
    split = params.start + timedelta(days=int(params.months * 30 * HISTORY))
    by_client: dict[int, list[worlds.Entry]] = defaultdict(list)
    for entry in entries:
        by_client[entry.client].append(entry)
    return [_practised(mine, split) for mine in by_client.values()]


def _practised(mine: list[worlds.Entry], split: date) -> Client:
    past = replay(_booked(entry) for entry in mine if entry.day < split)
    walk(past.foretold)
    judged = [(one.confidence, one.right, one.weight) for one in past.foretold]
    whole = list(_beside(mine, replay(map(_booked, mine))))
    held_out = [one for one in whole if one.line.day >= split]
    return Client(
        calibrated(past.foretold), recommended(judged), held_out, [_cold(past, one) for one in held_out]
    )


def _booked(entry: worlds.Entry) -> Entry:
    lines = zip(entry.lines, entry.booked, strict=True)
    return Entry(str(entry.supplier), tuple(Booked(line, target, entry.number) for line, target in lines))


def _cold(past: Replay, one: Seen) -> bool:
    memory = past.memories.get(str(one.supplier)) or Memory()
    return memory.expect(one.line, past.books.priors(one.line)).target == one.truth


def _beside(mine: list[worlds.Entry], run: Replay) -> Iterator[Seen]:
    simple, foretold = Simple(), iter(run.foretold)
    places: dict[int, set[Target]] = defaultdict(set)
    for entry in mine:
        said = [simple.say(entry.supplier, line) for line in entry.lines]
        rows = zip(entry.lines, entry.truth, entry.booked, entry.tags, said, strict=True)
        for line, truth, booked, tag, baselines in rows:
            expected = next(foretold).expected
            yield Seen(
                entry.supplier, line, expected.target, expected.facts, truth, booked, tag, baselines,
                unforeseen=truth not in places[entry.supplier],
            )  # fmt: skip
        for line, booked in zip(entry.lines, entry.booked, strict=True):
            simple.learn(entry.supplier, line, booked)
            places[entry.supplier].add(booked)


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
