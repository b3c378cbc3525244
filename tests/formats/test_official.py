"""The full check in its own process: what it finds, and that whatever goes wrong there is "not judged"."""

from __future__ import annotations

import pytest

from invoices.formats.official import NOT_JUDGED, official_findings, schema_findings
from invoices.formats.safety import parse
from invoices.formats.write import ubl

from . import corpus
from .samples import invoice, line, peppol_invoice
from .test_reading import document


def reasons(found: object) -> list[str]:
    assert isinstance(found, tuple)
    assert [finding.rule for finding in found] == [NOT_JUDGED]
    return [finding.values["reason"] for finding in found]


def test_a_broken_peppol_invoice_has_findings_with_words_and_places() -> None:
    found = official_findings(ubl(peppol_invoice(buyer_reference=None, type_code="389")))
    assert {finding.rule for finding in found} >= {"PEPPOL-EN16931-R003", "PEPPOL-EN16931-P0100"}
    assert all(finding.message("en") and finding.where for finding in found)
    assert not any(finding.holds for finding in found)


def test_a_dutch_invoice_is_held_to_the_core_only() -> None:
    data = ubl(invoice(line(vat=line().vat, note="x"), buyer_reference=None, type_code="384", due_date=None))
    assert [
        finding.rule for finding in official_findings(data) if not finding.rule.startswith(("BR-", "UBL-"))
    ] == []


def test_what_is_not_ubl_is_not_judged() -> None:
    assert reasons(official_findings(b"<a/>")) == ["cii"]
    assert reasons(official_findings(b"nothing")) == ["not_xml"]
    assert reasons(official_findings(b"<!DOCTYPE a><a/>")) == ["doctype"]


def test_a_document_of_more_than_1000_lines_is_not_judged() -> None:
    many = ubl(invoice(*(line(number) for number in range(1, 1002))))
    assert reasons(official_findings(many)) == ["too_large"]


def test_too_little_time_or_memory_is_not_judged() -> None:
    data = ubl(invoice())
    assert reasons(official_findings(data, seconds=0.01)) == ["timeout"]
    assert reasons(official_findings(data, memory=20_000_000)) == ["aborted"]


def test_the_schema_names_the_element_that_does_not_fit() -> None:
    found = schema_findings(parse(document("<cbc:ID>1</cbc:ID><cbc:Wrong>2</cbc:Wrong>")))
    assert [finding.rule for finding in found] == ["UBL-XSD"]
    assert "Wrong" in found[0].message("en")
    assert schema_findings(parse(ubl(invoice()))) == ()


@corpus.needed
@pytest.mark.parametrize(
    "path", ["SI-UBL-2.0_BR-NL-8_error_381.xml", "SI-UBL-2.0_BR-NL-12_error.xml", "SI-UBL-2.0_ok_full.xml"]
)
def test_the_full_check_fires_what_the_published_artefacts_fired(path: str) -> None:
    (found,) = (d for d in corpus.documents() if d.path.endswith(path))
    theirs = found.row["en_fatal"].split()
    ours = {finding.rule for finding in official_findings(found.read()) if finding.severity == "fatal"}
    assert ours == {rule.partition("*")[0] for rule in theirs}


@corpus.needed
def test_the_schema_agrees_with_the_manifest() -> None:
    wrong = [
        d.path
        for d in corpus.documents()
        if (schema_findings(parse(d.read())) == ()) is not d.is_schema_valid
    ]
    assert wrong == []
