"""Autopilot, review or hold: the first thing that speaks against booking by itself is the reason."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from connections.models import Connection, LedgerAccount, Supplier
from invoices import reasons
from invoices.learning import Booked, Line, Target
from invoices.models import Booking, Proposal
from invoices.proposing import trust
from portal.tenancy import scope
from tests.books import Books
from tests.cast import Cast
from tests.paper import invoice, line

PAPER = ("4400", "2", "100", "Papier")


@pytest.fixture
def books(cast: Cast) -> Books:
    return Books(cast.alice)


@pytest.fixture
def printer(books: Books) -> Supplier:
    return books.supplier()


def bill(number: str = "1", **changes: Any) -> Any:
    return invoice(number, lines=(line("Papier", changes.pop("net", "100.00")),), **changes)


def setting(books: Books, **fields: Any) -> None:
    with scope(books.office.firm_id):
        Connection.objects.filter(pk=books.connection.pk).update(**fields)


def test_three_consistent_entries_in_exact_are_consent(books: Books, printer: Supplier) -> None:
    books.months(printer, 3, PAPER)
    decision = books.decide(bill(), printer)
    assert (decision.outcome, decision.reason) == ("autopilot", "sure")


@pytest.mark.parametrize("entries", [1, 2])
def test_fewer_entries_than_three_are_for_a_person(books: Books, printer: Supplier, entries: int) -> None:
    books.months(printer, entries, PAPER)
    decision = books.decide(bill(), printer)
    assert (decision.outcome, decision.reason) == ("review", "new_supplier")
    assert decision.values == {"entries": entries}


def test_without_any_history_there_is_nothing_to_propose(books: Books, printer: Supplier) -> None:
    decision = books.decide(bill(), printer)
    assert (decision.outcome, decision.reason) == ("review", "no_account")


def test_entries_that_never_recur_are_no_consent(books: Books, printer: Supplier) -> None:
    for month, account in enumerate(("4400", "4430", "4500"), 1):
        books.book(printer, date(2026, month, 5), (account, "2", "100", f"Iets {account}"))
    assert books.decide(bill(), printer).reason == "new_supplier"


def test_three_approvals_as_proposed_are_consent_without_any_history(books: Books, printer: Supplier) -> None:
    for n in range(3):
        _approved(books, printer, n, changed=False)
    with scope(books.office.firm_id):
        assert trust.of(books.connection, printer, 0).consents


def test_a_supplier_that_is_corrected_too_often_steps_back_and_says_so(
    books: Books, printer: Supplier
) -> None:
    books.months(printer, 6, PAPER)
    assert books.decide(bill(), printer).outcome == "autopilot"
    for n in range(2):
        _approved(books, printer, n, changed=True)
    decision = books.decide(bill("2"), printer)
    assert (decision.outcome, decision.reason) == ("review", "stepped_down")
    assert reasons.sentence(decision.reason, decision.values) != decision.reason
    for n in range(2, 5):
        _approved(books, printer, n, changed=False)
    assert books.decide(bill("3"), printer).outcome == "autopilot"


def test_a_change_in_exact_counts_as_a_correction(books: Books, printer: Supplier) -> None:
    books.months(printer, 6, PAPER)
    for n in range(2):
        _approved(books, printer, n, changed=False, changed_in_exact=True)
    assert books.decide(bill("2"), printer).reason == "stepped_down"


def test_what_lies_far_back_says_nothing_and_a_list_knows_what_a_decision_knows(
    books: Books, printer: Supplier, monkeypatch: pytest.MonkeyPatch
) -> None:
    baker = books.supplier("Bakker")
    for n in range(4):
        _approved(books, printer, n, changed=n < 2)
    _approved(books, baker, 9, changed=True)
    with scope(books.office.firm_id):
        for far, of_printer in ((50, (0, 2, 2, 4)), (3, (0, 2, 1, 3)), (2, (0, 2, 0, 2))):
            monkeypatch.setattr(trust, "FAR", far)
            several = trust.of_several(books.connection, {printer.pk: 0, baker.pk: 0})
            assert several[printer.pk] == trust.of(books.connection, printer, 0) == trust.Trust(*of_printer)
            assert several[baker.pk] == trust.of(books.connection, baker, 0) == trust.Trust(0, 0, 1, 1)


def _approved(
    books: Books, supplier: Supplier, n: int, *, changed: bool, changed_in_exact: bool = False
) -> None:
    """An invoice that went all the way, n days ago from the first."""
    received, proposal, _ = books.propose(bill(f"oud {n} {changed}"), supplier)
    now = timezone.now()
    with scope(books.office.firm_id):
        Booking.objects.create(
            invoice=received,
            connection=books.connection,
            state="done",
            changed_at=now if changed_in_exact else None,
        )
        facts = {**proposal.facts, "changed": changed}
        Proposal.objects.filter(pk=proposal.pk).update(
            approved_at=now, facts=facts, made_at=now + timedelta(seconds=n)
        )


def test_what_is_in_the_way_comes_before_what_is_in_doubt(books: Books, printer: Supplier) -> None:
    with scope(books.office.firm_id):
        LedgerAccount.objects.filter(connection=books.connection, code="4400").update(blocked=True)
    books.months(printer, 5, PAPER)
    setting(books, mode="suggest")
    decision = books.decide(bill(), printer)
    assert (decision.reason, decision.values) == ("account_blocked", {"account": "4400"})


def test_a_closed_period_is_for_a_person_with_the_next_open_one_offered(
    books: Books, printer: Supplier
) -> None:
    books.months(printer, 5, PAPER)
    for month, closed in ((10, True), (11, True), (12, False)):
        books.period(2026, month, closed)
    decision = books.decide(bill(issue_date=date(2026, 11, 3)), printer)
    assert (decision.outcome, decision.reason) == ("review", "period_closed")
    assert decision.values == {"date": "2026-11-03", "offered": "2026-12-01"}
    with scope(books.office.firm_id):
        assert Proposal.objects.get(invoice__number="1").entry_date == date(2026, 12, 1)


def test_a_date_without_any_open_period_is_for_a_person(books: Books, printer: Supplier) -> None:
    books.months(printer, 5, PAPER)
    books.period(2026, 11, True)
    assert books.decide(bill(issue_date=date(2026, 11, 3)), printer).reason == "no_open_period"
    assert books.decide(bill("2", issue_date=date(2029, 1, 3)), printer).reason == "no_open_period"


@pytest.mark.parametrize(
    ("fields", "net", "outcome", "reason"),
    [
        ({"mode": "suggest"}, "100.00", "review", "mode_suggest"),
        ({"auto_book_from": date(2026, 12, 1)}, "100.00", "hold", "before_start"),
        ({"auto_book_limit": Decimal(100)}, "100.00", "review", "above_limit"),
        ({"auto_book_limit": Decimal(121)}, "100.00", "autopilot", "sure"),
        ({"auto_book_confidence": Decimal("1.00")}, "100.00", "review", "not_sure_enough"),
    ],
)
def test_the_connections_settings_decide(
    books: Books, printer: Supplier, fields: dict[str, Any], net: str, outcome: str, reason: str
) -> None:
    books.months(printer, 6, PAPER)
    setting(books, **fields)
    decision = books.decide(bill(net=net), printer)
    assert (decision.outcome, decision.reason) == (outcome, reason)


def test_not_sure_enough_says_how_sure_and_from_what_on(books: Books, printer: Supplier) -> None:
    books.months(printer, 6, PAPER)
    setting(books, auto_book_confidence=Decimal("1.00"))
    values = books.decide(bill(), printer).values
    assert values["threshold"] == "1.00"
    assert Decimal(values["confidence"]) < 1  # 0.9985 reads as 0.99, never as the threshold itself


def test_what_was_read_from_a_picture_is_always_for_a_person(books: Books, printer: Supplier) -> None:
    books.months(printer, 6, PAPER)
    assert books.decide(bill(), printer, kind="pdf").reason == "not_e_invoice"
    assert books.decide(bill("2"), printer, kind="hybrid").outcome == "autopilot"


def test_a_line_that_is_new_to_the_supplier_keeps_the_invoice_back(books: Books, printer: Supplier) -> None:
    for month in range(1, 7):
        books.book(
            printer, date(2026, month, 5), PAPER, ("4430", "2", "9", "Licentie"), ("4500", "2", "9", "Advies")
        )
    content = invoice(lines=(line("Papier"), line("Iets heel anders")))
    assert books.decide(content, printer).reason == "not_sure_enough"


def test_consistency_counts_entries_that_recur_whole() -> None:
    def booked(entry: str, account: str) -> Booked:
        return Booked(Line(date(2026, 1, 1), "x", 1.0, "input 21"), Target(account, "2"), entry)

    assert trust.consistent_entries([booked("1", "a"), booked("2", "a"), booked("3", "a")]) == 3
    assert trust.consistent_entries([booked("1", "a"), booked("2", "b"), booked("3", "c")]) == 0
    assert (
        trust.consistent_entries([booked("1", "a"), booked("1", "b"), booked("2", "a"), booked("3", "a")])
        == 2
    )
