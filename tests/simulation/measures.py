"""What came of practising: figures over the clients of some worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from invoices.learning import error
from tests.simulation.practice import Client


@dataclass(frozen=True)
class Measures:
    """Shares of held-out lines against the policy of the world, unless said otherwise.

    `closes` is the share of the distance between the best simple program and the oracle (who is always right).
    `coverage` and `precision` are at each client's recommended threshold; `reachable` is the coverage that the best
    single threshold would give at 99 % precision, known only afterwards. `reader` is what somebody gets right who knows how
    each supplier's lines are told apart and reads the ledger so far; `shown` the share of lines of which it has shown where
    they go, and `shown_right` how many of those still go there. `unforeseen` are the automatic lines that were wrong though
    that reader would have said the same.
    """

    lines: int
    accuracy: float
    unlearnt: float
    simple: dict[str, float]
    closes: float
    coverage: float
    precision: float
    reachable: float
    reader: float
    shown: float
    shown_right: float
    unforeseen: float
    error: float
    error_against_ledger: float
    thresholds: list[float | None]


def measure(clients: Sequence[Client]) -> Measures:
    """The figures over all held-out lines of these clients."""
    lines = [(one, client.confidence(one)) for client in clients for one in client.held_out]
    n = len(lines)
    accuracy = sum(one.as_policy for one, _ in lines) / n
    simple = {name: sum(one.simple[name] == one.truth for one, _ in lines) / n for name in lines[0][0].simple}
    automatic = [one for client in clients for one in client.automatic]
    right = sum(one.as_policy for one in automatic)
    return Measures(
        lines=n,
        accuracy=accuracy,
        unlearnt=sum(right for client in clients for right in client.unlearnt) / n,
        simple=simple,
        closes=(accuracy - max(simple.values())) / (1 - max(simple.values())),
        coverage=len(automatic) / n,
        precision=right / len(automatic) if automatic else 1.0,
        reachable=_reachable([(confidence, one.as_policy) for one, confidence in lines]),
        reader=sum(one.reader == one.truth for one, _ in lines) / n,
        shown=sum(one.shown for one, _ in lines) / n,
        shown_right=sum(one.reader == one.truth for one, _ in lines if one.shown)
        / max(sum(one.shown for one, _ in lines), 1),
        unforeseen=sum(not one.as_policy and one.said == one.reader for one in automatic)
        / max(len(automatic), 1),
        error=error((confidence, one.as_policy) for one, confidence in lines),
        error_against_ledger=error((confidence, one.said == one.booked) for one, confidence in lines),
        thresholds=[client.threshold for client in clients],
    )


def _reachable(judged: list[tuple[float, bool]]) -> float:
    best = wrong = 0
    for n, (_, right) in enumerate(sorted(judged, reverse=True), 1):
        wrong += not right
        if wrong <= 0.01 * n:
            best = n
    return best / len(judged)
