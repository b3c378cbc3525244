"""Confidence that means something: of the lines at 0.95, 95 in 100 are booked as the policy wants.

What the mixture says is nearly a probability, but not quite. So a few facts about the line go through a logistic
regression, in two steps:

1. **Clients in general** (`general.py`): how much each fact weighs, apart for texts that are new and for suppliers
   whose lines go to several places. Fitted on made-up years, and the same for every client.
2. **This client**: two numbers, a shift and a stretch of that score, fitted on its own bookings, each foretold before
   it was learnt, with a Gaussian prior around «as clients in general». Little history keeps the prior, much leaves it
   behind. More than two numbers would follow the luck of a few hundred lines. (Platt 1999; the prior as in
   Gelman et al. 2008.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log, log1p

from invoices.learning.general import WEIGHTS

FACTS = (
    "bias",
    "logit",  # of the mixture's probability
    "steep",  # of the same, from 0.95 on
    "few",  # bookings of this supplier: 1 / (1 + n)
    "new_words",  # share of the text's words that were never seen at this supplier
    "rare_text",  # 1 / (1 + bookings of this text)
    "surprise",  # how badly the last bookings of this supplier were foretold
    "text_run",  # log(1 + bookings of this text in a row, the last ones, that went where this line is to go)
    "run",  # the same of the supplier
    "turned",  # 1 / (1 + bookings since another text went another way than before, and this one not booked since)
    "strange",  # the same of a new text that went somewhere unexpected
    "beyond",  # e-folds by which the amount is outside those that were booked
    "shapes",  # of period, sign and kind of VAT: how many this supplier never had
    "outside",  # e-folds by which the amount is outside those that were booked at this place
    "quiet",  # log(1 + days since this text, or else anything of this supplier, was booked last)
    "many",  # log(1 + bookings of this supplier)
)
GROUPS = ("always", "new text", "several places")
SHIFT, STRETCH = (
    4.0,
    12.0,
)  # how firmly clients are held to the general score: 1 / variance of the two numbers
LITTLE, CONSENT = (
    60,
    0.95,
)  # outcomes of a client; what three bookings alike are worth before there are as many
AGAINST = -0.5  # the shift of a client whose bookings went worse than foretold
STEPS = 25
MOST = 0.9995
REPEAT = 3.0  # outcomes that a repeated text is worth
FAR, UNHEARD = log(5), 0.90  # e-folds above all that was booked; the most that a new text is worth there
ALIKE, SAME_TEXT = (
    log(3),
    log(10),
)  # e-folds above it within which three bookings alike are consent for the next
LONG_AGO = 400  # days after which they are none
SMALL = 450.0  # euros: what costs less is no investment in the Netherlands, whatever it is


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
    turned: float
    strange: float
    beyond: float
    shapes: int
    outside: float
    quiet: int
    larger: float = 0.0  # e-folds by which the amount is above all that were booked
    amount: float = 0.0

    def features(self) -> tuple[float, ...]:
        """The facts as FACTS names them, once for each of GROUPS (0 where the line is not of that group)."""
        p = min(max(self.probability, 0.005), 0.999)
        z = log(p / (1 - p))
        facts = (
            1.0,
            z,
            max(z - 3, 0.0),
            1 / (1 + self.bookings),
            self.new_words,
            1 / (1 + self.of_text),
            min(self.surprise, 3.0),
            log1p(min(self.text_run, 20)),
            log1p(min(self.run, 50)),
            self.turned,
            self.strange,
            min(self.beyond, 3.0),
            float(self.shapes),
            min(self.outside, 3.0),
            log1p(min(self.quiet, 200)),
            log1p(min(self.bookings, 100)),
        )
        none = (0.0,) * len(facts)
        return (*facts, *(none if self.of_text else facts), *(facts if self.mixed else none))

    def score(self) -> float:
        """The log odds that clients in general give such a line."""
        return sum(w * x for w, x in zip(WEIGHTS, self.features(), strict=True) if x)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A line that was foretold, and whether it was then booked so. `weight`: 0 where nobody can tell yet."""

    facts: Facts
    right: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """`shift` and `stretch` of the general score; `n` outcomes behind them."""

    shift: float = 0.0
    stretch: float = 1.0
    n: float = 0.0

    def confidence(self, facts: Facts) -> float:
        """The probability that the line is right; low while there is too little history to know.

        What is known is the client's history, and more to the point how often this very text went the same way, or
        whatever a supplier billed that never went another way: three times in a row is enough for 0.95, twice is not.
        A text that is new has no history that speaks for it, however regular the supplier is, at five times any amount
        that it ever billed, or when it billed nothing for more than a year.
        """
        alike = facts.text_run if facts.mixed else max(facts.text_run, facts.run)
        seen = self.n + REPEAT * alike
        sure = _chance(self.shift + self.stretch * facts.score())
        unheard = not facts.of_text and (facts.larger >= FAR or facts.quiet >= LONG_AGO)
        most = UNHEARD if unheard else MOST
        if self.n < LITTLE and self.shift > AGAINST and _consents(facts):
            sure = max(sure, CONSENT)
        return min(sure, (seen + 1) / (seen + 1.5), most)


def _consents(facts: Facts) -> bool:
    """Three bookings of a supplier that all went one way are its consent to go on so, for what is of their kind.

    It counts while the client's own history is too short to say how far such suppliers can be trusted, and does not
    speak against it. Other words at more than three times what was ever billed may be an investment, unless they are
    small; the same words at ten times, or after more than a year, are not what they were.
    """
    if facts.run < 3 or facts.mixed or facts.shapes or facts.turned or facts.quiet >= LONG_AGO:
        return False
    return facts.larger < (SAME_TEXT if facts.of_text else ALIKE) or facts.amount <= SMALL


def fit(outcomes: Iterable[Outcome]) -> Calibration:
    """The calibration that outcomes ask for, by Newton's method from the general one."""
    data = [(o.facts.score(), 1.0 if o.right else 0.0, o.weight) for o in outcomes if o.weight]
    shift, stretch = 0.0, 1.0
    for _ in range(STEPS if data else 0):
        down, along = -SHIFT * shift, -STRETCH * (stretch - 1)
        aa, ab, bb = SHIFT, 0.0, STRETCH
        for score, right, weight in data:
            p = _chance(shift + stretch * score)
            miss, slope = weight * (right - p), weight * p * (1 - p)
            down += miss
            along += miss * score
            aa += slope
            ab += slope * score
            bb += slope * score * score
        area = aa * bb - ab * ab
        steps = (bb * down - ab * along) / area, (aa * along - ab * down) / area
        shift, stretch = shift + steps[0], max(stretch + steps[1], 0.1)
        if max(map(abs, steps)) < 1e-5:
            break
    return Calibration(shift, stretch, sum(weight for _, _, weight in data))


def _chance(odds: float) -> float:
    return 1 / (1 + exp(-max(min(odds, 30.0), -30.0)))


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
