"""The sandbox as the demo sees it: its administrations, and what each buys from whom."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests


@dataclass(frozen=True)
class Habit:
    """A supplier of an administration, and how it was booked last: what its next invoice will look like."""

    supplier: dict[str, Any]
    iban: str
    lines: list[dict[str, Any]]
    times: int
    constant: bool  # always on the same account


class Exact:
    """The sandbox's control API (connections/sandbox): outside the portal, so plain requests."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(method, f"{self.url}/sandbox/api/{path}", json=body or None, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def divisions(self) -> list[dict[str, Any]]:
        """The administrations, by code."""
        found = self.control("GET", "state")["divisions"]
        rows = list(found.values()) if isinstance(found, dict) else found
        return sorted(rows, key=lambda row: int(row["code"]))

    def habits(self, division: int) -> list[Habit]:
        """Who sells to this administration, those booked most often first."""
        ledger = self.control("GET", f"ledger/{division}")
        accounts = {one["ID"]: one for one in ledger["accounts"]}
        ibans = {one["Account"]: one["BankAccount"] for one in ledger["bank_accounts"]}
        entries: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for entry in ledger["entries"]:
            entries[entry["Supplier"]].append(entry)
        habits = []
        for supplier_id, some in entries.items():
            used = Counter(line["GLAccountCode"] for entry in some for line in entry["PurchaseEntryLines"])
            habits.append(
                Habit(
                    supplier=accounts[supplier_id],
                    iban=ibans.get(supplier_id, ""),
                    lines=some[-1]["PurchaseEntryLines"],
                    times=len(some),
                    constant=len(used) == 1,
                )
            )
        return sorted(habits, key=lambda habit: (-habit.times, habit.supplier["Name"]))


def rate_of(line: dict[str, Any]) -> Decimal:
    """The percentage on a ledger line: "0.21" → 21."""
    return (Decimal(line["VATPercentage"] or 0) * 100).normalize()
