"""Every published file ends in a stated outcome; what the schema calls valid is read with the document's own totals."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from invoices.formats import Unreadable, read
from invoices.formats.jsonable import from_json, to_json
from invoices.formats.rules import judge, recompute

from . import corpus

pytestmark = corpus.needed

_TOTALS = {
    "lines": "LineExtensionAmount",
    "allowances": "AllowanceTotalAmount",
    "charges": "ChargeTotalAmount",
    "without_vat": "TaxExclusiveAmount",
    "with_vat": "TaxInclusiveAmount",
    "prepaid": "PrepaidAmount",
    "rounding": "PayableRoundingAmount",
    "payable": "PayableAmount",
}


def look_up(root: etree._Element, *path: str) -> str | None:
    """The text at a path of local names: a second way to find things, which shares nothing with the reader."""
    found = root.xpath("/*/" + "/".join(f"*[local-name()='{step}']" for step in path))
    assert isinstance(found, list)
    return str(found[0].text).strip() if found and isinstance(found[0], etree._Element) else None


def test_every_file_ends_in_a_stated_outcome() -> None:
    outcomes: Counter[str] = Counter()
    for path in corpus.files():
        try:
            outcomes[read(path.read_bytes()).kind] += 1
        except Unreadable as refused:
            outcomes[refused.code] += 1
    assert outcomes["ubl"] >= 1360
    assert outcomes["cii"] >= 14
    assert outcomes["hybrid"] == 4
    assert outcomes["pdf"] == 2
    assert sum(outcomes.values()) == len(corpus.files())


def test_schema_valid_documents_are_read_with_the_totals_that_stand_in_them() -> None:
    compared = 0
    for document in corpus.documents():
        if not document.is_schema_valid:
            continue
        data = document.read()
        invoice, root = read(data).invoice, etree.fromstring(data)
        assert invoice is not None
        assert invoice.number == look_up(root, "ID"), document.path
        assert str(invoice.issue_date) == (look_up(root, "IssueDate") or "")[:10], document.path
        assert invoice.currency == look_up(root, "DocumentCurrencyCode"), document.path
        kind = etree.QName(root).localname
        assert len(invoice.lines) == len(root.findall(f"{{*}}{kind}Line")), document.path
        sign = -1 if kind == "CreditNote" or invoice.type_code == "381" else 1
        for field, element in _TOTALS.items():
            written = look_up(root, "LegalMonetaryTotal", element)
            expected = None if written is None else sign * Decimal(written)
            assert getattr(invoice.signed, field) == expected, (document.path, field)
            compared += written is not None
        assert sum(
            sign * Decimal(str(e.text)) for e in root.iterfind(f"{{*}}{kind}Line/{{*}}LineExtensionAmount")
        ) == sum(
            (-1 if invoice.is_credit else 1) * line.net for line in invoice.lines if line.net is not None
        ), document.path
    assert compared > 1500


def test_whatever_was_read_survives_storing_as_json() -> None:
    for document in corpus.documents():
        invoice = read(document.read()).invoice
        assert invoice is not None
        assert from_json(to_json(invoice)) == invoice, document.path


def test_judging_and_recomputing_take_every_document() -> None:
    for path in corpus.files():
        invoice = read(path.read_bytes()).invoice
        if invoice is None:
            continue
        for finding in judge(invoice):
            assert finding.message("nl"), path
            assert finding.message("en"), path
        recompute(invoice)


def test_a_hybrid_gives_the_xml_that_was_read_and_a_plain_pdf_gives_nothing() -> None:
    by_name = {path.name: path for path in corpus.files()}
    hybrid = read(by_name["pdf_zf_en16931_1.pdf"].read_bytes())
    assert hybrid.xml is not None
    assert read(hybrid.xml).invoice == hybrid.invoice
    plain = read(by_name["pdf_plain.pdf"].read_bytes())
    assert (plain.kind, plain.invoice, plain.xml, plain.problem) == ("pdf", None, None, None)


@pytest.mark.parametrize("root", ["SI-UBL-2.0", "xrechnung-testsuite"])
def test_publishers_own_good_examples_are_not_held(root: str) -> None:
    """Documents that their publisher calls valid and EN 16931 found nothing fatal in, may be booked."""
    held: list[tuple[str, list[str]]] = []
    seen = 0
    for document in corpus.documents():
        if root not in document.path or not document.is_schema_valid or document.row["en_fatal"]:
            continue
        invoice = read(document.read()).invoice
        assert invoice is not None
        seen += 1
        rules = [finding.rule for finding in judge(invoice) if finding.holds]
        if rules:
            held.append((Path(document.path).name, rules))
    assert seen > 25
    assert held == []


def test_good_cross_industry_examples_and_hybrids_break_no_fatal_rule() -> None:
    seen = 0
    for path in corpus.files():
        if "cii" in path.parts or path.suffix == ".pdf":
            invoice = read(path.read_bytes()).invoice
            fatal = [] if invoice is None else [f for f in judge(invoice) if f.severity == "fatal" or f.holds]
            assert fatal == [], path.name
            seen += invoice is not None
    assert seen >= 18
