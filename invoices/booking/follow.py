"""What becomes of an entry after we made it: paid, changed or removed in Exact, it comes back to the invoice.

Changes come with the mirror's reading (entries by `Modified`, deleted lines by `sync/Deleted`); payments are read by a
chore of their own. What people change in Exact is a lesson: the memory of that supplier is learnt again.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from connections import chores, issues, lanes, mirror, webhooks
from connections.exact import PAYMENTS, PURCHASE_ENTRIES, ExactError, eq, gt
from connections.lanes import Held, Priority
from connections.models import Chore, Connection, Entry, EntryLine, VatCode
from invoices import timeline
from invoices.channels import responses
from invoices.knowledge import keeping
from invoices.models import Booking, Invoice

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=30)
OVERLAP = timedelta(minutes=10)  # as the mirror: stamps may be another clock's
PAID = 50  # Payments.Status: processed, which for an invoice means that a payment was matched to it
DOUBTS_AT_ONCE = 30  # calls for entries that may be gone, per run

State = Booking.State


# --- What the mirror tells -------------------------------------------------------------------------------


def entries_recorded(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """The mirror recorded these entries. Needs the scope."""
    if not rows:
        return
    lines = sum(len(row["PurchaseEntryLines"]) for row in rows)
    keeping.entries_changed(connection, {row["Supplier"] for row in rows}, lines)
    by_id = {row["EntryID"]: row for row in rows}
    _keep_out_the_reversed(connection, by_id)
    including = set(VatCode.objects.filter(connection=connection, type="I").values_list("code", flat=True))
    for booking in _ours(connection, by_id):
        assert booking.entry_id is not None
        _compare(booking, by_id[booking.entry_id], including)


def _keep_out_the_reversed(connection: Connection, entry_ids: Iterable[UUID]) -> None:
    """Entries that take each other back stand for no invoice and teach nothing, however often Exact shows them."""
    pairs = Booking.objects.filter(connection=connection, reversal_id__isnull=False).values_list(
        "seen__reversed", flat=True
    )
    reversed_ = {UUID(one) for pair in pairs for one in pair or ()} & set(entry_ids)
    if reversed_:
        Entry.objects.filter(connection=connection, exact_id__in=reversed_).update(gone_at=timezone.now())


def lines_deleted(connection: Connection, ids: list[UUID]) -> None:
    """Exact says that these lines are gone. Whether their entries are is asked of Exact, in the lane."""
    doubted = EntryLine.objects.filter(
        exact_id__in=ids, entry__connection=connection, entry__gone_at__isnull=True
    ).values_list("entry__exact_id", flat=True)
    doubt(connection, doubted)


def removed(connection: Connection, keys: list[UUID]) -> None:
    """Exact's webhook says that these are gone, entries or lines of them; Exact is asked. Needs the scope."""
    known = Entry.objects.filter(connection=connection, exact_id__in=keys, gone_at__isnull=True)
    doubt(connection, known.values_list("exact_id", flat=True))
    lines_deleted(connection, keys)


def doubt(connection: Connection, entry_ids: Iterable[UUID]) -> None:
    """Have these entries looked up: they may be gone. Needs the scope."""
    new = sorted({str(one) for one in entry_ids})
    if not new:
        return
    now = timezone.now()
    chore, _ = Chore.objects.get_or_create(
        connection=connection, kind="follow", defaults={"due_at": now, "priority": Priority.FOLLOWING}
    )
    doubted = sorted({*chore.state.get("doubted", []), *new})
    Chore.objects.filter(pk=chore.pk).update(state={**chore.state, "doubted": doubted}, due_at=now)
    lanes.wake(connection)


def _ours(connection: Connection, entry_ids: Iterable[UUID]) -> Iterable[Booking]:
    return (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .filter(connection=connection, state=State.DONE, entry_id__in=list(entry_ids))
        .select_related("invoice__proposal")
        .prefetch_related("invoice__proposal__lines")
    )


def _compare(booking: Booking, row: dict[str, Any], including: set[str]) -> None:
    """Whether somebody changed our entry: other places or amounts than we sent. `including`: VAT codes of type I."""
    if booking.adopted or booking.step == "undo" or not hasattr(booking.invoice, "proposal"):
        return
    ours, theirs = _sent(booking, including), _standing(row)
    if ours == theirs or theirs == booking.seen.get("lines"):
        return
    booking.changed_at = timezone.now()
    booking.seen = {**booking.seen, "lines": theirs}
    booking.save(update_fields=["changed_at", "seen", "updated_at"])
    timeline.add(
        booking.invoice,
        "invoice.changed_in_exact",
        entry=booking.entry_number,
        before=[line for line in ours if line not in theirs],
        after=[line for line in theirs if line not in ours],
    )


def _sent(booking: Booking, including: set[str]) -> list[list[str]]:
    """Our lines as Exact shows them: under a code that includes VAT the amount does too."""
    return sorted(
        [
            line.account,
            line.vat_code,
            line.cost_center,
            line.cost_unit,
            line.project,
            _money(line.amount + line.vat_amount if line.vat_code in including else line.amount),
        ]
        for line in booking.invoice.proposal.lines.all()
    )


def _standing(row: dict[str, Any]) -> list[list[str]]:
    return sorted(
        [
            (line["GLAccountCode"] or "").strip(),
            (line["VATCode"] or "").strip(),
            (line["CostCenter"] or "").strip(),
            (line["CostUnit"] or "").strip(),
            str(line["Project"] or ""),
            _money(line["AmountFC"]),
        ]
        for line in row["PurchaseEntryLines"]
    )


def _money(amount: Any) -> str:
    return f"{Decimal(amount):.2f}"


# --- The chore -------------------------------------------------------------------------------------------


def run(held: Held, connection: Connection, chore: Chore) -> None:
    """Look up what may be gone, then read payments that changed."""
    for entry_id in chore.state.get("doubted", [])[:DOUBTS_AT_ONCE]:
        _look_up(held, connection, chore, UUID(entry_id))
    try:
        _payments(held, connection, chore)
    except ExactError as error:
        if not error.not_to_be_had:
            raise
        log.info("payments_refused", code=error.code)  # whoever may not see payments books all the same


def _look_up(held: Held, connection: Connection, chore: Chore, entry_id: UUID) -> None:
    row = held.exact.first(PURCHASE_ENTRIES, where=eq("EntryID", entry_id), expand=("PurchaseEntryLines",))
    with held.record():
        if row is not None:
            mirror.record_entries(connection, [row])
        else:
            _gone(connection, entry_id)
        chore.state = {
            **chore.state,
            "doubted": [one for one in chore.state.get("doubted", []) if one != str(entry_id)],
        }
        Chore.objects.filter(pk=chore.pk).update(state=chore.state)


def _gone(connection: Connection, entry_id: UUID) -> None:
    """An entry is no longer in Exact: its lesson is forgotten, and an invoice of ours is to be looked at."""
    now = timezone.now()
    entry = Entry.objects.filter(connection=connection, exact_id=entry_id, gone_at__isnull=True).first()
    if entry is not None:
        Entry.objects.filter(pk=entry.pk).update(gone_at=now)
        keeping.entries_changed(connection, [entry.supplier_id_in_exact], 1)
    for booking in _ours(connection, [entry_id]):
        if booking.step == "undo":
            continue
        invoice = Invoice.objects.select_for_update(no_key=True).get(pk=booking.invoice_id)
        number = booking.entry_number
        booking.state, booking.entry_id, booking.entry_number = State.UNDONE, None, None
        booking.done_at = booking.paid_at = booking.changed_at = None
        booking.seen = {"reversed": booking.seen["reversed"]} if "reversed" in booking.seen else {}
        booking.save()
        invoice.issue = issues.open_issue(
            "entry_lost",
            connection=connection,
            subject=str(invoice.pk),
            supplier=invoice.seller_name,
            number=invoice.number,
            entry=number,
        )
        timeline.move(
            invoice,
            Invoice.Status.REVIEW,
            reason="entry_removed",
            event="invoice.removed_in_exact",
            entry=number,
        )


def _payments(held: Held, connection: Connection, chore: Chore) -> None:
    """Payments that changed since the last look; a matched one makes its invoice paid."""
    since = chore.state.get("payments_since")
    moment = datetime.fromisoformat(since) - OVERLAP if since else timezone.now() - mirror.FIRST_FILL
    for page in held.exact.pages(PAYMENTS, where=gt("Modified", moment)):
        with held.record():
            for row in page.rows:
                if row["Status"] == PAID and row["TransactionEntryID"]:
                    _paid(connection, row)
            stamps = [row["Modified"].isoformat() for row in page.rows if row["Modified"]]
            since = max(filter(None, (since, *stamps)), default=None)
            chore.state = {**chore.state, "payments_since": since}
            Chore.objects.filter(pk=chore.pk).update(state=chore.state)


def _paid(connection: Connection, row: dict[str, Any]) -> None:
    for booking in _ours(connection, [row["TransactionEntryID"]]):
        if booking.paid_at is not None:
            continue
        day = row["EndDate"]
        booking.paid_at = datetime.combine(day, time(), tzinfo=UTC) if day else timezone.now()
        booking.save(update_fields=["paid_at", "updated_at"])
        timeline.add(booking.invoice, "invoice.paid", on=day.isoformat() if day else "")
        responses.note_paid(booking)


def register() -> None:
    mirror.register(on_entries=entries_recorded, on_lines_deleted=lines_deleted)
    webhooks.register(on_removed=removed)
    chores.register("follow", run, every=EVERY, priority=Priority.FOLLOWING)
