"""What the reader itself has to report: values it could not take over, and a credit whose sign nobody can tell."""

from __future__ import annotations

from collections.abc import Callable

from .engine import Facts, Rule, Values, Wrong
from .profiles import OURS


def _flaws(code: str) -> Callable[[Facts], Wrong]:
    def check(facts: Facts) -> Wrong:
        found: list[tuple[str, Values]] = [
            (flaw.where, {"stated": flaw.text}) for flaw in facts.invoice.flaws if flaw.code == code
        ]
        return found

    return check


RULES = (
    Rule("READ-NUMBER", "–", OURS, _flaws("not_a_number"), holds=True, always=True),
    Rule("READ-DATE", "–", OURS, _flaws("not_a_date"), severity="warning", always=True),
    Rule("READ-BOOLEAN", "–", OURS, _flaws("not_a_boolean"), holds=True, always=True),
    Rule("READ-REPEATED", "–", OURS, _flaws("repeated"), severity="warning", always=True),
    Rule("READ-LONG", "–", OURS, _flaws("too_long"), severity="warning", always=True),
    Rule("READ-CREDIT", "BT-112", OURS, _flaws("negative_credit"), holds=True, always=True),
)
