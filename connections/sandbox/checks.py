"""What Exact checks before it books: references, types, blocks, periods, numbers.

Each check returns the sentences that refuse, and fills in what Exact derives from the references it found.
"""

from __future__ import annotations

from decimal import Decimal

from . import messages as m
from .context import Context
from .errors import Invalid, Sentence
from .ledger import ENTRIES
from .schema import Row

# Units of the division's currency per unit of the other; Exact takes its own table's rate when none is sent.
RATES = {
    "EUR": Decimal(1), "USD": Decimal("0.92"), "GBP": Decimal("1.17"), "CHF": Decimal("1.04"), "PLN": Decimal("0.23"),
}  # fmt: skip


def vat_codes(ctx: Context) -> dict[str, Row]:
    return {row["Code"]: row for row in ctx.rows("vat/VATCodes")}


def check_period(ctx: Context, entry: Row) -> list[Sentence]:
    """Fill ReportingYear and ReportingPeriod from the entry's date; say so when they are unknown or closed."""
    periods = ctx.rows("financial/FinancialPeriods")
    found = [p for p in periods if p["StartDate"] <= entry["EntryDate"] < p["EndDate"] + 86_400_000]
    by_date = found[0] if found else {}
    year = entry.get("ReportingYear") or by_date.get("FinYear")
    number = entry.get("ReportingPeriod") or by_date.get("FinPeriod")
    found = [p for p in periods.find("FinYear", year) if p["FinPeriod"] == number]
    if not found:
        return [m.unknown_year()]
    entry["ReportingYear"], entry["ReportingPeriod"] = found[0]["FinYear"], found[0]["FinPeriod"]
    if period_is_closed(ctx, entry["Journal"], entry["ReportingYear"], entry["ReportingPeriod"]):
        return [m.period_closed(entry["ReportingYear"], entry["ReportingPeriod"])]
    return []


def period_is_closed(ctx: Context, journal: str, year: int, period: int) -> bool:
    closed = ctx.rows("_closed").rows
    return f"*|{year}|{period}" in closed or f"{journal}|{year}|{period}" in closed


def check_editable(ctx: Context, entry: Row) -> None:
    if entry["Status"] == 50:
        raise Invalid(m.already_processed())
    year, period = entry["ReportingYear"], entry["ReportingPeriod"]
    if period_is_closed(ctx, entry["Journal"], year, period):
        raise Invalid(m.period_closed(year, period))


def check_header(ctx: Context, entry: Row, old: Row | None = None) -> list[Sentence]:
    """Validate the header and fill in what Exact derives from its references."""
    sentences: list[Sentence] = []
    journal = ctx.find("financial/Journals", entry.get("Journal"))
    if not entry.get("Journal"):
        sentences.append(m.mandatory("Journal"))
    elif journal is None:
        sentences.append(m.invalid_reference("Journal"))
    elif journal["Type"] != 22:
        sentences.append(m.wrong_journal_type())
    elif journal.get("IsBlocked"):
        sentences.append(m.blocked("Journal"))
    supplier = ctx.rows("crm/Accounts").get(entry.get("Supplier"))
    if not entry.get("Supplier"):
        sentences.append(m.mandatory("Supplier"))
    elif supplier is None:
        sentences.append(m.invalid_reference("Supplier"))
    elif not supplier.get("IsSupplier"):
        sentences.append(m.wrong_supplier_type())
    elif supplier.get("Blocked"):
        sentences.append(m.blocked("Supplier"))
    if sentences:
        return sentences
    assert journal is not None
    assert supplier is not None
    entry |= {
        "Journal": journal["Code"],
        "JournalDescription": journal["Description"],
        "SupplierName": supplier["Name"],
    }
    entry["_creditors"] = supplier.get("GLAP") or ctx.box.creditors(ctx.code)
    entry.setdefault("EntryDate", ctx.box.today_ms())
    sentences += _check_currency(ctx, entry, journal, supplier)
    sentences += _check_payment(ctx, entry, supplier)
    document = ctx.rows("documents/Documents").get(entry.get("Document"))
    if entry.get("Document") and document is None:
        sentences.append(m.invalid_reference("Document"))
    elif document:
        entry |= {"DocumentNumber": document.get("HID"), "DocumentSubject": document.get("Subject")}
    sentences += check_period(ctx, entry)
    if ctx.box.settings["refuse_duplicate_your_ref"] and entry.get("YourRef") and old is None:
        twins = ctx.rows(ENTRIES).find("YourRef", entry["YourRef"])
        if any(twin["Supplier"] == entry["Supplier"] for twin in twins):
            sentences.append(Sentence("Bestaat reeds: Uw ref.", "Already exists: Your ref."))
    return sentences


def _check_currency(ctx: Context, entry: Row, journal: Row, supplier: Row) -> list[Sentence]:
    entry.setdefault("Currency", journal.get("Currency") or supplier.get("PurchaseCurrency") or "EUR")
    known = ctx.box.store.table(0, "general/Currencies").get(entry["Currency"])
    own = journal.get("Currency") or "EUR"
    if known is None:
        return [m.invalid_reference("Currency")]
    if entry["Currency"] != own and not journal.get("AllowVariableCurrency", True):
        return [m.invalid("Currency")]
    if not entry.get("Rate"):
        entry["Rate"] = RATES.get(entry["Currency"], Decimal(1))
    return []


def _check_payment(ctx: Context, entry: Row, supplier: Row) -> list[Sentence]:
    code = entry.get("PaymentCondition") or supplier.get("PaymentConditionPurchase")
    if not code:
        code = ctx.division.get("payment_condition", "30")
        if ctx.find("cashflow/PaymentConditions", code) is None:
            return [m.mandatory("PaymentCondition")]
    condition = ctx.find("cashflow/PaymentConditions", code)
    if condition is None:
        return [m.invalid_reference("PaymentCondition")]
    entry |= {
        "PaymentCondition": condition["Code"],
        "PaymentConditionDescription": condition["Description"],
        "PaymentConditionPaymentMethod": condition.get("PaymentMethod", "B"),
    }
    entry.setdefault("DueDate", entry["EntryDate"] + condition.get("PaymentDays", 0) * 86_400_000)
    return []


def check_line(ctx: Context, entry: Row, line: Row) -> list[Sentence]:
    """Validate one line and fill in what Exact derives from its references."""
    sentences: list[Sentence] = []
    account = ctx.rows("financial/GLAccounts").get(line.get("GLAccount"))
    if not line.get("GLAccount"):
        sentences.append(m.mandatory("GLAccount"))
    elif account is None:
        sentences.append(m.invalid_reference("GLAccount"))
    elif account.get("IsBlocked"):
        sentences.append(m.blocked("GLAccount"))
    elif account.get("Type") in (20, 22):
        sentences.append(m.wrong_account_type())
    else:
        line |= {"GLAccountCode": account["Code"], "GLAccountDescription": account["Description"]}
    if line.get("AmountFC") is None:
        sentences.append(m.mandatory("AmountFC"))
    sentences += _check_vat(ctx, entry, line, account or {})
    sentences += _check_analysis(ctx, line)
    return sentences


def _check_vat(ctx: Context, entry: Row, line: Row, account: Row) -> list[Sentence]:
    text = (line.get("VATCode") or account.get("VATCode") or "").strip()
    if not text:
        line.pop("VATCode", None)
        return []
    code = ctx.find("vat/VATCodes", text)
    if code is None:
        return [m.invalid_reference("VATCode")]
    journal = ctx.find("financial/Journals", entry.get("Journal")) or {}
    if code.get("IsBlocked") or code.get("VATTransactionType") == "S" or not journal.get("AllowVAT", True):
        return [m.not_allowed("VATCode")]
    sent = line.get("VATPercentage")
    if sent and sent != code["Percentage"]:
        return [m.invalid("VATPercentage", f" [{sent}]")]
    line |= {"VATCode": code["Code"], "VATCodeDescription": code["Description"]}
    return []


def _check_analysis(ctx: Context, line: Row) -> list[Sentence]:
    sentences = []
    if line.get("CostCenter"):
        centre = ctx.find("hrm/Costcenters", line["CostCenter"])
        if centre is None or centre.get("Active") is False:
            sentences.append(m.cost_center_link())
        else:
            line["CostCenterDescription"] = centre["Description"]
    if line.get("CostUnit"):
        unit = ctx.find("hrm/Costunits", line["CostUnit"])
        if unit is None:
            sentences.append(m.invalid_reference("CostUnit"))
        else:
            line["CostUnitDescription"] = unit["Description"]
    if line.get("Project"):
        project = ctx.rows("project/Projects").get(line["Project"])
        if project is None:
            sentences.append(m.invalid_reference("Project"))
        else:
            line["ProjectDescription"] = project["Description"]
    return sentences


def check_number(ctx: Context, entry: Row) -> list[Sentence]:
    """Give the entry its number: the one it asks for if that is free, else the next of journal and year."""
    journal, year = entry["Journal"], entry["ReportingYear"]
    asked = entry.get("EntryNumber")
    taken = ctx.rows(ENTRIES).find("EntryNumber", asked) if asked else []
    if asked and not any(row["Journal"] == journal for row in taken):
        return []
    if asked and ctx.box.settings["taken_entry_number"] == "refuse":
        return [m.entry_number_taken(asked, journal)]
    entry["EntryNumber"] = next_number(ctx, journal, year)
    return []


def next_number(ctx: Context, journal: str, year: int) -> int:
    """Year, journal and a running number: 267000001 is the first of journal 70 in 2026."""
    prefix = int(f"{year % 100}{journal}") if journal.isdigit() and len(journal) <= 3 else year % 100
    counter = ctx.rows("_numbers").get(f"{journal}|{year}")
    n = counter["n"] if counter else 0
    entries = ctx.rows(ENTRIES)
    while True:
        n += 1
        number = prefix * 100_000 + n
        if entries.first("EntryNumber", number) is None:
            break
    ctx.box.store.put(ctx.code, "_numbers", f"{journal}|{year}", {"n": n})
    return number
