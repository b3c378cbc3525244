"""The default world, and worlds that tests describe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from .conftest import Process


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    began = time.perf_counter()
    process = Process(tmp_path_factory.mktemp("world"))
    process.took = time.perf_counter() - began  # type: ignore[attr-defined]
    yield process
    process.stop()


def digits(number: str) -> list[int]:
    return [int(c) for c in number if c.isdigit()]


def test_the_default_world_stands_within_three_seconds(default: Process) -> None:
    state = default.control("GET", "state")
    assert default.took < 3  # type: ignore[attr-defined]
    assert len(state["divisions"]) == 14
    assert len(state["contracts"]) == 4
    assert sum(division["entries"] for division in state["divisions"]) > 3000


def test_the_invented_numbers_pass_the_checks_of_real_ones(default: Process) -> None:
    books = default.ledger(3101)
    assert len(books["accounts"]) == 60
    for account in books["accounts"]:
        assert len(account["ChamberOfCommerce"]) == 8
        nine = digits(account["VATNumber"])[:9]
        assert sum(w * d for w, d in zip([9, 8, 7, 6, 5, 4, 3, 2, -1], nine, strict=True)) % 11 == 0
        assert account["VATNumber"].startswith("NL")
    for bank in books["bank_accounts"]:
        iban = bank["BankAccount"]
        assert int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1


def test_suppliers_are_shared_over_the_divisions_with_relations_of_their_own(default: Process) -> None:
    here, there = default.ledger(3101)["accounts"], default.ledger(4301)["accounts"]
    assert [row["VATNumber"] for row in here] == [row["VATNumber"] for row in there]
    assert not {row["ID"] for row in here} & {row["ID"] for row in there}


def test_the_past_is_booked_and_balanced(default: Process) -> None:
    books = default.ledger(3101)
    assert sum(map(Decimal, books["trial_balance"].values())) == 0
    newest = max(entry["EntryDate"] for entry in books["entries"])
    oldest = min(entry["EntryDate"] for entry in books["entries"])
    today = time.gmtime(default.control("GET", "state")["now"])
    assert newest <= time.strftime("%Y-%m-%d", today) + "T99"
    assert int(newest[:4]) * 12 + int(newest[5:7]) - int(oldest[:4]) * 12 - int(oldest[5:7]) >= 10
    for entry in books["entries"]:
        vat = sum(Decimal(line["VATAmountFC"]) for line in entry["PurchaseEntryLines"])
        net = sum(Decimal(line["AmountFC"]) for line in entry["PurchaseEntryLines"])
        assert Decimal(entry["AmountFC"]) in (net + vat, net)  # net: reverse charge


def test_the_same_world_is_built_twice(default: Process, exact: Process) -> None:
    requests.post(f"{exact.url}/sandbox/api/reset", timeout=20)
    here, there = exact.ledger(3105), default.ledger(3105)
    assert here["trial_balance"] == there["trial_balance"]
    assert [entry["EntryID"] for entry in here["entries"]] == [entry["EntryID"] for entry in there["entries"]]


def test_the_least_a_world_must_say_is_a_code_and_a_kvk_number(exact: Process) -> None:
    exact.reset({"divisions": [{"code": 7, "kvk": "90000001"}]})
    anna = exact.sign_in()
    (division,) = anna.get("system/Divisions", 7, select="Code,ChamberOfCommerceNumber,Description,VATNumber")
    assert (division["Code"], division["ChamberOfCommerceNumber"]) == (7, "90000001")
    assert division["Description"]
    assert len(anna.get("financial/Journals", 7, filter="Type eq 22", select="Code")) == 1
    periods = anna.get("financial/FinancialPeriods", 7, select="FinYear")
    assert len(periods) == 36
    for path in (
        "vat/VATCodes",
        "cashflow/PaymentConditions",
        "hrm/Costcenters",
        "hrm/Costunits",
        "general/Currencies",
    ):
        assert anna.get(path, 7, select="Code"), path
    for path in ("vat/VatPercentages", "documents/DocumentTypes", "project/Projects"):
        assert anna.get(path, 7, select="ID"), path
    assert all(
        row["ReportingCode"]
        for row in anna.get("financial/GLAccounts", 7, filter="Code ge '4'", select="ReportingCode")
    )


def test_a_world_can_say_much(exact: Process) -> None:
    exact.reset(
        {
            "contracts": [{"code": "A", "trial": True}, {"code": "B"}],
            "users": [{"login": "eva", "language": "en-GB", "contract": "B", "rights": {"mailbox": "none"}}],
            "settings": {"minute_limit": 100},
            "divisions": [
                {"code": 1, "kvk": "1", "contract": "A"},
                {
                    "code": 2, "kvk": "2", "contract": "B", "name": "Twee", "mailbox": "2@x.example", "closed": [[2026, 1]],
                    "suppliers": [{"name": "S", "code": "10", "iban": "NL91ABNA0417164300", "gl": "4400", "vat_code": "2"}],
                    "entries": [
                        {"supplier": "S", "your_ref": "A1", "lines": [{"gl": "4400", "amount": "10.00", "vat_code": "2"}]},
                        {"supplier": "10", "your_ref": "A2", "paid": True, "lines": [{"gl": "4410", "amount": 20}]},
                    ],
                },
            ],
        }
    )  # fmt: skip
    eva = exact.sign_in("eva")
    assert [row["Code"] for row in eva.get("system/Divisions", 2, select="Code")] == [2]
    assert eva.refused("GET", "mailbox/Mailboxes", 2) == (403, "Forbidden")
    books = exact.ledger(2)
    assert [(entry["YourRef"], entry["paid"], entry["_via"]) for entry in books["entries"]] == [
        ("A1", False, "hand"),
        ("A2", True, "hand"),
    ]
    assert [box["Mailbox"] for box in books["mailboxes"]] == ["2@x.example"]
    journals = eva.call("GET", "financial/Journals", 2)
    assert journals.headers["X-RateLimit-Minutely-Limit"] == "100"


@pytest.mark.parametrize(
    ("world", "says"),
    [
        ({"divisions": []}, "at least one division"),
        ({"division": []}, "A world has no division"),
        ({"divisions": [{"code": 1, "kvk": "1", "colour": "red"}]}, "A division has no colour"),
        ({"divisions": [{"code": 1, "kvk": "1", "suppliers": [{"name": "x", "colour": "red"}]}]}, "colour"),
        (
            {"divisions": [{"code": 1, "kvk": "1", "entries": [{"supplier": "x", "lines": []}]}]},
            "no relation 'x'",
        ),
    ],
)
def test_a_world_that_cannot_be_is_refused_and_the_old_one_stays(
    exact: Process, world: dict[str, Any], says: str
) -> None:
    answer = requests.post(f"{exact.url}/sandbox/api/reset", json={"world": world}, timeout=10)
    assert (answer.status_code, says in answer.json()["error"]) == (400, True), answer.text
    assert exact.sign_in().get("current/Me")[0]["CurrentDivision"] == 1001


def test_a_look_up_in_a_large_division_does_not_read_it_all(exact: Process) -> None:
    history = {"months": 12, "entries": 6000}
    exact.reset({"divisions": [{"code": 7, "kvk": "90000001", "suppliers": 60, "history": history}]})
    anna = exact.sign_in()
    entry = exact.ledger(7)["entries"][2000]
    found = f"Supplier eq guid'{entry['Supplier']}' and YourRef eq '{entry['YourRef']}'"
    read = f"substringof('{entry['YourRef']}',YourRef)"

    def quickest(condition: str) -> float:
        for _ in range(6):
            rows = anna.get("purchaseentry/PurchaseEntries", 7, filter=condition, select="EntryID", top=1)
            assert rows[0]["EntryID"] == entry["EntryID"] or condition is read
        calls = exact.calls(
            endpoint="purchaseentry/PurchaseEntries", limit=5
        )  # the first one built the index
        return min(call["milliseconds"] for call in calls)

    assert quickest(found) * 2 < quickest(read)
