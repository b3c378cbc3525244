"""The pages for rules, back-tests and the end of the month: what a bookkeeper does there, and what comes of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import Connection
from invoices import month_end
from invoices.models import BookingRule, Invoice
from invoices.pages import backtests
from invoices.proposing import backtest, rule_keeping
from portal import jobs
from portal.models import Job
from portal.tenancy import scope
from tests.books import Books
from tests.paper import invoice, line


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer
    return str(answer.content.decode())


def test_a_rule_is_made_in_the_page_and_decides_the_next_invoice(alice: Client, books: Books) -> None:
    printer = books.supplier()
    books.months(printer, 3, ("4400", "2", "50", "Lunch team"))
    said = {"name": "Lunch", "text": "lunch", "account": "4990", "credit": "no", "hold": "on"}
    answer = alice.post("/rules/new/", {**said, "connection": str(books.connection.pk)})
    assert answer.status_code == 302
    with scope(books.office.firm_id):
        rule = BookingRule.objects.get()
    assert rule.conditions == {"text": "lunch", "credit": False}
    assert rule.actions == {"account": "4990", "hold": True}
    _, _, lines = books.propose(invoice("L-1", lines=(line("Lunch"),)), printer)
    assert [one.account for one in lines] == ["4990"]
    page = text_of(alice.get("/rules/"))
    assert "de regel bevat ‘lunch’" in page
    assert "rekening 4990" in page


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"account": "4990"}, "Zeg wanneer de regel geldt"),
        ({"text": "lunch"}, "Zeg wat de regel doet"),
        ({"text": "lunch", "consents": "on"}, "Zeg wat de regel doet"),
    ],
)
def test_a_rule_that_says_nothing_is_not_kept(alice: Client, said: dict[str, str], told: str) -> None:
    assert told in text_of(alice.post("/rules/new/", {"name": "Leeg", **said}))


def test_a_preview_shows_what_would_have_been_otherwise_and_keeps_nothing(
    alice: Client, books: Books
) -> None:
    today = timezone.localdate()
    books.book(books.supplier(), today - timedelta(days=10), ("4400", "2", "50", "Lunch team"))
    page = text_of(alice.post("/rules/preview/", {"name": "L", "text": "lunch", "account": "4990"}))
    assert "Lunch team" not in page  # the firm's rule looks through clients that are connected
    page = text_of(
        alice.post(
            "/rules/preview/",
            {"name": "L", "text": "lunch", "account": "4990", "connection": str(books.connection.pk)},
        )
    )
    assert "Lunch team" in page
    assert "rekening 4400" in page
    assert "rekening 4990" in page
    with scope(books.office.firm_id):
        assert not BookingRule.objects.exists()


def test_a_changed_rule_keeps_what_it_said_before_and_its_place_can_be_changed(
    alice: Client, books: Books
) -> None:
    with scope(books.office.firm_id):
        first, second = (
            rule_keeping.save(
                None,
                connection=books.connection,
                name=name,
                conditions={"text": name.lower()},
                actions={"account": "4500"},
            )
            for name in ("Diesel", "Brood")
        )
    alice.post(f"/rules/{first.pk}/", {"name": "Diesel", "text": "diesel", "account": "4430"})
    page = text_of(alice.get(f"/rules/{first.pk}/"))
    assert "Versie 2" in page
    assert "rekening 4500" in page
    alice.post(f"/rules/{second.pk}/up/", {"from": "list"})
    alice.post(f"/rules/{first.pk}/off/")
    with scope(books.office.firm_id):
        rows = BookingRule.objects.order_by("position").values_list("name", "active")
        assert list(rows) == [("Brood", True), ("Diesel", False)]


def test_a_back_test_recommends_a_threshold_and_a_person_takes_it_over(alice: Client, books: Books) -> None:
    printer = books.supplier()
    today = timezone.localdate()
    for n in range(40):
        books.book(printer, today - timedelta(days=8 * (40 - n)), ("4400", "2", f"{50 + n}", "Drukwerk"))
    books.learn()
    client = f"/clients/{books.organisation.pk}/backtest/"
    assert "Kijk voordat u erop vertrouwt" in text_of(alice.get(client))
    alice.post(client + "ask/")
    alice.post(client + "ask/")
    with scope(books.office.firm_id):
        (job,) = Job.objects.filter(kind=backtest.KIND)
    assert "De test loopt" in text_of(alice.get(client))
    jobs.run(books.office.firm_id, job.pk)
    page = text_of(alice.get(client))
    assert 'polyline class="precision"' in page
    assert "Naar rechts: de drempel" in page
    assert 'aria-sort="descending"' in page
    assert "?sort=-amount#suppliers" in page
    assert "Drukkerij Van Dam" in page
    alice.post(client + "apply/", {"threshold": "0,91"})
    with scope(books.office.firm_id):
        assert str(Connection.objects.get(pk=books.connection.pk).auto_book_confidence) == "0.91"
    assert "van 0,50 tot 1,00" in text_of(alice.post(client + "apply/", {"threshold": "2"}, follow=True))


def test_the_suppliers_of_a_back_test_are_sorted_by_the_column_that_is_pressed() -> None:
    rows: list[dict[str, Any]] = [
        {"name": "Aannemer", "lines": 9, "accuracy": 0.5, "amount": "90.00"},
        {"name": "bakker", "lines": 40, "accuracy": None, "amount": "800.00"},
        {"name": "Cafe", "lines": 10, "accuracy": 0.9, "amount": "1000.00"},
    ]

    def names(asked: str) -> str:
        return "".join(one["name"][0] for one in backtests.table(rows, asked)["suppliers"])

    assert [names(one) for one in ("", "lines", "name", "-name", "-amount")] == [
        "bCA", "ACb", "AbC", "CbA", "CbA",
    ]  # fmt: skip
    assert (names("accuracy"), names("-accuracy")) == ("ACb", "CAb")  # what nobody knows comes last
    leads = [head["leads_to"] for head in backtests.table(rows, "-lines")["heads"]]
    assert leads == ["name", "lines", "-accuracy", "-amount"]
    assert [head["sorted"] for head in backtests.table(rows, "name")["heads"]] == ["ascending", "", "", ""]


# --- The end of the month ----------------------------------------------------------------------------------


def test_a_supplier_who_comes_every_month_is_missed_when_his_day_has_passed(books: Books) -> None:
    telecom, once = books.supplier("Telecom B.V.", "11112222"), books.supplier("Eenmalig B.V.", "33334444")
    books.months(telecom, 4, ("4500", "2", "40", "Abonnement"))
    books.book(once, date(2026, 2, 5), ("4500", "2", "40", "Kast"))

    def missing(today: date) -> list[tuple[str, int]]:
        with scope(books.office.firm_id):
            found = month_end.missing(date(2026, 5, 1), [books.connection], today)
        return [(one.supplier.name, one.usually_by) for one in found]

    assert missing(date(2026, 5, 5)) == []
    assert missing(date(2026, 5, 6)) == [("Telecom B.V.", 5)]
    books.book(telecom, date(2026, 5, 20), ("4500", "2", "40", "Abonnement"))
    assert missing(date(2026, 6, 1)) == []


def test_an_invoice_that_waits_is_not_missed_and_is_open_before_the_return(
    alice: Client, books: Books
) -> None:
    telecom = books.supplier("Telecom B.V.", "11112222")
    this = month_end.first_of(timezone.localdate())
    for back in range(1, 5):
        books.book(telecom, month_end.first_of(this, -back), ("4500", "2", "40", "Abonnement"))
    address = f"/month/?month={this:%Y-%m}"
    if timezone.localdate().day > 1:
        assert "Telecom B.V." in text_of(alice.get(address))
    books.receive(invoice("T-5", issue_date=this), telecom)
    page = text_of(alice.get(address))
    assert "Telecom B.V." not in page
    assert books.organisation.name in page


@pytest.mark.parametrize(
    ("first", "months", "due"),
    [
        (date(2026, 11, 1), 1, date(2026, 12, 31)),
        (date(2026, 10, 1), 3, date(2027, 1, 31)),
        (date(2026, 1, 1), 1, date(2026, 2, 28)),
    ],
)
def test_a_return_is_due_at_the_end_of_the_month_after_its_period(
    first: date, months: int, due: date
) -> None:
    assert month_end.return_due(first, months) == due


def test_a_merged_line_is_parted_again_in_the_page(alice: Client, books: Books) -> None:
    printer = books.supplier()
    books.months(printer, 4, ("4400", "2", "100", "Papier"), ("4400", "2", "10", "Inkt"))
    content = invoice("P-1", lines=(line("Papier", "33.33"), line("Inkt", "66.67")))
    row, _, (merged,) = books.propose(content, printer)
    with scope(books.office.firm_id):
        Invoice.objects.filter(pk=row.pk).update(
            status=Invoice.Status.REVIEW, organisation=books.organisation
        )
    page = text_of(alice.get(f"/invoices/{row.pk}/correct/"))
    assert f'href="?part={merged.position}"' in page and 'value="100,00"' in page
    page = text_of(alice.get(f"/invoices/{row.pk}/correct/?part={merged.position}"))
    assert 'href="?part=' not in page
    assert 'value="33,33"' in page and 'value="66,67"' in page
    for odd in (f"/invoices/{row.pk}/correct/?part=²", "/search/?q=²"):
        assert alice.get(odd).status_code == 200, "a sign that is a digit but no number is no failure of ours"


def test_a_rule_goes_back_to_what_it_said_before_as_a_new_version(alice: Client, books: Books) -> None:
    first = {"name": "Lunch", "text": "lunch", "account": "4990"}
    path = alice.post("/rules/new/", {**first, "connection": str(books.connection.pk)})["Location"]
    alice.post(path, {**first, "name": "Eten", "account": "4400"})
    alice.post(f"{path}off/")
    page = text_of(alice.get(path))
    assert "Terug naar versie 1" in page
    assert "Terug naar versie 2" not in page  # says what the rule says now
    alice.post(f"{path}back/", {"version": "1"})
    with scope(books.office.firm_id):
        rule = BookingRule.objects.get()
    assert (rule.name, rule.actions, rule.version) == ("Lunch", {"account": "4990"}, 4)
    assert not rule.active  # on or off is another question
    assert alice.post(f"{path}back/", {"version": "9"}).status_code == 404
