"""Peppol Invoice Response (BIS 63, transaction T111): what became of an invoice, as a UBL 2.1 ApplicationResponse.

For access points that carry a finished document. What it says is one status (UNCL4343's subset), and where that asks
for it a clarification: a reason (OPStatusReason), an action wanted of the seller (OPStatusAction), words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lxml import etree

from .model import Identifier, Invoice, Party
from .ubl import NAMESPACE, A, B

SPECIFICATION = "urn:fdc:peppol.eu:poacc:trns:invoice_response:3"
PROCESS = "urn:fdc:peppol.eu:poacc:bis:invoice_response:3"
DOCUMENT_TYPE = f"{NAMESPACE}ApplicationResponse-2::ApplicationResponse##{SPECIFICATION}::2.1"

# received, in process, under query, conditionally accepted, rejected, accepted, paid
CODES = ("AB", "IP", "UQ", "CA", "RE", "AP", "PD")
CLARIFIED = ("UQ", "CA", "RE")
REASONS = ["NON", "REF", "LEG", "REC", "QUA", "DEL", "PRI", "QTY", "ITM", "PAY", "UNR", "FIN", "PPD", "OTH"]
ACTIONS = ["NOA", "PIN", "NIN", "CNF", "CNP", "CNA", "OTH"]


class Unanswerable(Exception):
    """The invoice lacks what a response must name. `missing` says what: buyer_endpoint, seller_endpoint, number."""

    def __init__(self, missing: str) -> None:
        super().__init__(missing)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Answer:
    """What the seller is told. ValueError for what T111's rules do not allow."""

    code: str
    reason: str = ""
    action: str = ""
    words: str = ""

    def __post_init__(self) -> None:
        if self.code not in CODES or self.reason not in ("", *REASONS) or self.action not in ("", *ACTIONS):
            raise ValueError(f"no such code: {self.code} {self.reason} {self.action}")
        if self.code in CLARIFIED and not (self.reason or self.action):
            raise ValueError(f"{self.code} needs a reason or an action (PEPPOL-T111-R001)")
        if self.reason == "PPD" and (self.code != "PD" or not self.words):
            raise ValueError("PPD stands with PD alone, and says how much (PEPPOL-T111-R004, -R005)")


def invoice_response(invoice: Invoice, answer: Answer, *, number: str, on: date) -> bytes:
    """The document, in UTF-8: from the invoice's buyer to its seller. Unanswerable when it lacks an address or number.

    `number` is the response's own, unique for its sender; `on` the day of the status.
    """
    if not invoice.number:
        raise Unanswerable("number")
    namespace = f"{NAMESPACE}ApplicationResponse-2"
    root = etree.Element(
        f"{{{namespace}}}ApplicationResponse",
        nsmap={None: namespace, "cac": A[1:-1], "cbc": B[1:-1]},  # type: ignore[dict-item]
    )
    _put(root, "CustomizationID", SPECIFICATION)
    _put(root, "ProfileID", PROCESS)
    _put(root, "ID", number)
    _put(root, "IssueDate", on.isoformat())
    if answer.words and not (answer.reason or answer.action):
        _put(root, "Note", answer.words)
    _party(root, "SenderParty", invoice.buyer, "buyer_endpoint")
    _party(root, "ReceiverParty", invoice.seller, "seller_endpoint")
    said = _group(root, "DocumentResponse")
    _response(_group(said, "Response"), answer, on)
    _reference(_group(said, "DocumentReference"), invoice)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _response(parent: etree._Element, answer: Answer, on: date) -> None:
    _put(parent, "ResponseCode", answer.code, listID="UNCL4343OpSubset")
    _put(parent, "EffectiveDate", on.isoformat())
    clarifications = [
        (code, name)
        for code, name in ((answer.reason, "OPStatusReason"), (answer.action, "OPStatusAction"))
        if code
    ]
    for place, (code, name) in enumerate(clarifications):
        status = _group(parent, "Status")
        _put(status, "StatusReasonCode", code, listID=name)
        if place == 0 and answer.words:
            _put(status, "StatusReason", answer.words)


def _reference(parent: etree._Element, invoice: Invoice) -> None:
    _put(parent, "ID", invoice.number or "")
    if invoice.issue_date:
        _put(parent, "IssueDate", invoice.issue_date.isoformat())
    _put(
        parent,
        "DocumentTypeCode",
        invoice.type_code or ("381" if invoice.is_credit else "380"),
        listID="UNCL1001",
    )


def _party(root: etree._Element, name: str, party: Party | None, missing: str) -> None:
    address = _address(party)
    if party is None or address is None:
        raise Unanswerable(missing)
    group = _group(root, name)
    _put(group, "EndpointID", address.value or "", schemeID=address.scheme or "")
    if party.name:
        _put(_group(group, "PartyLegalEntity"), "RegistrationName", party.name)


def _address(party: Party | None) -> Identifier | None:
    """Where a party is on Peppol: its electronic address, or its legal id under one of the network's schemes."""
    for one in (party.endpoint, party.legal_id) if party else ():
        if one and one.value and one.scheme and len(one.scheme) == 4 and one.scheme.isdigit():
            return one
    return None


def _group(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, A + name)


def _put(parent: etree._Element, name: str, text: str, **attributes: str) -> None:
    etree.SubElement(parent, B + name, attributes).text = text
