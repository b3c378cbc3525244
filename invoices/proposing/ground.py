"""What one proposal stands on: the part of a division's mirror, memory and rules that it needs, read once."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q

from connections.models import Connection, CostCode, LedgerAccount, Supplier, VatCode
from invoices.knowledge import elsewhere, keeping
from invoices.learning import Books, Calibration, Memory
from invoices.models import BookingRule, Bookkeeping
from invoices.parties import Identity
from invoices.proposing.booking_rules import Rule

NOT_FOR_PURCHASES = {10, 12, 16, 20, 22, 24}  # cash, bank, payment services, debtors, creditors, VAT
NEW = 3  # lines of a supplier; with fewer, what is known elsewhere has a say


@dataclass(frozen=True)
class Account:
    code: str
    id: UUID
    description: str
    type: int | None
    rgs: str
    usable: bool


@dataclass
class Ground:
    """Everything that `invoices.proposing.placing` may look at. Built by `read`; nothing here asks Exact."""

    connection: Connection
    supplier: Supplier
    seller: Identity
    memory: Memory
    books: Books
    calibration: Calibration
    vat_codes: dict[str, VatCode]
    accounts: dict[str, Account]
    rules: list[Rule] = field(default_factory=list)

    @cached_property
    def cost_codes(self) -> dict[str, set[str]]:
        """Codes that may be used, by kind (center, unit; project by its id); asked only where a line has one."""
        found: dict[str, set[str]] = {kind: set() for kind in CostCode.Kind.values}
        rows = CostCode.objects.filter(connection=self.connection, gone_at__isnull=True, blocked=False)
        for kind, code, exact_id in rows.values_list("kind", "code", "exact_id"):
            found[kind].add(str(exact_id) if kind == CostCode.Kind.PROJECT else code)
        return found

    @cached_property
    def firm(self) -> tuple[dict[str, float], int]:
        """How the firm's other clients book this company; asked only where it is new here."""
        if self.memory.n >= NEW:
            return {}, 0
        spread, clients = elsewhere.accounts(self.connection, self.supplier)
        rows = LedgerAccount.objects.filter(connection=self.connection, code__in=spread, gone_at__isnull=True)
        self.accounts.update(_accounts(rows))
        return spread, clients

    @cached_property
    def words(self) -> Books:
        """The books with their words; read only where the supplier is new."""
        row = Bookkeeping.objects.filter(connection=self.connection).first()
        return keeping.books_of(row, words=True) if row is not None and self.memory.n < NEW else self.books

    @cached_property
    def default_account(self) -> Account | None:
        """The supplier's own account in Exact."""
        wanted = self.supplier.default_account
        return next((one for one in self.accounts.values() if one.id == wanted and one.usable), None)

    def named(self, account: str, rgs: str) -> str:
        """The code of the usable account that a rule names, by code or by reference code (the lowest of several).

        "" when the client has none. Read when a rule asks: it may name one that was never used.
        """
        asked = Q(code=account) if account else Q(rgs=rgs)
        rows = LedgerAccount.objects.filter(asked, connection=self.connection, gone_at__isnull=True)
        self.accounts.update(_accounts(rows))
        fits = (one for one in self.accounts.values() if one.usable)
        return min((one.code for one in fits if one.code == account or (rgs and one.rgs == rgs)), default="")

    def usable(self, slot: str, value: str) -> bool:
        """Whether Exact would take this value now."""
        if slot == "account":
            found = self.accounts.get(value)
            return found is not None and found.usable
        if slot == "vat_code":
            return value in self.vat_codes
        kind = {"cost_center": "center", "cost_unit": "unit", "project": "project"}[slot]
        return not value or value in self.cost_codes[kind]


def read(connection: Connection, supplier: Supplier, seller: Identity) -> Ground:
    """What is known of this division and this supplier. Needs the scope; four queries when the supplier is known."""
    row, books, memory = keeping.known_of(connection, supplier.exact_id)
    used = books.slots["account"] if memory.n < NEW else books.usual("account")
    return Ground(
        connection=connection,
        supplier=supplier,
        seller=seller,
        memory=memory,
        books=books,
        calibration=keeping.calibration_of(row),
        vat_codes={
            code.code: code
            for code in VatCode.objects.filter(connection=connection, gone_at__isnull=True, blocked=False)
        },
        accounts=accounts_of(connection, supplier, memory.accounts | {*used}),
        rules=rules_of(connection),
    )


def accounts_of(connection: Connection, supplier: Supplier, codes: set[str]) -> dict[str, Account]:
    """The accounts with these codes, and the supplier's own: of a long chart the part that may be asked for."""
    rows = LedgerAccount.objects.filter(
        Q(code__in=codes) | Q(exact_id=supplier.default_account), connection=connection, gone_at__isnull=True
    )
    return _accounts(rows)


def _accounts(rows: Any) -> dict[str, Account]:
    columns = ("code", "exact_id", "description", "type", "rgs", "blocked")
    return {
        code: Account(code, key, text, kind, rgs, not blocked and kind not in NOT_FOR_PURCHASES)
        for code, key, text, kind, rgs, blocked in rows.values_list(*columns)
    }


def rules_of(connection: Connection) -> list[Rule]:
    """The rules that hold for this client, in the order in which they are asked: its own, then the firm's."""
    rows = BookingRule.objects.filter(
        Q(connection=connection) | Q(connection__isnull=True), active=True
    ).order_by("position", "created_at")
    found = [
        (row.connection_id is None, Rule(str(row.pk), row.version, row.name, row.conditions, row.actions))
        for row in rows
    ]
    return [rule for _, rule in sorted(found, key=lambda one: one[0])]
