"""Our rules against what the published artefacts fired on the same documents: precision and recall per rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from invoices.formats import read
from invoices.formats.rules import judge, profiles_of, rules
from invoices.formats.rules.profiles import EN16931, GACCOUNT, NLCIUS, OURS, PEPPOL

from . import corpus

pytestmark = corpus.needed

# Where we differ on purpose: (rule, part of the path, why).
KNOWN = (
    *(
        (rule, "SI-UBL-1.1/SI-UBL-1.1-", "UBL 2.0 puts a line's VAT under its TaxTotal; we read it there, the rule does not look")
        for rule in ("BR-S-01", "BR-Z-08", "BR-E-08", "BR-CO-04")
    ),
    ("BR-AF-04", "BR-IG-08-3/05-invalid", "the artefact compares ' L ' untrimmed in this one rule of the ten"),
)  # fmt: skip


@dataclass
class Comparison:
    """Per rule: how often both fired, only we did, only the artefacts did; and the documents where we differ."""

    both: Counter[str] = field(default_factory=Counter)
    ours: Counter[str] = field(default_factory=Counter)
    theirs: Counter[str] = field(default_factory=Counter)
    differing: dict[str, list[str]] = field(default_factory=dict)
    known: Counter[str] = field(default_factory=Counter)

    def precision(self, rule: str) -> float:
        return self.both[rule] / ((self.both[rule] + self.ours[rule]) or 1)

    def recall(self, rule: str) -> float:
        return self.both[rule] / ((self.both[rule] + self.theirs[rule]) or 1)


@cache
def comparison() -> Comparison:
    """EN 16931 and Peppol are asked of every document, as the artefacts were; NLCIUS and the G-account extension of
    those that claim them, since their rules are conditional on that."""
    found = Comparison()
    for document in corpus.documents():
        invoice = read(document.read()).invoice
        assert invoice is not None
        claimed = profiles_of(invoice.specification) & {NLCIUS, GACCOUNT}
        asked = frozenset({EN16931, PEPPOL, OURS}) | claimed
        fired_by_us = {finding.rule for finding in judge(invoice, asked)}
        for rule in rules():
            theirs = document.fired(rule.profile) if rule.profile in asked - {OURS} else None
            if theirs is not None:
                _count(found, rule.id, rule.id in fired_by_us, rule.id in theirs, document.path)
    return found


def _count(found: Comparison, rule: str, we: bool, they: bool, path: str) -> None:
    if we and they:
        found.both[rule] += 1
    elif we is not they:
        if any(known == rule and part in path for known, part, _ in KNOWN):
            found.known[rule] += 1
            return
        (found.ours if we else found.theirs)[rule] += 1
        found.differing.setdefault(rule, []).append(path)


def test_every_rule_agrees_with_the_published_artefacts_in_98_of_100_documents() -> None:
    found = comparison()
    wrong = {
        rule.id: (
            round(found.precision(rule.id), 3),
            round(found.recall(rule.id), 3),
            found.differing[rule.id][:3],
        )
        for rule in rules()
        if rule.id in found.differing and min(found.precision(rule.id), found.recall(rule.id)) < 0.98
    }
    assert wrong == {}


def test_the_comparison_is_one_of_thousands_of_pairs() -> None:
    found = comparison()
    assert sum(found.both.values()) > 18_000
    assert sum(found.ours.values()) + sum(found.theirs.values()) < 25
    assert len(found.both) > 180


def test_what_is_known_to_differ_still_does() -> None:
    """An exception that no document needs any more has to go."""
    assert set(comparison().known) == {rule for rule, _, _ in KNOWN}


def test_the_list_of_rules_in_the_documentation_is_the_one_the_command_writes() -> None:
    from .rules_report import TARGET, report

    assert TARGET.read_text(encoding="utf-8") == report(), "run: python -m tests.formats.rules_report"
