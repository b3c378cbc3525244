"""The digital mailbox: addresses of the whole contract, messages, and the proposals that come of them.

A message is two POSTs: the message, then its attachment. Without an attachment it stays open (20) for ever. With one
it is taken up (42) and processed (50) after `proposal_delay` seconds; then the division has a Document of type 20 with
an open proposal (ProposedEntryStatus 20), and Exact itself may book it.
"""

from __future__ import annotations

import uuid
from pathlib import PurePath

from . import messages as m
from . import peek
from .context import Context
from .crud import Plain, fingerprint
from .documents import PURCHASE_INVOICE, Attachments, Documents, check_size
from .entries import Entries
from .errors import Invalid, Refused
from .rights import has_division
from .schema import Row
from .store import GLOBAL

MAILBOXES, MESSAGES, FILES = "mailbox/Mailboxes", "mailbox/MailMessagesSent", "mailbox/MailMessageAttachments"
OPEN, IN_PROCESS, PROCESSED = 20, 42, 50
_STATUS = {
    OPEN: ["Openstaand", "Open"],
    IN_PROCESS: ["In behandeling", "In process"],
    PROCESSED: ["Verwerkt", "Processed"],
}


class Mailboxes(Plain):
    """Subscription-wide: every division of a contract shows the contract's mailboxes; an address exists once."""

    def __init__(self) -> None:
        super().__init__(MAILBOXES)

    def create(self, ctx: Context, values: Row) -> Row:
        contract = ctx.box.contract(ctx.division["contract"])
        if contract.get("trial") or ctx.user.get("trial"):
            raise Invalid(m.trial_licence())
        return super().create(ctx, values)

    def prepare(self, ctx: Context, row: Row, old: Row | None) -> None:
        bound = row.get("ForDivision")
        target = ctx.box.division(bound) if bound else None
        if bound and (target is None or not has_division(ctx.user, bound, target["contract"])):
            raise Invalid(m.invalid("ForDivision"))
        row["Mailbox"] = row["Mailbox"].strip()
        for twin in ctx.box.store.table(GLOBAL, MAILBOXES):
            if twin["ID"] != row["ID"] and twin["Mailbox"].lower() == row["Mailbox"].lower():
                raise Invalid(m.mailbox_exists(twin.get("ForDivision") != bound))
        if target:
            row["ForDivisionDescription"] = target["name"]
        for name, value in (("Type", 0), ("Publish", 0), ("ValidFrom", ctx.box.today_ms())):
            row.setdefault(name, value)
        row.setdefault("_contract", ctx.division["contract"])
        row.setdefault("_usable_at", ctx.box.now() + ctx.box.settings["mailbox_delay"])

    def save(self, ctx: Context, row: Row, action: str) -> Row:
        ctx.box.store.put(GLOBAL, MAILBOXES, row["ID"], row)
        return row

    def remove(self, ctx: Context, row: Row) -> None:
        ctx.box.store.remove(GLOBAL, MAILBOXES, row["ID"])


def of_contract(ctx: Context) -> list[Row]:
    return ctx.box.store.table(GLOBAL, MAILBOXES).find("_contract", ctx.division["contract"])


def preferred(ctx: Context) -> list[Row]:
    """The mailbox for this division: one bound to it before one bound to none; usable ones only."""
    usable = [row for row in of_contract(ctx) if row["_usable_at"] <= ctx.box.now()]
    own = [row for row in usable if row.get("ForDivision") == ctx.code]
    return (own or [row for row in usable if not row.get("ForDivision")])[:1]


class Messages(Plain):
    def __init__(self) -> None:
        super().__init__(MESSAGES)

    def prepare(self, ctx: Context, row: Row, old: Row | None) -> None:
        boxes = ctx.box.store.table(GLOBAL, MAILBOXES)
        sender, recipient = boxes.get(row["SenderMailboxID"]), boxes.get(row["RecipientMailboxID"])
        if sender is None or sender["_contract"] != ctx.division["contract"]:
            raise Invalid(m.invalid_reference("SenderMailboxID"))
        if recipient is None:
            raise Invalid(m.invalid_reference("RecipientMailboxID"))
        if recipient["_usable_at"] > ctx.box.now():
            raise Invalid(m.invalid("Mailbox"))
        row |= {
            "SenderMailbox": sender["Mailbox"], "SenderMailboxDescription": sender.get("Description"),
            "RecipientMailbox": recipient["Mailbox"], "RecipientMailboxDescription": recipient.get("Description"),
            "RecipientStatus": OPEN, "RecipientStatusDescription": _STATUS[OPEN], "RecipientDeleted": 0,
            "SenderDeleted": 0, "SenderDateSent": ctx.box.stamp(),
        }  # fmt: skip
        row.setdefault("Type", 1000)
        row.setdefault("ForDivision", recipient.get("ForDivision") or ctx.code)


class Files(Plain):
    """Attachments of messages: what sets a message going."""

    def __init__(self) -> None:
        super().__init__(FILES)

    def create(self, ctx: Context, values: Row) -> Row:
        sentences = self.missing(values)
        if sentences:
            raise Invalid(*sentences)
        check_size(ctx, values["Attachment"])
        return super().create(ctx, values)

    def prepare(self, ctx: Context, row: Row, old: Row | None) -> None:
        message = ctx.rows(MESSAGES).get(row["MailMessageID"])
        if message is None:
            raise Invalid(m.invalid_reference("MailMessageID"))
        data = row.pop("Attachment")
        ctx.box.store.put_blob(row["ID"], data)
        row |= {
            "FileSize": len(data),
            "AttachmentFileExtension": PurePath(row["AttachmentFileName"]).suffix,
            "Url": f"/docs/SysAttachment.aspx?ID={row['ID']}&_Division_={ctx.code}",
        }
        row.setdefault("Type", 0)

    def save(self, ctx: Context, row: Row, action: str) -> Row:
        super().save(ctx, row, action)
        delay = ctx.box.settings["proposal_delay"]
        message = ctx.rows(MESSAGES).rows[row["MailMessageID"]]
        if message.get("_document"):
            attach(ctx, message["_document"], row)
        elif "_due" not in message:
            due = ctx.box.now() + delay
            message = message | {"_due": due, "_taken": due - delay / 2}
            ctx.box.store.put(ctx.code, MESSAGES, message["ID"], message)
            if not advance(ctx, message):
                ctx.box.waiting_messages.add((ctx.code, message["ID"]))
        return row


def advance(ctx: Context, message: Row) -> bool:
    """Move a message on to where it must be by now. True when nothing more will happen to it."""
    now = ctx.box.now()
    if now >= message["_due"]:
        document = propose(ctx, message)
        _set_status(ctx, message | {"_document": document["ID"]}, PROCESSED)
        return True
    if now >= message["_taken"] and message["RecipientStatus"] == OPEN:
        _set_status(ctx, message, IN_PROCESS)
    return False


def _set_status(ctx: Context, message: Row, status: int) -> None:
    message = message | {"RecipientStatus": status, "RecipientStatusDescription": _STATUS[status]}
    Plain(MESSAGES).save(ctx, message | fingerprint(ctx), "Update")


def propose(ctx: Context, message: Row) -> Row:
    """The document with the open proposal, in the division that the message is for."""
    code = message["ForDivision"]
    target = ctx.box.division(code)
    if target is None:
        raise Refused(500, "Ongeldig: Divisie")
    there = ctx.box.context_for(target, ctx.user, ctx.base_url)
    files = ctx.rows(FILES).find("MailMessageID", message["ID"])
    invoice = peek.invoice([ctx.box.store.blob(row["ID"]) or b"" for row in files])
    supplier = peek.supplier(there, invoice)
    values: Row = {
        "ID": str(uuid.uuid4()), "Subject": message["Subject"], "Type": PURCHASE_INVOICE, "ProposedEntryStatus": 20,
        "Account": supplier["ID"] if supplier else None, "AmountFC": invoice.total, "Currency": invoice.currency,
        "_message": message["ID"],
    }  # fmt: skip
    document = Documents().create(there, values)
    for row in files:
        attach(there, document["ID"], row, ctx)
    automatic = supplier is not None and supplier.get("AutomaticProcessProposedEntry") == 1
    if ctx.box.settings["auto_book_proposals"] or automatic:
        _book(there, document, invoice, supplier)
    return document


def attach(ctx: Context, document_id: str, file: Row, source: Context | None = None) -> None:
    data = (source or ctx).box.store.blob(file["ID"]) or b""
    values = {"Document": document_id, "FileName": file["AttachmentFileName"], "Attachment": data}
    Attachments().create(ctx, values)


def _book(ctx: Context, document: Row, invoice: peek.Invoice, supplier: Row | None) -> None:
    """Exact books its own proposal: one line on the supplier's default account. Not possible: it stays open."""
    journal = ctx.rows("financial/Journals").first("Type", 22)
    if supplier is None or journal is None or invoice.net is None:
        return
    account = supplier.get("GLAccountPurchase") or ctx.box.default_costs(ctx.code)
    line: Row = {"GLAccount": account, "AmountFC": invoice.net, "Description": document["Subject"]}
    if invoice.vat:
        line |= {"VATCode": supplier.get("PurchaseVATCode") or "2", "VATAmountFC": invoice.vat}
    values = {
        "Journal": journal["Code"], "Supplier": supplier["ID"], "Document": document["ID"], "YourRef": invoice.number,
        "Currency": invoice.currency, "EntryDate": invoice.date, "PurchaseEntryLines": [line],
    }  # fmt: skip
    try:
        Entries().create(ctx, {name: value for name, value in values.items() if value is not None})
    except Invalid:
        return
