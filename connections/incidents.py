"""When it is not the client, not the firm and not the invoice: Exact itself is ill, or our registration there is.

Many connections that fail alike within minutes are one incident, not many: it is opened once, lanes of the site
pause, one of them tries again after a while (then after twice that while, ten minutes at most), and the first one
that succeeds wakes all the others. Nobody is mailed, and no refused calls are spent, as long as it lasts.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from connections.models import Incident, Lane
from portal.lookups import ask
from portal.tenancy import scope

log = structlog.get_logger(__name__)

ILL = "exact_down"
WRONG_CLIENT = "wrong_client"  # our client id or secret: calling the token endpoint again only makes it worse

WITHIN = timedelta(minutes=3)
LEAST_LANES = 3  # fewer may be each ill for a reason of their own
SHARE = 0.5  # of the lanes that called within these minutes
LONGEST_SECONDS = 600
AGAIN_WITHIN = timedelta(minutes=10)  # one that comes back this soon was not over


def open(site: str, code: str) -> None:
    """Open the incident, or count it; one that ended a moment ago goes on, with its interval."""
    now = timezone.now()
    with transaction.atomic():
        counted = Incident.objects.filter(site=site, code=code, resolved_at__isnull=True).first()
        if counted is not None:
            Incident.objects.filter(pk=counted.pk).update(seen_at=now, count=counted.count + 1)
            return
        last = last_over(site, code)
        if last is not None and last.resolved_at and last.resolved_at > now - AGAIN_WITHIN:
            Incident.objects.filter(pk=last.pk).update(
                resolved_at=None, seen_at=now, count=last.count + 1, probe_at=now + _seconds(last.interval)
            )
        else:
            first = settings.EXACT_MINUTE_SECONDS
            Incident.objects.get_or_create(
                site=site,
                code=code,
                resolved_at=None,
                defaults={
                    "opened_at": now,
                    "seen_at": now,
                    "interval": first,
                    "probe_at": now + _seconds(first),
                },
            )
    log.warning("incident_opened", site=site, code=code)


def _seconds(interval: int) -> timedelta:
    return timedelta(seconds=interval)


def current(site: str, code: str = "") -> Incident | None:
    """The open incident of the site (of this kind), for a banner, or to keep quiet."""
    found = Incident.objects.filter(site=site, resolved_at__isnull=True).order_by("opened_at")
    return (found.filter(code=code) if code else found).first()


def last_over(site: str, code: str) -> Incident | None:
    """The last one of this kind that ended."""
    ended = Incident.objects.filter(site=site, code=code, resolved_at__isnull=False)
    return ended.order_by("-resolved_at").first()


def let_through(site: str, code: str) -> datetime | None:
    """None: go on, there is no such incident, or it is this caller who tries. Else: come back then."""
    incident = current(site, code)
    if incident is None:
        return None
    now = timezone.now()
    with transaction.atomic():
        waiting = Incident.objects.select_for_update(skip_locked=True, no_key=True)
        probe = waiting.filter(pk=incident.pk, resolved_at__isnull=True, probe_at__lte=now).first()
        if probe is not None:
            Incident.objects.filter(pk=probe.pk).update(
                probe_at=now + _seconds(probe.interval), interval=min(LONGEST_SECONDS, probe.interval * 2)
            )
            return None
    return max(incident.probe_at or now, now + timedelta(seconds=1))


def judge(site: str) -> None:
    """A lane has just failed: is it the only one, or is Exact ill?"""
    lately = ask("lanes_lately", site, timezone.now() - WITHIN)
    failing = sum(1 for _, fails in lately if fails)
    if failing >= LEAST_LANES and failing >= SHARE * len(lately):
        open(site, ILL)


def over(site: str, code: str) -> None:
    """What was wrong for everybody is over: all who slept because of it go on."""
    ended = Incident.objects.filter(site=site, code=code, resolved_at__isnull=True)
    if not ended.update(resolved_at=timezone.now()):
        return
    log.info("incident_over", site=site, code=code)
    if code == ILL:
        _wake_all(site)


def _wake_all(site: str) -> None:
    from connections.tasks import drive_soon

    asleep: dict[UUID, list[UUID]] = defaultdict(list)
    for firm_id, lane_id in ask("lanes_asleep", site, "incident"):
        asleep[firm_id].append(lane_id)
    now = timezone.now()
    for firm_id, lane_ids in asleep.items():
        with scope(firm_id):
            Lane.objects.filter(pk__in=lane_ids, sleeps_for="incident").update(due_at=now, sleeps_for="")
            for lane_id in lane_ids:
                drive_soon(lane_id, now)
