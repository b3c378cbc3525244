"""Reading the audit trail: for a firm's owner, for an export, for whoever is asked «who did this?»."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.digests import FIELDS
from portal.models import AuditDigest, AuditEvent
from portal.tenancy import scope

PAGE = 1000


def of(subject_kind: str, subject_id: object) -> list[AuditEvent]:
    """Everything that was done to one row, oldest first. Needs the scope."""
    found = AuditEvent.objects.filter(subject_kind=subject_kind, subject_id=str(subject_id))
    return list(found.select_related("person").order_by("at", "id"))


def recent(at_most: int = 200, **filters: Any) -> list[AuditEvent]:
    """The firm's last events, newest first. Needs the scope."""
    found = AuditEvent.objects.filter(**filters).select_related("person")
    return list(found.order_by("-at", "-id")[:at_most])


def lines(firm_id: UUID, since: datetime | None = None) -> Iterator[dict[str, Any]]:
    """The trail as plain values, oldest first, and then the links of its chain: all that verifying needs.

    Read in pages, a short transaction each: an export of years holds nothing up.
    """
    after: tuple[datetime, UUID] | None = None
    while True:
        with scope(firm_id):
            found = AuditEvent.objects.select_related("person").order_by("at", "id")
            if since is not None:
                found = found.filter(at__gte=since)
            if after is not None:
                found = found.filter(at__gte=after[0]).exclude(at=after[0], pk__lte=after[1])
            page = list(found[:PAGE])
        if not page:
            break
        yield from (_values(event) for event in page)
        after = page[-1].at, page[-1].pk
    with scope(firm_id):
        links = list(AuditDigest.objects.order_by("number").values("number", "at", "events", "sha256"))
    yield from (dict(link) for link in links)


def _values(event: AuditEvent) -> dict[str, Any]:
    person = getattr(event, "person", None)
    values = {name: getattr(event, name) for name in FIELDS}
    if person is not None:
        values |= {name: getattr(person, name) for name in ("name", "address", "agent", "words", "salt")}
    return values
