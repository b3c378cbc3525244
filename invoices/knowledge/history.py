"""The bookings of a division as learning sees them: from the mirror, and from our own invoices where we made them.

An entry of ours is known better than Exact knows it: which lines of the invoice became which line of the entry, whether
a person looked at it, and whether it is meant to teach anything.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from connections.models import Connection, EntryLine, VatCode
from invoices.learning import Booked, Entry, Line, Target
from invoices.models import Booking, ProposalLine
from invoices.proposing import vat

SETTLED = timedelta(days=30)  # what Autopilot booked and nobody touched for so long has been accepted

_COLUMNS = (
    "entry__exact_id",
    "entry__supplier_id_in_exact",
    "entry__entry_date",
    "entry__entry_number",
    "entry__description",
    "account",
    "vat_code",
    "cost_center",
    "cost_unit",
    "project",
    "description",
    "amount",
    "from_date",
    "to_date",
)


@dataclass(frozen=True)
class Row:
    """A line of a mirrored entry."""

    entry: UUID
    supplier: UUID
    day: date
    number: int | None
    header: str
    account: str
    vat_code: str
    cost_center: str
    cost_unit: str
    project: UUID | None
    text: str
    amount: Any
    from_date: date | None
    to_date: date | None


def entries(connection: Connection, *, supplier: UUID | None = None, newest: int) -> list[Entry]:
    """The bookings of a division (or of one supplier) by date, at most so many lines of them. Needs the scope."""
    lines = EntryLine.objects.filter(entry__connection=connection, entry__gone_at__isnull=True)
    if supplier is not None:
        lines = lines.filter(entry__supplier_id_in_exact=supplier)
    found = lines.order_by("-entry__entry_date", "-entry__entry_number", "-position")[:newest]
    by_entry: dict[UUID, list[Row]] = defaultdict(list)
    for values in found.values_list(*_COLUMNS):
        row = Row(*values)
        by_entry[row.entry].append(row)
    kinds = vat_kinds(connection)
    ours = _ours(connection, by_entry)
    return [
        entry
        for rows in reversed(list(by_entry.values()))
        if (entry := _entry(list(reversed(rows)), kinds, ours.get(rows[0].entry))) is not None
    ]


def vat_kinds(connection: Connection) -> dict[str, str]:
    """What each VAT code of the division books, as `Line.kind` has it."""
    return {code.code: vat.learnt_kind(code) for code in VatCode.objects.filter(connection=connection)}


def _ours(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Booking]:
    found = (
        Booking.objects.filter(connection=connection, entry_id__in=list(ids))
        .exclude(state=Booking.State.UNDONE)
        .select_related("invoice__proposal")
        .only(
            "entry_id", "adopted", "changed_at", "paid_at", "done_at", "invoice__id",
            "invoice__proposal__learn", "invoice__proposal__approved_at", "invoice__proposal__corrected_at",
            "invoice__proposal__pieces",
        )
    )  # fmt: skip
    return {booking.entry_id: booking for booking in found if booking.entry_id and not booking.adopted}


def _entry(rows: list[Row], kinds: dict[str, str], booking: Booking | None) -> Entry | None:
    supplier = str(rows[0].supplier)
    proposal = getattr(booking.invoice, "proposal", None) if booking else None
    if booking is None or proposal is None:
        return Entry(supplier, tuple(_mirrored(row, kinds, sure=False) for row in rows))
    if not proposal.learn:
        return None
    looked_at = bool(proposal.approved_at or proposal.corrected_at or booking.changed_at)
    settled = booking.paid_at or (booking.done_at and booking.done_at < timezone.now() - SETTLED)
    if not looked_at and not settled:
        return None
    lines = () if booking.changed_at else _proposed(proposal, rows)
    lines = lines or tuple(_mirrored(row, kinds, sure=looked_at) for row in rows)
    return Entry(supplier, lines, counts=looked_at)


def _mirrored(row: Row, kinds: dict[str, str], *, sure: bool) -> Booked:
    """A line as it stands in Exact."""
    line = Line(
        day=row.day,
        text=row.text or row.header,
        amount=float(row.amount),
        kind=kinds.get(row.vat_code, "none"),
        months=months(row.from_date, row.to_date),
    )
    target = Target(
        row.account, row.vat_code, row.cost_center, row.cost_unit, str(row.project) if row.project else ""
    )
    return Booked(line, target, str(row.number or ""), sure, spread=row.from_date is not None)


def _proposed(proposal: Any, rows: list[Row]) -> tuple[Booked, ...]:
    """The invoice's own lines with the places they were booked to; () when that cannot be told any more."""
    where = {}
    for line in ProposalLine.objects.filter(proposal=proposal):
        target = Target(line.account, line.vat_code, line.cost_center, line.cost_unit, line.project)
        where.update(dict.fromkeys(line.invoice_lines, (target, line.from_date is not None)))
    booked = []
    for position, text, amount, kind, length, *_ in proposal.pieces:
        if position in where:
            target, spread = where[position]
            seen = Line(rows[0].day, text, float(amount), kind, length)
            booked.append(Booked(seen, target, str(rows[0].number or ""), sure=True, spread=spread))
    return tuple(booked)


def months(start: date | None, end: date | None) -> int:
    """The length of a period in months, rounded up; 0 where there is none."""
    if start is None or end is None or end < start:
        return 0
    return max(1, round((end - start).days / 30.4))
