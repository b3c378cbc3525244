"""From a consent to an entry in Exact's ledger, asserted on that ledger."""

from typing import Any

import pytest

from invoices import intake
from invoices.models import Invoice, TimelineEvent
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox, small_world
from tests.helpers import connected
from tests.paper import line, paper


def received(cast: Cast, data: bytes, **named: Any) -> Invoice:
    got = intake.receive(cast.alice.firm_id, data, channel="api", **named)
    with scope(cast.alice.firm_id):
        return Invoice.objects.get(pk=got.invoice_id)


def test_an_invoice_of_a_known_supplier_is_booked_as_before_to_the_cent(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    assert connection.status == "active"
    invoice = received(cast, paper("2026-100"))
    worker()
    with scope(cast.alice.firm_id):
        invoice.refresh_from_db()
        assert invoice.status == "booked", (invoice.reason, invoice.reason_values)
    (entry,) = exact.entries(1001, "2026-100")
    assert entry["AmountFC"] == "121.00"


def test_an_invoice_too_large_for_exact_is_kept_and_its_entry_booked_all_the_same(
    cast: Cast, exact: ExactSandbox, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message without a file never becomes a document in Exact; the booking waited for one until it gave up."""
    monkeypatch.setattr("invoices.booking.files.EXACT_MAX_BYTES", 1000)
    connected(cast.alice, exact, worker)
    invoice = received(cast, paper("2026-101"))
    worker()
    with scope(cast.alice.firm_id):
        invoice.refresh_from_db()
        assert invoice.status == "booked", (invoice.reason, invoice.reason_values)
        filed = TimelineEvent.objects.get(invoice=invoice, event="invoice.filed")
    assert filed.detail["too_large"] == ["Drukkerij_Van_Dam_B.V._2026-101.xml"]
    (entry,) = exact.entries(1001, "2026-101")
    assert entry["AmountFC"] == "121.00"
    assert exact.ledger(1001)["messages"] == []


def test_what_is_only_to_be_delivered_and_too_large_says_so(
    cast: Cast, exact: ExactSandbox, worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoices.booking.files.EXACT_MAX_BYTES", 1000)
    connection = connected(cast.alice, exact, worker)
    with scope(cast.alice.firm_id):
        type(connection).objects.update(mode="mailbox")
    invoice = received(cast, paper("2026-102"))
    worker()
    with scope(cast.alice.firm_id):
        invoice.refresh_from_db()
        assert (invoice.status, invoice.issue and invoice.issue.code) == ("failed", "request_too_large")


def test_three_entries_alike_are_consent_for_whatever_that_supplier_bills_next(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    """A client with hardly any history: other words and another amount, but no large one beyond three times any before."""
    world = small_world()
    bakery = world["divisions"][0]
    bakery["entries"] = bakery["entries"][:3]
    exact.reset(world)
    exact.control("POST", "settings", minute_limit=100_000)
    connected(cast.alice, exact, worker)
    usual = [
        received(cast, paper(f"U-{net}", (line("Folders A5", net),))) for net in ("15.00", "100.00", "290.00")
    ]
    large = received(cast, paper("G-1", (line("Folders A5", "850.00"),)))
    worker()
    with scope(cast.alice.firm_id):
        found = [Invoice.objects.get(pk=one.pk) for one in (*usual, large)]
    assert [one.status for one in found] == ["booked", "booked", "booked", "review"], [
        one.reason for one in found
    ]
    assert found[-1].reason == "not_sure_enough"
