"""`make demo` on a busy machine: it says calmly what it waits for, and goes on."""

import pytest

from invoices.demo import wait


def test_it_waits_for_as_long_as_it_takes_and_says_for_what(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    asked: list[str] = []

    def answers(url: str) -> bool:
        asked.append(url)
        return len(asked) > 1

    monkeypatch.setattr(wait, "_answers", answers)
    wait.until(("the portal", "http://one"), ("the Exact sandbox", "http://two"), say=said.append, every=0)
    assert asked == ["http://one", "http://one", "http://two"]
    (sentence,) = said
    assert sentence.startswith("Still waiting for the portal to start")
    assert "goes on by itself" in sentence


def test_a_machine_that_is_quick_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(wait, "_answers", lambda url: True)
    wait.until(("the portal", "http://one"), say=said.append)
    assert said == []
