"""Confidence that means something: of the lines at 0.95, 95 in 100 are booked as the policy wants.

What the mixture says is nearly a probability, but not quite, and not alike for every client. So its probability and a
few facts about the line go through a logistic regression that is fitted on this client's own bookings, each foretold
before it was learnt. The fit starts from weights that hold for clients in general (a Gaussian prior around them), which
a client with little history keeps and one with much leaves behind. (Platt 1999; the prior as in Gelman et al. 2008.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log, log1p

FEATURES = (
    "bias",
    "logit",  # of the mixture's probability
    "few",  # bookings of this supplier: 1 / (1 + n)
    "new_text",
    "new_words",  # share of the text's words that were never seen at this supplier
    "new_text_mixed",  # a new text where the supplier's lines go to several places
    "rare_text",  # 1 / (1 + bookings of this text)
    "surprise",  # how badly the last bookings of this supplier were foretold
    "text_run",  # log(1 + bookings of this text in a row, the last ones, that went where this line is to go)
    "run",  # the same of the supplier
)
# Fitted on made-up years (`tests/simulation`, worlds 1000 and up, which no report uses); `manage.py` refits none of it.
GENERAL = (0.283, 0.731, -3.139, -0.782, -0.924, -1.446, 2.696, -0.269, 0.877, -0.097)
STRENGTH = 20.0  # the prior weighs as much as about so many bookings
STEPS = 25
MOST = 0.9995
REPEAT = 3.0  # outcomes that a repeated text is worth


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a foretold line besides its probability."""

    probability: float
    bookings: int
    of_text: int
    new_words: float
    mixed: bool
    surprise: float
    text_run: int
    run: int

    def features(self) -> tuple[float, ...]:
        p = min(max(self.probability, 0.01), 0.998)
        new = 1.0 if not self.of_text else 0.0
        return (
            1.0,
            log(p / (1 - p)),
            1 / (1 + self.bookings),
            new,
            self.new_words,
            new if self.mixed else 0.0,
            1 / (1 + self.of_text),
            min(self.surprise, 3.0),
            log1p(min(self.text_run, 20)),
            log1p(min(self.run, 50)),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A line that was foretold, and whether it was then booked so. `weight`: 0 where nobody can tell yet."""

    facts: Facts
    right: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Calibration:
    weights: tuple[float, ...] = GENERAL
    n: float = 0.0  # outcomes behind it

    def confidence(self, facts: Facts) -> float:
        """The probability that the line is right; low while there is too little history to know.

        What is known is the client's history, and more to the point how often this very text went the same way: three
        times in a row is enough for 0.95, twice is not.
        """
        z = sum(w * x for w, x in zip(self.weights, facts.features(), strict=True))
        seen = self.n + REPEAT * facts.text_run
        return min(1 / (1 + exp(-z)), (seen + 1) / (seen + 1.5), MOST)


def fit(outcomes: Iterable[Outcome], general: Sequence[float] = GENERAL) -> Calibration:
    """The calibration that outcomes ask for, by Newton's method from the general weights."""
    data = [(o.facts.features(), 1.0 if o.right else 0.0, o.weight) for o in outcomes if o.weight]
    k = len(general)
    weights = list(general)
    for _ in range(STEPS if data else 0):
        gradient = [STRENGTH / 10 * (g - w) for g, w in zip(general, weights, strict=True)]
        hessian = [[STRENGTH / 10 if i == j else 0.0 for j in range(k)] for i in range(k)]
        for x, y, c in data:
            p = 1 / (1 + exp(-max(min(sum(w * v for w, v in zip(weights, x, strict=True)), 30.0), -30.0)))
            miss, slope = c * (y - p), c * p * (1 - p)
            for i in range(k):
                if x[i]:
                    gradient[i] += miss * x[i]
                    for j in range(i + 1):
                        hessian[i][j] += slope * x[i] * x[j]
        step = _solve(hessian, gradient)
        weights = [w + s for w, s in zip(weights, step, strict=True)]
        if max(abs(s) for s in step) < 1e-4:
            break
    return Calibration(tuple(weights), sum(c for _, _, c in data))


def _solve(lower: list[list[float]], right: list[float]) -> list[float]:
    """Solve A x = b for a symmetric positive definite A given by its lower half (Cholesky)."""
    n = len(right)
    root = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = lower[i][j] - sum(root[i][m] * root[j][m] for m in range(j))
            root[i][j] = max(rest, 1e-9) ** 0.5 if i == j else rest / root[j][j]
    y = [0.0] * n
    for i in range(n):
        y[i] = (right[i] - sum(root[i][m] * y[m] for m in range(i))) / root[i][i]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (y[i] - sum(root[m][i] * x[m] for m in range(i + 1, n))) / root[i][i]
    return x


def error(pairs: Iterable[tuple[float, bool]], bins: int = 10) -> float:
    """The expected calibration error: how far confidence and share of right lines are apart, bin by bin.

    (Naeini et al. 2015, with equal widths.)
    """
    sums: dict[int, list[float]] = {}
    n = 0
    for confidence, right in pairs:
        one = sums.setdefault(min(int(confidence * bins), bins - 1), [0.0, 0.0])
        one[0] += confidence
        one[1] += right
        n += 1
    return sum(abs(said - was) for said, was in sums.values()) / n if n else 0.0


def surprise_after(before: float, probability: float) -> float:
    """How badly the last bookings were foretold, after one more: a fading mean of −log p."""
    return 0.6 * before + 0.4 * min(-log(max(probability, 1e-4)), 4.0)
