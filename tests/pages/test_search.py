"""What somebody remembers of an invoice finds it, for those who may see it."""

from typing import Any

import pytest

from portal.lookups import ask
from portal.tenancy import scope
from tests.pages.firm import BusyFirm, browser
from tests.paper import line, paper, party


@pytest.mark.parametrize("words", ["2026-77", "202677", "hak en zo", "66667777", "NL001234567B01"])
def test_an_invoice_is_found_by_what_somebody_remembers(busy: BusyFirm, words: str) -> None:
    seller = party("Slagerij Hak en Zonen B.V.", "66667777", "NL001234567B01")
    busy.send(paper("2026-777", lines=(line("Worst", "12.00"),), seller=seller))
    shown: Any = busy.browsers["owner"].get("/invoices/", {"q": words})
    assert "2026-777" in shown.content.decode()
    stranger = browser(busy.cast.charlie.owner)
    assert "2026-777" not in stranger.get("/invoices/", {"q": words}).content.decode()


def test_signs_that_mean_something_to_the_database_find_nothing_by_themselves(busy: BusyFirm) -> None:
    for words in ("%%%", "___", "\\\\\\"):
        shown: Any = busy.browsers["owner"].get("/invoices/", {"q": words})
        assert shown.status_code == 200
        assert shown.context["rows"] == []


def test_the_database_searches_in_the_scopes_firm_alone(busy: BusyFirm) -> None:
    asked = ("Van Dam", "%Van Dam%", "VANDAM", "VANDAM", None, 100)
    with scope(busy.cast.alice.firm_id):
        assert ask("search_invoices", *asked)
    with scope(busy.cast.charlie.firm_id):
        assert ask("search_invoices", *asked) == []
    assert ask("search_invoices", *asked) == []
