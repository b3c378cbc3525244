"""Dates and numbers in sentences and forms, as people here write them."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import override

from invoices import reasons
from invoices.formats.rules.words import sentence
from invoices.proposing import evidence
from portal.amounts import AmountField, typed

REASONS = [
    ("sure", {"confidence": "0.98"}, "0,98", "0.98"),
    (
        "not_sure_enough",
        {"confidence": "0.82", "threshold": "0.90"},
        "0,82, drempel 0,90",
        "0.82, threshold 0.90",
    ),
    ("above_limit", {"limit": "12500.00"}, "12.500,00", "12,500.00"),
    ("before_start", {"from": "2026-05-01"}, "1-5-2026", "1 May 2026"),
    ("period_closed", {"date": "2026-04-30", "offered": "2026-05-01"}, "30-4-2026", "30 Apr 2026"),
]


@pytest.mark.parametrize(("code", "values", "dutch", "english"), REASONS)
def test_a_reason_says_dates_and_numbers_as_its_language_does(
    code: str, values: dict[str, str], dutch: str, english: str
) -> None:
    with override("nl"):
        assert dutch in reasons.sentence(code, values)
    with override("en"):
        assert english in reasons.sentence(code, values)


def test_what_only_looks_like_a_date_or_a_number_is_left_alone() -> None:
    with override("nl"):
        assert "2026-05-01" in reasons.sentence("pdf_twin", {"number": "2026-05-01"})
        assert "0.98" in reasons.sentence("rejected", {"words": "0.98"})


def test_evidence_says_its_threshold_and_its_day_as_the_language_does() -> None:
    cut = {"kind": "amount_from", "threshold": "1450.00", "account": "3000", "n": 4, "of": 4}
    last = {"kind": "last", "entry": 26700012, "date": "2026-03-31", "account": "4500"}
    with override("nl"):
        assert "1.450,00" in evidence.sentence(cut)
        assert "31-3-2026" in evidence.sentence(last)
    with override("en"):
        assert "1,450.00" in evidence.sentence(cut)


def test_a_finding_groups_thousands() -> None:
    values = {"stated": "12140.00", "reckoned": "-1140.50", "difference": "0.05"}
    assert "12.140,00" in sentence("BR-CO-15", "nl", "BT-112", values)
    assert "-1.140,50" in sentence("BR-CO-15", "nl", "BT-112", values)
    assert "12,140.00" in sentence("BR-CO-15", "en", "BT-112", values)


def test_a_day_in_english_does_not_begin_with_the_month() -> None:
    with override("en"):
        assert date_format(date(2026, 4, 5), "SHORT_DATE_FORMAT") == "5 Apr 2026"


TYPED = [
    ("nl", "1.234", "1234"),
    ("nl", "1.234,50", "1234.50"),
    ("nl", "1.234.567", "1234567"),
    ("nl", "-1.234", "-1234"),
    ("nl", "€ 12,50", "12.50"),
    ("nl", "12.50", "12.50"),
    ("nl", "0.125", "0.125"),
    ("en", "1,234", "1234"),
    ("en", "1,234.50", "1234.50"),
    ("en", "12,50", "12.50"),
    ("en", "1.234,50", "1234.50"),
]


@pytest.mark.parametrize(("language", "text", "amount"), TYPED)
def test_an_amount_is_read_as_it_was_meant(language: str, text: str, amount: str) -> None:
    with override(language):
        assert typed(text) == Decimal(amount)


def test_an_account_stands_in_groups_of_four_in_a_sentence() -> None:
    with override("nl"):
        assert "NL91 ABNA 0417 1643 00" in reasons.sentence("iban_new", {"iban": "NL91ABNA0417164300"})


@pytest.mark.parametrize(("language", "text", "amount"), TYPED)
def test_a_form_takes_an_amount_in_both_notations(language: str, text: str, amount: str) -> None:
    with override(language):
        assert AmountField(max_digits=14, decimal_places=3).clean(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["veel", "nan", "1e999999", "--1"])
def test_what_is_no_amount_is_refused_in_words(text: str) -> None:
    with override("nl"), pytest.raises(ValidationError):
        AmountField(max_digits=14, decimal_places=2).clean(text)
