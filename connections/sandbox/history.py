"""A year of bookings, made up: every supplier bills in its own rhythm, and is booked the way it always is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from .amounts import compute
from .chart import guid
from .checks import vat_codes
from .ledger import ENTRIES, LINES
from .schema import Row, milliseconds

if TYPE_CHECKING:
    from .box import Sandbox

_RHYTHMS = (30, 30, 30, 14, 91, 61)  # days between a supplier's invoices


def write(
    box: Sandbox, division: Row, suppliers: list[Row], rng: Random, months: int, at_least: int = 0
) -> int:
    """Book the history of one division up to today, oldest first; returns the number of entries.

    `at_least` makes suppliers bill more often until there are so many.
    """
    code = division["code"]
    ctx = box.bookkeeper(code)
    codes = vat_codes(ctx)
    gl_accounts = {row["Code"]: row for row in ctx.rows("financial/GLAccounts")}
    wanted = sorted(_dates(box, suppliers, rng, months, at_least), key=lambda pair: pair[0])
    periods = {(p["FinYear"], p["FinPeriod"]) for p in ctx.rows("financial/FinancialPeriods")}
    stamp = {"Creator": ctx.user["id"], "CreatorFullName": ctx.user["name"], "Division": code}
    creditors, numbers = box.creditors(code), {row["_number"]: 0 for row in suppliers}
    entries: list[Row] = []
    lines: list[Row] = []
    counts: dict[int, int] = {}
    for day, supplier in wanted:
        if (day.year, day.month) not in periods:
            continue
        numbers[supplier["_number"]] += 1
        counts[day.year] = counts.get(day.year, 0) + 1
        entry = _header(day, supplier, counts[day.year], numbers[supplier["_number"]], code, creditors, rng)
        own = list(_lines(entry, supplier, gl_accounts, rng))
        refusal = compute(entry, own, codes)
        assert refusal is None, refusal
        entries.append(entry | stamp)
        lines += [line | {"Division": code} for line in own]
    for entry, version in zip(entries, box.store.next_versions(len(entries)), strict=True):
        entry["Timestamp"] = version
    box.store.put_many(code, ENTRIES, ((entry["EntryID"], entry) for entry in entries))
    box.store.put_many(code, LINES, ((line["ID"], line) for line in lines))
    for year, n in counts.items():
        box.store.put(code, "_numbers", f"70|{year}", {"n": n})
    return len(entries)


def _dates(
    box: Sandbox, suppliers: list[Row], rng: Random, months: int, at_least: int
) -> Iterator[tuple[datetime, Row]]:
    today = datetime.fromtimestamp(box.now(), UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = months * 30
    share = at_least / max(1, len(suppliers))
    for supplier in suppliers:
        rhythm = rng.choice(_RHYTHMS)
        n = max(days // rhythm, int(share + 1) if at_least else 0)
        first = rng.randint(0, rhythm)
        for i in range(n):
            back = first + (i * rhythm if not at_least else i * days // n)
            if back < days:
                yield today - timedelta(days=back), supplier


def _header(
    day: datetime, supplier: Row, n: int, number: int, code: int, creditors: str | None, rng: Random
) -> Row:
    at = milliseconds(day)
    entry_number = int(f"{day.year % 100}70") * 100_000 + n
    written = at + rng.randint(8, 17) * 3_600_000 + rng.randint(0, 3_599_999)
    prefix = supplier["_prefix"]
    return {
        "EntryID": guid(code, "entry", entry_number), "EntryNumber": entry_number, "InvoiceNumber": entry_number,
        "Journal": "70", "JournalDescription": "Inkoopboek", "Supplier": supplier["ID"],
        "SupplierName": supplier["Name"], "EntryDate": at, "DueDate": at + 30 * 86_400_000, "Currency": "EUR",
        "Rate": Decimal(1), "ReportingYear": day.year, "ReportingPeriod": day.month,
        "YourRef": f"{prefix}{day.year}{number:04d}", "Description": supplier["_subject"], "PaymentCondition": "30",
        "PaymentConditionDescription": "30 dagen", "PaymentConditionPaymentMethod": "B", "Status": 20,
        "StatusDescription": ["Open", "Open"], "_creditors": creditors, "Created": written, "Modified": written,
    }  # fmt: skip


def _lines(entry: Row, supplier: Row, gl_accounts: dict[str, Row], rng: Random) -> Iterator[Row]:
    """Mostly one line on the usual account; some suppliers bill two kinds of things; few bookings are unusual."""
    kinds: list[Any] = supplier["_kinds"]
    for n, (gl, vat, low, high) in enumerate(kinds, 1):
        if rng.random() < 0.03:
            gl = "4990"
        account = gl_accounts[gl]
        cents_ = rng.randint(low * 100, high * 100)
        line = {
            "ID": guid(entry["EntryID"], "line", n), "EntryID": entry["EntryID"], "LineNumber": n,
            "GLAccount": account["ID"], "GLAccountCode": gl, "GLAccountDescription": account["Description"],
            "AmountFC": Decimal(cents_) / 100, "Description": supplier["_subject"], "VATCode": vat,
        }  # fmt: skip
        if supplier["_cost_center"]:
            line["CostCenter"] = supplier["_cost_center"]
        yield line
