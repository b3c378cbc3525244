"""Ruling on invoices: which of the published rules that booking depends on does one break, and does it matter?

`judge(invoice)` picks the rules by what the invoice claims to be and returns its findings; it changes nothing and
refuses nothing. docs/rules.md lists what is judged here and what is left to the full check (official.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import localcontext
from functools import cache

from ..model import Invoice
from . import money, nlcius, peppol, presence, reading, vat
from .engine import EXACT, Facts, Finding, Rule, Severity, Wrong
from .profiles import profiles_of
from .recompute import Difference, Recomputed, recompute

__all__ = [
    "Difference",
    "Finding",
    "Recomputed",
    "Rule",
    "Severity",
    "judge",
    "profiles_of",
    "recompute",
    "rules",
]

MOST_PER_RULE = 25  # findings on one invoice: ten thousand bad lines are one message, not ten thousand


def rules() -> tuple[Rule, ...]:
    """Every rule we judge, in the order findings come in."""
    return (
        *money.RULES, *reading.RULES, *presence.RULES, *vat.RULES, *nlcius.RULES, *peppol.RULES,
    )  # fmt: skip


def judge(invoice: Invoice, profiles: frozenset[str] | None = None) -> tuple[Finding, ...]:
    """The findings on an invoice, by the profiles its specification identifier claims unless others are given."""
    if profiles is None:
        profiles = profiles_of(invoice.specification)
    whole, per_line = _chosen(profiles)
    findings: list[Finding] = []
    with localcontext(EXACT):
        facts = Facts(invoice)
        for rule in whole:
            wrong = rule.check(facts)
            if wrong:
                findings += _findings(rule, profiles, rule.where, wrong)
        counts = dict.fromkeys(per_line, 0)
        for index, line in enumerate(invoice.lines, 1):
            for rule in per_line:
                wrong = rule.check(line, facts)
                if wrong and counts[rule] < MOST_PER_RULE:
                    counts[rule] += 1
                    findings += _findings(
                        rule, profiles, f"BG-25[{index}]", wrong, line=line.id or str(index)
                    )
    return tuple(findings)


def _findings(
    rule: Rule, profiles: frozenset[str], where: str, wrong: Wrong, **more: str
) -> Iterator[Finding]:
    severity = rule.severity if rule.profile in profiles else "warning"
    places = wrong if isinstance(wrong, list) else [(where, wrong if isinstance(wrong, Mapping) else {})]
    for place, values in places[:MOST_PER_RULE]:
        yield Finding(rule.id, severity, rule.holds, place, {**values, **more})


@cache
def _chosen(profiles: frozenset[str]) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    chosen = [rule for rule in rules() if rule.always or rule.profile in profiles]
    return tuple(r for r in chosen if not r.per_line), tuple(r for r in chosen if r.per_line)
