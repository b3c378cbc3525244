"""The same invoice in other bytes has the same hash; another invoice has another."""

from __future__ import annotations

import doctest
from dataclasses import fields, replace
from decimal import Decimal
from types import ModuleType

import pytest

from invoices.formats import Invoice, attachments, canonical, read
from invoices.formats import model as m
from invoices.formats.canonical import content_hash, normalise_number
from invoices.formats.rules import profiles
from invoices.formats.write import ubl

from .samples import invoice, line


def hashed(data: bytes) -> str:
    found = read(data).invoice
    assert found is not None
    return content_hash(found)


def test_other_bytes_whitespace_prefixes_and_encoding_do_not_change_the_hash() -> None:
    data = ubl(invoice(notes=(m.Note("Twee  woorden"),)))
    text = data.decode()
    flat = b"".join(row.strip() for row in data.splitlines())
    prefixed = text.replace("cbc:", "b:").replace("xmlns:cbc", "xmlns:b").encode()
    assert b"<b:ID>" in prefixed
    others = (
        flat,
        prefixed,
        text.replace("<?xml version='1.0' encoding='utf-8'?>", "").encode("utf-16"),
        text.replace("Twee  woorden", "Twee\n woorden").encode(),
        text.replace("100.00", "100").encode(),
        text.replace("<cbc:ID>F-2026/0012</cbc:ID>", "<!-- x --><cbc:ID> F-2026/0012\n</cbc:ID>").encode(),
    )
    assert {hashed(other) for other in others} == {hashed(data)}


_OTHERS = {
    "number": "F-2026/0013",
    "issue_date": None,
    "currency": "USD",
    "kind": "credit_note",
    "lines": (line(1, "3"),),
    "seller": m.Party(name="Iemand anders"),
    "totals": m.Totals(payable=Decimal("121.01")),
    "attachments": (m.Attachment(id="1", sha256="0" * 64),),
}


@pytest.mark.parametrize("name", _OTHERS)
def test_another_content_is_another_hash(name: str) -> None:
    other = replace(invoice(), **{name: _OTHERS[name]})
    assert content_hash(other) != content_hash(invoice())


def test_what_the_reader_remarked_is_not_content() -> None:
    remarked = replace(
        invoice(),
        flaws=(m.Flaw("repeated", "ID"),),
        empty_elements=("Note",),
        other_currencies=("USD",),
        root="x",
    )
    assert content_hash(remarked) == content_hash(invoice())
    assert len({f.name for f in fields(Invoice)}) > 35


@pytest.mark.parametrize(
    ("number", "normal"),
    [
        ("F-2026/0012 ", "F20260012"),
        ("f 2026 0012", "F20260012"),
        ("000 4711", "4711"),
        ("４７１１", "4711"),
        ("2026–0012", "20260012"),
        ("0000", "0000"),
        ("---", "---"),
        ("", ""),
    ],
)
def test_numbers_are_compared_by_their_letters_and_digits(number: str, normal: str) -> None:
    assert normalise_number(number) == normal


@pytest.mark.parametrize("module", [canonical, attachments, profiles])
def test_examples_in_docstrings_are_true(module: ModuleType) -> None:
    ran = doctest.testmod(module)
    assert ran.attempted > 0
    assert ran.failed == 0
