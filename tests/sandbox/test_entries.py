"""Purchase entries: what Exact refuses, what it computes, what follows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .conftest import D1, D2, Caller, Process

ENTRIES, LINES = "purchaseentry/PurchaseEntries", "purchaseentry/PurchaseEntryLines"


def book(anna: Caller, *lines: dict[str, Any], **header: Any) -> dict[str, Any]:
    """Book these lines (each on 4400 unless it says otherwise) and read the entry back with them."""
    full = [{"GLAccount": anna.gl("4400")} | line for line in lines]
    entry = anna.post(ENTRIES, anna.entry(PurchaseEntryLines=full, **header))
    return read(anna, entry["EntryID"])


def read(anna: Caller, entry_id: str) -> dict[str, Any]:
    entry = anna.get(f"{ENTRIES}(guid'{entry_id}')", expand="PurchaseEntryLines")
    return entry | {"lines": entry["PurchaseEntryLines"]["results"]}


def refusal(anna: Caller, **header: Any) -> list[str]:
    status, message = anna.refused("POST", ENTRIES, json=anna.entry(**header))
    assert status == 500
    return message.split("\r\n")


def line(anna: Caller, **more: Any) -> dict[str, Any]:
    return {"PurchaseEntryLines": [{"GLAccount": anna.gl("4400"), "AmountFC": 10, "VATCode": "2"} | more]}


# Amounts


@pytest.mark.parametrize(
    ("code", "amount", "vat", "total"),
    [
        ("2", "100.00", "21", "121"),  # exclusive
        ("1", "33.33", "3", "36.33"),  # 2.9997
        ("4", "121.00", "21", "121"),  # inclusive
        ("3", "10.00", "0.83", "10"),
        ("0", "50.00", "0", "50"),
        ("5", "50.00", "0", "50"),
        ("2", "-100.00", "-21", "-121"),
        ("2", "0.05", "0.01", "0.06"),
    ],
)
def test_a_line_is_computed_by_its_vat_code(
    anna: Caller, code: str, amount: str, vat: str, total: str
) -> None:
    entry = book(anna, {"AmountFC": amount, "VATCode": code})
    assert Decimal(str(entry["AmountFC"])) == Decimal(total)
    assert Decimal(str(entry["VATAmountFC"])) == Decimal(vat)
    assert Decimal(str(entry["lines"][0]["VATAmountFC"])) == Decimal(vat)
    assert entry["Type"] == (31 if amount.startswith("-") else 30)
    assert entry["Status"] == 20


@pytest.mark.parametrize("code", ["7", "8", "9", "10", "11"])
def test_reverse_charged_vat_is_owed_to_the_tax_office_not_to_the_supplier(
    exact: Process, anna: Caller, code: str
) -> None:
    entry = book(anna, {"AmountFC": 100, "VATCode": code})
    assert entry["AmountFC"] == 100
    assert entry["VATAmountFC"] == 0
    assert entry["lines"][0]["VATAmountFC"] == (9 if code == "11" else 21)
    books = exact.ledger(D1)["trial_balance"]
    assert books["1600"] == "-100.00"
    assert Decimal(books["1502"]) == -entry["lines"][0]["VATAmountFC"]
    assert sum(map(Decimal, books.values())) == 0


def test_vat_on_a_line_overrides_the_computed_one(anna: Caller) -> None:
    entry = book(anna, {"AmountFC": "100.00", "VATCode": "2", "VATAmountFC": "20.99"})
    assert (entry["AmountFC"], entry["VATAmountFC"]) == (120.99, 20.99)


def test_vat_on_the_header_is_put_on_the_largest_line(anna: Caller) -> None:
    lines = [{"AmountFC": 10, "VATCode": "2"}, {"AmountFC": 90, "VATCode": "2"}]
    entry = book(anna, *lines, VATAmountFC="21.02")
    assert [row["VATAmountFC"] for row in entry["lines"]] == [2.1, 18.92]
    assert entry["AmountFC"] == 121.02


def test_vat_that_cannot_be_is_refused(anna: Caller) -> None:
    wrong = line(anna, VATAmountFC="2.10") | {"VATAmountFC": "3.00"}
    assert refusal(anna, **wrong) == [
        "Het bedrag van de BTW regel met BTW code 2 komt niet overeen met het totaal aan BTW-bedragen in de "
        "grondslagregels."
    ]
    assert refusal(anna, **line(anna, VATCode="5", VATAmountFC="2.10")) == ["Ongeldig: Btw-bedrag"]
    assert refusal(anna, **line(anna, VATPercentage="0.09")) == ["Ongeldig: Btw-percentage [0.09]"]


def test_an_empty_vat_code_is_that_of_the_ledger_account(anna: Caller) -> None:
    assert book(anna, {"AmountFC": 100})["lines"][0]["VATCode"] == "2  "
    assert book(anna, {"AmountFC": 100, "GLAccount": anna.gl("4440")})["lines"][0]["VATCode"] == "1  "
    assert book(anna, {"AmountFC": 100, "GLAccount": anna.gl("4000")})["lines"][0]["VATCode"] is None


def test_a_foreign_currency_is_kept_beside_the_divisions_own(exact: Process, anna: Caller) -> None:
    entry = book(
        anna, {"AmountFC": "33.33", "VATCode": "10"}, {"AmountFC": "0.01"}, Currency="USD", Rate="0.333"
    )
    assert (entry["AmountFC"], entry["AmountDC"]) == (33.34, 11.1)
    assert sum(map(Decimal, exact.ledger(D1)["trial_balance"].values())) == 0


def test_the_transaction_lines_are_those_of_the_entry(anna: Caller) -> None:
    entry = book(anna, {"AmountFC": 100, "VATCode": "2", "CostCenter": "KAN", "Description": "Papier"})
    rows = anna.get(
        "financialtransaction/TransactionLines",
        filter=f"EntryID eq guid'{entry['EntryID']}'",
        select="ID,GLAccountCode,AmountDC,CostCenter,Description",
    )
    booked = {row["GLAccountCode"]: row["AmountDC"] for row in rows}
    assert booked == {"4400": 100, "1520": 21, "1600": -121}
    assert rows[0]["ID"] == entry["lines"][0]["ID"]
    assert rows[0]["CostCenter"] == "KAN"


# Derived


def test_dates_number_period_and_terms_are_derived(exact: Process, anna: Caller) -> None:
    year = exact_year(exact)
    first = book(anna, {"AmountFC": 1}, EntryDate=f"{year}-02-10")
    second = book(anna, {"AmountFC": 1}, EntryDate=f"{year}-02-10T00:00:00Z", PaymentCondition="14")
    assert (first["ReportingYear"], first["ReportingPeriod"]) == (year, 2)
    assert second["EntryNumber"] == first["EntryNumber"] + 1
    day = 86_400_000
    due = [int(entry["DueDate"][6:-2]) - int(entry["EntryDate"][6:-2]) for entry in (first, second)]
    assert due == [30 * day, 14 * day]


def exact_year(exact: Process) -> int:
    import datetime

    return datetime.datetime.fromtimestamp(exact.control("GET", "state")["now"], datetime.UTC).year


def test_decimals_and_whole_numbers_may_be_texts(anna: Caller) -> None:
    entry = book(
        anna,
        {"AmountFC": "12.50", "VATCode": "2  ", "Quantity": "3"},
        ReportingPeriod="1",
        InvoiceNumber="77",
    )
    assert (entry["ReportingPeriod"], entry["InvoiceNumber"]) == (1, 77)


# Refusals


def test_an_empty_entry_names_all_that_is_missing_in_the_users_language(exact: Process, anna: Caller) -> None:
    assert anna.refused("POST", ENTRIES, json={}) == (
        500,
        "Verplicht: Dagboek\r\nVerplicht: Leverancier\r\nVerplicht: Boekingsregels",
    )
    ben = exact.sign_in("ben")
    assert ben.refused("POST", ENTRIES, json={"Journal": "70"}) == (
        500,
        "Mandatory: Supplier\r\nMandatory: Entry lines",
    )


NOBODY = "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"Journal": "71"}, "Ongeldige referentie: Dagboek"),
        ({"Journal": "20"}, "Ongeldig: Dagboek (Type)"),
        ({"Supplier": NOBODY}, "Ongeldige referentie: Leverancier"),
        ({"PaymentCondition": "99"}, "Ongeldige referentie: Betalingsconditie"),
        ({"Currency": "XXX"}, "Ongeldige referentie: Valuta"),
        ({"Document": NOBODY}, "Ongeldige referentie: Document"),
        ({"EntryDate": "2011-01-31"}, "Onbekend: Boekjaar (Periode-datumtabel)"),
        ({"ReportingYear": 2011, "ReportingPeriod": 1}, "Onbekend: Boekjaar (Periode-datumtabel)"),
    ],
)
def test_a_header_that_cannot_be_booked(anna: Caller, header: dict[str, Any], message: str) -> None:
    assert refusal(anna, **header) == [message]


@pytest.mark.parametrize(
    ("of_line", "message"),
    [
        ({"GLAccount": None}, "Verplicht: Grootboekrekening"),
        ({"GLAccount": NOBODY}, "Ongeldige referentie: Grootboekrekening"),
        ({"AmountFC": None}, "Verplicht: Bedrag"),
        ({"VATCode": "99"}, "Ongeldige referentie: Btw-code"),
        ({"VATCode": "20"}, "Niet toegestaan: Btw-code"),
        ({"CostCenter": "NEE"}, "Ongeldig: Koppeling kostenplaats"),
        ({"CostUnit": "NEE"}, "Ongeldige referentie: Kostendrager"),
        ({"Project": NOBODY}, "Ongeldige referentie: Project"),
    ],
)
def test_a_line_that_cannot_be_booked(anna: Caller, of_line: dict[str, Any], message: str) -> None:
    assert refusal(anna, **line(anna, **of_line)) == [message]


def test_the_creditors_account_cannot_be_a_cost(anna: Caller) -> None:
    assert refusal(anna, **line(anna, GLAccount=anna.gl("1600"))) == ["Ongeldig grootboekrekeningtype"]


def test_what_is_blocked_refuses_until_it_is_unblocked(exact: Process, anna: Caller) -> None:
    cases = (
        ("gl", "4400", "Geblokkeerd: Grootboekrekening"),
        ("journal", "70", "Geblokkeerd: Dagboek"),
        ("supplier", "501", "Geblokkeerd: Leverancier"),
        ("vat", "2", "Niet toegestaan: Btw-code"),
    )
    for kind, code, message in cases:
        exact.control("POST", "block", division=D1, kind=kind, code=code)
        assert refusal(anna) == [message]
        exact.control("POST", "block", division=D1, kind=kind, code=code, blocked=False)
    anna.post(ENTRIES, anna.entry())


def test_a_relation_must_be_a_supplier(anna: Caller) -> None:
    customer = anna.post("crm/Accounts", {"Name": "Alleen klant"})["ID"]
    assert refusal(anna, Supplier=customer) == ["Ongeldig: Leverancier (Type)"]


def test_a_closed_period_refuses_and_shows_in_the_journal_status(exact: Process, anna: Caller) -> None:
    year = exact_year(exact)
    closing = {"division": D1, "year": year, "period": 3}
    exact.control("POST", "periods", **closing)
    march = anna.entry(EntryDate=f"{year}-03-15")
    assert anna.refused("POST", ENTRIES, json=march) == (500, f"Periode is afgesloten: {year} - 3")
    condition = f"Journal eq '70' and Year eq {year} and Period eq 3"
    (status,) = anna.get("read/financial/JournalStatusList", filter=condition, select="Status")
    assert status["Status"] == 1
    exact.control("POST", "periods", closed=False, **closing)
    anna.post(ENTRIES, march)


def test_a_taken_entry_number_is_refused_or_silently_replaced(exact: Process, anna: Caller) -> None:
    taken = anna.post(ENTRIES, anna.entry())["EntryNumber"]
    assert refusal(anna, EntryNumber=taken) == ["In gebruik: Boekstuknummer."]
    ben = exact.sign_in("ben")
    assert ben.refused("POST", ENTRIES, json=ben.entry(EntryNumber=taken))[1] == (
        f"Already exists - Entry number: {taken}, Journal: 70"
    )
    exact.control("POST", "settings", taken_entry_number="renumber")
    assert anna.post(ENTRIES, anna.entry(EntryNumber=taken))["EntryNumber"] == taken + 1
    assert anna.post(ENTRIES, anna.entry(EntryNumber=4711))["EntryNumber"] == 4711


def test_the_same_invoice_number_twice_is_booked_twice_unless_the_switch_is_on(
    exact: Process, anna: Caller
) -> None:
    anna.post(ENTRIES, anna.entry(YourRef="F9"))
    anna.post(ENTRIES, anna.entry(YourRef="F9"))
    exact.control("POST", "settings", refuse_duplicate_your_ref=True)
    assert refusal(anna, YourRef="F9") == ["Bestaat reeds: Uw ref."]
    anna.post(ENTRIES, anna.entry(YourRef="F9", Supplier=anna.supplier("502")))


def test_a_refused_entry_leaves_nothing_behind(exact: Process, anna: Caller) -> None:
    before = exact.ledger(D1)["version"]
    refusal(anna, **line(anna, CostCenter="NEE"))
    after = exact.ledger(D1, since=before)
    assert (after["entries"], after["trial_balance"]) == ([], {})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"Leverancier": "x"}, "The property name 'Leverancier' specified for type"),
        ({"Supplier": "x"}, "for property 'Supplier' to type 'Guid'"),
        ({"InvoiceNumber": 2**31}, "for property 'InvoiceNumber' to type 'Int32'"),
        ({"VATAmountFC": "1,50"}, "for property 'VATAmountFC' to type 'Double'"),
        ({"EntryDate": "31-01-2026"}, "for property 'EntryDate' to type 'DateTime'"),
        ({"Reversal": "yes"}, "for property 'Reversal' to type 'Boolean'"),
        ({"PurchaseEntryLines": "x"}, "for property 'PurchaseEntryLines' to type 'Collection'"),
    ],
)
def test_a_payload_of_the_wrong_type_is_a_bad_request(
    anna: Caller, body: dict[str, Any], message: str
) -> None:
    status, text = anna.refused("POST", ENTRIES, json=body)
    assert status == 400
    assert text.startswith("Error processing request stream.")
    assert message in text


# Changes


def test_a_put_changes_what_it_names_and_answers_nothing(anna: Caller) -> None:
    entry = book(anna, {"AmountFC": 100, "VATCode": "2"}, Description="Oud")
    path = f"{ENTRIES}(guid'{entry['EntryID']}')"
    answer = anna.call("PUT", path, json={"YourRef": "F2"})
    assert (answer.status_code, answer.content) == (204, b"")
    changed = anna.call(
        "PUT", path, json={"Description": "Nieuw"}, headers={"Prefer": "return=representation"}
    )
    assert (changed.status_code, changed.json()["d"]["Description"]) == (200, "Nieuw")
    assert changed.json()["d"]["YourRef"] == "F2"
    assert anna.refused("PUT", path, json={"PurchaseEntryLines": []})[0] == 500


def test_the_year_of_an_entry_is_fixed(exact: Process, anna: Caller) -> None:
    year = exact_year(exact)
    entry = book(anna, {"AmountFC": 1}, EntryDate=f"{year}-01-05")
    path = f"{ENTRIES}(guid'{entry['EntryID']}')"
    assert (
        anna.refused("PUT", path, json={"EntryDate": f"{year - 1}-12-31"})[1]
        == "Het boekjaar kan niet worden gewijzigd."
    )
    assert anna.call("PUT", path, json={"EntryDate": f"{year}-04-01"}).status_code == 204
    assert read(anna, entry["EntryID"])["ReportingPeriod"] == 4


def test_lines_come_and_go_one_by_one_and_the_last_takes_the_entry(exact: Process, anna: Caller) -> None:
    entry = book(anna, {"AmountFC": 100, "VATCode": "2"})
    added = anna.post(
        LINES, {"EntryID": entry["EntryID"], "GLAccount": anna.gl("4410"), "AmountFC": 50, "VATCode": "1"}
    )
    assert read(anna, entry["EntryID"])["AmountFC"] == 175.5
    anna.call("PUT", f"{LINES}(guid'{added['ID']}')", json={"AmountFC": "60.00"})
    assert read(anna, entry["EntryID"])["AmountFC"] == 186.4
    first = entry["lines"][0]["ID"]
    assert anna.call("DELETE", f"{LINES}(guid'{first}')").status_code == 204
    assert read(anna, entry["EntryID"])["AmountFC"] == 65.4
    assert anna.call("DELETE", f"{LINES}(guid'{added['ID']}')").status_code == 204
    assert anna.call("GET", f"{ENTRIES}(guid'{entry['EntryID']}')").status_code == 404
    assert exact.ledger(D1)["trial_balance"] == {}


def test_deleting_an_entry_frees_its_document_and_reports_its_transaction_lines(
    exact: Process, anna: Caller
) -> None:
    document = anna.post("documents/Documents", {"Subject": "F1", "Type": 20})["ID"]
    entry = book(anna, {"AmountFC": 100, "VATCode": "2"}, Document=document)
    assert anna.refused("DELETE", f"documents/Documents(guid'{document}')")[0] == 500
    assert anna.call("DELETE", f"{ENTRIES}(guid'{entry['EntryID']}')").status_code == 204
    freed = anna.get(f"documents/Documents(guid'{document}')")
    assert (freed["FinancialTransactionEntryID"], freed["ProposedEntryStatus"]) == (None, 0)
    deleted = anna.get("sync/Deleted", filter="Timestamp gt 1L", select="EntityKey,EntityType")
    assert entry["lines"][0]["ID"] in {row["EntityKey"] for row in deleted if row["EntityType"] == 1}


def test_a_paid_entry_is_processed_and_cannot_be_changed(exact: Process, anna: Caller) -> None:
    entry = book(anna, {"AmountFC": 100, "VATCode": "2"})
    condition = f"TransactionEntryID eq guid'{entry['EntryID']}'"
    (item,) = anna.get("cashflow/Payments", filter=condition, select="ID,Status,AmountFC")
    assert (item["Status"], item["AmountFC"]) == (20, 121)
    assert (
        anna.call("PUT", f"cashflow/Payments(guid'{item['ID']}')", json={"PaymentMethod": "K"}).status_code
        == 204
    )
    exact.control("POST", f"entries/{D1}/{entry['EntryID']}/paid")
    (item,) = anna.get("cashflow/Payments", filter=condition, select="Status,PaymentMethod,EntryID,EndDate")
    assert (item["Status"], item["PaymentMethod"]) == (50, "K")
    assert item["EndDate"]
    assert read(anna, entry["EntryID"])["Status"] == 50
    path = f"{ENTRIES}(guid'{entry['EntryID']}')"
    assert anna.refused("PUT", path, json={"YourRef": "F2"}) == (500, "Reeds verwerkt")
    assert anna.refused("DELETE", path) == (500, "Reeds verwerkt")


# By hand, and elsewhere


def test_what_a_bookkeeper_does_by_hand_is_seen_through_the_api(exact: Process, anna: Caller) -> None:
    made = exact.control(
        "POST",
        "entries",
        division=D1,
        supplier="501",
        your_ref="H1",
        lines=[{"gl": "7000", "amount": 10, "vat_code": "2"}],
    )
    assert read(anna, made["EntryID"])["AmountFC"] == 12.1
    edit = {"lines": [{"gl": "4990", "amount": "20.00", "vat_code": "2"}], "description": "Anders"}
    exact.control("PUT", f"entries/{D1}/{made['EntryID']}", **edit)
    entry = read(anna, made["EntryID"])
    assert [row["GLAccountCode"] for row in entry["lines"]] == ["4990"]
    assert (entry["AmountFC"], entry["Description"]) == (24.2, "Anders")
    exact.control("DELETE", f"entries/{D1}/{made['EntryID']}")
    assert anna.call("GET", f"{ENTRIES}(guid'{made['EntryID']}')").status_code == 404


def test_divisions_do_not_see_each_other(anna: Caller) -> None:
    entry = book(anna, {"AmountFC": 1})
    assert anna.call("GET", f"{ENTRIES}(guid'{entry['EntryID']}')", D2).status_code == 404
    foreign = anna.entry()
    assert anna.refused("POST", ENTRIES, D2, json=foreign)[1].split("\r\n") == [
        "Ongeldige referentie: Leverancier",
        "Ongeldige referentie: Grootboekrekening",
    ]


def test_relations_keep_their_padded_code_and_refuse_what_is_wrong(anna: Caller) -> None:
    first = anna.post("crm/Accounts", {"Name": "Eerste", "IsSupplier": True})
    assert first["Code"] == "503".rjust(18)
    given = anna.post("crm/Accounts", {"Name": "Tweede", "Code": "ABC"})
    assert given["Code"] == "ABC".rjust(18)
    assert (
        anna.refused("POST", "crm/Accounts", json={"Name": "Derde", "Code": "ABC"})[1]
        == "Gegeven bestaat reeds."
    )
    assert anna.refused("POST", "crm/Accounts", json={})[1] == "Verplicht: Naam"
    assert (
        anna.refused("POST", "crm/Accounts", json={"Name": "x", "Email": "geen"})[1]
        == "Ongeldig: E-mail [geen]"
    )
    wrong = {
        "Name": "x",
        "PurchaseVATCode": "99",
        "PaymentConditionPurchase": "99",
        "GLAccountPurchase": NOBODY,
    }
    assert anna.refused("POST", "crm/Accounts", json=wrong)[1].split("\r\n") == [
        "Ongeldige referentie: Grootboekrekening",
        "Ongeldige referentie: Btw-code",
        "Ongeldige referentie: Betalingsconditie",
    ]
    bank = {"Account": first["ID"], "BankAccount": "NL91ABNA0417164301"}
    assert anna.refused("POST", "crm/BankAccounts", json=bank)[1] == "Ongeldig: Bankrekening"
    made = anna.post("crm/BankAccounts", bank | {"BankAccount": "NL91 ABNA 0417 1643 00"})
    assert (made["BankAccount"], made["Main"], made["Type"]) == ("NL91ABNA0417164300", True, "A")
    book(anna, {"AmountFC": 1}, Supplier=first["ID"])
    assert anna.refused("DELETE", f"crm/Accounts(guid'{first['ID']}')") == (
        500,
        "Kan niet verwijderen: Account 503 - In gebruik: Boekingen",
    )


def test_a_file_may_be_ten_megabytes_decoded_and_no_more(anna: Caller) -> None:
    import base64

    document = anna.post("documents/Documents", {"Subject": "Groot", "Type": 20})["ID"]
    limit = 10 * 1024 * 1024
    for size, status in ((limit, 201), (limit + 1, 413)):
        body = {
            "Document": document,
            "FileName": "g.pdf",
            "Attachment": base64.b64encode(b"x" * size).decode(),
        }
        assert anna.call("POST", "documents/DocumentAttachments", json=body).status_code == status
    wrong = {"Document": document, "FileName": "g.pdf", "Attachment": "data:application/pdf;base64,AAAA"}
    status_, message = anna.refused("POST", "documents/DocumentAttachments", json=wrong)
    assert (status_, "to type 'Byte[]'" in message) == (400, True)
    assert anna.call("PUT", f"documents/DocumentAttachments(guid'{document}')", json={}).status_code == 405


def test_a_key_that_the_caller_chose_is_kept_and_taken_once(anna: Caller) -> None:
    chosen = "11111111-1111-4111-8111-111111111111"
    assert anna.post(ENTRIES, anna.entry(EntryID=chosen.upper()))["EntryID"] == chosen
    assert refusal(anna, EntryID=chosen) == ["Gegeven bestaat reeds."]


def test_lines_may_be_wrapped_in_results(anna: Caller) -> None:
    body = anna.entry()
    body["PurchaseEntryLines"] = {"results": body["PurchaseEntryLines"]}
    assert anna.post(ENTRIES, body)["AmountFC"] == 121


def test_read_only_properties_are_passed_over(anna: Caller) -> None:
    entry = anna.post(ENTRIES, anna.entry(AmountFC=1, Status=50, SupplierName="x"))
    assert (entry["AmountFC"], entry["Status"], entry["SupplierName"]) == (
        121,
        20,
        "Meelhandel O'Brien & Zn.",
    )


def test_master_data_can_be_made_changed_and_removed(anna: Caller) -> None:
    made = anna.post("financial/GLAccounts", {"Code": "4999", "Description": "Proef", "Type": 121})
    path = f"financial/GLAccounts(guid'{made['ID']}')"
    assert (
        anna.refused("POST", "financial/GLAccounts", json={"Code": "4999", "Description": "x"})[1]
        == "Gegeven bestaat reeds."
    )
    assert anna.call("PUT", path, json={"Description": "Anders"}).status_code == 204
    assert anna.get(path)["Description"] == "Anders"
    assert anna.refused("PUT", path, json={"Description": ""})[1] == "Verplicht: Omschrijving"
    assert anna.call("DELETE", path).status_code == 204
    for endpoint in ("hrm/Costcenters", "hrm/Costunits", "cashflow/PaymentConditions", "financial/Journals"):
        kind = {"Type": 90} if endpoint == "financial/Journals" else {}
        anna.post(endpoint, {"Code": "ZZ", "Description": "Proef"} | kind)
    assert anna.refused("POST", "financial/Journals", json={})[1].split("\r\n") == [
        "Verplicht: Code",
        "Verplicht: Omschrijving",
        "Verplicht: Soort",
    ]
