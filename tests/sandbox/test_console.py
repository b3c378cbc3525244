"""The console page: what it shows, and that its buttons do what they say."""

from __future__ import annotations

import re
from html import unescape

import requests

from .conftest import D1, Caller, Process


def press(exact: Process, page: str, label: str) -> requests.Response:
    """Press the first button with this label on a page."""
    text = requests.get(exact.url + page, timeout=10).text
    for form in re.findall(r"<form method=post.*?</form>", text, re.DOTALL):
        if f"<button>{label}</button>" in form:
            values = {k: unescape(v) for k, v in re.findall(r'name=(\w+) value="([^"]*)"', form)}
            return requests.post(f"{exact.url}/sandbox/do", data=values, timeout=10)
    raise AssertionError(f"no button {label!r} on {page}")


def test_the_front_page_shows_administrations_people_and_calls(exact: Process, anna: Caller) -> None:
    anna.call("GET", "financial/Journals?$select=Code")
    page = requests.get(exact.url, timeout=10).text
    assert "Proefbakkerij B.V." in page
    assert "MijnKantoor user" in page
    assert "financial/Journals" in page
    assert "http" not in re.sub(r"http://127\.0\.0\.1:\d+", "", page)  # nothing from elsewhere


def test_a_division_shows_what_was_posted_escaped(exact: Process, anna: Caller) -> None:
    anna.post("purchaseentry/PurchaseEntries", anna.entry(YourRef="<b>F1</b>"))
    anna.post("documents/Documents", {"Subject": "Factuur & zo", "Type": 20})
    page = requests.get(f"{exact.url}/sandbox/division/{D1}", timeout=10).text
    assert "&lt;b&gt;F1&lt;/b&gt;" in page
    assert "Factuur &amp; zo" in page
    assert "121.00 EUR" in page
    assert requests.get(f"{exact.url}/sandbox/division/4711", timeout=10).status_code == 404


def test_the_buttons_break_and_mend(exact: Process, anna: Caller) -> None:
    assert "Next 5 calls: 503: done" in press(exact, "/", "Next 5 calls: 503").text
    assert anna.call("GET", "current/Me").status_code == 503
    press(exact, "/", "Clear")
    assert anna.call("GET", "current/Me").status_code == 200
    press(exact, "/", "Maintenance page")
    assert anna.call("GET", "current/Me").status_code == 503
    assert exact.token().status_code == 400  # signing in goes on
    press(exact, "/", "Clear")
    press(exact, f"/sandbox/division/{D1}", "Use up this minute")
    assert anna.call("GET", "financial/Journals").status_code == 429
    press(exact, "/", "Revoke consent")
    assert anna.call("GET", "current/Me").status_code == 401


def test_closing_the_month_and_deleting_by_button(exact: Process, anna: Caller) -> None:
    page = f"/sandbox/division/{D1}"
    anna.post("purchaseentry/PurchaseEntries", anna.entry())
    press(exact, page, "Close this month")
    status, message = anna.refused("POST", "purchaseentry/PurchaseEntries", json=anna.entry())
    assert (status, message.startswith("Periode is afgesloten:")) == (500, True)
    assert "Period is closed" in press(exact, page, "Delete").text
    press(exact, page, "Open this month")
    press(exact, page, "Delete")
    assert exact.ledger(D1)["entries"] == []
