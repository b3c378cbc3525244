"""Throwing away when the years are over, and not before.

A document of 2026 is kept to the end of 2033 (seven years after its year; ten where the firm says so), and with it all
that hangs on it. A legal hold keeps everything of a firm. Rooms register what they keep; the audit trail is ours.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import structlog
from django.db import models
from django.utils import timezone

from portal import audit
from portal.models import AuditDigest, AuditEvent, AuditPerson, Firm
from portal.tenancy import staff

log = structlog.get_logger(__name__)

AT_ONCE = 500  # rows of one kind in one transaction, so that nothing waits long behind it

Expire = Callable[[UUID, datetime, int], int]
"""(firm, before, at most) → how many were thrown away; called within staff() until it gives 0."""

_kinds: dict[str, Expire] = {}


def register(name: str, expire: Expire) -> None:
    """A kind of rows that a firm keeps for its years; in the order in which they may go."""
    _kinds[name] = expire


def kept_from(years: int, now: datetime | None = None) -> datetime:
    """What is older than this may go: the start of the year that lies `years` full years back."""
    return datetime((now or timezone.now()).year - years, 1, 1, tzinfo=UTC)


def run(now: datetime | None = None) -> dict[str, int]:
    """Throw away, firm by firm, what is over its years. How many of each kind."""
    done: dict[str, int] = {}
    with staff():
        firms = list(Firm.objects.filter(legal_hold=False).values_list("pk", "keeps_years"))
    for firm_id, years in firms:
        before = kept_from(years, now)
        gone = {name: _all(expire, firm_id, before) for name, expire in {**_kinds, "audit": _audit}.items()}
        if gone := {name: count for name, count in gone.items() if count}:
            log.info("retention", firm=str(firm_id), before=before.isoformat(), **gone)
            audit.record("retention.done", firm_id=firm_id, after={"before": before, **gone})
        for name, count in gone.items():
            done[name] = done.get(name, 0) + count
    return done


def _all(expire: Expire, firm_id: UUID, before: datetime) -> int:
    total = 0
    while True:
        with staff():
            count = expire(firm_id, before, AT_ONCE)
        total += count
        if count == 0:
            return total


def _audit(firm_id: UUID, before: datetime, at_most: int) -> int:
    """Whole links of the chain, so that what is left can still be verified; the last of them stays as its anchor."""
    links = AuditDigest.objects.filter(firm_id=firm_id)
    anchor = links.filter(at__lt=before, number__gt=1).order_by("-number").first()
    if anchor is None:
        return 0
    old = AuditEvent.objects.filter(firm_id=firm_id, at__lt=anchor.at).order_by("at")
    ids = list(old.values_list("pk", flat=True)[:at_most])
    AuditPerson.objects.filter(event_id__in=ids).delete()
    AuditEvent.objects.filter(pk__in=ids).delete()
    if not ids:
        links.filter(number__lt=anchor.number).delete()
    return len(ids)


def purge(rows: models.QuerySet) -> int:
    """Delete these rows and all that hangs on them, whatever `on_delete` says; rows that may stand alone are let go.

    `on_delete` guards against mistakes of a day; here the years of everything below are over together.
    """
    ids = list(rows.values_list("pk", flat=True))
    if not ids:
        return 0
    for relation in rows.model._meta.related_objects:
        field = relation.field
        below = relation.related_model._base_manager.using("staff").filter(**{f"{field.name}__in": ids})
        if field.null and getattr(field.remote_field, "on_delete", None) is models.SET_NULL:
            below.update(**{field.name: None})
        elif field.null and relation.related_model is rows.model:
            below.exclude(pk__in=ids).update(**{field.name: None})
        else:
            purge(below)
    deleted = rows.model._base_manager.using("staff").filter(pk__in=ids)
    return deleted._raw_delete("staff")  # the collector would refuse what PROTECT names
