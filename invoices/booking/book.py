"""Making the purchase entry: once, with the invoice's own totals, linked to its document."""

import re
from datetime import timedelta
from typing import Any

from django.db.models import Min, Q
from django.utils import timezone

from connections import issues, mirror
from connections.exact import DOCUMENTS, PURCHASE_ENTRIES, eq, gt
from connections.lanes import Held, May
from connections.models import Connection, Entry
from invoices import timeline
from invoices.booking import deliver, refused, steps, undo
from invoices.booking.codes import Codes
from invoices.booking.entries import YOUR_REF_LENGTH, CannotBook, entry
from invoices.booking.steps import Step
from invoices.judging import ledger
from invoices.judging.pairs import of_entry
from invoices.judging.suspicions import Suspicion, keep
from invoices.models import Booking, Delivery, Invoice
from portal import brake

State = Booking.State
# Documents.ProposedEntryStatus: none, rejected, open; another may become an entry yet.
PROPOSAL_OPEN = (0, 5, 20)
MOST = 50  # entries of one number that are looked at
FIND_DOCUMENT_EVERY = timedelta(seconds=20)
FIND_DOCUMENT_FOR = timedelta(minutes=30)  # a mailbox takes «a few minutes»


def ready(connection: Connection) -> May:
    """Bookings and deliveries go only to a connection that works; under a brake nothing is to change in Exact."""
    if connection.status != Connection.Status.ACTIVE:
        return May.NOT_NOW
    return May.BRAKED if connection.brake or brake.is_on(connection.firm_id) else May.GO


def run(held: Held, booking: Booking) -> None:
    """One booking. The ledger is read once per slice, so that what others booked meanwhile is known."""
    if booking.step in undo.STEPS:
        undo.run(held, booking)
        return
    _read_ledger(held)
    begun = _begin(held, booking, None)
    if isinstance(begun, Delivery):
        begun = _begin(held, booking, _documents(held, begun))
    if isinstance(begun, Entry):
        raise CannotBook("duplicate_suspected", entry=begun.entry_number, amount=str(begun.amount))
    if isinstance(begun, steps.Begun):
        steps.carry_out(held, booking, begun)


def _begin(
    held: Held, booking: Booking, documents: list[dict[str, Any]] | None
) -> steps.Begun | Delivery | Entry | None:
    """Claim the entry. Else why not: the delivery whose document must be looked for first (in `documents`); the entry
    of the same number that a person must see; None where nothing is to be done now."""
    with held.record():
        invoice = _locked(booking)
        delivery = invoice.delivery
        if refused.already(held, booking) or not steps.lock(booking):
            return None
        if delivery.document_id is None:
            if documents is None:
                return delivery
            if not _document_found(booking, delivery, invoice, documents):
                return None
        if booking.state == State.WAITING:
            # Else what stands there may be our own; the look-up of the unknown outcome decides.
            standing = _standing(booking, delivery, invoice)
            if standing is not None and standing.document == delivery.document_id:
                _adopt(booking, invoice, standing.exact_id, standing.entry_number)
                return None
            if standing is not None:
                keep(invoice, [Suspicion(of_entry(invoice, standing, "booked_in_exact"))], more=True)
                return standing
        return steps.begin(held, booking, [_entry_step(held, booking, delivery, invoice)])


def at_once(held: Held, booking: Booking, delivery: Delivery, invoice: Invoice) -> steps.Begun | None:
    """Claim the entry in the record move that ends its delivery. Most entries need nothing more by then, and to pick,
    lock and claim another row is a fifth of what an invoice costs the database.

    None: it waits for its own turn, since Exact has to be asked first, a person has to look, or somebody asks for the
    lane. Needs the record move, with invoice and booking locked.
    """
    known = "entries" in held.reads and refused.nothing_stops(held, booking)
    fresh = booking.state == State.WAITING and not booking.step and delivery.document_id is not None
    if not (known and fresh) or held.wanted:
        return None
    # Since the delivery was picked somebody may have pulled the brake, which holds from the next call on.
    if ready(Connection.objects.get(pk=booking.connection_id)) is not May.GO:
        return None
    if _standing(booking, delivery, invoice) is not None:
        return None
    try:
        return steps.begin(held, booking, [_entry_step(held, booking, delivery, invoice)])
    except CannotBook:
        return None  # nothing was written yet; its own turn says why


def _locked(booking: Booking) -> Invoice:
    """The invoice as it stands, ours until commit. Needs the scope."""
    rows = Invoice.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("document", "supplier", "proposal", "delivery").get(pk=booking.invoice_id)


def _read_ledger(held: Held) -> None:
    """One read of changed entries for the whole slice, not a look-up for each invoice. A read that failed is none:
    the next invoice would be booked beside an entry that nobody has seen."""
    if "entries" not in held.reads:
        mirror.lately_booked(held, held.connection)
        held.reads["entries"] = True


# --- After a mailbox delivery: the document that Exact makes of the message ------------------------------


def _document_found(
    booking: Booking, delivery: Delivery, invoice: Invoice, documents: list[dict[str, Any]]
) -> bool:
    """Whether the document behind our message is there, and we may post for it. Needs the scope.

    Exact makes a document of a mailbox message, with a proposed entry. One that was booked (by Exact or a person) is
    adopted. While we cannot tell what becomes of the proposal, nothing is posted: it might be booked beside ours.
    """
    found = _document_of(invoice, documents)
    if found is not None and found["FinancialTransactionEntryID"]:
        _file_under(delivery, found)
        _adopt(booking, invoice, found["FinancialTransactionEntryID"], None)
        return False
    if found is not None and found["ProposedEntryStatus"] in PROPOSAL_OPEN:
        _file_under(delivery, found)
        timeline.add(invoice, "invoice.document_found", document=str(found["ID"]))
        return True
    if timezone.now() - (delivery.done_at or timezone.now()) > FIND_DOCUMENT_FOR:
        raise CannotBook("document_not_found", mailbox=delivery.way)
    Booking.objects.filter(pk=booking.pk).update(due_at=timezone.now() + FIND_DOCUMENT_EVERY)
    return False


def _file_under(delivery: Delivery, document: dict[str, Any]) -> None:
    delivery.document_id = document["ID"]
    Delivery.objects.filter(pk=delivery.pk).update(document_id=delivery.document_id)


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


def _standing(booking: Booking, delivery: Delivery, invoice: Invoice) -> Entry | None:
    """An entry for this very document, which is ours; else one of the same supplier and number. Needs the scope."""
    same = Q(document=delivery.document_id)
    if "not_a_duplicate" not in invoice.released and invoice.supplier is not None:
        same |= Q(supplier_id_in_exact=invoice.supplier.exact_id) & ledger.with_number(invoice)
    found = list(Entry.objects.filter(same, connection=booking.connection_id, gone_at__isnull=True)[:MOST])
    return next((one for one in found if one.document == delivery.document_id), next(iter(found), None))


def _adopt(booking: Booking, invoice: Invoice, entry_id: Any, entry_number: int | None) -> None:
    booking.entry_id, booking.entry_number, booking.adopted = entry_id, entry_number, True
    _done(booking, invoice)
    booking.save()
    timeline.add(invoice, "invoice.adopted", entry=entry_number or str(entry_id))


# --- The entry -------------------------------------------------------------------------------------------


def _entry_step(held: Held, booking: Booking, delivery: Delivery, invoice: Invoice) -> Step:
    """Making the entry of this invoice's proposal."""

    payload: dict[str, Any] = {}

    def write() -> None:
        codes = held.reads.setdefault("codes", Codes(held.connection))
        payload.update(entry(invoice, held.connection, delivery, codes))

    def find() -> Any:
        assert invoice.supplier is not None
        where = eq("Supplier", invoice.supplier.exact_id) & eq("YourRef", invoice.number[:YOUR_REF_LENGTH])
        rows = list(held.exact.rows(PURCHASE_ENTRIES, where=where))
        return next((row for row in rows if row["Document"] == delivery.document_id), None)

    def send() -> Any:
        if not payload:  # its outcome was unknown, and turned out to be nothing
            with held.read():
                write()
        return held.exact.create(PURCHASE_ENTRIES, payload)

    def keep(made: Any) -> None:
        # Some of Exact's answers to a POST fill the key and nothing else; the mirror brings the number then.
        booking.entry_id, booking.entry_number = made["EntryID"], made.get("EntryNumber")
        _done(booking, invoice)

    return Step("entry", find, send, keep, write)


def _done(booking: Booking, invoice: Invoice) -> None:
    """It is booked. The caller saves the booking; the invoice's lock comes first, as everywhere."""
    timeline.as_it_stands(invoice)
    booking.state, booking.due_at, booking.done_at = State.DONE, None, timezone.now()
    waited_for, invoice.issue = invoice.issue, None
    timeline.move(
        invoice,
        Invoice.Status.BOOKED,
        reason="adopted" if booking.adopted else invoice.reason,
        **{**invoice.reason_values, "entry": booking.entry_number},
    )
    if waited_for is not None and waited_for.resolved_at is None:
        issues.resolve(waited_for, "booked")
