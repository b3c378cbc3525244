"""A client's history, booked once more as if each invoice were new: what would have been proposed, and was it right?

Everything that claims to be known of a client's bookkeeping comes from here: the calibration of confidence, the
accuracy per supplier, the threshold that is recommended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from invoices.learning.books import Books
from invoices.learning.calibration import Calibration, Outcome, fit
from invoices.learning.lines import Booked
from invoices.learning.memory import Expected, Memory

DOUBTED = 0.5  # a booking that contradicts less than this is no candidate for a slip
BORNE_OUT = 0.85  # what came later is as sure as this of what was foretold
AFTER = 2  # bookings of the supplier that must have come later, to tell a slip from a change
PRECISION = 0.99  # of what is booked without anybody looking, so much must be right
EXPECTED = 300.0  # lines that the confidences' own word counts for, beside what was seen
SLIPS = 0.0005  # of bookings: slips that nothing before or after gave away
FEWEST = 50  # foretold lines; with fewer nothing is recommended
SCALE = [n / 100 for n in range(80, 100)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A booked invoice: its supplier and its lines. `counts`: False for what Autopilot booked and nobody looked at."""

    supplier: str
    lines: tuple[Booked, ...]
    counts: bool = True


@dataclass(slots=True)
class Foretold:
    """A line before it was learnt. `weight` is 0 where the ledger cannot tell whether it was right."""

    supplier: str
    booked: Booked
    expected: Expected
    earlier: int  # bookings of the supplier before it
    weight: float = 1.0
    confidence: float = 0.0

    @property
    def right(self) -> bool:
        return self.expected.target == self.booked.target


@dataclass(slots=True)
class Replay:
    books: Books = field(default_factory=Books)
    memories: dict[str, Memory] = field(default_factory=dict)
    foretold: list[Foretold] = field(default_factory=list)


def replay(entries: Iterable[Entry]) -> Replay:
    """Foretell, then learn, each entry in turn; `entries` by date. Slips of the ledger are marked afterwards."""
    run = Replay()
    for entry in entries:
        memory = run.memories.setdefault(entry.supplier, Memory())
        priors = [run.books.priors(one.line) for one in entry.lines]
        if entry.counts:
            run.foretold += [
                Foretold(entry.supplier, one, memory.expect(one.line, prior), memory.n)
                for one, prior in zip(entry.lines, priors, strict=True)
            ]
        for one, prior in zip(entry.lines, priors, strict=True):
            memory.learn(one, prior)
            run.books.learn(one)
    _mark_slips(run)
    return run


def _mark_slips(run: Replay) -> None:
    """A booking that neither what came before nor what came after bears out is taken for a slip of the bookkeeper.

    It says nothing of whether the proposal was right. One that nothing followed yet is left open as well.
    (As confident learning does: Northcutt et al. 2021.)
    """
    for one in run.foretold:
        if one.right or one.expected.facts.probability < DOUBTED:
            continue
        memory = run.memories[one.supplier]
        if memory.n - one.earlier <= AFTER:
            one.weight = 0.0
            continue
        again = memory.expect(one.booked.line, run.books.priors(one.booked.line))
        if again.target == one.expected.target and again.facts.probability >= BORNE_OUT:
            one.weight = 0.0


def calibrated(foretold: Iterable[Foretold]) -> Calibration:
    return fit(Outcome(one.expected.facts, one.right, one.weight) for one in foretold)


def walk(foretold: Sequence[Foretold]) -> None:
    """Give each line the confidence that it would have had in its month, calibrated on the months before."""
    by_month: dict[tuple[int, int], list[Foretold]] = defaultdict(list)
    for one in foretold:
        by_month[one.booked.line.day.year, one.booked.line.day.month].append(one)
    before: list[Foretold] = []
    for month in sorted(by_month):
        calibration = calibrated(before)
        for one in by_month[month]:
            one.confidence = calibration.confidence(one.expected.facts)
        before += by_month[month]


@dataclass(frozen=True, slots=True)
class Point:
    """From this confidence on: the share of lines that would be booked by itself, and of those the share right."""

    threshold: float
    coverage: float
    precision: float


def curve(judged: Sequence[tuple[float, bool, float]]) -> list[Point]:
    """Coverage and precision by threshold, of (confidence, right, weight)."""
    total = sum(weight for _, _, weight in judged)
    points = []
    for threshold in SCALE:
        taken = [(right, weight) for confidence, right, weight in judged if confidence >= threshold]
        n = sum(weight for _, weight in taken)
        good = sum(weight for right, weight in taken if right)
        points.append(Point(threshold, n / total if total else 0.0, good / n if n else 1.0))
    return points


def recommended(judged: Sequence[tuple[float, bool, float]]) -> float | None:
    """The lowest threshold from which 99 in 100 lines are right, here and above; None when there is too little to say.

    A few hundred lines above a threshold hold a handful of wrong ones, and luck decides how many. So what was seen is
    reckoned together with what the confidences themselves expect, which weighs as much as EXPECTED lines. And a line
    that the ledger contradicts may be the ledger's slip, the likelier the surer the line was.
    """
    if len(judged) < FEWEST:
        return None
    best = None
    for threshold in reversed(SCALE):
        taken = [one for one in judged if one[0] >= threshold]
        n = sum(weight for _, _, weight in taken)
        if not n:
            continue
        wrong = sum(
            weight * (1 - confidence) / (SLIPS + 1 - confidence)
            for confidence, right, weight in taken
            if not right
        )
        expected = sum(weight * (1 - confidence) for confidence, _, weight in taken) / n
        if (wrong + EXPECTED * expected) / (n + EXPECTED) <= 1 - PRECISION:
            best = threshold
        elif best is not None:
            break
    return best
