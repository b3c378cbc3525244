"""Every page in a real browser: nothing that keeps people out, nothing from elsewhere, nothing that breaks."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page

from connections.models import Connection
from invoices import sharing
from portal.tenancy import scope
from tests.browser.conftest import Live
from tests.pages.firm import BusyFirm
from tests.pages.table import NO_PAGE, TABLE
from tests.paper import line, paper

WIDTHS = {390: 844, 1280: 900, 1920: 1080}


@pytest.fixture
def busy(alice: Page, live: Live, cast: Any, exact: Any, worker: Any) -> BusyFirm:
    return BusyFirm(cast, exact, worker)


def addresses(busy: BusyFirm) -> list[str]:
    return [
        reverse(row.name, args=row.arguments(busy))
        for row in TABLE
        if row.method == "GET" and row.wants[0] == 200 and row.name not in NO_PAGE
    ] + [reverse("invoice", args=[one.pk]) for one in (busy.review, busy.held)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(alice: Page, live: Live, busy: BusyFirm, theme: Any) -> None:
    alice.emulate_media(color_scheme=theme)
    found = []
    for url in addresses(busy):
        alice.goto(live.url + url)
        for one in Axe().run(alice).response["violations"]:
            if one["impact"] in ("serious", "critical"):
                found += [
                    f"{url} {one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
                    for node in one["nodes"]
                ]
    assert found == []


def test_the_pages_before_signing_in_keep_nobody_out(page: Page, live: Live) -> None:
    found = []
    for url in (
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/connect/link/unknown/",
        "/nowhere/",
    ):
        page.goto(live.url + url)
        for one in Axe().run(page).response["violations"]:
            if one["impact"] in ("serious", "critical"):
                found += [f"{url} {one['id']}: {node['html'][:160]}" for node in one["nodes"]]
    assert found == []


def test_no_page_asks_anything_of_another_server_or_complains(
    alice: Page, live: Live, busy: BusyFirm, context: BrowserContext
) -> None:
    strangers, complaints = [], []
    alice.on(
        "request",
        lambda one: strangers.append(one.url) if not one.url.startswith((live.url, "data:")) else None,
    )
    alice.on("console", lambda one: complaints.append(one.text) if one.type in ("error", "warning") else None)
    alice.on("pageerror", lambda one: complaints.append(str(one)))
    for url in addresses(busy):
        alice.goto(live.url + url)
        alice.wait_for_load_state("networkidle")
    assert strangers == []
    assert complaints == []


def test_a_decision_in_the_queue_complains_of_nothing(alice: Page, live: Live, busy: BusyFirm) -> None:
    """A password manager, like whatever else lives in a browser, leaves style attributes on fields. The next invoice's
    fields have the same ids, and what htmx carries over from one to the other must not be an inline style."""
    complaints = []
    alice.on("console", lambda one: complaints.append(one.text) if one.type in ("error", "warning") else None)
    alice.on("pageerror", lambda one: complaints.append(str(one)))
    with scope(busy.cast.alice.firm_id):
        Connection.objects.filter(pk=busy.connection.pk).update(mode="suggest")
    one, _next = (busy.send(paper(f"2026-40{n}", lines=(line("Folders", f"{n}10.00"),))) for n in (1, 2))
    alice.goto(f"{live.url}/queue/{one.pk}/")
    alice.evaluate(
        "for (const one of document.querySelectorAll('#work input')) one.style.caretColor = 'auto'"
    )
    alice.keyboard.press("a")
    alice.locator(".toast-here").wait_for()
    alice.get_by_text("2026-402").first.wait_for()
    alice.wait_for_load_state("networkidle")
    assert complaints == []


def test_an_invoice_behind_a_link_fits_a_phone(page: Page, live: Live, busy: BusyFirm) -> None:
    with scope(busy.cast.alice.firm_id):
        link = sharing.share(busy.booked, 1, busy.cast.alice.owner)
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.goto(live.url + "/shared/" + link.url.split("/shared/", 1)[1])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


def test_no_page_scrolls_sideways_on_a_phone_or_a_wide_screen(
    alice: Page, live: Live, busy: BusyFirm
) -> None:
    too_wide = []
    for width, height in WIDTHS.items():
        alice.set_viewport_size({"width": width, "height": height})
        for url in addresses(busy):
            alice.goto(live.url + url)
            if alice.evaluate("document.documentElement.scrollWidth > innerWidth"):
                too_wide.append(f"{url} at {width}")
    assert too_wide == []
