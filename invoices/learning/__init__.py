"""How a client's lines are booked, learnt from how they were: pure Python, rows in, choices out.

    memory = Memory(); memory.learn(Booked(line, target), books.priors(line))     one supplier of one division
    memory.expect(line, priors)      → Expected: the likeliest target, and the facts that say how sure that is
    calibration.confidence(facts)    → the probability that it is right, fitted on this client's own bookings
    replay(entries)                  → the whole history foretold line by line; what calibration and back-tests rest on

`docs/autopilot.md` tells how it works and what it never does; `docs/simulation.md` how well.
"""

from invoices.learning.books import Books
from invoices.learning.calibration import FACTS, GROUPS, Calibration, Facts, Outcome, error, fit
from invoices.learning.lines import Booked, Line, Target, plain, tokens
from invoices.learning.memory import MAKE, Expected, Memory
from invoices.learning.replay import (
    Entry,
    Foretold,
    Replay,
    calibrated,
    replay,
    walk,
)
from invoices.learning.thresholds import Point, curve, recommended

__all__ = [
    "FACTS",
    "GROUPS",
    "MAKE",
    "Booked",
    "Books",
    "Calibration",
    "Entry",
    "Expected",
    "Facts",
    "Foretold",
    "Line",
    "Memory",
    "Outcome",
    "Point",
    "Replay",
    "Target",
    "calibrated",
    "curve",
    "error",
    "fit",
    "plain",
    "recommended",
    "replay",
    "tokens",
    "walk",
]
