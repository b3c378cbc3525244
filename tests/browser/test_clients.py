"""Ticking clients: a page of them, and all that the list holds."""

import pytest
from playwright.sync_api import Page, expect

from invoices.pages import clients
from tests.browser.conftest import Live
from tests.cast import Cast


def test_all_of_a_page_ticked_offers_all_of_the_list(
    alice: Page, live: Live, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "PAGE", 3)
    for number in range(5):
        cast.alice.organisation(f"Klant {number}", f"7000000{number}")
    alice.goto(live.url + "/clients/")
    bar = alice.locator("[data-bulk]")
    everything = bar.get_by_label("Alle 5 klanten, op elke pagina")
    expect(bar).to_be_hidden()
    alice.locator("tbody [data-picked]").first.check()
    expect(everything).to_be_hidden()
    alice.get_by_role("checkbox", name="Alle", exact=True).check()
    expect(bar.locator("[data-count]")).to_have_text("3")
    everything.check()
    expect(bar.locator("[data-count]")).to_have_text("5")
    alice.locator("tbody [data-picked]").first.uncheck()
    expect(everything).to_be_hidden()
    expect(everything).not_to_be_checked()
    expect(bar.locator("[data-count]")).to_have_text("2")
