"""A client's history, booked once more as if each invoice were new: what would have been proposed, and was it right?

Everything that claims to be known of a client's bookkeeping comes from here: the calibration of confidence, the
accuracy per supplier, and what `thresholds` recommends.
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

    def learn(self, entry: Entry) -> None:
        """Foretell an entry, then learn it."""
        memory = self.memories.setdefault(entry.supplier, Memory())
        priors = [self.books.priors(one.line) for one in entry.lines]
        if entry.counts:
            self.foretold += [
                Foretold(entry.supplier, one, memory.expect(one.line, prior), memory.n)
                for one, prior in zip(entry.lines, priors, strict=True)
            ]
        for one, prior in zip(entry.lines, priors, strict=True):
            memory.learn(one, prior)
            self.books.learn(one)


def replay(entries: Iterable[Entry]) -> Replay:
    """Foretell, then learn, each entry in turn; `entries` by date. Slips of the ledger are marked afterwards."""
    run = Replay()
    for entry in entries:
        run.learn(entry)
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
