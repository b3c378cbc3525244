"""Booked purchase entries with their lines, what Exact says is gone, and who wants to be told of either."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from django.utils import timezone

from connections.exact import PURCHASE_ENTRIES, SYNC_DELETED, ExactError, Int64, gt
from connections.held import Held
from connections.mirror.cursors import FIRST_FILL, OVERLAP, Row, by_modified, changed, upsert
from connections.models import Connection, Entry, EntryLine, LedgerAccount, Supplier
from connections.normal import normalise_number

log = structlog.get_logger(__name__)

SHORT_OVERLAP = timedelta(minutes=2)
TIES = timedelta(seconds=2)  # two changes may share a stamp; within these an entry is always taken anew

DELETED_LINE, DELETED_ACCOUNT, DELETED_LEDGER_ACCOUNT = 1, 2, 7  # EntityType of sync/Deleted

_on_entries: list[Callable[[Connection, list[Row]], None]] = []
_on_lines_deleted: list[Callable[[Connection, list[UUID]], None]] = []


def register(
    *,
    on_entries: Callable[[Connection, list[Row]], None] | None = None,
    on_lines_deleted: Callable[[Connection, list[UUID]], None] | None = None,
) -> None:
    """Be told, in the transaction that records them, of entries as Exact gave them, and of lines that are gone."""
    if on_entries is not None and on_entries not in _on_entries:
        _on_entries.append(on_entries)
    if on_lines_deleted is not None and on_lines_deleted not in _on_lines_deleted:
        _on_lines_deleted.append(on_lines_deleted)


def entries(held: Held, connection: Connection, overlap: timedelta = OVERLAP) -> None:
    """Booked purchase entries with their lines, the last year first time, then whatever changed."""
    beginning = timezone.now() - FIRST_FILL
    by_modified(
        held,
        connection,
        "entries",
        PURCHASE_ENTRIES,
        lambda page: record_entries(connection, _unknown(connection, page)),
        beginning=beginning,
        overlap=overlap,
        expand=("PurchaseEntryLines",),
    )


def lately_booked(held: Held, connection: Connection) -> None:
    """The same before booking, so that what others booked meanwhile is known.

    With the whole overlap, a lane that has booked for ten minutes would read its own two hundred entries again in
    every slice, four calls each time.
    """
    entries(held, connection, SHORT_OVERLAP)


def _unknown(connection: Connection, rows: list[Row]) -> list[Row]:
    """Without those of the overlap that stand here as they are there: most of them are our own bookings."""
    seen = connection.cursors.get("entries", {}).get("since")
    if not seen:
        return rows
    settled = datetime.fromisoformat(seen) - TIES
    known = dict(
        Entry.objects.filter(
            connection=connection, exact_id__in=[row["EntryID"] for row in rows], gone_at__isnull=True
        ).values_list("exact_id", "modified_at")
    )
    return [
        row
        for row in rows
        if not row["Modified"] or row["Modified"] > settled or known.get(row["EntryID"]) != row["Modified"]
    ]


def record_entries(connection: Connection, rows: list[Row]) -> None:
    """Entries with lines, into the mirror; their lines are replaced whole."""
    if not rows:
        return
    upsert(Entry, connection, rows, _entry)
    by_exact_id = {
        entry.exact_id: entry
        for entry in Entry.objects.filter(
            connection=connection, exact_id__in=[row["EntryID"] for row in rows]
        )
    }
    EntryLine.objects.filter(entry__in=by_exact_id.values()).delete()
    EntryLine.objects.bulk_create(
        _line(connection, by_exact_id[row["EntryID"]], position, line)
        for row in rows
        for position, line in enumerate(row["PurchaseEntryLines"], 1)
    )
    for tell in _on_entries:
        tell(connection, rows)


def _entry(row: Row) -> Row:
    your_ref = (row["YourRef"] or "")[:60]
    return {
        "exact_id": row["EntryID"],
        "supplier_id_in_exact": row["Supplier"],
        "entry_number": row["EntryNumber"],
        "your_ref": your_ref,
        "your_ref_normalised": normalise_number(your_ref)[:60],
        "entry_date": row["EntryDate"] or date(1900, 1, 1),
        "due_date": row["DueDate"],
        "journal": row["Journal"],
        "currency": row["Currency"] or "EUR",
        "amount": row["AmountFC"],
        "vat_amount": row["VATAmountFC"] or Decimal(0),
        "status": row["Status"] or 20,
        "description": (row["Description"] or "")[:200],
        "document": row["Document"],
        "payment_condition": row["PaymentCondition"] or "",
        "modified_at": row["Modified"],
        "gone_at": None,
    }


def _line(connection: Connection, entry: Entry, position: int, row: Row) -> EntryLine:
    return EntryLine(
        firm_id=connection.firm_id,
        entry=entry,
        exact_id=row["ID"],
        position=row["LineNumber"] or position,
        account_id=row["GLAccount"],
        account=row["GLAccountCode"] or "",
        vat_code=row["VATCode"] or "",
        vat_percentage=row["VATPercentage"],
        cost_center=row["CostCenter"] or "",
        cost_unit=row["CostUnit"] or "",
        project=row["Project"],
        description=(row["Description"] or row["Notes"] or "")[:400],
        amount=row["AmountFC"],
        vat_amount=row["VATAmountFC"] or Decimal(0),
        from_date=row["From"],
        to_date=row["To"],
    )


def deleted(held: Held, connection: Connection) -> None:
    """What Exact says is gone: relations, ledger accounts, and lines; of entries themselves it says nothing."""
    version = Int64(connection.cursors.get("deleted", {}).get("since") or 1)
    try:
        changed(
            held,
            connection,
            "deleted",
            SYNC_DELETED,
            _remove(connection),
            since=gt("Timestamp", version),
            mark=lambda rows: max(row["Timestamp"] for row in rows),
        )
    except ExactError as error:
        if not error.not_to_be_had:
            raise
        log.info("mirror_part_refused", part="deleted", code=error.code)


def _remove(connection: Connection) -> Callable[[list[Row]], None]:
    def record(rows: list[Row]) -> None:
        for entity, model in ((DELETED_ACCOUNT, Supplier), (DELETED_LEDGER_ACCOUNT, LedgerAccount)):
            keys = [row["EntityKey"] for row in rows if row["EntityType"] == entity]
            model.objects.filter(connection=connection, exact_id__in=keys).update(gone_at=timezone.now())
        lines = [row["EntityKey"] for row in rows if row["EntityType"] == DELETED_LINE]
        for tell in _on_lines_deleted if lines else ():
            tell(connection, lines)

    return record
