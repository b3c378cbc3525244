"""What we know of a division's ledger, kept beside us so that a proposal asks Exact nothing.

Each part is read by its own cursor: by rowversion where a sync endpoint exists, by `Modified` with an overlap
where not (Exact's stamps may be server-local, and two writes may share a second), whole where it is small.

    cursors      how a part is read and recorded, page by page, and where the next drive goes on
    codes        journals, VAT codes, payment conditions, cost codes, periods, ledger accounts
    relations    suppliers and their bank accounts
    booked       purchase entries with their lines, and what Exact says is gone
"""

from collections.abc import Callable

from connections.held import Held
from connections.mirror.booked import deleted, entries, lately_booked, record_entries, register
from connections.mirror.codes import (
    cost_codes,
    journals,
    ledger_accounts,
    payment_conditions,
    periods,
    vat_codes,
)
from connections.mirror.cursors import BEGINNING, FIRST_FILL, OVERLAP, keep
from connections.mirror.relations import bank_accounts, record_suppliers, suppliers
from connections.models import Connection

__all__ = [
    "BEGINNING",
    "FIRST_FILL",
    "OVERLAP",
    "PARTS",
    "entries",
    "keep",
    "lately_booked",
    "record_entries",
    "record_suppliers",
    "register",
]

PARTS: dict[str, Callable[[Held, Connection], None]] = {
    "journals": journals,
    "vat_codes": vat_codes,
    "ledger_accounts": ledger_accounts,
    "payment_conditions": payment_conditions,
    "periods": periods,
    "suppliers": suppliers,
    "bank_accounts": bank_accounts,
    "cost_codes": cost_codes,
    "entries": entries,
    "deleted": deleted,
}
