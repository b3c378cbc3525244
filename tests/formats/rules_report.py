"""Writes docs/rules.md: what we judge, how often it fired on the corpus and how well we agree; what we leave, and why.

python -m tests.formats.rules_report
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from invoices.formats.rules import Finding, Rule, rules
from invoices.formats.rules.profiles import EN16931, GACCOUNT, NLCIUS, OURS, PEPPOL

from . import corpus
from .test_rules_against_corpus import KNOWN, comparison

TARGET = Path(__file__).resolve().parents[2] / "docs" / "rules.md"

_SETS = (
    (OURS, "What the reader itself reports"),
    (EN16931, "EN 16931"),
    (PEPPOL, "Peppol BIS Billing 3"),
    (NLCIUS, "NLCIUS / SI-UBL 2.0"),
    (GACCOUNT, "NLCIUS extension for the G-account"),
)

# Why a published rule is not judged here, by the first pattern its id fits.
_REASONS = (
    (r"UBL-CR-", "an element the core does not use is there; nothing is booked on it"),
    (r"UBL-DT-", "attributes and decimals of the syntax; the schema and the full check see them"),
    (r"UBL-SR-", "something is there too often; READ-REPEATED says so of what we use"),
    (r"BR-CL-|PEPPOL-EN16931-CL", "code lists, but for currencies (BR-CL-04); a wrong code changes no amount"),
    (r"BR-DEC-", "more than two decimals; sums are compared to the cent anyhow"),
    (r"BR-B-", "Italian split payment"),
    (r"BR-(33|38|42|44)$|BR-CO-(21|22|23|24)$", "the text of a reason for a discount or surcharge"),
    (r"BR-(17|18|19|20|56|57|62|63)$", "names and addresses of payee, representative, delivery; endpoint schemes"),
    (r"BR-(28|54|64|65)$|PEPPOL-EN16931-R046", "gross price, attributes and identifiers of items; the net price is judged"),
    (r"BR-(50|51)$", "form of an account or card number; BR-61 asks for the account"),
    (r"BR-(52|55)$", "number of an attachment or preceding invoice; BR-NL-9 and NL-R-001 ask for what matters"),
    (r"BR-CO-(19|20)$", "an empty period"),
    (r"PEPPOL-COMMON-", "check digits of identifiers; looked at where the supplier is matched"),
    (r"(DE|DK|IT|NO|SE|IS|GR)-[RS]-", "rules of other countries"),
    (r"BII2-|SI-V20-|PEPPOL-EN16931-R00[147]", "which specification a document names; that picks our rules"),
    (r"PEPPOL-EN16931-R00[258]|PEPPOL-EN16931-R101|PEPPOL-EN16931-F001", "form, not money"),
    (r"PEPPOL-EN16931-R0[12]0$", "electronic addresses; the access point has used them already"),
    (r"PEPPOL-EN16931-R04[0-4]", "how a discount is reckoned; its amount is in the sums we judge"),
    (r"PEPPOL-EN16931-R05[345]", "number and signs of VAT totals; BR-CO-14 and BR-CO-15 judge the amounts"),
    (r"PEPPOL-EN16931-R(061|11[01])", "mandates, and periods of lines within that of the invoice"),
    (r"PEPPOL-EN16931-R130", "the unit of the base quantity"),
)  # fmt: skip


def reason(rule: str) -> str | None:
    return next((why for pattern, why in _REASONS if re.match(pattern, rule)), None)


def report() -> str:
    parts = [_HEAD]
    for profile, title in _SETS:
        parts.append(f"\n## {title}\n\n" + _table([rule for rule in rules() if rule.profile == profile]))
    parts.append(_known())
    parts.append(_rest())
    return "".join(parts)


_HEAD = f"""# The rules we judge

Written by `python -m tests.formats.rules_report` over the corpus of published invoices; do not edit.
Full findings beside these come from `invoices/formats/official.py`.

- **holds**: booking waits for a person. All others are shown.
- **always**: asked of every invoice, and only a warning where its specification does not bind. The others are asked
  when the specification identifier (BT-24) claims the set.
- **both / only we / only they**: documents on which the published artefacts (EN 16931 1.3.16, Peppol BIS 2026.5,
  SI-UBL 2.0.3.13, G-account 1.0.13) and we fired. A dash: they have no such rule. 0: made in `test_rules.py`.
- The ten rules of a VAT category, `BR-S-01` to `-10` and their likes, are one function each, made per category.

{len(rules())} rules.
"""


def _table(chosen: list[Rule]) -> str:
    found = comparison()
    rows = [
        "| rule | severity | holds | always | says | both | only we | only they |",
        "|---|---|---|---|---|---:|---:|---:|",
    ]
    for rule in chosen:
        says = (
            Finding(rule.id, rule.severity, rule.holds, rule.where)
            .message("en")
            .replace("|", "/")
            .replace("–", "…")
        )
        counts = (found.both[rule.id], found.ours[rule.id], found.theirs[rule.id])
        shown = ("–",) * 3 if rule.profile == OURS else tuple(map(str, counts))
        flags = ("holds" if rule.holds else "", "always" if rule.always else "")
        rows.append(
            f"| {rule.id} | {rule.severity} | {flags[0]} | {flags[1]} | {says} | {' | '.join(shown)} |"
        )
    return "\n".join(rows) + "\n"


def _known() -> str:
    rows = "\n".join(f"| {rule} | `{path}` | {why} |" for rule, path, why in KNOWN)
    return f"\n## Where we differ on purpose\n\n| rule | documents | why |\n|---|---|---|\n{rows}\n"


def _rest() -> str:
    """The published rules that fired on the corpus and that we leave to the full check."""
    judged = {rule.id for rule in rules()}
    left: Counter[str] = Counter()
    for profile in (EN16931, PEPPOL, NLCIUS, GACCOUNT):
        for rule, count in corpus.count(profile).items():
            if rule not in judged:
                left[rule] = max(left[rule], count)
    rows = []
    for rule in sorted(left, key=_by_number):
        rows.append(f"| {rule} | {left[rule]} | {reason(rule) or 'no effect on what is booked'} |")
    head = "\n## What is left to the full check\n\nEvery other rule that fired on the corpus, and on how many documents.\n\n"
    return head + "| rule | documents | why not here |\n|---|---:|---|\n" + "\n".join(rows) + "\n"


def _by_number(rule: str) -> tuple[tuple[int, str, int], ...]:
    return tuple(
        (0, "", int(part)) if part.isdigit() else (1, part, 0)
        for part in re.split(r"[-*]|(?<=[A-Z])(?=\d)", rule)
        if part
    )


if __name__ == "__main__":
    if corpus.folder() is None:
        raise SystemExit("The corpus is not here: set CORPUS_DIR to the folder that has manifest.tsv.")
    TARGET.write_text(report(), encoding="utf-8")
    print(f"{TARGET.relative_to(TARGET.parents[1])} written: {len(rules())} rules judged.")
