"""Purchase entries and their lines as endpoints: create, change, delete, and what hangs together with them."""

from __future__ import annotations

import uuid
from decimal import Decimal

from . import messages as m
from .amounts import compute
from .checks import check_editable, check_header, check_line, check_number, vat_codes
from .context import Context
from .crud import Plain, birth, fingerprint, record_deletion
from .errors import Invalid, Refused, Sentence
from .ledger import ENTRIES, LINES
from .schema import Row


class Entries(Plain):
    def __init__(self) -> None:
        super().__init__(ENTRIES)

    def create(self, ctx: Context, values: Row) -> Row:
        posted = values.pop("PurchaseEntryLines", None)
        entry = {name: value for name, value in values.items() if value is not None}
        entry.setdefault("EntryID", str(uuid.uuid4()))
        if ctx.rows(ENTRIES).get(entry["EntryID"]) is not None:
            raise Invalid(m.already_exists())
        sentences = check_header(ctx, entry)
        lines = [self.new_line(entry, line, n + 1) for n, line in enumerate(posted or [])]
        if not lines:
            sentences.append(m.mandatory("PurchaseEntryLines"))
        for line in lines:
            sentences += check_line(ctx, entry, line)
        if not sentences:
            refusal = compute(entry, lines, vat_codes(ctx), entry.get("VATAmountFC"))
            sentences = [refusal] if refusal else check_number(ctx, entry)
        if sentences:
            raise Invalid(*dict.fromkeys(sentences))
        entry |= birth(ctx) | {"Status": 20, "StatusDescription": ["Open", "Open"]}
        entry.setdefault("InvoiceNumber", entry["EntryNumber"])
        self.save(ctx, entry, "Create")
        for line in lines:
            EntryLines.store(ctx, line, "Create")
        link_document(ctx, entry)
        return entry

    @staticmethod
    def new_line(entry: Row, values: Row, number: int) -> Row:
        line = {name: value for name, value in values.items() if value is not None}
        line.setdefault("ID", str(uuid.uuid4()))
        line |= {"EntryID": entry["EntryID"], "LineNumber": number}
        if "VATAmountFC" in line:
            line["_vat"] = str(line["VATAmountFC"])
        return line

    def update(self, ctx: Context, old: Row, values: Row) -> Row:
        check_editable(ctx, old)
        if "PurchaseEntryLines" in values:
            raise Invalid(m.not_allowed("PurchaseEntryLines"))
        values.pop("EntryID", None)
        entry = old | values
        if "EntryDate" in values and not {"ReportingYear", "ReportingPeriod"} & set(values):
            del entry["ReportingYear"], entry["ReportingPeriod"]
        entry = {name: value for name, value in entry.items() if value is not None}
        sentences = check_header(ctx, entry, old)
        if not sentences and entry["ReportingYear"] != old["ReportingYear"]:
            sentences.append(m.year_is_fixed())
        if not sentences:
            sentences = self.recompute(ctx, entry, total_vat=values.get("VATAmountFC"))
        if sentences:
            raise Invalid(*sentences)
        entry |= fingerprint(ctx)
        self.save(ctx, entry, "Update")
        if entry.get("Document") != old.get("Document"):
            unlink_document(ctx, old)
            link_document(ctx, entry)
        return entry

    def recompute(
        self, ctx: Context, entry: Row, lines: list[Row] | None = None, total_vat: Decimal | None = None
    ) -> list[Sentence]:
        """Amounts again, over the stored lines or these; stores the lines, not the entry."""
        if lines is None:
            lines = ctx.rows(LINES).find("EntryID", entry["EntryID"])
        lines = [dict(line) for line in lines]
        if total_vat is not None:
            lines = [line | {"_vat": None} for line in lines]
        refusal = compute(entry, lines, vat_codes(ctx), total_vat)
        if refusal:
            return [refusal]
        for line in lines:
            EntryLines.store(ctx, line, "")
        return []

    def delete(self, ctx: Context, row: Row) -> None:
        check_editable(ctx, row)
        for posting in ctx.box.ledger.postings(ctx.code, row):
            record_deletion(ctx, 1, posting["ID"])
        for line in ctx.rows(LINES).find("EntryID", row["EntryID"]):
            ctx.box.store.remove(ctx.code, LINES, line["ID"])
        self.remove(ctx, row)
        ctx.box.ledger.changed(ctx.code, row["EntryID"])
        unlink_document(ctx, row)

    def save(self, ctx: Context, row: Row, action: str) -> Row:
        ctx.box.ledger.changed(ctx.code, row["EntryID"])
        return super().save(ctx, row, action)


def link_document(ctx: Context, entry: Row) -> None:
    document = ctx.rows("documents/Documents").get(entry.get("Document"))
    if document:
        document = document | {"FinancialTransactionEntryID": entry["EntryID"], "ProposedEntryStatus": 50}
        Plain("documents/Documents").save(ctx, document, "Update")


def unlink_document(ctx: Context, entry: Row) -> None:
    """The document of an entry that is gone; one that came by mailbox is an open proposal again."""
    document = ctx.rows("documents/Documents").get(entry.get("Document"))
    if document and document.get("FinancialTransactionEntryID") == entry["EntryID"]:
        document = {k: v for k, v in document.items() if k != "FinancialTransactionEntryID"}
        document["ProposedEntryStatus"] = 20 if document.get("_message") else 0
        Plain("documents/Documents").save(ctx, document, "Update")


class EntryLines(Plain):
    """Lines posted, changed or removed one by one; the entry's totals follow."""

    def __init__(self) -> None:
        super().__init__(LINES)
        self.entries = Entries()

    @staticmethod
    def store(ctx: Context, line: Row, action: str) -> None:
        line["Division"] = ctx.code
        ctx.box.store.put(ctx.code, LINES, line["ID"], line)
        if action:
            ctx.box.event(
                ctx.code, "PurchaseEntries", action, line["ID"], f"{ctx.root}/{LINES}(guid'{line['ID']}')"
            )

    def _entry(self, ctx: Context, entry_id: str | None) -> Row:
        if not entry_id:
            raise Invalid(m.mandatory("EntryID"))
        entry = ctx.rows(ENTRIES).get(entry_id)
        if entry is None:
            raise Invalid(m.invalid_reference("EntryID"))
        check_editable(ctx, entry)
        return dict(entry)

    def create(self, ctx: Context, values: Row) -> Row:
        entry = self._entry(ctx, values.get("EntryID"))
        lines = ctx.rows(LINES).find("EntryID", entry["EntryID"])
        number = max((line["LineNumber"] for line in lines), default=0) + 1
        line = self.entries.new_line(entry, values, number)
        if ctx.rows(LINES).get(line["ID"]) is not None:
            raise Invalid(m.already_exists())
        return self._settle(ctx, entry, [*lines, line], line, "Create")

    def update(self, ctx: Context, old: Row, values: Row) -> Row:
        entry = self._entry(ctx, old["EntryID"])
        values.pop("EntryID", None)
        line = {name: value for name, value in (old | values).items() if value is not None} | {
            "ID": old["ID"]
        }
        if "VATAmountFC" in values:
            line["_vat"] = None if values["VATAmountFC"] is None else str(values["VATAmountFC"])
        if "VATCode" in values and "VATPercentage" not in values:
            line.pop("VATPercentage", None)
        others = [
            each for each in ctx.rows(LINES).find("EntryID", entry["EntryID"]) if each["ID"] != old["ID"]
        ]
        return self._settle(ctx, entry, [*others, line], line, "Update")

    def _settle(self, ctx: Context, entry: Row, lines: list[Row], line: Row, action: str) -> Row:
        sentences = check_line(ctx, entry, line)
        if not sentences:
            sentences = self.entries.recompute(ctx, entry, lines)
        if sentences:
            raise Invalid(*sentences)
        stored = ctx.rows(LINES).rows[line["ID"]]
        self.store(ctx, stored, action)
        self.entries.save(ctx, entry | fingerprint(ctx), "Update")
        return stored

    def delete(self, ctx: Context, row: Row) -> None:
        """The last line takes the whole entry with it."""
        entry = self._entry(ctx, row["EntryID"])
        others = [
            each for each in ctx.rows(LINES).find("EntryID", entry["EntryID"]) if each["ID"] != row["ID"]
        ]
        if not others:
            self.entries.delete(ctx, entry)
            return
        ctx.box.store.remove(ctx.code, LINES, row["ID"])
        sentences = self.entries.recompute(ctx, entry, others)
        if sentences:
            raise Invalid(*sentences)
        record_deletion(ctx, 1, row["ID"])
        self.entries.save(ctx, entry | fingerprint(ctx), "Update")
        ctx.box.event(
            ctx.code, "PurchaseEntries", "Delete", row["ID"], f"{ctx.root}/{LINES}(guid'{row['ID']}')"
        )


class Payments(Plain):
    """Open items: only a few properties can be changed; the change is kept with the entry."""

    def __init__(self) -> None:
        super().__init__("cashflow/Payments")

    def update(self, ctx: Context, old: Row, values: Row) -> Row:
        entry = dict(ctx.rows(ENTRIES).rows[old["TransactionEntryID"]])
        values.pop("ID", None)
        entry["_payment"] = {**entry.get("_payment", {}), **values}
        Entries().save(ctx, entry, "Update")
        return ctx.box.ledger.payments(ctx.code).rows[old["ID"]]

    def create(self, ctx: Context, values: Row) -> Row:
        raise Refused(405, "Method Not Allowed")

    def delete(self, ctx: Context, row: Row) -> None:
        raise Refused(405, "Method Not Allowed")


def mark_paid(ctx: Context, entry_id: str, at_ms: int | None = None) -> Row:
    """A bookkeeper matches a bank payment: the open item is closed, the entry is processed (status 50)."""
    entry = dict(ctx.rows(ENTRIES).rows[entry_id])
    paid = {"date": at_ms if at_ms is not None else ctx.box.today_ms(), "entry": str(uuid.uuid4())}
    entry |= {"_paid": paid, "Status": 50, "StatusDescription": ["Verwerkt", "Processed"]} | fingerprint(ctx)
    return Entries().save(ctx, entry, "Update")
