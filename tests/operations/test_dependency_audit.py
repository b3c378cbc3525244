"""A known weakness stops a build until somebody answered it; silence of the index is not taken for a clean answer."""

import importlib.util
from datetime import date
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
assert _spec and _spec.loader
audit: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(audit)

FOUND = [
    {
        "name": "lxml",
        "version": "5.0",
        "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["5.1"]}],
    },
    {"name": "django", "version": "5.2", "vulns": []},
]
TODAY = date(2026, 11, 22)


def test_a_finding_without_an_answer_fails() -> None:
    assert ["PYSEC-1" in one for one in audit.judged(FOUND, [], TODAY)] == [True]


@pytest.mark.parametrize("name", ["PYSEC-1", "CVE-1"])
def test_an_answer_holds_until_its_day(name: str) -> None:
    answer = {"id": name, "because": "never parses what others send", "until": date(2026, 12, 1)}
    assert audit.judged(FOUND, [answer], TODAY) == []
    assert len(audit.judged(FOUND, [answer], date(2026, 12, 2))) == 1


def test_an_answer_that_nothing_asks_for_is_taken_out() -> None:
    answer = {"id": "CVE-9", "because": "", "until": date(2026, 12, 1)}
    assert any("CVE-9" in one for one in audit.judged([], [answer], TODAY))


def test_silence_passes_by_day_and_fails_by_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "asked", lambda: None)
    assert audit.main([]) == 0
    assert audit.main(["--must-ask"]) == 1
