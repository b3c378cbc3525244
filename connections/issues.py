"""Open an issue once, count it, close it when its probe passes, and let what waited go on.

Other rooms take part without being imported: they register what waits (`waiting`) and what to do when an issue
is mended (`on_resolved`), in their AppConfig.ready().
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import structlog
from django.db.models import F
from django.utils import timezone

from connections import status
from connections.models import Chore, Connection, Issue, Mailbox
from connections.remedies import remedy
from portal.tenancy import current_firm

log = structlog.get_logger(__name__)

_waiting: list[Callable[[Iterable[Issue]], dict[UUID, int]]] = []
_on_resolved: list[Callable[[Issue], None]] = []
_on_change: list[Callable[[Issue, str], None]] = []
_on_retry: list[Callable[[Issue], None]] = []


def register(
    *,
    waiting: Callable[[Iterable[Issue]], dict[UUID, int]] | None = None,
    on_resolved: Callable[[Issue], None] | None = None,
    on_change: Callable[[Issue, str], None] | None = None,
    on_retry: Callable[[Issue], None] | None = None,
) -> None:
    """Take part: count what waits for issues, go on when one is mended, tell others of opening and mending."""
    for room, function in (
        (_waiting, waiting),
        (_on_resolved, on_resolved),
        (_on_change, on_change),
        (_on_retry, on_retry),
    ):
        if function is not None and function not in room:
            room.append(function)  # type: ignore[arg-type]


def waiting(found: Iterable[Issue]) -> dict[UUID, int]:
    """How many invoices wait for each issue, by the issue's id."""
    found = list(found)
    counts = {issue.pk: 0 for issue in found}
    for count in _waiting:
        for pk, number in count(found).items():
            counts[pk] += number
    return counts


def open_issue(
    code: str, *, connection: Connection | UUID | None = None, subject: str = "", **values: Any
) -> Issue:
    """Open the issue with this key, or count it once more; blocks the connection when its remedy says so.

    Needs the firm's scope. `values` fill the remedy's sentences, beside what is known of the connection; `raw` is
    Exact's own words.
    """
    connection_id = connection.pk if isinstance(connection, Connection) else connection
    blocks = connection_id is not None and remedy(code).blocks_connection
    if blocks:
        status.lock(connection_id)  # type: ignore[arg-type]
    if connection is not None:
        connection = _instance(connection)
        values = {
            **_facts(connection),
            **{name: value for name, value in values.items() if value is not None},
        }
    now = timezone.now()
    key = {"firm_id": current_firm(), "connection_id": connection_id, "code": code, "subject": subject[:200]}
    issue, made = Issue.objects.get_or_create(
        **key, resolved_at=None, defaults={"opened_at": now, "seen_at": now, "values": values}
    )
    if made:
        log.info("issue_opened", code=code, connection=str(connection_id), subject=subject)
    else:
        Issue.objects.filter(pk=issue.pk).update(
            seen_at=now, updated_at=now, count=F("count") + 1, values={**issue.values, **values}
        )
    if blocks:
        assert isinstance(connection, Connection)
        # A pause that a person made stays a pause; what blocks is looked at when it ends.
        status.move(connection, Connection.Status.BLOCKED, only_from=("pending", "active"))
    if made:
        for tell in _on_change:
            tell(issue, "opened")
    return issue


def resolve(issue: Issue, by: str) -> bool:
    """The issue is mended. Unblocks its connection when nothing else blocks it, and lets what waited go on, once.

    Needs the firm's scope; False when somebody else had resolved it already.
    """
    blocks = issue.connection_id is not None and remedy(issue.code).blocks_connection
    if blocks:
        status.lock(issue.connection_id)  # type: ignore[arg-type]
    now = timezone.now()
    mended = Issue.objects.filter(pk=issue.pk, resolved_at__isnull=True).update(
        resolved_at=now, resolved_by=by, updated_at=now
    )
    if not mended:
        return False
    log.info("issue_resolved", code=issue.code, by=by)
    issue.resolved_at, issue.resolved_by = now, by
    if blocks:
        unblock(issue.connection_id)  # type: ignore[arg-type]
    for go_on in _on_resolved:
        go_on(issue)
    for tell in _on_change:
        tell(issue, "resolved")
    return True


def try_again(issue: Issue) -> None:
    """Let what waits for the issue try once more; the issue stays open until something succeeds."""
    for retry in _on_retry:
        retry(issue)


def resolve_code(
    connection: Connection | UUID, *codes: str, subject: str | None = None, by: str = "check"
) -> None:
    """Resolve every open issue of these codes on the connection."""
    found = Issue.objects.filter(connection=connection, code__in=codes, resolved_at__isnull=True)
    if subject is not None:
        found = found.filter(subject=subject)
    for issue in found:
        resolve(issue, by)


def blocking(connection_id: UUID) -> list[Issue]:
    """The open issues that keep the connection blocked."""
    found = Issue.objects.filter(connection_id=connection_id, resolved_at__isnull=True).order_by("opened_at")
    return [issue for issue in found if remedy(issue.code).blocks_connection]


def unblock(connection_id: UUID) -> None:
    """Blocked → active (or back to where connecting stood), when no issue blocks the connection any more."""
    if blocking(connection_id):
        return
    connection = Connection.objects.get(pk=connection_id)
    whole = connection.division is not None and connection.authorisation_id and not connection.next_step
    goes_to = Connection.Status.ACTIVE if whole else Connection.Status.PENDING
    if status.move(connection, goes_to, only_from=("blocked",)):
        wake(connection)


def _instance(connection: Connection | UUID) -> Connection:
    return connection if isinstance(connection, Connection) else Connection.objects.get(pk=connection)


def _facts(connection: Connection) -> dict[str, Any]:
    """What most sentences name: whose books, which administration, which Exact user, which mailbox."""
    mailbox = Mailbox.objects.filter(connection=connection).values_list("address", flat=True).first()
    user = connection.authorisation.exact_user if connection.authorisation else ""
    facts = {
        "organisation": connection.organisation.name,
        "division": connection.division,
        "division_name": connection.division_name,
        "exact_user": user,
        "mailbox": mailbox,
    }
    return {name: value for name, value in facts.items() if value}


def wake(connection: Connection) -> None:
    """Let the lane of this connection look at its work now."""
    from connections import lanes

    lanes.wake(connection)


def chores_again(connection_id: UUID, *kinds: str) -> None:
    """Let these chores run now."""
    Chore.objects.filter(connection_id=connection_id, kind__in=kinds).update(
        due_at=timezone.now(), attempts=0
    )
