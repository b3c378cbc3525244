"""Documents and their attachments."""

from __future__ import annotations

from decimal import Decimal

from . import messages as m
from .context import Context
from .crud import Plain
from .errors import Invalid, Refused
from .schema import Row

DOCUMENTS, ATTACHMENTS = "documents/Documents", "documents/DocumentAttachments"
PURCHASE_INVOICE = 20

# Exact's document types as far as clients name them (target-exact, picqer#178, the SDK's README).
TYPES = {
    10: ["Verkoopfactuur", "Sales invoice"],
    PURCHASE_INVOICE: ["Inkoopfactuur", "Purchase invoice"],
    55: ["Diversen", "Miscellaneous"],
}


class Documents(Plain):
    def __init__(self) -> None:
        super().__init__(DOCUMENTS)

    def prepare(self, ctx: Context, row: Row, old: Row | None) -> None:
        if row["Type"] not in TYPES:
            raise Invalid(m.invalid_reference("Type"))
        account = ctx.rows("crm/Accounts").get(row.get("Account"))
        if row.get("Account") and account is None:
            raise Invalid(m.invalid_reference("Account"))
        if account:
            row |= {"AccountCode": account["Code"], "AccountName": account["Name"]}
        row["TypeDescription"] = TYPES[row["Type"]]
        row.setdefault("DocumentDate", ctx.box.today_ms())
        row.setdefault("ProposedEntryStatus", 0)
        row.setdefault("Language", "nl-NL")
        row["HasEmptyBody"] = not row.get("Body")
        if old is None:
            row["HID"] = max((r.get("HID", 0) for r in ctx.rows(self.path)), default=0) + 1
        row["DocumentViewUrl"] = f"/docs/DocView.aspx?DocumentID=%7b{row['ID']}%7d&_Division_={ctx.code}"

    def delete(self, ctx: Context, row: Row) -> None:
        if row.get("FinancialTransactionEntryID"):
            raise Invalid(m.cannot_delete(f"Document {row['HID']}", ("Boekingen", "Entries")))
        for attachment in ctx.rows(ATTACHMENTS).find("Document", row["ID"]):
            Plain(ATTACHMENTS).remove(ctx, attachment)
        self.remove(ctx, row)


class Attachments(Plain):
    """Files of documents. The bytes are kept apart from the row; the row says where to fetch them."""

    def __init__(self) -> None:
        super().__init__(ATTACHMENTS)

    def create(self, ctx: Context, values: Row) -> Row:
        sentences = self.missing(values)
        if sentences:
            raise Invalid(*sentences)
        check_size(ctx, values["Attachment"])
        return super().create(ctx, values)

    def prepare(self, ctx: Context, row: Row, old: Row | None) -> None:
        if ctx.rows(DOCUMENTS).get(row["Document"]) is None:
            raise Invalid(m.invalid_reference("Document"))
        data = row.pop("Attachment")
        row["FileSize"] = Decimal(len(data))
        row["Url"] = f"/docs/SysAttachment.aspx?ID={row['ID']}&_Division_={ctx.code}"
        ctx.box.store.put_blob(row["ID"], data)


def check_size(ctx: Context, data: bytes) -> None:
    """Exact measures the decoded file, not its base64 (API limits page). The status is assumed."""
    if len(data) > ctx.box.settings["request_limit_bytes"]:
        raise Refused(413, "Request Entity Too Large")


def download(ctx: Context, attachment_id: str) -> tuple[str, bytes]:
    """Name and bytes of an attachment in this division. Raises Refused (404)."""
    for path, name in ((ATTACHMENTS, "FileName"), ("mailbox/MailMessageAttachments", "AttachmentFileName")):
        row = ctx.rows(path).get(attachment_id)
        data = ctx.box.store.blob(attachment_id) if row else None
        if row and data is not None:
            return row[name], data
    raise Refused(404, "Resource not found for the segment 'DocumentAttachments'.")
