"""The digital mailbox: its four refusals, and the way from message to proposal."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from .conftest import D1, D2, D3, Caller, Process

BOXES, MESSAGES, FILES = "mailbox/Mailboxes", "mailbox/MailMessagesSent", "mailbox/MailMessageAttachments"
ADDRESS = "91234567@facturen.example"
UBL = b"""<?xml version="1.0"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>F-2026-9</cbc:ID><cbc:IssueDate>%d-05-06</cbc:IssueDate><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyTaxScheme><cbc:CompanyID>NL004495445B01</cbc:CompanyID>
</cac:PartyTaxScheme></cac:Party></cac:AccountingSupplierParty>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">21.00</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">121.00</cbc:TaxInclusiveAmount></cac:LegalMonetaryTotal></Invoice>"""


def this_year() -> int:
    import datetime

    return datetime.datetime.now(datetime.UTC).year


def create(caller: Caller, division: int = D1, address: str = ADDRESS, **more: Any) -> dict[str, Any]:
    return caller.post(BOXES, {"Mailbox": address, "ForDivision": division} | more, division)


def send(caller: Caller, box: str, subject: str = "F-2026-9") -> str:
    body = {"SenderMailboxID": box, "RecipientMailboxID": box, "Subject": subject, "Type": 1000}
    return caller.post(MESSAGES, body)["ID"]


def attach(caller: Caller, message: str, data: bytes = b"%PDF", name: str = "f.pdf", kind: int = 10) -> None:
    content = base64.b64encode(data).decode()
    caller.post(
        FILES, {"MailMessageID": message, "AttachmentFileName": name, "Attachment": content, "Type": kind}
    )


def status(caller: Caller, message: str) -> int:
    return caller.get(f"{MESSAGES}(guid'{message}')", select="RecipientStatus")["RecipientStatus"]


def documents(caller: Caller) -> list[dict[str, Any]]:
    return caller.get(
        "documents/Documents",
        filter="Type eq 20",
        select="ID,Subject,ProposedEntryStatus,AmountFC,AccountName,FinancialTransactionEntryID",
    )


def test_a_mailbox_is_seen_from_every_division_of_its_contract_and_no_other(
    exact: Process, anna: Caller
) -> None:
    made = create(anna)
    for division in (D1, D2):
        (seen,) = anna.get(BOXES, division, select="ID,Mailbox,ForDivision")
        assert (seen["ID"], seen["ForDivision"]) == (made["ID"], D1)
    exact.control("POST", "users/anna", divisions="*")
    assert anna.get(BOXES, D3, select="ID") == []


def test_the_preferred_mailbox_is_the_divisions_own(anna: Caller) -> None:
    own, shared = create(anna), create(anna, address="alles@facturen.example", ForDivision=None)
    for division, expected in ((D1, own), (D2, shared)):
        (preferred,) = anna.get("read/mailbox/PreferredMailbox", division)
        assert preferred["ID"] == expected["ID"]


@pytest.mark.parametrize("login", ["nomailbox", "mijnkantoor"])
def test_without_the_right_the_mailbox_is_forbidden(exact: Process, login: str) -> None:
    caller = exact.sign_in(login)
    assert caller.refused("GET", BOXES) == (403, "Forbidden")
    assert caller.refused("POST", BOXES, json={"Mailbox": ADDRESS}) == (403, "Forbidden")


def test_without_the_licence_feature_the_mailbox_is_forbidden(exact: Process, anna: Caller) -> None:
    assert "Mailbox" in {row["Description"] for row in anna.get("system/AvailableFeatures")}
    exact.control("POST", "contracts/KANTOOR", mailbox=False)
    assert anna.refused("POST", BOXES, json={"Mailbox": ADDRESS}) == (403, "Forbidden")
    assert "Mailbox" not in {row["Description"] for row in anna.get("system/AvailableFeatures")}


def test_an_address_that_exists_is_refused_and_another_division_is_named(
    exact: Process, anna: Caller
) -> None:
    create(anna)
    body = {"Mailbox": ADDRESS.upper(), "ForDivision": D1}
    assert anna.refused("POST", BOXES, json=body) == (500, "Bestaat reeds: Digitale brievenbus")
    elsewhere = body | {"ForDivision": D2}
    assert anna.refused("POST", BOXES, D2, json=elsewhere) == (
        500,
        "Bestaat reeds: Digitale brievenbus; Ongeldig: Divisie",
    )
    ben = exact.sign_in("ben")
    assert (
        ben.refused("POST", BOXES, D2, json=elsewhere)[1]
        == "Already exists: Digital mailbox; Invalid: Division"
    )


def test_a_trial_licence_cannot_have_a_mailbox(exact: Process) -> None:
    trial = exact.sign_in("trial")
    assert trial.refused("POST", BOXES, json={"Mailbox": ADDRESS}) == (
        500,
        "Dit account type heeft niet genoeg rechten om een digitale brievenbus aan te maken.",
    )


def test_a_mailbox_can_be_bound_anew(anna: Caller) -> None:
    made = create(anna)
    assert anna.call("PUT", f"{BOXES}(guid'{made['ID']}')", json={"ForDivision": D2}).status_code == 204
    assert anna.get(f"{BOXES}(guid'{made['ID']}')")["ForDivisionDescription"] == "Proefslagerij B.V."
    assert (
        anna.refused("PUT", f"{BOXES}(guid'{made['ID']}')", json={"ForDivision": D3})[1]
        == "Ongeldig: Divisie"
    )


def test_a_new_mailbox_takes_its_time(exact: Process, anna: Caller) -> None:
    exact.control("POST", "settings", mailbox_delay=120.0)
    box = create(anna)["ID"]
    body = {"SenderMailboxID": box, "RecipientMailboxID": box, "Subject": "F"}
    assert anna.refused("POST", MESSAGES, json=body) == (500, "Ongeldig: Digitale brievenbus")
    assert anna.get("read/mailbox/PreferredMailbox") == []
    exact.control("POST", "clock", advance=121)
    anna.post(MESSAGES, body)


def test_a_message_with_its_attachment_becomes_an_open_proposal(exact: Process, anna: Caller) -> None:
    message = send(anna, create(anna)["ID"])
    assert status(anna, message) == 20
    attach(anna, message, UBL % this_year(), "f.xml", 130)
    assert status(anna, message) == 50
    (document,) = documents(anna)
    assert document["Subject"] == "F-2026-9"
    assert (document["ProposedEntryStatus"], document["FinancialTransactionEntryID"]) == (20, None)
    assert (document["AmountFC"], document["AccountName"]) == (121, "Meelhandel O'Brien & Zn.")
    (kept,) = exact.ledger(D1)["documents"]
    assert [file["FileName"] for file in kept["Attachments"]] == ["f.xml"]


def test_processing_takes_its_time_and_shows_its_stages(exact: Process, anna: Caller) -> None:
    exact.control("POST", "settings", proposal_delay=60.0)
    message = send(anna, create(anna)["ID"])
    attach(anna, message)
    stages = []
    for _ in range(3):
        stages.append((status(anna, message), len(documents(anna))))
        exact.control("POST", "clock", advance=31)
    assert stages == [(20, 0), (42, 0), (50, 1)]


def test_a_message_without_attachment_stays_open_for_ever(exact: Process, anna: Caller) -> None:
    message = send(anna, create(anna)["ID"])
    exact.control("POST", "clock", advance=90 * 86_400)
    assert status(exact.sign_in(), message) == 20
    assert exact.ledger(D1)["documents"] == []


def test_a_second_attachment_joins_the_same_document(exact: Process, anna: Caller) -> None:
    message = send(anna, create(anna)["ID"])
    attach(anna, message, UBL % this_year(), "f.xml", 130)
    attach(anna, message, b"%PDF", "f.pdf", 10)
    (document,) = exact.ledger(D1)["documents"]
    assert [file["FileName"] for file in document["Attachments"]] == ["f.xml", "f.pdf"]


def test_exact_may_book_the_proposal_itself(exact: Process, anna: Caller) -> None:
    exact.control("POST", "settings", auto_book_proposals=True)
    message = send(anna, create(anna)["ID"])
    attach(anna, message, UBL % this_year(), "f.xml", 130)
    (document,) = documents(anna)
    assert document["ProposedEntryStatus"] == 50
    entry = anna.get(f"purchaseentry/PurchaseEntries(guid'{document['FinancialTransactionEntryID']}')")
    assert (entry["YourRef"], entry["AmountFC"], entry["Document"]) == ("F-2026-9", 121, document["ID"])


def test_a_supplier_can_be_set_to_be_booked_by_exact(exact: Process, anna: Caller) -> None:
    supplier = anna.supplier()
    anna.call("PUT", f"crm/Accounts(guid'{supplier}')", json={"AutomaticProcessProposedEntry": 1})
    message = send(anna, create(anna)["ID"])
    attach(anna, message, UBL % this_year(), "f.xml", 130)
    assert documents(anna)[0]["ProposedEntryStatus"] == 50


def test_an_entry_for_the_proposal_settles_it_and_its_deletion_opens_it_again(anna: Caller) -> None:
    message = send(anna, create(anna)["ID"])
    attach(anna, message)
    (document,) = documents(anna)
    entry = anna.post("purchaseentry/PurchaseEntries", anna.entry(Document=document["ID"]))["EntryID"]
    assert documents(anna)[0]["ProposedEntryStatus"] == 50
    anna.call("DELETE", f"purchaseentry/PurchaseEntries(guid'{entry}')")
    assert documents(anna)[0]["ProposedEntryStatus"] == 20


def test_messages_name_their_mailboxes_or_are_refused(exact: Process, anna: Caller) -> None:
    box = create(anna)["ID"]
    missing = anna.refused("POST", MESSAGES, json={})
    assert missing[1].split("\r\n") == ["Verplicht: Ontvanger", "Verplicht: Afzender", "Verplicht: Onderwerp"]
    nobody = "00000000-0000-0000-0000-000000000001"
    body = {"SenderMailboxID": nobody, "RecipientMailboxID": box, "Subject": "F"}
    assert anna.refused("POST", MESSAGES, json=body)[1] == "Ongeldige referentie: Afzender"
    body = {"SenderMailboxID": box, "RecipientMailboxID": nobody, "Subject": "F"}
    assert anna.refused("POST", MESSAGES, json=body)[1] == "Ongeldige referentie: Ontvanger"
    assert anna.refused(
        "POST", FILES, json={"MailMessageID": nobody, "AttachmentFileName": "f", "Attachment": "AAAA"}
    )[1] == ("Ongeldige referentie: Bericht")
