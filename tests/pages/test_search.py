"""What somebody remembers of an invoice finds it, for those who may see it."""

from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connections

from invoices.models import Invoice, Seller
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


def test_a_sellers_last_day_is_that_of_its_newest_invoice_in_whatever_order_they_are_read(
    busy: BusyFirm,
) -> None:
    def day(number: str, came: datetime, name: str) -> date | None:
        """The last day of this name, when this invoice came in then and says so."""
        with scope(busy.cast.alice.firm_id):
            Invoice.objects.filter(number=number).update(created_at=came, seller_name=name)
            return Seller.objects.filter(name=name).values_list("last_on", flat=True).first()

    late, early = datetime(2026, 3, 31, 23, 30, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    assert day("2026-101", late, "Hak") == date(2026, 3, 31)  # in Amsterdam it was April already
    assert day("2026-103", early, "Hak") == date(2026, 3, 31)
    assert day("2026-103", late + timedelta(days=1), "Hak") == date(2026, 4, 1)
    assert day("2026-103", early, "") is None


def test_two_invoices_of_a_new_seller_read_at_once_leave_the_later_day(busy: BusyFirm) -> None:
    def read(number: str, came: datetime) -> None:
        with scope(busy.cast.alice.firm_id):
            Invoice.objects.filter(number=number).update(created_at=came, seller_name="Nieuw B.V.")

    def other() -> None:
        read("2026-103", datetime(2026, 4, 2, tzinfo=UTC))
        connections.close_all()

    second = Thread(target=other)
    with scope(busy.cast.alice.firm_id):
        Invoice.objects.filter(number="2026-101").update(
            created_at=datetime(2026, 4, 1, tzinfo=UTC), seller_name="Nieuw B.V."
        )
        second.start()
        while not _somebody_waits():
            assert second.is_alive(), "the second did not wait for the first"
    second.join()
    with scope(busy.cast.alice.firm_id):
        assert Seller.objects.get(name="Nieuw B.V.").last_on == date(2026, 4, 2)


def _somebody_waits() -> bool:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() != (0,)
