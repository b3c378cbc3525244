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


def test_what_is_done_to_the_whole_list_asks_first_and_says_to_how_many(
    alice: Page, live: Live, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "PAGE", 3)
    for number in range(5):
        cast.alice.organisation(f"Klant {number}", f"7000000{number}")
    alice.goto(live.url + "/clients/")
    asked: list[str] = []
    alice.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    bar = alice.locator("[data-bulk]")
    alice.get_by_role("checkbox", name="Alle", exact=True).check()
    bar.get_by_role("button", name="Alleen voorstellen").click()
    bar.get_by_label("Alle 5 klanten, op elke pagina").check()
    for name in ("Pauzeren", "Alleen voorstellen"):
        bar.get_by_role("button", name=name).click()
    few, everybody = "De facturen van deze klanten alleen nog voorstellen?", "Dit geldt voor 5 klanten, ook"
    assert asked[0] == few
    assert asked[1].startswith(everybody) and asked[1].endswith("Pauzeren?")
    assert asked[2].startswith(everybody) and asked[2].endswith(few)
    expect(bar).to_be_visible()  # nothing was sent


def test_on_a_phone_no_button_of_the_team_stands_over_an_address(alice: Page, live: Live, cast: Cast) -> None:
    alice.set_viewport_size({"width": 390, "height": 844})
    alice.goto(live.url + "/team/")
    alice.get_by_role("button", name="Mensen uitnodigen").click()
    alice.get_by_label("E-mailadressen").fill("ingeborg.van.der.linden@kantoor.example")
    alice.get_by_role("button", name="Uitnodigen", exact=True).click()
    row = alice.locator(".list .item", has_text="ingeborg")
    name, again = row.locator(".grow").bounding_box(), row.get_by_role("button").first.bounding_box()
    assert name is not None and again is not None
    assert again["y"] >= name["y"] + name["height"]
