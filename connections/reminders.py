"""Who is told that a connection stands still, or soon will: whoever can mend it, as often as they want to be.

People of the firm get one digest over all their clients: once a day, at once when there is something new, or never, as
each has chosen. The Exact user whose consent died, or is about to, gets a
link to sign in again, and so do the people of the client company who have an account here. Something that stays as it
is comes up again after one day, two, four, a week and two weeks, and then no more. While Exact itself is ill nobody is
told anything: there is nothing that they could do.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from connections import authorisations, consents, incidents, mails
from connections.models import Authorisation, Connection, Consent, Issue, Reminder
from connections.remedies import remedy
from portal.models import Firm, Membership
from portal.people import erasure, rights
from portal.tenancy import scope

log = structlog.get_logger(__name__)

DIES_AFTER = timedelta(days=30)
WARN_AFTER = timedelta(
    days=20
)  # of an authorisation that could not be renewed: the keep-alive has failed for weeks
GAPS = (timedelta(0), *(timedelta(days=days) for days in (1, 2, 4, 7, 14)))
REMEMBERED = timedelta(days=60)
LINES = 10  # connections named per kind of issue; the page has all of them
LINK_HOURS = 7 * 24.0
PERSONAL = ("UserName", "FullName", "Email")  # in what Exact says of its user


@dataclass
class Mail:
    """One mail to one person. `about` are the ids that it names, by which it is not repeated too soon."""

    recipient: str
    kind: str
    language: str
    values: dict[str, Any]
    about: list[str]
    nth: int = 0
    reminder_id: Any = None


@dataclass
class Known:
    """What a firm's reminders are made of, read once."""

    firm: Firm
    now: datetime
    members: list[Membership]
    history: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)

    def due(self, recipient: str, key: str) -> bool:
        """Whether this person is to hear of this now: not yet told, or told long enough ago."""
        told = self.history.get((recipient, key), [])
        if len(told) >= len(GAPS):
            return False
        return not told or self.now - max(told) >= GAPS[len(told)] - timedelta(hours=1)


def remind(firm_id: UUID, now: datetime | None = None) -> int:
    """Send what is to be said today in this firm; how many mails. A mail that cannot be sent is tried in an hour."""
    now = now or timezone.now()
    with scope(firm_id):
        known = _known(firm_id, now)
        wanted = [mail for mail in _wanted(known) if _reserve(mail, now)]
    sent = 0
    for mail in wanted:
        try:
            mails.send(mail.kind, mail.language, mail.recipient, mail.values)
        except OSError as problem:  # smtplib's errors are OSErrors too
            log.warning("reminder_not_sent", problem=type(problem).__name__)
            with scope(firm_id):
                Reminder.objects.filter(pk=mail.reminder_id).delete()
            continue
        with scope(firm_id):
            Reminder.objects.filter(pk=mail.reminder_id).update(sent_at=now)
        sent += 1
    return sent


def _known(firm_id: UUID, now: datetime) -> Known:
    members = [
        member for member in Membership.objects.select_related("user").order_by("pk") if member.user.is_active
    ]
    known = Known(Firm.objects.get(pk=firm_id), now, members)
    for row in Reminder.objects.filter(created_at__gte=now - REMEMBERED):
        for key in row.about:
            known.history.setdefault((row.recipient, key), []).append(row.sent_at or row.created_at)
    return known


def _reserve(mail: Mail, now: datetime) -> bool:
    """The one mail of this person and day, in the transaction that decided on it. False: there was one already."""
    row, made = Reminder.objects.get_or_create(
        recipient=mail.recipient,
        day=timezone.localdate(now),
        nth=mail.nth,
        defaults={"kind": mail.kind, "about": mail.about},
    )
    mail.reminder_id = row.pk
    return made


def _wanted(known: Known) -> list[Mail]:
    told_today = Counter(
        Reminder.objects.filter(day=timezone.localdate(known.now)).values_list("recipient", flat=True)
    )
    quiet = [site for site in settings.EXACT_SITES if incidents.current(site) is not None]
    at_once = {one.user.email for one in known.members if one.told == Membership.Told.AT_ONCE}
    never = {one.user.email for one in known.members if one.told == Membership.Told.NEVER}
    wanted = [
        replace(mail, nth=told_today[mail.recipient])
        for mail in (*_digests(known, quiet), *_sign_ins(known, quiet, set(told_today)))
        if mail.recipient not in never
    ]
    return [mail for mail in wanted if mail.recipient in at_once or not mail.nth]


# --- The firm's people ---------------------------------------------------------------------------------------


def _digests(known: Known, quiet: list[str]) -> list[Mail]:
    issues = _for_people(quiet)
    dying = list(_dying(known.now, quiet))
    keys = [*(str(issue.pk) for issue in issues), *(str(row.pk) for row in dying)]
    mails_: list[Mail] = []
    for member in known.members:
        recipient = member.user.email
        if not rights.may(member, "connect") or not any(known.due(recipient, key) for key in keys):
            continue
        language = member.user.language
        values = {
            "firm": known.firm.name,
            "count": len({issue.connection_id for issue in issues}) + len(dying),
            "groups": _groups(issues, language),
            "dying": [_dying_line(row, language) for row in dying],
            "url": f"{settings.SITE_URL}/issues/",
        }
        mails_.append(Mail(recipient, "digest", language, values, keys))
    return mails_


def _for_people(quiet: list[str]) -> list[Issue]:
    """The open issues of whole connections that the firm or its client can do something about."""
    found = (
        Issue.objects.filter(resolved_at__isnull=True, connection__isnull=False, subject="")
        .exclude(connection__site__in=quiet)
        .exclude(connection__status="disconnected")
        .select_related("connection__organisation")
        .order_by("opened_at")
    )
    return [
        issue
        for issue in found
        if remedy(issue.code).who_acts in ("client", "firm") and remedy(issue.code).resolves != "by_itself"
    ]


def _groups(issues: list[Issue], language: str) -> list[dict[str, Any]]:
    by_code: dict[str, list[Issue]] = defaultdict(list)
    for issue in issues:
        by_code[issue.code].append(issue)
    return [
        {
            "title": remedy(code).title.render(language=language),
            "who": remedy(code).who_acts,
            "lines": [_line(issue) for issue in some[:LINES]],
            "more": max(0, len(some) - LINES),
        }
        for code, some in by_code.items()
    ]


def _line(issue: Issue) -> dict[str, str]:
    assert issue.connection is not None
    return {
        "name": issue.connection.organisation.name,
        "url": f"{settings.SITE_URL}/connections/{issue.connection_id}/",
    }


# --- Whoever can sign in at Exact ----------------------------------------------------------------------------


def _dying(now: datetime, quiet: list[str]) -> Any:
    """Authorisations that live, but could not be renewed for weeks."""
    old = Authorisation.objects.filter(status="active", issued_at__lt=now - WARN_AFTER)
    return old.exclude(site__in=quiet).order_by("issued_at")


def _dying_line(row: Authorisation, language: str) -> dict[str, str]:
    return {"exact_user": row.exact_user, "dies": mails.day(row.issued_at + DIES_AFTER, language)}


def _sign_ins(known: Known, quiet: list[str], told_today: set[str]) -> list[Mail]:
    """Links to sign in again, for the Exact user and for the client's own people."""
    firms_own = {member.user.email for member in known.members if rights.may(member, "connect")}
    wanted: list[Mail] = []
    # A chain that another firm took over is not mailed about: the same person would be sent back and forth.
    dead = Authorisation.objects.filter(status="dead").exclude(site__in=quiet)
    for row in [*dead, *_dying(known.now, quiet)]:
        waiting = _standing_still(row)
        if not waiting:
            continue
        for recipient, language, own in _who_can(row, waiting, known):
            key = str(row.pk)
            if recipient in firms_own or recipient in told_today or not known.due(recipient, key):
                continue
            if any(mail.recipient == recipient for mail in wanted):
                continue
            wanted.append(_sign_in(known, row, own, recipient, language, key))
    return wanted


def _standing_still(row: Authorisation) -> list[Connection]:
    """The connections that wait for this Exact user, or will."""
    found = Connection.objects.filter(authorisation=row).exclude(status="disconnected")
    if row.status == Authorisation.Status.DEAD:
        mended = Q(issues__code__in=authorisations.MENDED_BY_SIGNING_IN, issues__resolved_at__isnull=True)
        found = found.filter(mended, status="blocked").distinct()
    return list(found.select_related("organisation").order_by("organisation__name"))


def _who_can(
    row: Authorisation, waiting: list[Connection], known: Known
) -> list[tuple[str, str, list[Connection]]]:
    """(address, language, the connections it concerns): the Exact user, and the client's people for their own."""
    found = [(row.email, row.language or known.firm.language, waiting)] if row.email else []
    for member in known.members:
        own = [one for one in waiting if one.organisation_id == member.organisation_id]
        if rights.is_client(member) and own:
            found.append((member.user.email, member.user.language, own))
    return found


def _sign_in(
    known: Known, row: Authorisation, own: list[Connection], recipient: str, language: str, key: str
) -> Mail:
    link = consents.invite(own[0], site_key=row.site, email=recipient, hours=LINK_HOURS)
    values = {
        "firm": known.firm.name,
        "exact_user": row.exact_user,
        "organisations": [one.organisation.name for one in own[:LINES]],
        "dying": row.status == Authorisation.Status.ACTIVE,
        "dies": mails.day(row.issued_at + DIES_AFTER, language),
        "url": link.url,
        "expires": mails.moment(link.expires_at, language),
    }
    return Mail(recipient, "reconnect", language, values, [key])


def forget(email: str) -> None:
    """Mails to this person are forgotten with them, and that links were mailed there.

    What an Exact user is called is forgotten too: the consent itself is the firm's, and stays until it ends it.
    """
    Reminder.objects.filter(recipient__iexact=email).delete()
    Consent.objects.filter(email__iexact=email).update(email="")
    for row in Authorisation.objects.filter(email__iexact=email):
        me = {name: said for name, said in row.me.items() if name not in PERSONAL}
        Authorisation.objects.filter(pk=row.pk).update(email="", exact_user=str(row.exact_user_id), me=me)


erasure.register(forget)
