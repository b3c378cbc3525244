"""One driver at a time: waking a lane, taking it by a guarded UPDATE, and giving it back."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connections as databases
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from connections.held import Held, Overtaken
from connections.models import Connection, Lane
from portal.lookups import ask
from portal.tenancy import scope

log = structlog.get_logger(__name__)

BUDGETS = ("minute", "day")  # what a whole lane can run out of


def lane_of(connection: Connection) -> Lane:
    """The lane of a connection that has a division; made on first use, handed over when a client moved firms."""
    assert connection.division is not None
    lane, _ = Lane.objects.get_or_create(
        site=connection.site, division=connection.division, defaults={"connection": connection}
    )
    if lane.connection_id != connection.pk:
        lane.connection = connection
        lane.save(update_fields=["connection"])
    return lane


def wake(connection: Connection, at: datetime | None = None) -> None:
    """Something in this connection's lane is due (now, or at a moment): see to it that a driver comes.

    Call it in the transaction that makes the work: the lane's `due_at` is what the sweep finds when every message
    was lost; the message is only the quick way.
    """
    from connections.tasks import drive_soon

    if connection.division is None or connection.status == Connection.Status.DISCONNECTED:
        return  # an ended one has no lane; that of its administration may be another's by now
    at = at or timezone.now()
    lane = lane_of(connection)
    Lane.objects.filter(Q(due_at__isnull=True) | Q(due_at__gt=at), pk=lane.pk).update(due_at=at)
    drive_soon(lane.pk, at)


def kept(connection: Connection) -> bool:
    """Keep this connection from ending until commit; False: it has ended. Needs the scope.

    Who puts work into a lane asks this first. The status alone is not enough: a transaction that ends the connection
    may have begun, does not see our work, and would leave it to nobody. It has the lane, so for that we wait.
    """
    with databases["default"].cursor() as cursor:
        # KEY SHARE, as in `Held._fence`: of those who add work none waits for another.
        cursor.execute("SELECT FROM connections_lane WHERE connection_id = %s FOR KEY SHARE", [connection.pk])
        if cursor.fetchone() is not None:
            return True
    ended = Connection.objects.filter(pk=connection.pk, status=Connection.Status.DISCONNECTED)
    return not ended.exists()


def take(firm_id: UUID, lane_id: UUID) -> Lane | None:
    """The guarded UPDATE. None: another driver has the lane, or is just recording in it, or somebody outside waits for
    it, or it is not due.

    While driven, the lane is due at the end of its lease: if the driver dies, the sweep finds it then.
    """
    with scope(firm_id):
        free = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())
        unasked = Q(wanted_until__isnull=True) | Q(wanted_until__lt=Now())
        # FOR UPDATE, which a driver that is recording keeps out until it has committed (`Held._fence`).
        lane = (
            Lane.objects.select_for_update(skip_locked=True)
            .filter(free, unasked, pk=lane_id, due_at__lte=Now())
            .first()
        )
        if lane is None:
            return None
        ends = Now() + timedelta(seconds=settings.LANE_LEASE_SECONDS)
        Lane.objects.filter(pk=lane.pk).update(
            epoch=models.F("epoch") + 1, leased_until=ends, due_at=ends, driver=settings.PROCESS_LIFE
        )
        return Lane.objects.select_related("connection").get(pk=lane_id)


def free_lanes_of(life: str) -> None:
    """The lanes that a worker was driving whose death is certain: free now, and not only when their leases end.

    A worker that fell silent is another matter: it may be paused, and send when it wakes. Its lease is waited for.
    """
    from connections.tasks import drive_soon

    for firm_id, lane_id in ask("lanes_driven_by", life):
        with scope(firm_id):
            held = Lane.objects.filter(pk=lane_id, driver=life, leased_until__gt=Now())
            if held.update(epoch=models.F("epoch") + 1, leased_until=None, due_at=Now()):
                log.warning("lane_of_a_dead_worker", lane=str(lane_id))
                drive_soon(lane_id, timezone.now())


def give_back(held: Held, due_at: datetime | None, sleeps_for: str = "") -> None:
    """Let go, and say when the lane must be looked at again; quietly nothing when we were overtaken.

    Somebody may have woken the lane while we drove it: then the earlier moment stays, unless the budget is gone.
    """
    try:
        with held.record():
            if held.succeeded:
                Connection.objects.filter(pk=held.connection_id).update(last_success_at=timezone.now())
            lane = Lane.objects.select_for_update(no_key=True).get(pk=held.lane_id)
            woken = (
                lane.due_at if lane.due_at and lane.leased_until and lane.due_at < lane.leased_until else None
            )
            if sleeps_for not in BUDGETS:
                due_at = min(filter(None, (woken, due_at)), default=None)
            lane.leased_until, lane.due_at, lane.sleeps_for = None, due_at, sleeps_for
            lane.save(update_fields=["leased_until", "due_at", "sleeps_for", *held.learnt(lane)])
    except Overtaken:
        log.warning("lane_overtaken", lane=str(held.lane_id))
    finally:
        held.close()
