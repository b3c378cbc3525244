"""The chain over a firm's audit trail: each night a digest of the day's events, over the digest before it.

What somebody with the owner's sign-in changes, removes or adds afterwards no longer gives the digests that stand, and
a new chain no longer gives the heads that were logged and exported: keep those where the database's owner cannot.

A link holds, in the order (at, id), every event before its moment that no earlier link has:
sha256(previous sha256 ⏎ one line of JSON per event). The personal part is in it by its salted hash only, so that
erasing it does not break the chain.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal import audit
from portal.models import AuditDigest, AuditEvent, AuditPerson, Firm
from portal.tenancy import staff

log = structlog.get_logger(__name__)

SETTLED = timedelta(minutes=15)
"""Events younger than this wait for the next link: a transaction that is still open may yet commit one."""

START = "0" * 64
FIELDS = (
    "id", "firm_id", "at", "action", "by", "actor_id", "subject_kind", "subject_id",
    "before", "after", "request_id", "person_sha256",
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """Something in a chain that does not fit. `link` is the digest's number; `what` a sentence."""

    firm_id: UUID | None
    link: int
    what: str


def line(values: dict[str, object]) -> bytes:
    """An event as it goes into the digest."""
    return json.dumps(values, sort_keys=True, default=_text, separators=(",", ":")).encode()


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def chain(firm_id: UUID | None) -> AuditDigest | None:
    """Add a link over what came since the last; None when nothing did. Needs staff()."""
    last = AuditDigest.objects.filter(_of(firm_id)).order_by("-number").first()
    until = timezone.now() - SETTLED
    sha256, count = _digest(last.sha256 if last else START, _between(firm_id, last, until))
    if not count:
        return None
    link = AuditDigest.objects.create(
        firm_id=firm_id, number=last.number + 1 if last else 1, at=until, events=count, sha256=sha256
    )
    # The head leaves the database here: what is logged elsewhere cannot be rewritten with it.
    log.info("audit_digest", firm=str(firm_id), number=link.number, events=count, sha256=sha256)
    return link


def chain_all() -> int:
    """A link for every firm with news, and for the installation. How many."""
    made = 0
    for firm_id in _firms():
        with staff():
            made += chain(firm_id) is not None
    return made


def verify(firm_id: UUID | None, head: tuple[int, str] | None = None) -> list[Fault]:
    """What does not fit in a firm's chain; with `head` (number, sha256), also against a link noted elsewhere."""
    faults: list[Fault] = []
    with staff():
        links = list(AuditDigest.objects.filter(_of(firm_id)).order_by("number"))
        previous: AuditDigest | None = None
        for link in links:
            faults += _check(firm_id, previous, link)
            previous = link
        persons = AuditPerson.objects.filter(_of(firm_id)).select_related("event")
        for person in persons.iterator(2000):
            if audit.hash_of(person) != person.event.person_sha256:
                faults.append(Fault(firm_id, 0, f"The personal part of event {person.event_id} was changed."))
    if head is not None:
        noted = {link.number: link.sha256 for link in links}.get(head[0])
        if noted != head[1]:
            faults.append(Fault(firm_id, head[0], "This link is not the one that was noted elsewhere."))
    return faults


def _check(firm_id: UUID | None, previous: AuditDigest | None, link: AuditDigest) -> list[Fault]:
    if previous is None and link.number > 1:
        return []  # what it was over has been thrown away when its years were over; it anchors what follows
    if link.number != (previous.number + 1 if previous else 1):
        return [Fault(firm_id, link.number, "The link before it is missing.")]
    sha256, count = _digest(previous.sha256 if previous else START, _between(firm_id, previous, link.at))
    if sha256 == link.sha256:
        return []
    more = count - link.events
    story = {0: "was changed"}.get(more, f"{abs(more)} events too {'many' if more > 0 else 'few'}")
    return [Fault(firm_id, link.number, f"Its events are not those that it was made of: {story}.")]


def _of(firm_id: UUID | None) -> Q:
    return Q(firm_id=firm_id) if firm_id else Q(firm_id__isnull=True)


def _between(firm_id: UUID | None, last: AuditDigest | None, until: datetime) -> QuerySet[AuditEvent]:
    found = AuditEvent.objects.filter(_of(firm_id), at__lt=until)
    return (found.filter(at__gte=last.at) if last else found).order_by("at", "id")


def _digest(previous: str, events: QuerySet[AuditEvent]) -> tuple[str, int]:
    count, hashed = 0, hashlib.sha256(previous.encode())
    for values in events.values(*FIELDS).iterator(2000):
        hashed.update(b"\n" + line(values))
        count += 1
    return hashed.hexdigest(), count


def _firms() -> Iterator[UUID | None]:
    with staff():
        firms = list(Firm.objects.order_by("pk").values_list("pk", flat=True))
    yield None
    yield from firms


def verify_all(heads: dict[str, tuple[int, str]] | None = None) -> list[Fault]:
    """Every chain; `heads` by firm id ("" for the installation)."""
    heads = heads or {}
    return [fault for firm_id in _firms() for fault in verify(firm_id, heads.get(str(firm_id or "")))]


def heads() -> dict[str, tuple[int, str]]:
    """The last link of every chain, to be kept elsewhere."""
    with staff():
        rows = AuditDigest.objects.order_by("firm_id", "-number").distinct("firm_id")
        return {str(row.firm_id or ""): (row.number, row.sha256) for row in rows}
