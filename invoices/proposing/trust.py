"""How far a supplier's bookings may go by themselves: consent, and the step back when people correct too much.

Consent is given by what was done, not by a switch: three entries in Exact that were booked in ways that recur, or three
proposals in a row that a person approved as they were. It is lost when two of the last five were corrected, here or
later in Exact, and comes back with three more that were right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from connections.models import Connection, Supplier
from invoices.learning import Booked, Target
from invoices.models import Booking, Invoice, Proposal

CONSENT = 3  # consistent entries, or approvals in a row
LATELY = 5  # proposals that are looked back on
FAR = 50  # invoices of the supplier among which they are looked for: what lies further back says nothing of today
TOO_MANY = 2  # corrections among them


@dataclass(frozen=True)
class Trust:
    """`entries` that were consistent, `approved` in a row as proposed, `corrected` of the last `of`."""

    entries: int
    approved: int
    corrected: int
    of: int

    @property
    def stepped_down(self) -> bool:
        return self.corrected >= TOO_MANY and self.approved < CONSENT

    @property
    def consents(self) -> bool:
        return not self.stepped_down and (self.entries >= CONSENT or self.approved >= CONSENT)


def consistent_entries(bookings: Sequence[Booked]) -> int:
    """How many entries of a supplier were booked in a way that recurs: every line where another entry's went too."""
    entries: dict[str, set[Target]] = {}
    for n, one in enumerate(bookings):
        entries.setdefault(one.entry or f"line {n}", set()).add(one.target)
    seen: dict[Target, int] = {}
    for targets in entries.values():
        for target in targets:
            seen[target] = seen.get(target, 0) + 1
    return sum(all(seen[target] > 1 for target in targets) for targets in entries.values())


def of(connection: Connection, supplier: Supplier, entries: int) -> Trust:
    """The trust that a supplier has now. `entries`: those in the ledger that are consistent. Needs the scope."""
    rows = _looked_at(connection).filter(invoice__in=_newest(supplier.pk))
    return _trust(entries, list(rows.values_list(*OUTCOME)[:LATELY]))


def of_several(connection: Connection, entries: Mapping[UUID, int]) -> dict[UUID, Trust]:
    """The same for several suppliers, by their ids, in two queries. Needs the scope."""
    newest = Supplier.objects.filter(pk__in=list(entries)).values_list(
        ArraySubquery(_newest(OuterRef("pk"))), flat=True
    )
    rows = _looked_at(connection).filter(invoice__in=list(chain.from_iterable(newest)))
    recent: dict[UUID, list[Any]] = {pk: [] for pk in entries}
    for pk, *outcome in rows.values_list("invoice__supplier", *OUTCOME):
        recent[pk].append(outcome)
    return {pk: _trust(entries[pk], rows[:LATELY]) for pk, rows in recent.items()}


def _newest(supplier: Any) -> QuerySet[Invoice, Any]:
    """The ids of the supplier's newest invoices."""
    found = Invoice.objects.filter(supplier=supplier).order_by("-created_at", "-id")
    return found.values("pk")[:FAR]


OUTCOME = ("facts__changed", "learn", "invoice__booking__changed_at")


def _looked_at(connection: Connection) -> QuerySet[Proposal]:
    """Proposals that somebody looked at, here or later in Exact, the newest first."""
    looked_at = Q(approved_at__isnull=False) | Q(invoice__booking__changed_at__isnull=False)
    return (
        Proposal.objects.filter(looked_at, invoice__booking__connection=connection)
        .exclude(invoice__booking__state__in=[Booking.State.WAITING, Booking.State.STOPPED])
        .order_by("-made_at")
    )


def _trust(entries: int, rows: Sequence[Any]) -> Trust:
    outcomes = [bool(changed and learn) or changed_at is not None for changed, learn, changed_at in rows]
    approved = next((n for n, corrected in enumerate(outcomes) if corrected), len(outcomes))
    return Trust(entries, approved, sum(outcomes), len(outcomes))
