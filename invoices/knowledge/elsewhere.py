"""How the firm's other clients book the same company, without saying whose they are."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import Q

from connections.models import Connection, LedgerAccount, Supplier
from invoices.models import SupplierMemory

MOST = 20  # other clients that are looked at


def accounts(connection: Connection, supplier: Supplier) -> tuple[dict[str, float], int]:
    """({this client's account code: share}, how many clients that rests on). Needs the scope.

    An account of another client stands for ours that has the same reference code (RGS), if one has, else for ours with
    the same number.
    """
    others = _others(connection, supplier)
    if not others:
        return {}, 0
    used = {key: targets for key in others if (targets := _targets(*key))}
    codes = {code for targets in used.values() for code in targets}
    rgs_there = {
        (row[0], row[1]): row[2]
        for row in LedgerAccount.objects.filter(connection__in={key[0] for key in used}, code__in=codes)
        .exclude(rgs="")
        .values_list("connection_id", "code", "rgs")
    }
    ours = LedgerAccount.objects.filter(connection=connection, gone_at__isnull=True, blocked=False).filter(
        Q(code__in=codes) | Q(rgs__in=set(rgs_there.values()))
    )
    by_code: dict[str, str] = {}
    by_rgs: dict[str, str] = {}
    for code, rgs in ours.order_by("code").values_list("code", "rgs"):
        by_code[code] = code
        by_rgs.setdefault(rgs, code)
    votes: dict[str, float] = {}
    clients = set()
    for key, targets in used.items():
        for code, count in targets.items():
            rgs = rgs_there.get((key[0], code), "")
            here = by_code.get(code) if by_code.get(code) == by_rgs.get(rgs) else by_rgs.get(rgs)
            here = here or by_code.get(code)
            if here:
                votes[here] = votes.get(here, 0.0) + count / sum(targets.values())
                clients.add(key[0])
    total = sum(votes.values())
    return ({code: count / total for code, count in votes.items()} if total else {}), len(clients)


def _others(connection: Connection, supplier: Supplier) -> list[tuple[UUID, UUID]]:
    same = Q(pk__in=[])
    if supplier.kvk_number:
        same |= Q(kvk_number=supplier.kvk_number)
    if supplier.vat_number:
        same |= Q(vat_number=supplier.vat_number)
    found = Supplier.objects.filter(same, gone_at__isnull=True).exclude(connection=connection)
    return list(found.values_list("connection_id", "exact_id")[:MOST])


def _targets(connection_id: UUID, supplier: UUID) -> dict[str, Any]:
    """Account → bookings, of a supplier of another client."""
    row = SupplierMemory.objects.filter(connection_id=connection_id, supplier_id_in_exact=supplier)
    kept = row.values_list("kept__targets", flat=True).first() or {}
    counts: Counter[str] = Counter()
    for where, count in kept.items():
        counts[where.split("|")[0]] += count
    return counts
