"""Who may do what, and how Exact says no."""

from __future__ import annotations

import pytest

from .conftest import CLIENT_ID, D1, D2, D3, Caller, Process

ENTRIES = "purchaseentry/PurchaseEntries?$top=1"


def reason(caller: Caller, path: str = "financial/Journals", division: int = D1) -> tuple[int, str | None]:
    answer = caller.call("GET", path, division)
    return answer.status_code, answer.headers.get("Reason")


def has(caller: Caller, endpoint: str, action: str) -> bool:
    answer = caller.call("GET", f"users/UserHasRights?endpoint='{endpoint}'&action='{action}'")
    assert answer.status_code == 200, answer.text
    return answer.json()["d"]["UserHasRights"]


def test_a_portal_user_sees_who_they_are_and_nothing_else(exact: Process) -> None:
    caller = exact.sign_in("mijnkantoor")
    (me,) = caller.get("current/Me")
    assert me["IsMyFirmPortalUser"] is True
    for path in (
        "system/Divisions",
        "financial/Journals",
        "crm/Accounts",
        "users/UserHasRights?endpoint='crm/Accounts'&action='GET'",
    ):
        assert caller.refused("GET", path) == (403, "Forbidden")
    assert caller.refused("POST", "documents/Documents", json={}) == (403, "Document Type not allowed")
    assert caller.refused("GET", f"{exact.url}/api/v1/system/Users") == (403, "Forbidden")


def test_a_right_that_is_missing_is_forbidden_or_shows_nothing(exact: Process) -> None:
    nobooking, silent = exact.sign_in("nobooking"), exact.sign_in("silent")
    anna = exact.sign_in("anna")
    anna.post("purchaseentry/PurchaseEntries", anna.entry())
    assert nobooking.refused("GET", ENTRIES) == (403, "Forbidden")
    assert silent.get("purchaseentry/PurchaseEntries", top=1) == []
    assert silent.get("vat/VATCodes", select="Code") == []
    assert silent.refused("POST", "purchaseentry/PurchaseEntries", json={}) == (403, "Forbidden")
    assert nobooking.get("vat/VATCodes", select="Code")


def test_user_has_rights_answers_for_the_user(exact: Process, anna: Caller) -> None:
    nobooking = exact.sign_in("nobooking")
    assert has(anna, "purchaseentry/PurchaseEntries", "POST")
    assert not has(nobooking, "purchaseentry/PurchaseEntries", "POST")
    assert has(nobooking, "crm/Accounts", "POST")
    assert not has(anna, "documents/DocumentAttachments", "PUT")  # nobody can
    exact.control("POST", "users/anna", rights={"relations": "read"})
    assert has(anna, "crm/Accounts", "GET")
    assert not has(anna, "crm/Accounts", "POST")
    assert anna.refused("POST", "crm/Accounts", json={"Name": "x"}) == (403, "Forbidden")


def test_rights_come_back_when_they_are_given(exact: Process) -> None:
    caller = exact.sign_in("nobooking")
    exact.control("POST", "users/nobooking", rights={"purchase": "full"})
    assert caller.call("GET", ENTRIES).status_code == 200


def test_the_user_card_limits_the_administrations(exact: Process) -> None:
    exact.reset({"divisions": [{"code": n, "kvk": f"9123456{n}"} for n in (1, 2, 3)]})
    caller = exact.sign_in("restricted")
    assert [row["Code"] for row in caller.get("system/Divisions", 1, select="Code")] == [1, 2]
    assert reason(caller, division=3) == (403, "NoDivisionAccess")
    assert reason(caller, division=99) == (403, "NoDivisionAccess")


def test_the_list_of_divisions_takes_any_number(anna: Caller) -> None:
    assert [row["Code"] for row in anna.get("system/Divisions", 999_999, select="Code")] == [D1, D2]
    assert [row["Code"] for row in anna.get("system/AllDivisions", select="Code")] == [D1, D2]


def test_hrm_divisions_are_those_of_the_same_customer(exact: Process, anna: Caller) -> None:
    exact.control("POST", "users/anna", divisions="*")
    assert len(anna.get("system/Divisions", select="Code")) == 3
    rows = anna.get("hrm/Divisions", D3, select="Code,HID,CustomerName")
    assert [row["Code"] for row in rows] == [D3]


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        ("users/anna", {"blocked": True}, "BlockedUser"),
        ("users/anna", {"blocked": "InactiveUser"}, "InactiveUser"),
        (f"divisions/{D1}", {"blocked": True}, "DivisionBlocked"),
        ("contracts/KANTOOR", {"blocked": True}, "BlockedCustomer"),
        ("contracts/KANTOOR", {"expired": True}, "LicenseExpired"),
    ],
)
def test_what_is_blocked_says_so_in_the_reason_header(
    exact: Process, anna: Caller, path: str, change: dict[str, object], expected: str
) -> None:
    exact.control("POST", path, **change)
    assert reason(anna) == (403, expected)


def test_the_blocked_persona_can_neither_call_nor_refresh(exact: Process) -> None:
    caller = exact.sign_in("blocked")
    assert reason(caller, "current/Me") == (403, "BlockedUser")
    exact.control("POST", "clock", advance=600)
    answer = exact.refresh(caller.tokens["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_an_app_without_a_scope_is_refused_by_name(exact: Process, anna: Caller) -> None:
    exact.control(
        "POST", f"apps/{CLIENT_ID}", scopes={"financial.accounting": "none", "crm.accounts": "read"}
    )
    assert anna.refused("GET", ENTRIES) == (
        403,
        "Forbidden - Application Scope Violated. Cannot read 'financial.accounting' scope.",
    )
    assert anna.call("GET", "crm/Accounts?$filter=Name eq 'x'&$select=ID").status_code == 200
    assert anna.refused("POST", "crm/Accounts", json={"Name": "x"}) == (
        403,
        "Forbidden - Application Scope Violated. Cannot read 'crm.accounts' scope.",
    )


def test_the_division_scope_of_a_consent_can_be_changed_later(exact: Process, anna: Caller) -> None:
    exact.control("POST", "users/anna", division_scope=[D2])
    assert anna.refused("GET", "system/Divisions") == (
        403,
        "Forbidden - User division is not within division scope.",
    )
    assert [row["Code"] for row in anna.get("system/Divisions", D2, select="Code")] == [D2]
    exact.control("POST", "users/anna", division_scope=None)
    assert len(anna.get("system/Divisions", select="Code")) == 2


def test_purchase_invoices_need_the_trade_module(anna: Caller) -> None:
    assert anna.refused("GET", "purchase/PurchaseInvoices?$top=1") == (403, "Forbidden")


def test_the_language_of_the_user_is_the_language_of_descriptions(exact: Process, anna: Caller) -> None:
    anna.post("purchaseentry/PurchaseEntries", anna.entry())
    ben = exact.sign_in("ben")
    query = {"select": "TypeDescription", "top": 1}
    texts = [
        caller.get("purchaseentry/PurchaseEntries", **query)[0]["TypeDescription"] for caller in (anna, ben)
    ]
    assert texts == ["Inkoopboeking", "Purchase entry"]


def test_users_are_listed_without_a_division_and_below_users(anna: Caller) -> None:
    names = {row["FullName"] for row in anna.get("users/Users", select="FullName")}
    assert {"Anna de Boer", "Ben Carter"} <= names
    whole = anna.session.get(f"{anna.exact.url}/api/v1/system/Users?$select=FullName", timeout=5).json()
    assert {row["FullName"] for row in whole["d"]["results"]} == names
    assert anna.get("users/UserRolesPerDivision", select="Division,UserID")
