"""The OData dialect: filters, pages, shapes, framing."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from .conftest import D1, D2, Caller, Process

MANY = {
    "divisions": [
        {
            "code": D1, "kvk": "91234567",
            "suppliers": [{"name": f"Leverancier {n:03d}", "code": str(600 + n), "email": f"a{n}@b.nl"} for n in range(120)],
        },
        {"code": D2, "kvk": "91234568", "suppliers": 3, "history": {"months": 2}},
    ]
}  # fmt: skip
ALL = {"filter": "IsSupplier eq true", "select": "ID,Code"}


@pytest.fixture
def many(exact: Process) -> Caller:
    exact.reset(MANY)
    return exact.sign_in("anna")


def page(caller: Caller, path: str, division: int = D1, **query: Any) -> Any:
    answer = caller.call("GET", path, division, params={f"${k}": v for k, v in query.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()["d"]


def test_a_full_page_hands_out_a_next_one_even_when_that_is_empty(many: Caller) -> None:
    first = page(many, "crm/Accounts", **ALL)
    assert len(first["results"]) == 60
    assert "$skiptoken=guid'" in first["__next"]
    second = many.call("GET", first["__next"]).json()["d"]
    assert len(second["results"]) == 60
    third = many.call("GET", second["__next"]).json()["d"]
    assert third == {"results": []}
    seen = {row["ID"] for row in first["results"] + second["results"]}
    assert len(seen) == 120


def test_pages_go_on_when_the_last_row_has_gone(many: Caller) -> None:
    first = page(many, "crm/Accounts", **ALL)
    last = first["results"][-1]["ID"]
    assert many.call("DELETE", f"crm/Accounts(guid'{last}')").status_code == 204
    second = many.call("GET", first["__next"]).json()["d"]
    assert len(second["results"]) == 60
    assert second["results"][0]["Code"].strip() == "660"


def test_pages_in_an_order_lose_nothing_when_a_row_moves(many: Caller) -> None:
    query = {"filter": "IsSupplier eq true", "select": "ID,Name", "orderby": "Name desc"}
    first = page(many, "crm/Accounts", **query)
    assert first["results"][0]["Name"] == "Leverancier 119"
    last = first["results"][-1]
    many.call("PUT", f"crm/Accounts(guid'{last['ID']}')", json={"Name": "AAA naar achteren"})
    second = many.call("GET", first["__next"]).json()["d"]["results"]
    names = [row["Name"] for row in second]
    assert "Leverancier 059" in names
    assert "Leverancier 000" in names


def test_top_up_to_a_page_gives_the_bare_list(many: Caller) -> None:
    assert isinstance(page(many, "crm/Accounts", top=60, **ALL), list)
    assert len(page(many, "crm/Accounts", top=5, skip=118, **ALL)) == 2
    counted = page(many, "crm/Accounts", top=2, inlinecount="allpages", **ALL)
    assert (len(counted["results"]), counted["__count"]) == (2, "120")


def test_top_beyond_a_page_is_served_in_pages(many: Caller) -> None:
    first = page(many, "crm/Accounts", top=70, **ALL)
    assert len(first["results"]) == 60
    assert len(many.call("GET", first["__next"]).json()["d"]) == 10


def test_count_is_plain_text(many: Caller) -> None:
    answer = many.call(
        "GET", "crm/Accounts/$count?$filter=startswith(Name,'Leverancier 00')", headers={"Accept": "*/*"}
    )
    assert (answer.text, answer.headers["Content-Type"]) == ("10", "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    ("condition", "n"),
    [
        ("Name eq 'Leverancier 007'", 1),
        ("Name eq 'Leverancier 007   '", 1),
        ("substringof('cier 01',Name)", 10),
        ("startswith(Name,'Leverancier 11') and not endswith(Name,'5')", 9),
        ("tolower(Name) eq 'leverancier 003'", 1),
        ("trim(Code) eq '603'", 1),
        ("Code eq '603'", 0),
        ("Code eq '               603'", 1),
        ("Email eq 'a1@b.nl' or Email eq 'a2@b.nl'", 2),
        ("(Email eq 'a1@b.nl' or Email eq 'a2@b.nl') and Name ne 'Leverancier 001'", 1),
        ("VATNumber eq null and Name ge 'Leverancier 118'", 2),
        ("Created gt datetime'2020-01-01T00:00:00' and Created lt datetime'2020-01-02'", 0),
        ("IsSupplier ne true", 0),
        ("DiscountPurchase gt 0.05 or Name eq 'Leverancier 000'", 1),
    ],
)
def test_filters(many: Caller, condition: str, n: int) -> None:
    answer = many.call("GET", "crm/Accounts/$count", params={"$filter": condition})
    assert answer.text == str(n)


def test_a_quote_in_a_literal_is_doubled(exact: Process, anna: Caller) -> None:
    (row,) = anna.get("crm/Accounts", filter="Name eq 'Meelhandel O''Brien & Zn.'", select="Code")
    assert row["Code"] == "501".rjust(18)


def test_numbers_compare_whatever_their_suffix(many: Caller) -> None:
    entries = many.get("purchaseentry/PurchaseEntries", D2, select="EntryNumber,AmountFC", top=60)
    number = entries[0]["EntryNumber"]
    for literal in (number, f"{number}L", f"{number}.0"):
        found = many.get(
            "purchaseentry/PurchaseEntries", D2, filter=f"EntryNumber eq {literal}", select="EntryNumber"
        )
        assert len(found) == 1
    dear = many.get(
        "purchaseentry/PurchaseEntries", D2, filter="AmountFC gt 500.00", select="EntryID", top=60
    )
    assert len(dear) == sum(entry["AmountFC"] > 500 for entry in entries)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("$filter=ID eq guid'dsadsds'&$top=1", "Unrecognized 'Edm.Guid' literal 'guid'dsadsds'' in '6'."),
        ("$filter=Name eq&$top=1", "Bad Request - Error in query syntax."),
        ("$filter=Name eq 'x&$top=1", "Bad Request - Error in query syntax."),
        ("$filter=(Name eq 'x'&$top=1", "Bad Request - Error in query syntax."),
        ("$filter=()&$top=1", "Bad Request - Error in query syntax."),
        ("$filter=" + "(" * 2000 + "&$top=1", "Bad Request - Error in query syntax."),
        ("$filter=Nmae eq 'x'&$top=1", "No property 'Nmae' exists in type 'Exact.Web.Api.Models.Account' at position 0."),
        (
            "$filter=ID eq 'x'&$top=1",
            "Operator 'eq' incompatible with operand types 'Edm.Guid' and 'Edm.String' at position 3.",
        ),
        ("$select=Nmae&$filter=Name eq 'x'", "Could not find a property named 'Nmae' on type 'Exact.Web.Api.Models.Account'."),
        ("$filter=Name eq 'x'", "Please add a $select or a $top=1 statement to the query string."),
        ("$top=minusone&$select=ID&$filter=Name eq 'x'", "Bad Request - Error in query syntax."),
    ],
)  # fmt: skip
def test_what_is_no_query_is_refused_in_exacts_words(anna: Caller, query: str, message: str) -> None:
    assert anna.refused("GET", f"crm/Accounts?{query}") == (400, message)


def test_endpoints_with_a_sync_twin_want_a_filter(anna: Caller) -> None:
    for path in ("crm/Accounts", "financial/GLAccounts", "documents/Documents", "bulk/CRM/Accounts"):
        status, message = anna.refused("GET", f"{path}?$select=ID")
        assert status == 400
        assert message.startswith("This endpoint has mandatory filtering applied.")


def test_sync_takes_only_a_timestamp_filter_and_pages_by_a_thousand(many: Caller) -> None:
    rows = many.get("sync/CRM/Accounts", filter="Timestamp gt 1L", select="ID,Timestamp,Name")
    assert len(rows) == 120
    stamps = [int(row["Timestamp"]) for row in rows]
    assert stamps == sorted(stamps)
    many.call("PUT", f"crm/Accounts(guid'{rows[0]['ID']}')", json={"Name": "Anders"})
    (changed,) = many.get("sync/CRM/Accounts", filter=f"Timestamp gt {stamps[-1]}L", select="ID,Name")
    assert changed["Name"] == "Anders"
    refused = many.refused("GET", "sync/CRM/Accounts?$select=ID&$filter=Name eq 'x'")
    assert refused == (400, "This $filter parameter is not supported for this resource...")


def test_a_sync_timestamp_can_be_had_for_a_moment(many: Caller) -> None:
    answer = many.call(
        "GET", "read/sync/Sync/SyncTimestamp?modified=datetime'2020-01-01'&endPoint='sync/CRM/Accounts'"
    )
    (row,) = answer.json()["d"]
    rows = many.get("sync/CRM/Accounts", filter=f"Timestamp gt {row['TimeStampAsBigInt']}L", select="ID")
    assert len(rows) == 120


def test_deletions_appear_in_sync_deleted(anna: Caller) -> None:
    account = anna.post("crm/Accounts", {"Name": "Weg"})["ID"]
    document = anna.post("documents/Documents", {"Subject": "Weg", "Type": 55})["ID"]
    for path, key in (("crm/Accounts", account), ("documents/Documents", document)):
        assert anna.call("DELETE", f"{path}(guid'{key}')").status_code == 204
        assert anna.call("GET", f"{path}(guid'{key}')").status_code == 404
    rows = anna.get("sync/Deleted", filter="Timestamp gt 1L", select="EntityKey,EntityType")
    assert [(row["EntityKey"], row["EntityType"]) for row in rows] == [(account, 2), (document, 6)]


def test_deletions_are_forgotten_after_two_months(exact: Process, anna: Caller) -> None:
    account = anna.post("crm/Accounts", {"Name": "Weg"})["ID"]
    anna.call("DELETE", f"crm/Accounts(guid'{account}')")
    exact.control("POST", "clock", advance=70 * 86_400)
    later = exact.sign_in()
    assert later.get("sync/Deleted", filter="Timestamp gt 1L", select="ID") == []


def test_without_select_every_column_comes_and_nulls_are_shown(anna: Caller) -> None:
    row = anna.get("crm/Accounts", filter="Name eq 'Kleine Krant'", top=1)[0]
    assert len(row) > 160
    assert row["ChamberOfCommerce"] is None
    assert row["BankAccounts"]["__deferred"]["uri"].endswith(f"(guid'{row['ID']}')/BankAccounts")
    assert row["Country"] == "NL "
    assert row["PurchaseVATCode"] == "1  "
    assert row["Created"].startswith("/Date(")


def test_a_deferred_link_can_be_followed_and_an_expanded_one_is_inline(anna: Caller) -> None:
    query = {"filter": f"Code eq '{'501':>18}'", "select": "ID,BankAccounts"}
    row = anna.get("crm/Accounts", top=1, **query)[0]
    (bank,) = anna.get(row["BankAccounts"]["__deferred"]["uri"])
    inline = anna.get("crm/Accounts", top=1, expand="BankAccounts", **query)[0]
    assert inline["BankAccounts"]["results"][0]["IBAN"] == bank["IBAN"] == "NL91ABNA0417164300"


def test_an_expansion_can_be_narrowed_by_select(anna: Caller) -> None:
    entry = anna.post("purchaseentry/PurchaseEntries", anna.entry())
    read = anna.get(
        f"purchaseentry/PurchaseEntries(guid'{entry['EntryID']}')",
        expand="PurchaseEntryLines",
        select="YourRef,PurchaseEntryLines/VATCode,PurchaseEntryLines/AmountFC",
    )
    (line,) = read["PurchaseEntryLines"]["results"]
    assert {name: line[name] for name in line if name != "__metadata"} == {"VATCode": "2  ", "AmountFC": 100}


def test_json_breaks_its_lines_with_cr_lf(anna: Caller) -> None:
    text = anna.call("GET", "crm/Accounts?$top=1").text
    assert text == (
        '{\r\n"error": {\r\n"code": "", "message": {\r\n"lang": "", "value": "This endpoint has mandatory filtering '
        "applied. A GET request for this endpoint must have a $filter parameter with one of the following fields in "
        "the url:ID,Accountant,AccountManager,AccountManagerFullName,AccountManagerHID,ActivitySector,"
        'ActivitySubSector,AddressLine1,AddressLine2,AddressLine3,AddressSource,AutomaticProcessProposedEntry"'
        "\r\n}\r\n}\r\n}"
    )
    assert anna.call("GET", "current/Me").text.startswith('{\r\n"d" : {\r\n"results": [\r\n{\r\n"__metadata"')


def test_without_asking_for_json_the_answer_is_atom(anna: Caller) -> None:
    answer = anna.call("GET", "financial/Journals?$filter=Type eq 22", headers={"Accept": "*/*"})
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    names = {
        "a": "http://www.w3.org/2005/Atom",
        "m": "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata",
        "d": "http://schemas.microsoft.com/ado/2007/08/dataservices",
    }
    assert feed.findtext("a:entry/a:content/m:properties/d:Code", namespaces=names) == "70"
    refused = anna.call("GET", "crm/Accounts", headers={"Accept": "*/*"})
    assert "<code></code>" in refused.text
    assert 'xml:lang=""' in refused.text


def test_bulk_pages_by_a_thousand(exact: Process, many: Caller) -> None:
    rows = many.get("bulk/CRM/Accounts", filter="IsSupplier eq true", select="ID")
    assert len(rows) == 120
    assert many.call("POST", "bulk/CRM/Accounts", json={"Name": "x"}).status_code == 405


def test_users_below_a_division_are_not_implemented(anna: Caller) -> None:
    assert anna.call("GET", "system/Users").status_code == 501


def test_modified_may_be_the_servers_own_time(exact: Process, anna: Caller) -> None:
    """Summer or winter, Amsterdam is ahead of UTC: a filter in UTC that has no overlap finds too much or too little."""
    exact.control("POST", "settings", modified_in="Europe/Amsterdam")
    account = anna.post("crm/Accounts", {"Name": "Nieuw"})
    (me,) = anna.get("current/Me", select="ServerUtcOffset,ServerTime")
    ahead = int(account["Modified"][6:-2]) / 1000 - exact.control("GET", "state")["now"]
    assert me["ServerUtcOffset"] in (1, 2)
    assert abs(ahead - me["ServerUtcOffset"] * 3600) < 60


def test_every_answer_bears_the_sandboxs_own_date(exact: Process, anna: Caller) -> None:
    exact.control("POST", "clock", advance=-86_400)
    answer = anna.call("GET", "current/Me")
    told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert abs(told - exact.control("GET", "state")["now"]) < 60
