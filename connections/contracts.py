"""A contract with Exact whose day is used up: one issue for all its clients at a firm.

The first lane that is given no more calls opens it, the others of that day are counted in it, and the first call that
one of them makes on a new day closes it. It belongs to no connection; seen from one of them it is that one's.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from connections import issues
from connections.allowance import contract_of
from connections.models import Connection, Issue
from connections.remedies import remedy

USED_UP = "budget_contract"


def used_up(contract: str, until: datetime) -> None:
    """Nobody of this contract may call before this moment. Needs the scope."""
    issues.open_issue(
        USED_UP, subject=contract, contract=contract, resets_at=f"{timezone.localtime(until):%H:%M}"
    )


def new_day() -> None:
    """Somebody called again: what was used up on an earlier day is over. Needs the scope."""
    now = timezone.now()
    today = datetime.combine(now.astimezone(UTC).date(), datetime.min.time(), UTC)
    for issue in Issue.objects.filter(code=USED_UP, resolved_at=None, seen_at__lt=today):
        issues.resolve(issue, "a new day")


def without(connection: Connection) -> None:
    """This connection has ended; with the last of its contract nobody waits any more. Needs the scope."""
    for issue in Issue.objects.filter(code=USED_UP, resolved_at=None, subject=contract_of(connection)):
        if not clients(issue):
            issues.resolve(issue, "disconnected")


def clients(issue: Issue) -> list[Connection]:
    """The connections of the contract that this issue is about, by name; else none. Needs the scope."""
    if issue.code != USED_UP or issue.connection_id is not None:
        return []
    found = Connection.objects.filter(contract=issue.subject, firm_id=issue.firm_id)
    live = found.exclude(status="disconnected").select_related("organisation").order_by("organisation__name")
    return [one for one in live if contract_of(one) == issue.subject]


def held_up(issue: Issue) -> list[UUID]:
    """The connections of which this issue lets nothing go on: its own, or those of its contract. Needs the scope."""
    if issue.resolved_at is not None or not remedy(issue.code).holds_everything:
        return []
    return [issue.connection_id] if issue.connection_id else [one.pk for one in clients(issue)]


def of(connection: Connection) -> str:
    """The contract whose day is this connection's; none once it has ended."""
    return "" if connection.status == Connection.Status.DISCONNECTED else contract_of(connection)


def concerning(connections: Iterable[Connection]) -> Q:
    """The issues of these connections, and those of their contracts."""
    connections = list(connections)
    contracts = {of(one) for one in connections} - {""}
    of_contracts = Q(connection=None, code=USED_UP, subject__in=contracts)
    return Q(connection__in=[one.pk for one in connections]) | of_contracts


def open_issues(connection: Connection) -> list[Issue]:
    """What is open for this connection, oldest first; that of its contract looks as if it were its own, so that what
    waits for it is counted here only. Not to be saved."""
    found = Issue.objects.select_related("connection__organisation", "firm").filter(resolved_at=None)
    rows = list(found.filter(concerning([connection]), firm_id=connection.firm_id).order_by("opened_at"))
    for row in rows:
        row.connection = row.connection or connection
    return rows
