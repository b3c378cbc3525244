"""Making the purchase entry: once, with the invoice's own totals, linked to its document."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Min, Q
from django.utils import timezone

from connections import issues, mirror
from connections.exact import DOCUMENTS, PURCHASE_ENTRIES, eq, gt
from connections.lanes import Held
from connections.models import Connection, Entry, Journal, LedgerAccount, VatCode
from invoices import deliver, steps, timeline, undo
from invoices.amounts import ZERO, g_account_amount, total_of
from invoices.formats.jsonable import from_json
from invoices.judging import ledger
from invoices.judging.pairs import of_entry
from invoices.judging.suspicions import Suspicion, keep
from invoices.models import Booking, Delivery, Invoice, ProposalLine
from invoices.steps import Step
from portal.models import Firm, Installation

State = Booking.State
YOUR_REF_LENGTH = 30  # Exact cuts a longer one off
PROPOSAL_OPEN = (
    0,
    5,
    20,
)  # Documents.ProposedEntryStatus: none, rejected, open; another may become an entry yet
FIND_DOCUMENT_EVERY = timedelta(seconds=20)
FIND_DOCUMENT_FOR = timedelta(minutes=30)  # a mailbox takes «a few minutes»


class CannotBook(Exception):
    """The booking cannot be made as proposed; `code` is the issue's, `values` fill its sentences."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values_ = values


def ready(connection: Connection) -> Q | None:
    """Bookings and deliveries go only to a connection that works; under a brake nothing is to change in Exact."""
    if connection.status != Connection.Status.ACTIVE:
        return Q(pk__in=[])
    braked = (
        connection.brake
        or Firm.objects.filter(pk=connection.firm_id, brake=True).exists()
        or Installation.braked()
    )
    return None if braked else Q()


def run(held: Held, booking: Booking) -> None:
    """One booking. The ledger is read once per slice, so that what others booked meanwhile is known."""
    if booking.step in undo.STEPS:
        undo.run(held, booking)
        return
    with held.read():
        invoice = Invoice.objects.select_related("document", "supplier", "proposal", "organisation").get(
            pk=booking.invoice_id
        )
        delivery = Delivery.objects.get(invoice=invoice)
        connection = Connection.objects.get(pk=booking.connection_id)
    _read_ledger(held, connection)
    if delivery.document_id is None and not _find_document(held, booking, delivery, invoice):
        return
    if _adopted(held, booking, delivery, invoice, connection):
        return
    steps.take(held, booking, _entry_step(held, booking, delivery, invoice, connection))


def _read_ledger(held: Held, connection: Connection) -> None:
    """One read of changed entries for the whole slice, instead of a look-up for each invoice."""
    if "entries" not in held.reads:
        held.reads["entries"] = True
        mirror.entries(held, connection)


# --- After a mailbox delivery: the document that Exact makes of the message ------------------------------


def _find_document(held: Held, booking: Booking, delivery: Delivery, invoice: Invoice) -> bool:
    """The document behind our message, and whether we may post for it.

    Exact makes a document of a mailbox message, with a proposed entry. One that was booked (by Exact or a person) is
    adopted. While we cannot tell what becomes of the proposal, nothing is posted: it might be booked beside ours.
    """
    found = _document_of(invoice, _documents(held, delivery))
    with held.record():
        if found is not None:
            Delivery.objects.filter(pk=delivery.pk).update(document_id=found["ID"])
            delivery.document_id = found["ID"]
            if found["FinancialTransactionEntryID"]:
                _adopt(booking, invoice, found["FinancialTransactionEntryID"], None)
                return False
            if found["ProposedEntryStatus"] in PROPOSAL_OPEN:
                timeline.add(invoice, "invoice.document_found", document=str(found["ID"]))
                return True
            Delivery.objects.filter(pk=delivery.pk).update(document_id=None)
            delivery.document_id = None
        if timezone.now() - (delivery.done_at or timezone.now()) > FIND_DOCUMENT_FOR:
            raise CannotBook("document_not_found", mailbox=delivery.way)
        Booking.objects.filter(pk=booking.pk).update(due_at=timezone.now() + FIND_DOCUMENT_EVERY)
        return False


def _document_of(invoice: Invoice, documents: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The one with our reference in its subject; where Exact gave it a subject of its own, the only one of nobody else
    that names the invoice's number. An underscore ends a word: our own file names have them for spaces."""
    subjects = [(row["Subject"] or "", row) for row in documents]
    ours = deliver.reference(invoice)
    for subject, row in subjects:
        if ours in subject:
            return row
    number = re.compile(rf"(?<![^\W_]){re.escape(invoice.number)}(?![^\W_])") if invoice.number else None
    named = [
        row
        for subject, row in subjects
        if number and number.search(subject) and not deliver.REFERENCE.search(subject)
    ]
    same = [row for row in named if row["AmountFC"] in (None, 0, invoice.total)]
    return same[0] if len(same) == 1 else None


def _documents(held: Held, delivery: Delivery) -> list[dict[str, Any]]:
    """The documents of purchase invoices that were made or changed since our oldest message that waits for its own.

    One read serves every booking of the slice, unless a message was sent after it.
    """
    read_at, found = held.reads.get("documents", (None, []))
    if read_at is not None and (delivery.done_at is None or delivery.done_at < read_at):
        return found
    with held.read():
        waiting = Delivery.objects.filter(
            connection_id=delivery.connection_id,
            way=Delivery.Way.MAILBOX,
            document_id=None,
            done_at__isnull=False,
        )
        oldest = waiting.filter(invoice__booking__due_at__isnull=False).aggregate(at=Min("done_at"))["at"]
    read_at = timezone.now()
    where = eq("Type", deliver.PURCHASE_INVOICE_DOCUMENT) & gt(
        "Modified", (oldest or read_at) - mirror.OVERLAP
    )
    found = list(held.exact.rows(DOCUMENTS, where=where))
    held.reads["documents"] = read_at, found
    return found


# --- An entry that stands already ------------------------------------------------------------------------


def _adopted(
    held: Held, booking: Booking, delivery: Delivery, invoice: Invoice, connection: Connection
) -> bool:
    """Whether an entry stands already: one for this very document is ours now; one of the same number a person sees."""
    if booking.state in (State.SENDING, State.UNKNOWN):
        return False  # then it may be our own; the look-up of the unknown outcome decides
    with held.record():
        entries = Entry.objects.filter(connection=connection, gone_at__isnull=True)
        for_document = entries.filter(document=delivery.document_id).first()
        if for_document is not None:
            _adopt(booking, invoice, for_document.exact_id, for_document.entry_number)
            return True
        if "not_a_duplicate" in invoice.released or invoice.supplier is None:
            return False
        by_number = entries.filter(ledger.with_number(invoice))
        same = by_number.filter(supplier_id_in_exact=invoice.supplier.exact_id).first()
        if same is None:
            return False
        keep(invoice, [Suspicion(of_entry(invoice, same, "booked_in_exact"))], more=True)
    raise CannotBook("duplicate_suspected", entry=same.entry_number, amount=str(same.amount))


def _adopt(booking: Booking, invoice: Invoice, entry_id: Any, entry_number: int | None) -> None:
    booking.entry_id, booking.entry_number, booking.adopted = entry_id, entry_number, True
    _done(booking, invoice)
    timeline.add(invoice, "invoice.adopted", entry=entry_number or str(entry_id))


# --- The entry -------------------------------------------------------------------------------------------


def _entry_step(
    held: Held, booking: Booking, delivery: Delivery, invoice: Invoice, connection: Connection
) -> Step:
    def find() -> Any:
        assert invoice.supplier is not None
        where = eq("Supplier", invoice.supplier.exact_id) & eq("YourRef", invoice.number[:YOUR_REF_LENGTH])
        rows = list(held.exact.rows(PURCHASE_ENTRIES, where=where))
        return next((row for row in rows if row["Document"] == delivery.document_id), None)

    def send() -> Any:
        with held.read():
            payload = entry(invoice, connection, delivery)
        return held.exact.create(PURCHASE_ENTRIES, payload)

    def keep(made: Any) -> None:
        # Some of Exact's answers to a POST fill the key and nothing else; the mirror brings the number then.
        booking.entry_id, booking.entry_number = made["EntryID"], made.get("EntryNumber")
        _done(booking, invoice)

    return Step("entry", find, send, keep)


def _done(booking: Booking, invoice: Invoice) -> None:
    booking.state, booking.due_at, booking.done_at = State.DONE, None, timezone.now()
    booking.save()
    waited_for, invoice.issue = invoice.issue, None
    timeline.move(
        invoice,
        Invoice.Status.BOOKED,
        reason="adopted" if booking.adopted else invoice.reason,
        **{**invoice.reason_values, "entry": booking.entry_number},
    )
    if waited_for is not None and waited_for.resolved_at is None:
        issues.resolve(waited_for, "booked")


def entry(invoice: Invoice, connection: Connection, delivery: Delivery) -> dict[str, Any]:
    """The PurchaseEntry of an invoice's proposal, as Exact takes it. Needs the scope.

    Amounts are signed, so a credit note's entry is negative. VAT amounts are sent, so that Exact does not compute them
    anew and end a cent beside the invoice; not where the buyer owes the VAT itself, which Exact reckons from the code.
    """
    content = from_json(invoice.content)
    lines = list(invoice.proposal.lines.order_by("position"))
    accounts = {a.code: a for a in LedgerAccount.objects.filter(connection=connection, gone_at__isnull=True)}
    codes = {c.code: c for c in VatCode.objects.filter(connection=connection, gone_at__isnull=True)}
    assert invoice.supplier is not None
    payload: dict[str, Any] = {
        "Journal": journal_of(connection, invoice.currency),
        "Supplier": invoice.supplier.exact_id,
        "EntryDate": invoice.proposal.entry_date or invoice.issue_date,
        "DueDate": invoice.due_date,
        "YourRef": invoice.number[:YOUR_REF_LENGTH],
        "Description": f"{invoice.seller_name} {invoice.number}".strip()[:60],
        "Currency": invoice.currency,
        "Document": delivery.document_id,
        "PaymentCondition": invoice.supplier.payment_condition or None,
        "PaymentReference": next((m.reference for m in content.payment_means if m.reference), None),
        "GAccountAmountFC": g_account_amount(content),
        "PurchaseEntryLines": [_line(line, accounts, codes) for line in lines],
    }
    if not any(codes[line.vat_code].charged for line in lines):
        payload["VATAmountFC"] = sum((line.vat_amount for line in lines), ZERO)
    booked = sum((line.amount + line.vat_amount for line in lines), ZERO)
    if booked != total_of(content):
        raise CannotBook("totals_do_not_add_up", booked=str(booked), total=str(total_of(content)))
    return {name: value for name, value in payload.items() if value is not None}


def _line(
    line: ProposalLine, accounts: dict[str, LedgerAccount], codes: dict[str, VatCode]
) -> dict[str, Any]:
    account, code = accounts.get(line.account), codes.get(line.vat_code)
    if account is None:
        raise CannotBook("ledger_account_unknown", account=line.account)
    if code is None:
        raise CannotBook("vat_code_unknown", vat_code=line.vat_code)
    amount: Decimal = line.amount + line.vat_amount if code.type == "I" else line.amount
    payload = {
        "GLAccount": account.exact_id,
        "AmountFC": amount,
        "VATCode": code.code,
        "VATAmountFC": None if code.charged else line.vat_amount,
        "Description": line.description[:60] or None,
        "CostCenter": line.cost_center or None,
        "CostUnit": line.cost_unit or None,
        "Project": line.project or None,
        "From": line.from_date,
        "To": line.to_date,
    }
    return {name: value for name, value in payload.items() if value is not None}


def journal_of(connection: Connection, currency: str) -> str:
    """The purchase journal: the connection's own, else the one used last, else the first that takes the currency."""
    if connection.journal:
        return connection.journal
    journals = [
        journal
        for journal in Journal.objects.filter(
            connection=connection, type=22, blocked=False, gone_at__isnull=True
        )
        if journal.any_currency or not journal.currency or journal.currency == currency
    ]
    if not journals:
        raise CannotBook("no_purchase_journal", currency=currency)
    used = (
        Entry.objects.filter(connection=connection, journal__in=[j.code for j in journals])
        .order_by("-entry_date")
        .values_list("journal", flat=True)
        .first()
    )
    return used or min(journal.code for journal in journals)
