"""The list of assumptions names places that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs/assumptions.md").read_text().splitlines()
    if re.match(r"\| \d+ \|", line)
]


def test_every_assumption_is_held_in_one_place_that_exists():
    assert ROWS
    for number, _, confidence, held, *_ in ROWS:
        path, name = re.fullmatch(r"`([\w/.]+)` `(\w+)`", held).groups()
        text = (ROOT / path).read_text()
        assert re.search(rf"\b{name}\b", text), f"row {number}: {name} is not in {path}"
        assert confidence in ("M", "L"), f"row {number}"


def test_the_assumptions_are_numbered_and_begin_with_the_open_proposal():
    assert [int(row[0].strip("| ")) for row in ROWS] == list(range(1, len(ROWS) + 1))
    assert "open proposal" in ROWS[0][1]
