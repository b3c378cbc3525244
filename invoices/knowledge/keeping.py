"""Learning from a division's bookings and keeping what was learnt, so that a proposal reads one row per supplier.

What changes in the ledger marks the memories it concerns as stale; a sweep learns those again. A proposal that comes
before the sweep learns first: late, but never wrong.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import structlog
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from connections.models import Connection
from invoices.knowledge import history
from invoices.learning import MAKE, Books, Calibration, Memory, calibrated, curve, recommended, replay, walk
from invoices.models import Bookkeeping, SupplierMemory
from portal.tenancy import scope

log = structlog.get_logger(__name__)

SUPPLIER_LINES = 300  # the newest of a supplier
CLIENT_LINES = 6_000  # the newest of a client, for its calibration: about a year of a large one
RIPE = 50  # changed lines, or a tenth of what was learnt, before a client is learnt again
NO_WORDS = ("words",)


def known_of(connection: Connection, supplier: UUID) -> tuple[Bookkeeping, Books, Memory]:
    """How the client books at large, and this supplier; learnt now where that is out of date. Needs the scope."""
    kept = SupplierMemory.objects.filter(
        connection=OuterRef("connection"), supplier_id_in_exact=supplier, stale_at__isnull=True
    )
    found = _bookkeeping(connection).annotate(memory=Subquery(kept.values("kept"))).first()
    row = _usable(connection, found)
    books = books_of(row)
    if found is not None and found.memory is not None and found.memory.get("make") == MAKE:
        return row, books, Memory.from_json(found.memory)
    return row, books, learn_supplier(connection, supplier, books)


def learn_supplier(connection: Connection, supplier: UUID, books: Books) -> Memory:
    """Learn a supplier from its newest bookings, and keep it. Needs the scope."""
    memory = Memory()
    for entry in history.entries(connection, supplier=supplier, newest=SUPPLIER_LINES):
        for booked in entry.lines:
            memory.learn(booked, books.priors(booked.line))
    SupplierMemory.objects.update_or_create(
        connection=connection,
        supplier_id_in_exact=supplier,
        defaults={"kept": memory.to_json(), "bookings": memory.n, "stale_at": None},
    )
    return memory


def bookkeeping_of(connection: Connection) -> Bookkeeping:
    """How the client books at large; learnt now where it never was. Needs the scope."""
    return _usable(connection, _bookkeeping(connection).first())


def _bookkeeping(connection: Connection) -> QuerySet[Bookkeeping]:
    return Bookkeeping.objects.filter(connection=connection).defer(*NO_WORDS)


def _usable(connection: Connection, row: Bookkeeping | None) -> Bookkeeping:
    if row is None or row.learnt_at is None:
        return learn_client(connection)
    if row.stale_at is None and not _of_this_make(row):
        row.stale_at = timezone.now()
        row.save(update_fields=["stale_at"])
    return row


def _of_this_make(row: Bookkeeping) -> bool:
    return len(row.calibration) == 3 and row.calibration[0] == MAKE


def books_of(row: Bookkeeping, *, words: bool = False) -> Books:
    return Books.from_json(row.books, row.words if words else None)


def calibration_of(row: Bookkeeping) -> Calibration:
    """The client's calibration; that of clients in general where one of another make is kept: its two numbers meant a
    score that was made otherwise."""
    if not _of_this_make(row):
        return Calibration(n=row.outcomes)
    _, shift, stretch = row.calibration
    return Calibration(shift, stretch, row.outcomes)


def learn_client(connection: Connection) -> Bookkeeping:
    """Foretell the client's history line by line, and keep what that says. Needs the scope."""
    run = replay(history.entries(connection, newest=CLIENT_LINES))
    walk(run.foretold)
    judged = [(one.confidence, one.right, one.weight) for one in run.foretold if one.confidence]
    threshold = recommended(judged)
    calibration = calibrated(run.foretold)
    covered = next((p.coverage for p in curve(judged) if p.threshold == threshold), 0.0)
    row, _ = Bookkeeping.objects.update_or_create(
        connection=connection,
        defaults={
            "books": run.books.to_json(),
            "words": run.books.words_json(),
            "calibration": [MAKE, calibration.shift, calibration.stretch],
            "outcomes": int(calibration.n),
            "lines": run.books.n,
            "since": 0,
            "learnt_at": timezone.now(),
            "stale_at": None,
            "recommended": None if threshold is None else f"{threshold:.2f}",
            "coverage": f"{covered:.3f}",
        },
    )
    log.info("client_learnt", connection=str(connection.pk), lines=run.books.n, outcomes=row.outcomes)
    return row


def entries_changed(connection: Connection, suppliers: Iterable[UUID], lines: int) -> None:
    """The mirror recorded entries of these suppliers. Needs the scope."""
    now = timezone.now()
    SupplierMemory.objects.bulk_create(
        [
            SupplierMemory(
                firm_id=connection.firm_id,
                connection=connection,
                supplier_id_in_exact=supplier,
                stale_at=now,
            )
            for supplier in sorted(set(suppliers))
        ],
        update_conflicts=True,
        unique_fields=["connection", "supplier_id_in_exact"],
        update_fields=["stale_at"],
    )
    row = Bookkeeping.objects.filter(connection=connection).only("since", "lines", "stale_at").first()
    if row is not None:
        row.since += lines
        if row.stale_at is None and row.since >= max(RIPE, row.lines // 10):
            row.stale_at = now + timedelta(seconds=30)
        row.save(update_fields=["since", "stale_at"])


def filled(connection: Connection) -> None:
    """The ledger was read for the first time: learn the client. Needs the scope."""
    Bookkeeping.objects.get_or_create(connection=connection, defaults={"stale_at": timezone.now()})


def learn_again(firm_id: UUID, connection_id: UUID, supplier: UUID | None) -> None:
    """One stale memory, or (supplier None) the client at large; nothing when another worker is at it."""
    with scope(firm_id):
        connection = Connection.objects.filter(pk=connection_id).first()
        if connection is None:
            return
        if supplier is None:
            stale = Bookkeeping.objects.select_for_update(skip_locked=True).filter(
                connection=connection, stale_at__lte=timezone.now()
            )
            if stale.first() is not None:
                learn_client(connection)
            return
        row = SupplierMemory.objects.select_for_update(skip_locked=True).filter(
            connection=connection, supplier_id_in_exact=supplier, stale_at__isnull=False
        )
        if row.first() is not None:
            learn_supplier(connection, supplier, books_of(bookkeeping_of(connection)))
