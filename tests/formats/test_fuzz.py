"""Broken copies of good files, by the thousand: read or refused, never anything else, never slow, never large.

5,000 inputs in an ordinary run; FUZZ_INPUTS=100000 for the drill. The same seed gives the same inputs, so a failure
names the one to look at.
"""

from __future__ import annotations

import copy
import os
import random
import time
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from invoices.formats import Unreadable, read
from invoices.formats.canonical import content_hash
from invoices.formats.jsonable import from_json, to_json
from invoices.formats.rules import judge, recompute
from invoices.formats.write import ubl

from . import corpus
from .samples import credit_note, invoice, line
from .test_safety import hybrid
from .test_write import VALID

INPUTS = int(os.environ.get("FUZZ_INPUTS", "5000"))
SLOWEST = 3.0  # seconds for one input; the usual one takes less than a millisecond

_TOKENS = (
    b"<", b">", b"</", b"/>", b"&", b"&#0;", b"&#x41;", b"&x;", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?", b"?>",
    b"<!DOCTYPE x>", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"'", b'"', b"=", b" xmlns='x'", b"-", b"9" * 40,
    b"1e999", b"NaN", b"0", b"0.005", b"EUR", b"USD", b"2026-02-30", b"true", b"381", b"endobj", b"stream", b"/Length 1",
    b"<cbc:ID>1</cbc:ID>", b"<cac:InvoiceLine>", b"</cac:InvoiceLine>", b"<cac:TaxTotal/>", b"encoding='utf-16'",
)  # fmt: skip


@cache
def seeds() -> tuple[bytes, ...]:
    """Good files: what the builder makes, a hybrid PDF, and the corpus when it is here. Small ones, for their number."""
    made = [ubl(one) for one in VALID.values()]
    made += [ubl(credit_note(line(quantity="-1"))), ubl(invoice(line(quantity="-1")))]
    made += [made[0].decode().encode("utf-16"), hybrid(("factur-x.xml", made[1]))]
    found = [path.read_bytes() for path in corpus.files() if path.stat().st_size < 60_000]
    return tuple(made + found)


def broken(chance: random.Random) -> bytes:
    """A good file with one to eight things done to it."""
    data = bytearray(chance.choice(seeds()))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        to = min(len(data), at + chance.choice((1, 2, 8, 40, 400)))
        match chance.randrange(8):
            case 0:
                data[at:to] = b""
            case 1:
                data[at:at] = chance.choice(_TOKENS)
            case 2:
                data[at:to] = chance.choice(_TOKENS)
            case 3:
                data[at:at] = data[at:to] * chance.choice((1, 3, 50))
            case 4:
                data[at:to] = bytes(chance.randrange(256) for _ in range(to - at))
            case 5 if data:
                data[at % len(data)] ^= 1 << chance.randrange(8)
            case 6:
                other = chance.choice(seeds())
                start = chance.randrange(len(other) + 1)
                data[at:to] = other[start : start + 400]
            case _:
                del data[chance.choice((at, max(at, len(data) - 20))) :]
    return bytes(data)


_TEXTS = (
    "", " ", "0", "-1", "12,50", "1e9", "NaN", "9" * 40, "0.0000000001", "-0.00", "EUR", "XXX", "S", "K", "O", "AE", "VAT", "380",
    "381", "true", "0", "2026-02-30", "2026-03-02+14:00", "#AAI#x", "\u202e", "é" * 200, "JVBERi0=", "=", "urn:cen.eu:en16931:2017",
    "urn:cen.eu:en16931:2017#compliant#urn:fdc:nen.nl:nlcius:v1.0#conformant#urn:fdc:nen.nl:gaccount:v1.0",
)  # fmt: skip


@cache
def trees() -> tuple[bytes, ...]:
    """The seeds that are well-formed XML."""
    return tuple(data for data in seeds() if data.lstrip()[:1] == b"<" or data.startswith(b"\xef\xbb\xbf"))


def bent(chance: random.Random) -> bytes:
    """A well-formed copy of a good file with one to eight elements gone, doubled, moved, renamed or saying otherwise."""
    root = etree.fromstring(chance.choice(trees()))
    for _ in range(chance.randint(1, 8)):
        elements = [e for e in root.iter(etree.Element) if e.getparent() is not None]
        if not elements:
            break
        one, other = chance.choice(elements), chance.choice(elements)
        parent = one.getparent()
        assert parent is not None
        match chance.randrange(7):
            case 0:
                parent.remove(one)
            case 1:
                parent.append(copy.deepcopy(one))
            case 2:
                parent.replace(one, copy.deepcopy(other))
            case 3:
                one.tag = other.tag
            case 4 if one.attrib:
                one.set(chance.choice(list(one.attrib)), chance.choice(_TEXTS))
            case 5:
                for name in list(one.attrib):
                    del one.attrib[name]
            case _:
                one.text = chance.choice(_TEXTS)
    return etree.tostring(root)


def input_number(number: int) -> bytes:
    """Two thirds of the inputs are broken as bytes, one third bent as trees, so that both doors are tried."""
    chance = random.Random(number)
    return bent(chance) if number % 3 == 0 else broken(chance)


def resident_megabytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


@pytest.mark.drill
def test_broken_files_are_read_or_refused_and_nothing_else() -> None:
    outcomes: Counter[str] = Counter()
    before = resident_megabytes()
    for number in range(INPUTS):
        data = input_number(number)
        started = time.process_time()
        try:
            reading = read(data)
        except Unreadable as refused:
            outcomes[refused.code] += 1
        else:
            outcomes[reading.kind] += 1
            if reading.invoice is not None:
                judge(reading.invoice)
                recompute(reading.invoice)
                content_hash(reading.invoice)
                assert from_json(to_json(reading.invoice)) == reading.invoice, number
        assert time.process_time() - started < SLOWEST, number
    assert sum(outcomes.values()) == INPUTS
    assert outcomes["ubl"] > INPUTS // 20
    assert outcomes["not_xml"] > INPUTS // 20
    assert resident_megabytes() - before < 150


@pytest.mark.drill
def test_what_was_read_from_a_broken_file_can_be_written_and_read_again() -> None:
    """The builder takes any invoice that was ever read, and what it writes says the same about the money."""
    for number in range(INPUTS // 10):
        try:
            found = read(input_number(3 * number)).invoice
        except Unreadable:
            continue
        if found is not None and found.root != "CrossIndustryInvoice":
            again = read(ubl(found)).invoice
            assert again is not None
            for name in ("lines", "without_vat", "with_vat", "payable"):
                assert getattr(again.signed, name) == getattr(found.signed, name), (number, name)
            assert [one.net for one in again.lines] == [one.net for one in found.lines], number
