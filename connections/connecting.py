"""From a consent to a connection that works: choose the administration, check, mailbox, on.

pending/authorise → pending/choose_division → pending/check → active
                                                           ↘ blocked (an issue says what must happen)
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from connections import authorisations, contracts, issues, lanes, outside, status
from connections.models import Authorisation, Chore, Connection, Consent, Lane, Mailbox
from connections.sites import site_of
from portal.models import Firm, Organisation

CHOOSING_ISSUES = (
    "divisions_not_listed",
    "no_division_matches",
    "several_divisions_match",
    "division_unknown",
    "division_other_kvk",
    "division_taken",
)

_on_active: list[Callable[[Connection], None]] = []
_on_end: list[Callable[[Connection], None]] = []


def register_on_active(function: Callable[[Connection], None]) -> None:
    """Be told when a connection becomes active (for the first time, or again)."""
    if function not in _on_active:
        _on_active.append(function)


def register_on_end(function: Callable[[Connection], None]) -> None:
    """Be told when a connection ends, in the transaction that ends it: what waited in it will not go on there."""
    if function not in _on_end:
        _on_end.append(function)


REFUSED = {
    "division_unknown": "The Exact user may not use this administration.",
    "division_other_kvk": "Its KVK number is not the organisation's. "
    "Send confirm_other_kvk to connect all the same.",
    "division_taken": "This administration is connected already.",
    "division_fixed": "This connection has books already. End it and make a new one for another administration.",
    "not_authorised": "Sign in at Exact first: open the connection's authorise_url.",
}


class DivisionRefused(Exception):
    """This administration cannot be connected; `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def connect(organisation: Organisation, **wishes: Any) -> Connection:
    """A new pending connection of an organisation that has none. Needs the firm's scope."""
    firm = Firm.objects.get(pk=organisation.firm_id)
    connection = Connection.objects.create(organisation=organisation, site=site_of(firm), **wishes)
    Mailbox.objects.create(
        connection=connection, address=f"{organisation.kvk_number}@{settings.MAILBOX_DOMAIN}"
    )
    return connection


def authorised(connection: Connection, authorisation: Authorisation, *, choose: bool = True) -> None:
    """A consent came in for this connection: the first one, or another user's after a break. Needs the scope.

    `choose`: take the administration by itself when exactly one fits; else whoever calls chooses.
    """
    authorisations.take_over(connection, authorisation)
    if connection.division is None and choose:
        choose_by_itself(connection)


def divisions_for(connection: Connection) -> list[dict[str, Any]]:
    """The administrations its Exact user may use: those with the organisation's KVK number first, and those that
    another client of the firm is connected with last."""
    if connection.authorisation is None:
        return []
    kvk = connection.organisation.kvk_number
    others = (
        Connection.objects.exclude(status="disconnected")
        .exclude(pk=connection.pk)
        .filter(site=connection.site)
    )
    taken = dict(others.exclude(division=None).values_list("division", "organisation__name"))
    rows = [
        {**row, "matches": row["kvk"].strip() == kvk, "taken_by": taken.get(row["code"], "")}
        for row in connection.authorisation.divisions
    ]
    return sorted(
        rows, key=lambda row: (not row["matches"], bool(row["taken_by"]), row["name"].lower(), row["code"])
    )


def choose_by_itself(connection: Connection) -> None:
    """Exactly one administration with this KVK number is chosen; otherwise a person chooses, and an issue says why.

    To a MijnKantoor user Exact shows none: then it is not the administration that is missing, but another user.
    """
    if connection.authorisation is not None and (
        limited := authorisations.limited(connection.authorisation.me)
    ):
        connection.next_step = Connection.Step.AUTHORISE
        connection.save(update_fields=["next_step", "updated_at"])
        issues.resolve_code(connection, *CHOOSING_ISSUES, by="looked again")
        issues.open_issue(limited, connection=connection)
        return
    issues.resolve_code(connection, *authorisations.LIMITED, by="looked again")
    if connection.authorisation is not None and not connection.authorisation.divisions:
        _person_chooses(
            connection, "divisions_not_listed", current=connection.authorisation.me.get("CurrentDivision")
        )
        return
    usable = [row for row in divisions_for(connection) if not row["blocked"]]
    matching = [row for row in usable if row["matches"]]
    if any(row["code"] == connection.wanted_division for row in matching):
        matching = [row for row in matching if row["code"] == connection.wanted_division]
    if len(matching) == 1:
        try:
            choose(connection, matching[0]["code"])
            return
        except DivisionRefused as refused:
            named = {"division": matching[0]["code"], "division_name": matching[0]["name"]}
            _person_chooses(connection, refused.code, **named)
            return
    _person_chooses(connection, "several_divisions_match" if matching else "no_division_matches")


def _person_chooses(connection: Connection, why: str, **named: Any) -> None:
    connection.next_step = Connection.Step.CHOOSE_DIVISION
    connection.save(update_fields=["next_step", "updated_at"])
    issues.resolve_code(connection, *(code for code in CHOOSING_ISSUES if code != why), by="looked again")
    issues.open_issue(why, connection=connection, **named)


def choose(connection: Connection, code: int, *, confirmed: bool = False) -> None:
    """Connect to this administration. `confirmed`: a person of the firm accepts that its KVK number differs, or that
    Exact does not show us which one it has. Needs the scope.

    DivisionRefused: division_unknown (the user may not use it), division_other_kvk (confirm first),
    division_taken (another connection has it, maybe another firm's, of which nothing is said),
    division_fixed (this connection has books already: end it and make a new one), not_authorised.
    """
    if connection.authorisation is None:
        raise DivisionRefused("not_authorised")
    if connection.status == Connection.Status.DISCONNECTED or connection.division not in (None, code):
        # Suppliers, entries and bookings of the mirror are those of one administration.
        raise DivisionRefused("division_fixed")
    row = next((row for row in divisions_for(connection) if row["code"] == code), None)
    if row is None and connection.authorisation.divisions:
        raise DivisionRefused("division_unknown")
    doubtful = row is None or (row["kvk"] and not row["matches"])
    if doubtful and not confirmed and connection.division is None:
        raise DivisionRefused("division_other_kvk")
    again = connection.division == code
    connection.division, connection.division_name = (
        code,
        (row or {}).get("name", "") or connection.division_name,
    )
    connection.contract = (row or {}).get("contract", "")[:60] or connection.contract
    if not again:
        connection.other_kvk_confirmed = bool(doubtful and confirmed)
        connection.next_step = Connection.Step.CHECK
    try:
        with transaction.atomic():
            connection.save(
                update_fields=[
                    "division",
                    "division_name",
                    "contract",
                    "other_kvk_confirmed",
                    "next_step",
                    "updated_at",
                ]
            )
    except IntegrityError as taken:
        connection.division = None
        raise DivisionRefused("division_taken") from taken
    issues.resolve_code(connection, *CHOOSING_ISSUES, by="person")
    _start_working(connection)


def _start_working(connection: Connection) -> None:
    """A person waits for these two: the checks first, then the mirror, without which nothing can be proposed."""
    from connections import chores

    chores.start(connection)
    soon = {"due_at": timezone.now(), "attempts": 0}
    Chore.objects.filter(connection=connection, kind="check").update(priority=lanes.Priority.PERSON, **soon)
    Chore.objects.filter(connection=connection, kind="mirror").update(
        priority=lanes.Priority.CHECKING, **soon
    )
    lanes.wake(connection)


def settings_changed(connection: Connection) -> None:
    """How it delivers or books was changed: what it needs of Exact may be something else now. Needs the scope."""
    if connection.division is not None and connection.status in ("active", "blocked"):
        issues.chores_again(connection.pk, "check")
        lanes.wake(connection)


def checked(connection: Connection) -> None:
    """The checks ran: a connection that nothing blocks is on, at once. Needs the scope."""
    if connection.next_step == Connection.Step.CHECK:
        connection.next_step = ""
        connection.save(update_fields=["next_step", "updated_at"])
    status.lock(connection.pk)
    if issues.blocking(connection.pk):
        return
    status.move(connection, Connection.Status.ACTIVE, only_from=("pending", "blocked"))
    filled(connection)


def filled(connection: Connection) -> None:
    """More is known of an active connection than before: what waited for it may go on."""
    if connection.status == Connection.Status.ACTIVE:
        for tell in _on_active:
            tell(connection)


def pause(connection: Connection, until: Any = None) -> bool:
    """Stop everything in this connection until a moment, or until somebody resumes it. Needs the scope."""
    return status.move(
        connection, Connection.Status.PAUSED, only_from=("active", "blocked"), resumes_at=until
    )


def resume(connection: Connection) -> bool:
    """Go on after a pause; what blocks it still blocks it. Needs the scope."""
    status.lock(connection.pk)
    goes_to = Connection.Status.BLOCKED if issues.blocking(connection.pk) else Connection.Status.ACTIVE
    moved = status.move(connection, goes_to, only_from=("paused",), resumes_at=None)
    if moved:
        lanes.wake(connection)
        filled(connection)
    return moved


def disconnect(connection: Connection) -> None:
    """End it. History, mirror and issues stay; the division and the organisation are free again. Needs the scope.

    The lane goes with it: another firm that connects this administration makes its own, and a driver that is in the
    middle of something here finds it gone before it records. It goes first, while we hold nothing that a recording
    driver may want.
    """
    for lane in Lane.objects.select_for_update().filter(connection=connection):
        outside.ended(lane)
        lane.delete()
    now = timezone.now()
    if not status.move(
        connection, Connection.Status.DISCONNECTED, disconnected_at=now, next_step="", resumes_at=None
    ):
        return
    Chore.objects.filter(connection=connection).update(due_at=None)
    Consent.objects.filter(connection=connection, begun_at__isnull=True, expires_at__gt=now).update(
        expires_at=now
    )
    for issue in connection.issues.filter(resolved_at__isnull=True):
        issues.resolve(issue, "disconnected")
    contracts.without(connection)
    for tell in _on_end:
        tell(connection)
