"""What we read to know more, but could do without, may be missing at Exact without stopping a single booking."""

from typing import Any

import pytest
from django.utils import timezone

from connections import chores, rechecks
from connections.models import Chore, Connection, Issue
from invoices import intake
from invoices.models import Invoice
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper

DISPENSABLE = [
    "hrm/Costcenters",
    "hrm/Costunits",
    "project/Projects",
    "users/Users",
    "users/UserHasRights",
    "users/UserRoles",
    "users/UserRolesPerDivision",
    "system/AvailableFeatures",
    "read/financial/JournalStatusList",
    "read/sync/Sync/SyncTimestamp",
    "sync/CRM/Accounts",
    "sync/Documents/Documents",
    "sync/Financial/GLAccounts",
    "sync/Deleted",
    "cashflow/Payments",
    "general/Currencies",
    "vat/VatPercentages",
    "webhooks/WebhookSubscriptions",
]


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (404, ""),
        (403, ""),
        (501, ""),
        (400, "Bad Request - Error in query syntax."),
        (400, "This $filter parameter is not supported for this resource."),
    ],
)
def test_without_what_is_dispensable_a_client_is_connected_and_booked(
    status: int, says: str, cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    exact.control("POST", "settings", minute_limit=100_000)
    for path in DISPENSABLE:
        exact.control(
            "POST",
            "faults",
            match={"endpoint": path},
            act="answer",
            status=status,
            body={"error": {"code": "", "message": {"lang": "", "value": says}}},
        )
    connection = connected(cast.alice, exact, worker)
    got = intake.receive(cast.alice.firm_id, paper("P-1"), channel="api")
    worker()
    with scope(cast.alice.firm_id):
        connection = Connection.objects.get(pk=connection.pk)
        opened = [issue.code for issue in connection.issues.filter(resolved_at__isnull=True)]
        assert connection.status == "active", (opened, connection.checks)
        invoice = Invoice.objects.get(pk=got.invoice_id)
        assert invoice.status == "booked", (invoice.reason, invoice.reason_values, opened)
    assert len(exact.entries(1001, "P-1")) == 1


def test_a_part_of_the_ledger_that_is_not_there_is_named_and_the_rest_is_read_as_often_as_ever(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    exact.control("POST", "settings", minute_limit=100_000)
    gone = {
        "match": {"endpoint": "crm/BankAccounts"},
        "act": "answer",
        "status": 404,
        "body": {"error": {"code": ""}},
    }
    exact.control("POST", "faults", **gone)
    connection = connected(cast.alice, exact, worker)
    assert subjects(connection) == ["mirror bank_accounts"]
    with scope(connection.firm_id):
        assert (
            Chore.objects.get(connection=connection, kind="mirror").due_at
            < timezone.now() + chores.MIRROR_EVERY
        )
    exact.mend()
    with scope(connection.firm_id):
        (issue,) = Issue.objects.filter(connection=connection, resolved_at__isnull=True)
    rechecks.recheck(connection.firm_id, issue.pk)
    worker()
    assert subjects(connection) == []


def subjects(connection: Connection) -> list[str]:
    with scope(connection.firm_id):
        found = Issue.objects.filter(connection=connection, resolved_at__isnull=True)
        return list(found.values_list("subject", flat=True))
