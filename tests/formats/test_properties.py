"""Properties: whatever the builder can make reads back equal, totals recompute, and no bytes surprise the reader."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from invoices.formats import Invoice, Unreadable, read
from invoices.formats.canonical import content_hash, normalise_number
from invoices.formats.jsonable import from_json, to_json
from invoices.formats.rules import judge, recompute
from invoices.formats.walk import decimal
from invoices.formats.write import ubl

from . import samples

slow = settings(
    deadline=None,
    max_examples=int(os.environ.get("PROPERTY_EXAMPLES", "100")),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@slow
@given(samples.invoices())
def test_any_invoice_the_builder_can_make_reads_back_equal(made: Invoice) -> None:
    assert read(ubl(made)).invoice == made


@slow
@given(samples.invoices())
def test_json_loses_nothing(made: Invoice) -> None:
    stored = to_json(made)
    assert from_json(stored) == made
    assert to_json(from_json(stored)) == stored


@slow
@given(samples.adding_up())
def test_an_invoice_that_adds_up_recomputes_to_its_own_totals(made: Invoice) -> None:
    found = read(ubl(made)).invoice
    assert found is not None
    assert recompute(found).differences == ()
    held = {finding.rule for finding in judge(found) if finding.holds}
    assert held == set()


@slow
@given(
    samples.adding_up(),
    st.sampled_from(["lines", "without_vat", "vat", "with_vat", "payable"]),
    st.integers(1, 10**6),
)
def test_a_total_that_is_a_cent_or_more_off_is_always_held_and_shown(
    made: Invoice, name: str, cents: int
) -> None:
    off = (getattr(made.totals, name) or Decimal(0)) + Decimal(cents) / 100
    wrong = replace(made, totals=replace(made.totals, **{name: off}))
    assert any(finding.holds for finding in judge(wrong))
    assert recompute(wrong).differences != ()


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_read_or_refused_and_nothing_else(data: bytes) -> None:
    with suppress(Unreadable):
        read(data)


@given(
    st.binary(max_size=200),
    st.sampled_from([b"<", b"%PDF-1.4\n", b"<?xml ", b"\xff\xfe", b"\xef\xbb\xbf<", b"<!--"]),
)
def test_arbitrary_bytes_that_begin_like_something_are_refused_all_the_same(
    data: bytes, start: bytes
) -> None:
    with suppress(Unreadable):
        read(start + data)


@given(st.text(max_size=40))
def test_a_text_is_a_number_only_when_it_says_exactly_that_number(text: str) -> None:
    value = decimal(text)
    if value is not None:
        assert text.isascii()
        assert format(value, "f").lstrip("-").strip("0").rstrip(".") == text.lstrip("+-").strip("0").rstrip(
            "."
        )


@slow
@given(samples.invoices())
def test_the_content_hash_is_that_of_the_content(made: Invoice) -> None:
    found = read(ubl(made)).invoice
    assert found is not None
    assert content_hash(found) == content_hash(made)
    assert content_hash(from_json(to_json(made))) == content_hash(made)


@given(st.text(max_size=30))
def test_normalising_a_number_twice_is_normalising_it_once(number: str) -> None:
    assert normalise_number(normalise_number(number)) == normalise_number(number)
