"""From a consent to an entry in Exact's ledger, asserted on that ledger."""

from typing import Any

from invoices import intake
from invoices.models import Invoice
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper


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
