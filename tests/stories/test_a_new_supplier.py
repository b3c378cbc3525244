"""A supplier made in Exact after its relations were read: nobody tells the portal, and the invoice goes on by itself."""

from typing import Any

import pytest

from connections import rechecks, webhooks
from connections.models import Issue
from invoices import intake
from invoices.formats.model import PaymentMeans
from invoices.models import Invoice
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper, party

COURIER = party("Koerier Snel B.V.", "69599084", "NL004495445B01")


def make_in_exact(exact: ExactSandbox, booked: int) -> None:
    """The courier, with entries that are all alike."""
    exact.control("POST", "suppliers", division=1001, name=COURIER.name, code="20009", kvk="69599084")
    for month in range(1, booked + 1):
        lines = [{"gl": "4500", "amount": "100.00", "vat_code": "2", "description": "Abonnement"}]
        day = f"2026-{month:02}-05"
        exact.control(
            "POST",
            "entries",
            division=1001,
            supplier="20009",
            your_ref=f"K-{month}",
            date=day,
            lines=lines,
        )


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seconds in which readings are gathered are over."""
    monkeypatch.setattr(webhooks, "GATHER", webhooks.GATHER * 0)


def test_one_who_was_made_since_is_looked_for_at_once_and_booked_as_its_history_says(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    make_in_exact(exact, booked=4)
    got = intake.receive(cast.alice.firm_id, paper("K-100", seller=COURIER, payment_means=()), channel="api")
    worker()
    with scope(cast.alice.firm_id):
        invoice = Invoice.objects.get(pk=got.invoice_id)
        assert invoice.status == "booked", (invoice.reason, invoice.reason_values)
        assert not Issue.objects.filter(connection=connection, resolved_at__isnull=True).exists()


def test_one_who_is_made_later_is_found_when_somebody_says_so(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    connection = connected(cast.alice, exact, worker)
    got = intake.receive(cast.alice.firm_id, paper("K-101", seller=COURIER, payment_means=()), channel="api")
    worker()
    with scope(cast.alice.firm_id):
        invoice = Invoice.objects.get(pk=got.invoice_id)
        assert (invoice.status, invoice.reason) == ("review", "supplier_unknown")
        issue = Issue.objects.get(connection=connection, code="supplier_unknown")
    make_in_exact(exact, booked=4)
    rechecks.recheck(cast.alice.firm_id, issue.pk)
    worker()
    with scope(cast.alice.firm_id):
        invoice.refresh_from_db()
        assert invoice.status == "booked", (invoice.reason, invoice.reason_values)


def test_one_who_shares_its_account_with_another_is_found_too_and_nothing_is_left_to_answer(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    """By its account alone it was taken for somebody else, and the question stayed open after it was answered."""
    connection = connected(cast.alice, exact, worker)
    shared = (PaymentMeans(code="30", account="NL20INGB0001234567"),)
    got = intake.receive(
        cast.alice.firm_id, paper("K-102", seller=COURIER, payment_means=shared), channel="api"
    )
    worker()
    with scope(cast.alice.firm_id):
        invoice = Invoice.objects.get(pk=got.invoice_id)
        assert (invoice.status, invoice.reason) == ("review", "supplier_ambiguous")
        issue = Issue.objects.get(connection=connection, code="supplier_ambiguous")
    make_in_exact(exact, booked=4)
    rechecks.recheck(cast.alice.firm_id, issue.pk)
    worker()
    with scope(cast.alice.firm_id):
        invoice.refresh_from_db()
        assert invoice.supplier is not None and invoice.matched_by == "kvk"
        assert not Issue.objects.filter(code="supplier_ambiguous", resolved_at__isnull=True).exists()
