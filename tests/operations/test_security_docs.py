"""What the threat model and the checklist point at exists: tests by name, files, settings."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]


def rows(page: str) -> list[list[str]]:
    lines = (ROOT / "docs" / page).read_text().splitlines()
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in found if not set(row[0]) <= {"-"} and row[-1] not in ("proof", "place", "may not")]


def problem(pointer: str) -> str:
    """Why this leads nowhere; empty when it leads somewhere."""
    path, _, name = pointer.partition("::")
    if "/" in path or path.endswith((".lock", ".md")):
        if not (ROOT / path).exists():
            return f"no file {path}"
        return "" if not name or f"def {name}(" in (ROOT / path).read_text() else f"no {name} in {path}"
    known = hasattr(settings, path) or path in (ROOT / "portal/settings.py").read_text()
    return "" if known else f"no setting {path}"


@pytest.mark.parametrize("page", ["threat-model.md", "asvs.md"])
def test_every_line_has_a_test_a_file_or_a_setting_behind_it(page: str) -> None:
    wrong = []
    found = [row for row in rows(page) if len(row) == 3]
    assert len(found) > 30
    for row in found:
        if page == "threat-model.md" and row[2].startswith(
            ("know", "see ", "anything", "act ", "read ", "be ", "change")
        ):
            continue  # the table of actors
        pointers = re.findall(r"`([^`]+)`", row[2])
        wrong += [f"{row[0]}: nothing behind it"] if not pointers else []
        wrong += [f"{row[0]}: {said}" for one in pointers if (said := problem(one))]
    assert wrong == []
