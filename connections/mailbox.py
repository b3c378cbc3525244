"""The Digital Mailbox `<kvk>@facturen.econnect.eu`: found or made, awaited, and what stands in its way.

Mailboxes are of the whole subscription: any division lists all of them, so that one bound to another administration is
seen before a second one is asked for. A new one takes "a few minutes" to become usable. That is normal and no issue:
the status is `creating`, files go as documents meanwhile, and a chore looks again until it works.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from connections import connecting, issues
from connections.exact import MAILBOXES, PREFERRED_MAILBOX, ExactError, Kind, eq
from connections.examination import Rights
from connections.held import Held
from connections.models import Chore, Connection, Mailbox
from connections.packages import Package
from connections.remedies import Text, paths

ISSUES = (
    "mailbox_forbidden",
    "mailbox_bound_elsewhere",
    "mailbox_exists",
    "mailbox_not_active",
    "licence_trial",
    "licence_feature_missing",
)
SUBJECT = "digital mailbox"  # of issues whose code says nothing of a mailbox
FEW_MINUTES = (
    5  # looks (MAILBOX_RECHECK_SECONDS apart) that a new mailbox may take before it is taken to work
)
TOO_LONG = 30  # looks after which somebody should see to it
LATER = timedelta(hours=1)

Status = Mailbox.Status


@dataclass(frozen=True)
class Settled:
    """A line of the doctor's table, and when to look again by itself."""

    outcome: str
    remedy: str = ""
    detail: str = ""
    again: timedelta | None = None


class _Refused(Exception):
    """The mailbox cannot be had; `code` is the issue's, `values` fill its sentences."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def wanted(connection: Connection) -> bool:
    """Whether this connection delivers by mailbox; one whose people chose documents needs none."""
    way = connection.delivery or settings.EXACT_DEFAULT_DELIVERY
    return connection.mode == Connection.Mode.MAILBOX or way == Connection.Delivery.MAILBOX


def settle(held: Held, connection: Connection) -> Settled:
    """Find the mailbox in Exact or make it, see whether it can be used, and keep what was found."""
    with held.read():
        mailbox = Mailbox.objects.get(connection=connection)
    if not wanted(connection):
        with held.record():
            if mailbox.status != Status.ACTIVE:
                _keep(mailbox, status=Status.NOT_WANTED)
            issues.resolve_code(connection, *ISSUES, by="not wanted")
        return Settled("skipped", detail="delivery by document")
    try:
        found, made_at = _find_or_make(held, connection, mailbox)
        usable = _usable(held, mailbox, found, made_at)
    except _Refused as refused:
        return _refuse(held, connection, mailbox, refused)
    except ExactError as error:
        if error.kind not in (Kind.RIGHTS, Kind.CONFIGURATION, Kind.INVOICE):
            raise
        other = {"other_division": error.division} if error.division else {}
        return _refuse(held, connection, mailbox, _Refused(error.code, raw=error.raw, **other))
    with held.record():
        first = usable and mailbox.status != Status.ACTIVE
        _keep(
            mailbox,
            exact_id=found["ID"],
            sender_id=found["ID"],
            made_at=made_at,
            bound_to=None,
            status=Status.ACTIVE if usable else Status.CREATING,
        )
        issues.resolve_code(connection, *ISSUES)
        for issue in connection.issues.filter(subject=SUBJECT, resolved_at__isnull=True):
            issues.resolve(issue, "check")
        if first:
            connecting.filled(Connection.objects.get(pk=connection.pk))
    if usable:
        return Settled("ok", detail=mailbox.address)
    return Settled("unknown", detail="being made; this takes a few minutes", again=_soon())


def _soon(times: int = 1) -> timedelta:
    return timedelta(seconds=settings.MAILBOX_RECHECK_SECONDS * times)


def _find_or_make(
    held: Held, connection: Connection, mailbox: Mailbox
) -> tuple[dict[str, Any], datetime | None]:
    """Exact's row of the mailbox, and when it was made."""
    if mailbox.status == Status.FAILED and Rights(held.exact).may(MAILBOXES, "GET") is False:
        raise _Refused("mailbox_forbidden")  # as before; a refused call would count as an error
    found = held.exact.first(MAILBOXES, where=eq("Mailbox", mailbox.address))
    if found is not None:
        if found["ForDivision"] not in (None, 0, connection.division):
            raise _Refused(
                "mailbox_bound_elsewhere",
                other_division=found["ForDivision"],
                other_division_name=found["ForDivisionDescription"],
            )
        return found, mailbox.made_at or found["Created"]
    payload = {
        "Mailbox": mailbox.address,
        "ForDivision": connection.division,
        "Description": f"Autopilot {connection.organisation.name}"[:60],
    }
    return held.exact.create(MAILBOXES, payload), timezone.now()


def _named(code: str, connection: Connection) -> str:
    """What «forbidden» means here: the user's right, unless the licence is known to be without a mailbox."""
    if code != "mailbox_forbidden":
        return code
    package = Package.from_json(connection.package)
    if package.trial:
        return "licence_trial"
    return "licence_feature_missing" if package.mailbox is False else "mailbox_forbidden"


def _usable(held: Held, mailbox: Mailbox, found: dict[str, Any], made_at: datetime | None) -> bool:
    """Whether messages can be put into it.

    1. One that worked before works.
    2. Exact's own choice for this administration is it: it works.
    3. Exact offers another choice: then only time can tell, and a few minutes are enough.
    4. Exact knows none that can be used: it is being made, or something is wrong when that takes too long.
    """
    if mailbox.status == Status.ACTIVE and mailbox.exact_id == found["ID"]:
        return True
    try:
        preferred = held.exact.first(PREFERRED_MAILBOX)
    except ExactError as error:
        if error.kind in (Kind.TRANSIENT, Kind.BUDGET, Kind.AUTHORISATION):
            raise
        return True  # not offered here: take it as made
    if preferred is not None and preferred["ID"] == found["ID"]:
        return True
    age = timezone.now() - made_at if made_at else _soon(TOO_LONG)
    if preferred is not None:
        return age >= _soon(FEW_MINUTES)
    if age >= _soon(TOO_LONG):
        raise _Refused("mailbox_not_active")
    return False


def _refuse(held: Held, connection: Connection, mailbox: Mailbox, refused: _Refused) -> Settled:
    """It cannot be had: an issue says why, and those that were true before are not any more."""
    code, values = _named(refused.code, connection), refused.values
    number = values.get("other_division")
    if number and not values.get("other_division_name") and connection.authorisation:
        names = {row["code"]: row["name"] for row in connection.authorisation.divisions}
        values["other_division_name"] = names.get(number)
    with held.record():
        _keep(mailbox, status=Status.FAILED, bound_to=number)
        subject = "" if code in ISSUES else SUBJECT
        issues.resolve_code(connection, *(other for other in ISSUES if other != code))
        issues.open_issue(code, connection=connection, subject=subject, **values)
    later = LATER if code == "mailbox_not_active" else None
    return Settled("missing", code, str(values.get("raw") or "")[:200], later)


def _keep(mailbox: Mailbox, **values: Any) -> None:
    for name, value in {**values, "checked_at": timezone.now()}.items():
        setattr(mailbox, name, value)
    mailbox.save(update_fields=[*values, "checked_at"])


def look_again(connection: Connection, settled: Settled) -> None:
    """Let the chore look again by itself when the mailbox still needs time. Needs the scope."""
    if settled.again is not None:
        due = {"due_at": timezone.now() + settled.again, "attempts": 0, "error": ""}
        Chore.objects.update_or_create(connection=connection, kind="mailbox", defaults=due)


_BY_HAND = (
    Text(
        f"Ga in Exact naar {paths.MAILBOXES.nl} en kies Toevoegen.",
        f"In Exact, go to {paths.MAILBOXES.en} and choose Add.",
    ),
    Text("Plak het adres {mailbox}.", "Paste the address {mailbox}."),
    Text(
        "Kies de administratie {division_name} (nummer {division}) en bewaar.",
        "Choose the administration {division_name} (number {division}) and save.",
    ),
    Text(
        "Na een paar minuten werkt de brievenbus; het portaal merkt dat vanzelf.",
        "After a few minutes the mailbox works; the portal notices by itself.",
    ),
)


def by_hand(connection: Connection, language: str | None = None) -> list[str]:
    """How a person makes the mailbox in Exact, step by step; the address to copy is the Mailbox's. Needs the scope."""
    address = Mailbox.objects.values_list("address", flat=True).get(connection=connection)
    values = {
        "mailbox": address,
        "division": connection.division,
        "division_name": connection.division_name,
    }
    return [step.render(values, language) for step in _BY_HAND]
