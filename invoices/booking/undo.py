"""Taking a booking back: the entry leaves Exact, the invoice goes to review, the trail stays.

An entry whose period is closed cannot be deleted any more: a contrary entry in the next open period takes it back.
"""

from typing import Any

from django.utils import timezone

from connections import issues, lanes
from connections.exact import PURCHASE_ENTRIES, ExactError, Kind, eq
from connections.lanes import Held, Priority
from connections.models import Connection, Entry, VatCode
from invoices import timeline
from invoices.booking import steps
from invoices.booking.steps import Step
from invoices.deciding import dispatch, periods
from invoices.models import Booking, Invoice

State = Booking.State

STEPS = {"undo", "reversal", "reversed"}  # of a booking that is being taken back
LATER = (Kind.TRANSIENT, Kind.BUDGET, Kind.AUTHORISATION)


def ask(invoice: Invoice, actor: Any = None) -> None:
    """A person wants a booking undone. Needs the scope and the locked row; the lane does it."""
    booking = Booking.objects.select_for_update(no_key=True).filter(invoice=invoice, state=State.DONE).first()
    connection = _through(booking, invoice) if booking is not None else None
    if invoice.status != Invoice.Status.BOOKED or booking is None or connection is None:
        raise dispatch.NotNow(invoice.status, "undone")
    booking.connection = connection
    booking.step, booking.due_at, booking.priority = "undo", timezone.now(), Priority.PERSON
    booking.save(update_fields=["connection", "step", "due_at", "priority", "updated_at"])
    timeline.add(invoice, "invoice.undo_asked", actor=actor, entry=booking.entry_number)
    lanes.wake(connection)


def _through(booking: Booking, invoice: Invoice) -> Connection | None:
    """The connection over which the entry is reached: the one that made it or, where that has ended, the client's
    present one with the same administration."""
    made = booking.connection
    if made.division is None:
        return None
    if lanes.kept(made):
        return made
    now = dispatch.connection_of(invoice)
    same = now is not None and (now.site, now.division) == (made.site, made.division)
    return now if now is not None and same and lanes.kept(now) else None


def run(held: Held, booking: Booking) -> None:
    """Delete the entry, or book its contrary. Goes on where an earlier driver stopped."""
    try:
        if booking.step == "undo" and not _delete(held, booking):
            with held.record():
                booking.state, booking.step = State.WAITING, "reversal"
                booking.save(update_fields=["state", "step", "updated_at"])
        if booking.step == "reversal" and not _reverse(held, booking):
            return
    except ExactError as error:
        if error.kind in LATER or error.maybe_done:
            raise
        _refused(held, booking, error)
        return
    _finish(held, booking)


def _delete(held: Held, booking: Booking) -> bool:
    """The entry is gone. One that was gone already is too; a lost answer is simply asked again. False: too late."""
    assert booking.entry_id is not None
    try:
        held.exact.delete(PURCHASE_ENTRIES, booking.entry_id)
    except ExactError as error:
        if error.code == "not_found":
            return True
        if error.code == "period_closed":
            return False
        if held.exact.first(PURCHASE_ENTRIES, where=eq("EntryID", booking.entry_id)):
            raise
    return True


# --- The contrary entry ----------------------------------------------------------------------------------


def _reverse(held: Held, booking: Booking) -> bool:
    """Book the contrary of the entry as it stands, once. False: not known yet whether it is booked."""
    where = eq("EntryID", booking.entry_id or "")
    standing = held.exact.first(PURCHASE_ENTRIES, where=where, expand=("PurchaseEntryLines",))
    if standing is None:
        return True  # somebody removed it meanwhile

    with held.read():
        try:
            payload = contrary(Connection.objects.get(pk=booking.connection_id), standing)
        except periods.NoPeriod:
            raise ExactError("period_closed", endpoint=PURCHASE_ENTRIES.name, method="POST") from None

    def find() -> Any:
        same = eq("Supplier", standing["Supplier"]) & eq("YourRef", standing["YourRef"] or "")
        rows = held.exact.rows(PURCHASE_ENTRIES, where=same)
        wanted = -standing["AmountFC"]
        return next((row for row in rows if row["Reversal"] and row["AmountFC"] == wanted), None)

    def send() -> Any:
        return held.exact.create(PURCHASE_ENTRIES, payload)

    def keep(made: Any) -> None:
        booking.reversal_id, booking.step = made["EntryID"], "reversed"
        booking.seen = {"reversed": [str(booking.entry_id), str(made["EntryID"])]}

    return steps.take(held, booking, Step("reversal", find, send, keep)) and booking.step == "reversed"


def contrary(connection: Connection, standing: dict[str, Any]) -> dict[str, Any]:
    """The entry that takes another back: every amount turned round, in the first open period. Needs the scope."""
    charged = set(VatCode.objects.filter(connection=connection, charged=True).values_list("code", flat=True))
    day = standing["EntryDate"]
    payload: dict[str, Any] = {
        "Journal": standing["Journal"],
        "Supplier": standing["Supplier"],
        "EntryDate": periods.bookable(connection, standing["Journal"].strip(), day),
        "YourRef": standing["YourRef"],
        "Description": f"Tegenboeking {standing['EntryNumber']}"[:60],
        "Currency": standing["Currency"],
        "Rate": standing["Rate"],
        "PaymentCondition": standing["PaymentCondition"],
        "Reversal": True,
        "PurchaseEntryLines": [_turned(line, charged) for line in standing["PurchaseEntryLines"]],
    }
    return {name: value for name, value in payload.items() if value is not None}


def _turned(line: dict[str, Any], charged: set[str]) -> dict[str, Any]:
    code = (line["VATCode"] or "").strip()
    names = ("GLAccount", "VATCode", "CostCenter", "CostUnit", "Project", "Description", "From", "To")
    tax = line["VATAmountFC"]
    turned = {name: line[name] for name in names} | {"AmountFC": -line["AmountFC"]}
    if code and code not in charged and tax is not None:
        turned["VATAmountFC"] = -tax
    return {name: value for name, value in turned.items() if value is not None}


# --- The end ---------------------------------------------------------------------------------------------


def _finish(held: Held, booking: Booking) -> None:
    with held.record():
        booking.refresh_from_db()
        invoice = Invoice.objects.select_for_update(no_key=True).get(pk=booking.invoice_id)
        undone = {"entry": booking.entry_number, "entry_id": str(booking.entry_id)}
        reason = "reversed" if booking.reversal_id else "undone"
        Entry.objects.filter(
            connection_id=booking.connection_id, exact_id__in=[booking.entry_id, booking.reversal_id]
        ).update(gone_at=timezone.now())  # neither stands for this invoice any more, nor teaches anything
        booking.state, booking.step, booking.due_at, booking.entry_id = State.UNDONE, "", None, None
        booking.entry_number, booking.done_at, booking.priority = None, None, Priority.BOOKING
        booking.paid_at = booking.changed_at = None
        booking.save()
        timeline.move(invoice, Invoice.Status.REVIEW, reason=reason, event="invoice.undone", **undone)


def _refused(held: Held, booking: Booking, error: ExactError) -> None:
    """Exact does not let it go: the booking stands, and a person is told why."""
    with held.record():
        booking.refresh_from_db()
        invoice = Invoice.objects.select_for_update(no_key=True).get(pk=booking.invoice_id)
        booking.state, booking.step, booking.due_at, booking.priority = State.DONE, "", None, Priority.BOOKING
        booking.error = error.code
        booking.save()
        invoice.issue = issues.open_issue(
            error.code if error.kind is not Kind.OURS else "our_bug",
            connection=booking.connection_id,
            subject=str(invoice.pk),
            supplier=invoice.seller_name,
            number=invoice.number,
            raw=error.raw,
            error=error.code,
        )
        invoice.save(update_fields=["issue", "updated_at"])
        timeline.add(invoice, "invoice.undo_refused", entry=booking.entry_number, reason=error.code)
