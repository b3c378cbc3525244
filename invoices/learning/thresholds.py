"""From which confidence on a client may be booked unseen: coverage, precision, the threshold that is recommended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from invoices.learning.general import CURVE

PRECISION = 0.99  # of what is booked without anybody looking, so much must be right
GENERAL = 2000.0  # lines that clients in general count for, beside what was seen of this one
HIDDEN = 0.25  # slips that nothing before or after gave away, for each that was found out
FEWEST = 50  # foretold lines; with fewer nothing is recommended
SCALE = [n / 100 for n in range(80, 100)]

Judged = tuple[float, bool, float]
"""Confidence of a line, whether it was booked so, and its weight: 0 where that was found to be a slip of the ledger."""


@dataclass(frozen=True, slots=True)
class Point:
    """From this confidence on: the share of lines that would be booked by itself, and of those the share right."""

    threshold: float
    coverage: float
    precision: float


def curve(judged: Sequence[Judged]) -> list[Point]:
    """Coverage and precision by threshold."""
    total = sum(weight for _, _, weight in judged)
    points = []
    for threshold in SCALE:
        taken = [(right, weight) for confidence, right, weight in judged if confidence >= threshold]
        n = sum(weight for _, weight in taken)
        good = sum(weight for right, weight in taken if right)
        points.append(Point(threshold, n / total if total else 0.0, good / n if n else 1.0))
    return points


def recommended(judged: Sequence[Judged]) -> float | None:
    """The lowest threshold from which 99 in 100 lines are right, here and above; None when there is too little to say.

    1. A few hundred lines above a threshold hold a handful of wrong ones, and luck decides how many. So what was seen
       of this client is reckoned together with how clients in general fare from that confidence on (`general.CURVE`),
       which weighs as much as GENERAL lines.
    2. What is wanted is what the policy meant, and the ledger has slips. Those that were found out say how many were
       not; so a line that the ledger contradicts counts as wrong by the odds that the ledger is right.
    """
    if len(judged) < FEWEST:
        return None
    slips = HIDDEN * sum(not weight for _, _, weight in judged) / len(judged)
    best = None
    for threshold in reversed(SCALE):
        taken = [one for one in judged if one[0] >= threshold]
        n = sum(weight for _, _, weight in taken)
        if not n:
            continue
        wrong = sum(
            weight * (1 - confidence) / (slips + 1 - confidence)
            for confidence, right, weight in taken
            if not right
        )
        if (wrong + GENERAL * CURVE[threshold]) / (n + GENERAL) <= 1 - PRECISION:
            best = threshold
        elif best is not None:
            break
    return best
