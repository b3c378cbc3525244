"""One action over many clients: at once for those of a page, as long work for more.

An action makes no sense for every client: one that is not connected cannot be paused. It is left as it is, and told.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.utils import timezone

from connections import connecting, lanes
from connections.lanes import Priority
from connections.models import Chore, Connection
from portal import jobs
from portal.models import Job, Organisation

KIND = "clients-"  # of the jobs; the action's name follows


def _check(connection: Connection) -> bool:
    if connection.division is None:
        return False
    Chore.objects.filter(connection=connection, kind="check").update(
        due_at=timezone.now(), attempts=0, priority=Priority.CHECKING
    )
    lanes.wake(connection)
    return True


def _book(mode: str, connection: Connection) -> bool:
    connection.mode = mode
    connection.save(update_fields=["mode", "updated_at"])
    return True


ACTIONS: dict[str, Callable[[Connection], bool]] = {
    "pause": connecting.pause,
    "resume": connecting.resume,
    "check": _check,
    **{f"mode-{mode}": partial(_book, mode) for mode in Connection.Mode.values},
}
"""What can be done, by name; each says whether it made sense for this connection. Needs the scope."""


def act(what: str, clients: Iterable[Organisation]) -> list[Organisation]:
    """Do it now. Those for which it made sense; needs the scope."""
    clients = list(clients)
    live = Connection.objects.filter(organisation__in=clients).exclude(status="disconnected")
    connections = {one.organisation_id: one for one in live}
    return [one for one in clients if one.pk in connections and ACTIONS[what](connections[one.pk])]


def start(what: str, clients: Iterable[Organisation], *, by: Any = None) -> Job:
    """Do it as long work: for these clients, whatever a filter would find later. Needs the scope."""
    rows = [{"organisation": str(one.pk), "name": one.name} for one in clients]
    return jobs.start(KIND + what, rows, by=by)


def _one(job: Job, row: dict[str, Any]) -> dict[str, Any]:
    found = Organisation.objects.filter(pk=row["organisation"])
    done = act(job.kind.removeprefix(KIND), found)
    return {"status": "changed" if done else "left"}


for name in ACTIONS:
    jobs.register(KIND + name, _one)
