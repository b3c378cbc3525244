"""How a client's suppliers are booked, and whether they may be booked by themselves: for people to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from connections.models import Connection, LedgerAccount, Supplier
from invoices.learning import Memory
from invoices.models import SupplierMemory
from invoices.proposing import trust
from invoices.proposing.trust import Trust


@dataclass(frozen=True)
class Habit:
    """`account` and `vat_code` are the commonest place of the last lines; `share` how many of them went there."""

    supplier: Supplier
    lines: int
    account: str
    account_name: str
    vat_code: str
    share: float
    trust: Trust


def of(connection: Connection, suppliers: Sequence[Supplier]) -> list[Habit]:
    """The habits of these suppliers: three queries for all of them. Needs the scope."""
    kept = SupplierMemory.objects.filter(
        connection=connection, supplier_id_in_exact__in=[one.exact_id for one in suppliers]
    ).exclude(kept=None)
    memories: dict[UUID, Memory] = {row.supplier_id_in_exact: Memory.from_json(row.kept) for row in kept}
    entries = {
        one.pk: trust.consistent_entries(memories[one.exact_id].bookings) if one.exact_id in memories else 0
        for one in suppliers
    }
    known = trust.of_several(connection, entries)
    places = {one.pk: _place(memories.get(one.exact_id)) for one in suppliers}
    names = dict(
        LedgerAccount.objects.filter(
            connection=connection, code__in={account for account, _, _ in places.values() if account}
        ).values_list("code", "description")
    )
    found = []
    for one in suppliers:
        account, vat_code, share = places[one.pk]
        memory = memories.get(one.exact_id)
        name = names.get(account, "")
        lines = memory.n if memory else 0
        found.append(Habit(one, lines, account, name, vat_code, share, known[one.pk]))
    return found


def _place(memory: Memory | None) -> tuple[str, str, float]:
    """(account, VAT code, share of the lines) of where the kept lines went most often."""
    counts: dict[tuple[str, str], int] = {}
    for one in memory.bookings if memory else ():
        key = (one.target.account, one.target.vat_code)
        counts[key] = counts.get(key, 0) + 1
    if not counts:
        return "", "", 0.0
    (account, vat_code), n = max(counts.items(), key=lambda item: item[1])
    return account, vat_code, n / sum(counts.values())
