"""Cases that must be held, at a supplier that Autopilot otherwise books without anybody looking: none goes on."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from connections.models import Connection, Entry, EntryLine, LedgerAccount, Period, Supplier
from invoices.formats.model import PaymentMeans
from invoices.formats.write import ubl
from invoices.knowledge import keeping
from portal.tenancy import scope
from tests.cast import Cast
from tests.judging.desk import Desk
from tests.judging.test_arithmetic import off_by
from tests.paper import invoice, line, paper, party

STRANGER = party("Onbekend B.V.", "11223344")


@pytest.fixture
def desk(cast: Cast) -> Desk:
    """A year of the printer's bills, all alike, and a bill that Autopilot takes."""
    desk = Desk(cast.alice)
    for month in range(1, 11):
        entry = desk.entry(f"OUD-{month}", day=date(2026, month, 3))
        with scope(desk.firm_id):
            Entry.objects.filter(pk=entry.pk).update(entry_number=26700000 + month)
            EntryLine.objects.create(
                entry=entry, exact_id=uuid4(), position=1, account_id=uuid4(), account="4500", vat_code="2",
                description="Abonnement", amount=Decimal(100), vat_amount=Decimal(21),
            )  # fmt: skip
    with scope(desk.firm_id):
        Connection.objects.filter(pk=desk.connection.pk).update(mode="autopilot")
        keeping.learn_client(desk.connection)
        keeping.entries_changed(desk.connection, [desk.printer.exact_id], 10)
    taken = desk.gets("TROUW-1")
    assert (taken.status, taken.reason) == ("ready", "sure")
    return desk


def change(model: type, **fields: object) -> Callable[[Desk], None]:
    def doing(desk: Desk) -> None:
        with scope(desk.firm_id):
            model.objects.filter(connection=desk.connection).update(**fields)  # type: ignore[attr-defined]

    return doing


def close_all(desk: Desk) -> None:
    with scope(desk.firm_id):
        for month, closed in ((11, ["70"]), (12, [])):
            Period.objects.create(
                connection=desk.connection, year=2026, period=month, starts=date(2026, month, 1),
                ends=date(2026, month, 30), closed_for=closed,
            )  # fmt: skip


def cap(desk: Desk) -> None:
    with scope(desk.firm_id):
        Connection.objects.filter(pk=desk.connection.pk).update(auto_book_limit=Decimal(50))


def nothing(desk: Desk) -> None:
    return None


CASES: dict[str, tuple[Callable[[Desk], None], bytes]] = {
    "a new bank account": (
        nothing,
        paper("H-1", payment_means=(PaymentMeans(code="30", account="NL20INGB0001234567"),)),
    ),
    "the same number again in other bytes": (nothing, paper("TROUW-1", buyer_reference="anders")),
    "an invoice that stands in Exact already": (nothing, paper("OUD-7")),
    "a supplier that nobody knows": (nothing, paper("H-2", seller=STRANGER)),
    "a bill that we would have written ourselves": (nothing, paper("H-3", type_code="389")),
    "a total that does not add up": (nothing, off_by("5.00")),
    "a bill for somebody else": (nothing, paper("H-4", buyer=party("Slagerij De Os", "99887766"))),
    "VAT of another country": (nothing, paper("H-5", seller=party("Druck GmbH", "87654321", country="DE"))),
    "an account that is blocked": (change(LedgerAccount, blocked=True), paper("H-6")),
    "a supplier that is blocked": (change(Supplier, blocked=True), paper("H-7")),
    "a relation that is no supplier": (change(Supplier, is_supplier=False), paper("H-8")),
    "a period that is closed": (close_all, paper("H-9")),
    "an amount above the cap": (cap, paper("H-10")),
    "a line that this supplier never billed, next to one that it did": (
        nothing,
        ubl(invoice("H-11", lines=(line(), line("Tweedehands heftruck", "18500.00")))),
    ),
    "no invoice at all": (nothing, b"<html>geen factuur</html>"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_must_be_held_is_not_booked(desk: Desk, case: str) -> None:
    prepare, data = CASES[case]
    prepare(desk)
    got = desk.takes(data)
    assert got.status in {"on_hold", "duplicate", "review", "unreadable"}, (case, got.status, got.reason)
    assert got.reason or got.issue is not None
