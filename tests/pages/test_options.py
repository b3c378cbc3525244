"""Codes of the ledger are found while typing: on an invoice, and in a rule for one client or for all of them."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from connections.models import LedgerAccount
from invoices.pages import asking, options
from portal.tenancy import scope
from tests.books import Books
from tests.pages.firm import BusyFirm, browser


def codes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer
    return re.findall(r'data-value="([^"]+)"', answer.content.decode())


def account(books: Books, code: str, name: str) -> None:
    with scope(books.office.firm_id):
        books._row(LedgerAccount, code=code, description=name, type=121)


def test_vat_codes_stand_as_people_count(alice: Client, books: Books) -> None:
    with scope(books.office.firm_id):
        found = [one.code for one in options.vat_codes(books.connection)]
    assert found == sorted(found, key=int)
    assert found[-2:] == ["10", "11"]
    url = reverse("rule-options", args=["vat_code"])
    assert codes(alice.get(url, {"connection": books.connection.pk})) == found[:12]


def test_a_rule_finds_an_account_by_its_name_in_the_books_of_its_client(alice: Client, books: Books) -> None:
    account(books, "4301", "Brandstof bestelauto")
    url = reverse("rule-options", args=["gl_account"])
    assert codes(alice.get(url, {"q": "brandst", "connection": books.connection.pk})) == ["4301"]
    assert codes(alice.get(url, {"q": "nergens", "connection": books.connection.pk})) == []


def test_a_rule_for_all_clients_finds_each_code_once_and_says_how_many_have_it(
    alice: Client, books: Books
) -> None:
    for one in (books, Books(books.office, "Ander B.V.", "55555555")):
        account(one, "4301", "Brandstof")
    answer = alice.get(reverse("rule-options", args=["gl_account"]), {"q": "brandst"})
    assert codes(answer) == ["4301"]
    assert "2 klanten" in answer.content.decode()


def test_nobody_finds_a_code_of_another_firm(busy: BusyFirm) -> None:
    stranger = browser(busy.cast.charlie.owner)
    url = reverse("rule-options", args=["gl_account"])
    assert codes(busy.browsers["owner"].get(url))
    assert codes(stranger.get(url)) == []
    assert stranger.get(url, {"connection": busy.connection.pk}).status_code == 404


def test_the_rules_page_offers_them(alice: Client, books: Books) -> None:
    page = alice.get("/rules/new/").content.decode()
    for kind in ("gl_account", "vat_code", "cost_center", "cost_unit", "supplier"):
        assert f'data-combo="{reverse("rule-options", args=[kind])}"' in page


def test_a_rules_amounts_are_taken_as_a_dutch_person_types_them(alice: Client, books: Books) -> None:
    from invoices.models import BookingRule

    said = {"name": "Groot", "total_from": "1.234,50", "total_to": "€ 5.000", "hold": "on"}
    assert alice.post("/rules/new/", said).status_code == 302
    with scope(books.office.firm_id):
        rule = BookingRule.objects.get()
    assert (rule.conditions["total_from"], rule.conditions["total_to"]) == ("1234.50", "5000")
    assert 'value="1234,50"' in alice.get(f"/rules/{rule.pk}/").content.decode()


def test_a_connections_limit_and_threshold_are_taken_so_too(alice: Client, books: Books) -> None:
    row = books.connection
    said = {"mode": "autopilot", "auto_book_confidence": "0,92", "auto_book_limit": "12.500,00"}
    assert alice.post(f"/connections/{row.pk}/", said).status_code == 302
    with scope(books.office.firm_id):
        row.refresh_from_db()
    assert (str(row.auto_book_confidence), str(row.auto_book_limit)) == ("0.92", "12500.00")


def test_accounts_that_are_compared_stand_in_groups_of_four() -> None:
    assert asking._shown("iban", "NL91ABNA0417164300, 123456") == "NL91 ABNA 0417 1643 00, 123456"
    assert asking._shown("iban", "") == "–"
