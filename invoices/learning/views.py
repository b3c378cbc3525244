"""The ways in which bookkeepers tell lines of one supplier apart, each as a view that groups what was booked.

A view gives the group that a line belongs to; lines of one group are expected to be booked alike. Which views are
right for a supplier is not known beforehand: `invoices.learning.mixing` weighs them by how well each foretold what
came. A group that was never seen has no say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from invoices.learning.lines import Line, plain


@dataclass(frozen=True, slots=True)
class View:
    """`name` is stable and names the evidence; `prior` is how likely this view is right before anything is seen.

    `key` takes the line and the account it is going to ("" while that is what is asked); None: no group.
    """

    name: str
    key: Callable[[Line, str], str | None]
    prior: float


def period(line: Line) -> str:
    """The invoiced period as bookkeepers see it: none, a month, a quarter, a year."""
    for most, name in ((0, "none"), (1, "month"), (4, "quarter"), (8, "half"), (14, "year")):
        if line.months <= most:
            return name
    return "longer"


VIEWS = (
    View("supplier", lambda line, account: "", 0.12),
    View("text", lambda line, account: plain(line.text), 0.30),
    View("whole_text", lambda line, account: line.text, 0.05),
    View("kind", lambda line, account: line.kind, 0.06),
    View("text_kind", lambda line, account: f"{plain(line.text)} {line.kind}", 0.04),
    View("period", lambda line, account: period(line), 0.04),
    View("text_period", lambda line, account: f"{plain(line.text)} {period(line)}", 0.04),
    View("month", lambda line, account: str(line.day.month), 0.02),
    View("half_month", lambda line, account: "1" if line.day.day <= 15 else "2", 0.01),
    View("season", lambda line, account: "summer" if 4 <= line.day.month <= 9 else "winter", 0.02),
    View("quarter", lambda line, account: str((line.day.month - 1) // 3), 0.01),
    View("sign", lambda line, account: "credit" if line.amount < 0 else "invoice", 0.02),
    View("account", lambda line, account: account or None, 0.08),
    View("account_text", lambda line, account: f"{account} {plain(line.text)}" if account else None, 0.03),
)
WORDS_PRIOR = 0.17  # the view by single words, for texts that are new but not altogether
AMOUNT_PRIOR = 0.06  # amounts of the supplier, split at the best threshold
TEXT_AMOUNT_PRIOR = 0.04  # the same within one text
NAMES = (*(view.name for view in VIEWS), "words", "amount", "text_amount")
