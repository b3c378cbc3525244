"""A person's own lines: with their VAT they add up to the invoice, or say what is wrong."""

from decimal import Decimal
from typing import Any

import pytest

from invoices.proposing import own_lines
from invoices.proposing.own_lines import Unbookable
from portal.tenancy import scope
from tests.books import Books
from tests.cast import Cast
from tests.paper import invoice, line


@pytest.fixture
def books(cast: Cast) -> Books:
    return Books(cast.alice)


def read(books: Books, content: Any, *lines: dict[str, Any]) -> list[tuple[Decimal, Decimal]]:
    with scope(books.office.firm_id):
        made = own_lines.read(books.connection, content, lines)
    return [(one.amount, one.vat_amount) for one in made]


def own(amount: str, *positions: int, account: str = "4400", vat: str = "2", **more: Any) -> dict[str, Any]:
    return {
        "invoice_lines": list(positions),
        "amount": Decimal(amount),
        "gl_account": account,
        "vat_code": vat,
        **more,
    }


TWO = invoice(lines=(line("Papier", "33.33"), line("Inkt", "66.67", rate="9")))  # 7.00 and 6.00 of VAT


def test_a_line_takes_the_vat_of_the_invoice_lines_it_stands_for(books: Books) -> None:
    assert read(books, TWO, own("33.33", 1), own("66.67", 2, vat="1")) == [
        (Decimal("33.33"), Decimal("7.00")),
        (Decimal("66.67"), Decimal("6.00")),
    ]


def test_a_split_line_takes_vat_by_its_code_and_the_last_cent_goes_to_the_largest(books: Books) -> None:
    content = invoice(lines=(line("Papier", "10.01"),))  # 2.10
    assert read(books, content, own("3.33", 1), own("3.34", 1), own("3.34", 1)) == [
        (Decimal("3.33"), Decimal("0.70")),
        (Decimal("3.34"), Decimal("0.70")),
        (Decimal("3.34"), Decimal("0.70")),
    ]


@pytest.mark.parametrize("amount", ["33.33", "40.33"])
def test_under_a_code_without_vat_the_vat_is_cost_however_it_is_written(books: Books, amount: str) -> None:
    lines = own(amount, 1, vat="0"), own("66.67", 2, vat="1")
    assert read(books, TWO, *lines) == [(Decimal("40.33"), Decimal(0)), (Decimal("66.67"), Decimal("6.00"))]


def test_a_proposal_that_is_sent_back_as_it_was_is_taken(books: Books) -> None:
    lines = own("33.33", 1, vat_amount="7.00"), own("66.67", 2, vat="1", vat_amount="6.00")
    assert read(books, TWO, *lines) == [
        (Decimal("33.33"), Decimal("7.00")),
        (Decimal("66.67"), Decimal("6.00")),
    ]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "no_lines"),
        ([own("100.00", 1, 2, account="9999")], "account_unknown"),
        ([own("100.00", 1, 2, vat="77")], "vat_code_unknown"),
        ([own("100.00", 1, 2, cost_center="NEE")], "cost_center_unknown"),
        ([own("90.00", 1, 2)], "amounts_differ"),
        ([own("33.33", vat="0"), own("66.67", vat="0")], "vat_left_over"),
    ],
)
def test_lines_that_cannot_be_an_entry_say_what_to_change(books: Books, lines: Any, code: str) -> None:
    with pytest.raises(Unbookable) as refused:
        read(books, TWO, *lines)
    assert refused.value.code == code
    assert refused.value.message
