"""Who did what, when, from where, and what it was before and after.

`record("connection.paused", connection, before=…, after=…)` in the transaction that does it: the act and its record are
committed or rolled back together. Who is acting is known from the request; elsewhere `acting(…)` says so.

Rows are only ever added (the database refuses all else), names and free text lie apart and can be erased
(`portal.people.erasure`), and `portal.digests` chains each firm's events so that a change behind our back shows.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from getpass import getuser
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from portal.addresses import client_address
from portal.encryption import SecretField
from portal.models import AuditEvent, AuditPerson, Partner, User
from portal.tenancy import current_firm, is_staff_scope, scope, staff, tell_again

By = AuditEvent.By


@dataclass(frozen=True)
class Actor:
    """Who acts: `by` is an `AuditEvent.By`; name, address and agent (the browser) are personal."""

    by: str
    id: UUID | None = None
    name: str = ""
    address: str = ""
    agent: str = ""
    request_id: str = ""


SYSTEM = Actor(By.SYSTEM)
AUTOPILOT = Actor(By.AUTOPILOT)

_actor: ContextVar[Actor | None] = ContextVar("audit_actor", default=None)
_request: ContextVar[HttpRequest | None] = ContextVar("audit_request", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Everything in this block is recorded as this actor's doing."""
    mark = _actor.set(actor)
    try:
        tell_again()
        yield
    finally:
        _actor.reset(mark)
        tell_again()


def operator() -> Actor:
    """Whoever runs a command on the machine."""
    return Actor(By.OPERATOR, name=getuser())


def requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what is recorded while a request is answered is its sender's doing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        mark = _request.set(request)
        try:
            return get_response(request)
        finally:
            _request.reset(mark)

    return middleware


def actor(given: Any = None) -> Actor:
    """Who is acting now; `given` may be an Actor, a User or a Partner that the caller knows to be it."""
    if isinstance(given, Actor):
        return given
    if (named := _actor.get()) is not None and given is None:
        return named
    request = _request.get()
    who = given if given is not None else getattr(request, "user", None)
    found: dict[str, Any] = {"by": By.SYSTEM}
    if isinstance(who, Partner):
        found = {"by": By.PARTNER, "id": who.pk, "name": who.name}
    elif isinstance(who, User):
        found = {"by": By.HELPDESK if who.is_staff else By.PERSON, "id": who.pk, "name": who.email}
    elif request is not None:
        found = {"by": By.PERSON}  # not signed in: a consent link, a failed sign-in
    if request is not None:
        found |= {
            "address": client_address(request),
            "agent": request.META.get("HTTP_USER_AGENT", ""),
            "request_id": getattr(request, "request_id", ""),
        }
    return Actor(**found)


def as_setting() -> str:
    """The actor as the triggers of `portal.audited` read it."""
    who = actor()
    if who == SYSTEM:
        return ""
    return json.dumps(
        {
            "by": who.by,
            "id": str(who.id) if who.id else None,
            "name": _text(who.name, 254),
            "address": _text(who.address, 64),
            "agent": _text(who.agent, 300),
            "request_id": who.request_id[:128],
        }
    )


def record(
    action: str,
    subject: models.Model | None = None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    words: str = "",
    by: Any = None,
    firm_id: UUID | None = None,
) -> None:
    """Add an event.

    Args:
        action: a stable name, `subject.verb`: "connection.paused".
        subject: the row that it was done to.
        before, after: values that changed, or that say what was done; never secrets, never names of persons.
        words: free text or a person's name that belongs to it; kept apart, so that it can be erased.
        by: who, where the request does not tell (an Actor, a User, a Partner).
        firm_id: whose event it is. By default the scope's firm. Outside every scope a transaction of its own is
            opened, and without a firm the event concerns the whole installation.
    """
    who = actor(by)
    firm_id = firm_id or current_firm() or _firm_of(subject)
    person = _person(who, words)
    event = AuditEvent(
        firm_id=firm_id,
        at=timezone.now(),
        action=action,
        by=who.by,
        actor_id=who.id,
        subject_kind=subject._meta.model_name or "" if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        before=_plain(before),
        after=_plain(after),
        request_id=who.request_id[:128],
        person_sha256=hash_of(person) if person else "",
    )
    with _somewhere(firm_id):
        event.save(force_insert=True)
        if person:
            person.firm_id, person.event = firm_id, event
            person.save(force_insert=True)


def snapshot(row: models.Model, *names: str) -> dict[str, Any]:
    """These fields of a row (all that hold no secret by default), to be compared later."""
    fields = [
        field.attname
        for field in row._meta.concrete_fields
        if not isinstance(field, SecretField) and field.attname not in ("password", "updated_at")
    ]
    return {name: getattr(row, name) for name in (names or fields)}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`before` and `after` for `record()`, reduced to what differs; empty when nothing does."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not names:
        return {}
    return {
        "before": {name: before[name] for name in names if name in before},
        "after": {name: after[name] for name in names if name in after},
    }


def hash_of(person: AuditPerson) -> str:
    """What an event keeps of its personal part: of no use to guess with once the salt is erased."""
    text = "\n".join([person.salt, person.name, person.address, person.agent, person.words])
    return hashlib.sha256(text.encode()).hexdigest()


def _person(who: Actor, words: str) -> AuditPerson | None:
    if not (who.name or who.address or who.agent or words):
        return None
    return AuditPerson(
        name=_text(who.name, 254),
        address=_text(who.address, 64),
        agent=_text(who.agent, 300),
        words=_text(words, 10_000),
        salt=secrets.token_hex(16),
    )


def _text(value: str, most: int) -> str:
    """As PostgreSQL takes it: no NUL, no half a surrogate pair."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()[:most]


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """As JSON gives it back, so that what is hashed now is what is read later."""
    return _clean(json.loads(json.dumps(dict(values or {}), cls=DjangoJSONEncoder)))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(one) for name, one in value.items()}
    return value


def _firm_of(subject: models.Model | None) -> UUID | None:
    from portal.models import Firm

    return subject.pk if isinstance(subject, Firm) else getattr(subject, "firm_id", None)


def _somewhere(firm_id: UUID | None) -> Any:
    """A transaction that may write this event: the caller's, or one of its own."""
    if is_staff_scope() or (firm_id is not None and current_firm() == firm_id):
        return nullcontext()
    if firm_id is None or transaction.get_connection("default").in_atomic_block:
        return staff()
    return scope(firm_id)
