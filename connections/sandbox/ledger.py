"""The books that follow from the entries: transaction lines, open items, a trial balance.

Nothing here is stored. Lines and payments are derived from the purchase entries, so they cannot disagree with
them; a changed entry is only marked, and derived again when somebody looks.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from .schema import Row
from .store import Store, Table

ENTRIES, LINES = "purchaseentry/PurchaseEntries", "purchaseentry/PurchaseEntryLines"
_SPACE = uuid.UUID("6f1b7a52-0d5c-4b43-9a55-3b1f6a5f1c11")
_CENT = Decimal("0.01")


def derived_id(entry_id: str, what: str) -> str:
    return str(uuid.uuid5(_SPACE, f"{entry_id} {what}"))


class Ledger:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._tables: dict[int, tuple[Table, Table, dict[str, list[str]]]] = {}
        self._dirty: dict[int, set[str]] = defaultdict(set)

    def changed(self, division: int, entry_id: str) -> None:
        self._dirty[division].add(entry_id)

    def clear(self) -> None:
        self._tables.clear()
        self._dirty.clear()

    def transaction_lines(self, division: int) -> Table:
        return self._current(division)[0]

    def payments(self, division: int) -> Table:
        return self._current(division)[1]

    def _current(self, division: int) -> tuple[Table, Table, dict[str, list[str]]]:
        entries = self._store.table(division, ENTRIES)
        if division not in self._tables:
            self._tables[division] = Table(), Table(), {}
            self._dirty[division] = set(entries.rows)
        lines, payments, of_entry = self._tables[division]
        for entry_id in self._dirty.pop(division, ()):
            for key in of_entry.pop(entry_id, []):
                lines.remove(key)
            if derived_id(entry_id, "payment") in payments.rows:
                payments.remove(derived_id(entry_id, "payment"))
            entry = entries.get(entry_id)
            if entry is None:
                continue
            booked = self.postings(division, entry)
            for row in booked:
                lines.put(row["ID"], row)
            of_entry[entry_id] = [row["ID"] for row in booked]
            payments.put(derived_id(entry_id, "payment"), self._payment(entry))
        return lines, payments, of_entry

    def postings(self, division: int, entry: Row) -> list[Row]:
        """Debit costs and deductible VAT, credit the creditor (and VAT owed under reverse charge); sums to zero."""
        gl_accounts = self._store.table(division, "financial/GLAccounts")
        vat_codes = self._store.table(division, "vat/VATCodes")
        rate = entry.get("Rate", Decimal(1))
        rows: list[Row] = []

        def book(row_id: str, gl: str | None, amount: Decimal, line_type: int, more: Row) -> None:
            account = gl_accounts.get(gl) or {}
            rows.append(
                {
                    "ID": row_id, "EntryID": entry["EntryID"], "EntryNumber": entry["EntryNumber"],
                    "Account": entry["Supplier"], "AccountName": entry.get("SupplierName"),
                    "AmountFC": amount, "AmountDC": (amount * rate).quantize(_CENT), "Currency": entry["Currency"],
                    "Date": entry["EntryDate"], "Division": division, "Document": entry.get("Document"),
                    "DueDate": entry.get("DueDate"), "ExchangeRate": rate, "FinancialPeriod": entry["ReportingPeriod"],
                    "FinancialYear": entry["ReportingYear"], "GLAccount": gl, "GLAccountCode": account.get("Code"),
                    "GLAccountDescription": account.get("Description"), "JournalCode": entry["Journal"],
                    "JournalDescription": entry.get("JournalDescription"), "LineNumber": len(rows) + 1,
                    "LineType": line_type, "Status": entry["Status"], "Type": entry["Type"],
                    "YourRef": entry.get("YourRef"), "Created": entry.get("Created"),
                    "Modified": entry.get("Modified"), "Timestamp": entry.get("Timestamp"),
                }
                | more
            )  # fmt: skip

        for line in self._store.table(division, LINES).find("EntryID", entry["EntryID"]):
            code = vat_codes.first("Code", line.get("VATCode")) if line.get("VATCode") else None
            vat = line.get("VATAmountFC", Decimal(0))
            more = {
                name: line[name]
                for name in ("Description", "CostCenter", "CostUnit", "Project", "VATCode")
                if name in line
            }
            book(line["ID"], line["GLAccount"], line["VATBaseAmountFC"], 0, more | {"AmountVATFC": vat})
            if code and vat:
                book(derived_id(line["ID"], "vat"), code.get("GLToClaim"), vat, 2, {"VATCode": code["Code"]})
                if code.get("Charged"):
                    book(
                        derived_id(line["ID"], "owed"),
                        code.get("GLToPay"),
                        -vat,
                        2,
                        {"VATCode": code["Code"]},
                    )
        book(derived_id(entry["EntryID"], "creditor"), entry.get("_creditors"), -entry["AmountFC"], 1, {})
        _settle_cents(rows)
        return rows

    def _payment(self, entry: Row) -> Row:
        """The open item. `TransactionEntryID` is the purchase entry, `EntryID` the payment's own (none while open)."""
        paid = entry.get("_paid")
        row = {
            "ID": derived_id(entry["EntryID"], "payment"), "Account": entry["Supplier"],
            "AccountName": entry.get("SupplierName"), "AmountDC": entry["AmountDC"], "AmountFC": entry["AmountFC"],
            "Created": entry.get("Created"), "Currency": entry["Currency"], "Description": entry.get("Description"),
            "Division": entry.get("Division"), "Document": entry.get("Document"), "DueDate": entry.get("DueDate"),
            "EntryDate": entry["EntryDate"], "EntryNumber": entry["EntryNumber"], "InvoiceDate": entry["EntryDate"],
            "InvoiceNumber": entry.get("InvoiceNumber"), "Journal": entry["Journal"],
            "JournalDescription": entry.get("JournalDescription"), "Modified": entry.get("Modified"),
            "PaymentCondition": entry.get("PaymentCondition"), "PaymentMethod": "B", "PaymentReference":
            entry.get("PaymentReference"), "RateFC": entry.get("Rate"), "Source": 0, "Status": 50 if paid else 20,
            "TransactionAmountDC": entry["AmountDC"], "TransactionAmountFC": entry["AmountFC"],
            "TransactionDueDate": entry.get("DueDate"), "TransactionEntryID": entry["EntryID"],
            "TransactionID": derived_id(entry["EntryID"], "creditor"), "TransactionIsReversal": False,
            "TransactionReportingPeriod": entry["ReportingPeriod"], "TransactionReportingYear": entry["ReportingYear"],
            "TransactionStatus": entry["Status"], "TransactionType": entry["Type"], "YourRef": entry.get("YourRef"),
        }  # fmt: skip
        if paid:
            row |= {"EndDate": paid["date"], "EntryID": paid["entry"]}
        row |= entry.get("_payment", {})
        return {name: value for name, value in row.items() if value is not None}


def _settle_cents(rows: list[Row]) -> None:
    """Rounding each line to the division's currency may leave cents; the largest cost line takes them."""
    difference = sum((row["AmountDC"] for row in rows), Decimal(0))
    if difference:
        largest = max(rows[:-1], key=lambda row: abs(row["AmountDC"]))
        largest["AmountDC"] -= difference


def trial_balance(rows: Iterable[Row]) -> dict[str, Decimal]:
    """Balance per ledger account code, in the division's currency; all of it sums to zero."""
    balance: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        balance[row["GLAccountCode"] or "?"] += row["AmountDC"]
    return dict(sorted(balance.items()))
