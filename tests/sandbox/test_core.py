"""The way every integration goes: consent, token, divisions, supplier, document, entry, read back."""

from __future__ import annotations

import base64
from typing import Any

from .conftest import D1, Caller, Process


def test_a_consent_leads_to_a_booked_entry_that_reads_back(exact: Process) -> None:
    callback = exact.consent("anna")
    assert callback["state"] == "s1"
    tokens = exact.exchange(callback["code"]).json()
    assert tokens["expires_in"] == "600"
    anna = Caller(exact, tokens)
    (me,) = anna.get("current/Me", select="CurrentDivision,FullName")
    assert me["FullName"] == "Anna de Boer"
    divisions = anna.get("system/Divisions", me["CurrentDivision"], select="Code,ChamberOfCommerceNumber")
    assert {"91234567", "91234568"} == {d["ChamberOfCommerceNumber"] for d in divisions}
    supplier = anna.post("crm/Accounts", {"Name": "Nieuwe Leverancier", "IsSupplier": True})
    document = anna.post("documents/Documents", {"Subject": "F-77", "Type": "20", "Account": supplier["ID"]})
    content = base64.b64encode(b"%PDF-1.4 bytes").decode()
    file = {"Document": document["ID"], "FileName": "f77.pdf", "Attachment": content}
    attachment = anna.post("documents/DocumentAttachments", file)
    entry = anna.post(
        "purchaseentry/PurchaseEntries",
        anna.entry(Supplier=supplier["ID"], YourRef="F-77", Document=document["ID"]),
    )
    (read,) = anna.get(
        "purchaseentry/PurchaseEntries",
        filter=f"Supplier eq guid'{supplier['ID']}' and YourRef eq 'F-77'",
        select="EntryID,EntryNumber,AmountFC",
    )
    assert read["EntryID"] == entry["EntryID"]
    assert read["AmountFC"] == 121
    booked = anna.get(f"documents/Documents(guid'{document['ID']}')")
    assert (booked["FinancialTransactionEntryID"], booked["ProposedEntryStatus"]) == (entry["EntryID"], 50)
    assert anna.call("GET", attachment["Url"] + "&Download=1").content == b"%PDF-1.4 bytes"


def test_the_ledger_shows_what_was_posted_and_balances(exact: Process, anna: Caller) -> None:
    anna.post("purchaseentry/PurchaseEntries", anna.entry())
    books: dict[str, Any] = exact.ledger(D1, via="api")
    (entry,) = books["entries"]
    assert entry["AmountFC"] == "121.00"
    assert [line["GLAccountCode"] for line in entry["PurchaseEntryLines"]] == ["4400"]
    assert books["trial_balance"] == {"1520": "21.00", "1600": "-121.00", "4400": "100.00"}
