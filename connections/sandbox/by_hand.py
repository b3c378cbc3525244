"""What people do in Exact itself, in words instead of ids: suppliers, entries, edits, payments.

Used for the worlds of tests and by the control API; everything goes through the same checks as the API's writes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .context import Context
from .crud import Plain
from .entries import Entries, EntryLines, mark_paid
from .ledger import ENTRIES, LINES
from .masters import Accounts, BankAccounts
from .schema import ENTITIES, Row, read_datetime

_SUPPLIER = {
    "name": "Name", "code": "Code", "vat": "VATNumber", "kvk": "ChamberOfCommerce", "city": "City", "email": "Email",
    "address": "AddressLine1", "postcode": "Postcode", "country": "Country", "vat_code": "PurchaseVATCode",
    "payment_condition": "PaymentConditionPurchase", "currency": "PurchaseCurrency", "blocked": "Blocked",
    "is_supplier": "IsSupplier", "oin": "OINNumber", "rsin": "RSIN", "gln": "GlnNumber", "peppol": "PeppolIdentifier",
    "id": "ID", "automatic": "AutomaticProcessProposedEntry", "search_code": "SearchCode", "phone": "Phone",
}  # fmt: skip
_ENTRY = {
    "your_ref": "YourRef", "currency": "Currency", "rate": "Rate", "description": "Description", "id": "EntryID",
    "year": "ReportingYear", "period": "ReportingPeriod", "entry_number": "EntryNumber", "document": "Document",
    "payment_condition": "PaymentCondition", "payment_reference": "PaymentReference", "vat_amount": "VATAmountFC",
}  # fmt: skip
_LINE = {
    "amount": "AmountFC", "vat_code": "VATCode", "vat_amount": "VATAmountFC", "cost_center": "CostCenter",
    "cost_unit": "CostUnit", "description": "Description", "project": "Project", "quantity": "Quantity",
}  # fmt: skip


def _translate(path: str, words: dict[str, str], described: dict[str, Any], beside: set[str]) -> Row:
    """Words → properties; capitalised names of properties may be used as they are. Raises ValueError."""
    values: Row = {}
    for word, raw in described.items():
        name = words.get(word, word)
        if word in beside:
            continue
        prop = ENTITIES[path].properties.get(name)
        if prop is None:
            raise ValueError(f"{path} knows no {word!r}; it knows {', '.join([*words, *sorted(beside)])}.")
        if raw is None:
            values[name] = None
        elif prop.kind == "D":
            values[name] = Decimal(str(raw))
        elif prop.kind == "DT":
            values[name] = read_datetime(raw)
        else:
            values[name] = raw
    return values


def gl_account(ctx: Context, code: str) -> str:
    row = ctx.find("financial/GLAccounts", code) or ctx.rows("financial/GLAccounts").get(code)
    if row is None:
        raise ValueError(f"division {ctx.code} has no ledger account {code!r}")
    return str(row["ID"])


def account(ctx: Context, who: str) -> Row:
    """A relation by id, code (padded or not) or name. Raises ValueError."""
    accounts = ctx.rows("crm/Accounts")
    row = accounts.get(who) or accounts.first("Code", who.rjust(18)) or accounts.first("Name", who)
    if row is None:
        raise ValueError(f"division {ctx.code} has no relation {who!r}")
    return row


def supplier(ctx: Context, described: dict[str, Any]) -> Row:
    """`{name, code, vat, kvk, iban, gl, vat_code, …}` → a stored relation."""
    values: Row = {"IsSupplier": True} | _translate(
        "crm/Accounts", _SUPPLIER, described, {"iban", "ibans", "gl"}
    )
    if values.get("Code"):
        values["Code"] = values["Code"].strip().rjust(18)
    if described.get("gl"):
        values["GLAccountPurchase"] = gl_account(ctx, described["gl"])
    row = Accounts().create(ctx, values)
    for iban in [described["iban"]] if described.get("iban") else described.get("ibans", []):
        BankAccounts().create(ctx, {"Account": row["ID"], "BankAccount": iban})
    return row


def _lines(ctx: Context, described: list[dict[str, Any]]) -> list[Row]:
    lines = []
    for line in described:
        values = _translate(LINES, _LINE, line, {"gl"})
        if "gl" in line:
            values["GLAccount"] = gl_account(ctx, line["gl"])
        lines.append(values)
    return lines


def entry(ctx: Context, described: dict[str, Any]) -> Row:
    """`{supplier, your_ref, date, journal, lines: [{gl, amount, vat_code, …}], paid, …}` → a booked entry."""
    values: Row = {"Journal": "70"} | _translate(
        ENTRIES, _ENTRY, described, {"supplier", "journal", "date", "due", "lines", "paid"}
    )
    values["Supplier"] = account(ctx, described["supplier"])["ID"]
    if "journal" in described:
        values["Journal"] = described["journal"]
    for word, name in (("date", "EntryDate"), ("due", "DueDate")):
        if word in described:
            values[name] = read_datetime(described[word])
    values["PurchaseEntryLines"] = _lines(ctx, described["lines"])
    row = Entries().create(ctx, values)
    if described.get("paid"):
        row = mark_paid(ctx, row["EntryID"])
    return row


def edit(ctx: Context, entry_id: str, described: dict[str, Any]) -> Row:
    """Change an entry's header, and its lines if `lines` is there: then those replace the old ones."""
    old = ctx.rows(ENTRIES).rows[entry_id]
    values = _translate(ENTRIES, _ENTRY, described, {"supplier", "date", "due", "lines"})
    if "supplier" in described:
        values["Supplier"] = account(ctx, described["supplier"])["ID"]
    for word, name in (("date", "EntryDate"), ("due", "DueDate")):
        if word in described:
            values[name] = read_datetime(described[word])
    if values:
        Entries().update(ctx, old, values)
    if "lines" in described:
        before = [line["ID"] for line in ctx.rows(LINES).find("EntryID", entry_id)]
        # New lines first: with its last line an entry goes.
        for line in _lines(ctx, described["lines"]):
            EntryLines().create(ctx, line | {"EntryID": entry_id})
        for line_id in before:
            EntryLines().delete(ctx, ctx.rows(LINES).rows[line_id])
    return ctx.rows(ENTRIES).rows[entry_id]


def block(ctx: Context, kind: str, which: str, blocked: bool) -> Row:
    """Block or unblock a ledger account, journal, VAT code, supplier or cost centre by its code."""
    path, name, value = {
        "gl": ("financial/GLAccounts", "IsBlocked", blocked),
        "journal": ("financial/Journals", "IsBlocked", blocked),
        "vat": ("vat/VATCodes", "IsBlocked", blocked),
        "supplier": ("crm/Accounts", "Blocked", blocked),
        "cost_center": ("hrm/Costcenters", "Active", not blocked),
    }[kind]
    row = account(ctx, which) if kind == "supplier" else ctx.find(path, which)
    if row is None:
        raise ValueError(f"division {ctx.code} has no {kind} {which!r}")
    return Plain(path).save(ctx, row | {name: value, "Modified": ctx.box.stamp()}, "Update")
