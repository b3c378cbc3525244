"""How a client's connection stands, in one sentence that can be read out loud on the telephone."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connections import contracts, incidents
from connections.models import Connection, Incident, Issue, Lane
from connections.pages import words
from connections.pages.words import Shown
from connections.remedies import RESOLVES, WHO
from connections.remedies.waits import REASONS
from portal.models import Organisation

SEVERITIES = {"blocks": 0, "stops": 1, "warns": 2}


@dataclass(frozen=True)
class State:
    """A client's connection as the helpdesk reads it. `found`: open issues, those that matter most first."""

    connection: Connection | None
    lane: Lane | None
    incident: Incident | None
    found: list[Shown]
    waiting: int  # invoices, for whatever reason
    tone: str
    sentence: str
    sleeps: str  # why no call is made now, though nothing is wrong; empty otherwise


def of(organisation: Organisation) -> State:
    """Read it. Needs the staff scope."""
    connection = (
        Connection.objects.select_related("organisation", "authorisation", "spare", "mailbox", "firm")
        .filter(organisation=organisation)
        .order_by("disconnected_at", "-created_at")
        .last()
    )
    live = Connection.objects.select_related("organisation", "authorisation", "spare", "mailbox", "firm")
    connection = live.filter(organisation=organisation).exclude(status="disconnected").first() or connection
    lane = Lane.objects.filter(connection=connection).first() if connection else None
    ill = incidents.current(connection.site) if connection else None
    found = words.shown(_open(organisation, connection))
    found.sort(key=lambda one: (SEVERITIES[one.remedy.severity], -one.waiting, one.issue.opened_at))
    waiting = _waiting(found)
    tone, sentence = _said(connection, found, waiting, ill)
    return State(connection, lane, ill, found, waiting, tone, sentence, _sleeps(lane))


def _open(organisation: Organisation, connection: Connection | None) -> list[Issue]:
    """Of the connection, and those about the organisation that have none yet."""
    found = Issue.objects.select_related("connection__organisation", "firm").filter(resolved_at__isnull=True)
    mine = found.filter(connection__organisation=organisation)
    unbound = found.filter(
        firm_id=organisation.firm_id, connection__isnull=True, subject=str(organisation.pk)
    )
    of_contract = (
        []
        if connection is None
        else [issue for issue in contracts.open_issues(connection) if issue.code == contracts.USED_UP]
    )
    return [*mine.order_by("opened_at"), *unbound, *of_contract]


def _waiting(found: list[Shown]) -> int:
    """An invoice that waits for an issue of its own is not counted again under the one that holds up everything."""
    blocking = [one.waiting for one in found if one.remedy.holds_everything]
    others = [one.waiting for one in found if not one.remedy.holds_everything]
    return max(blocking, default=0) + sum(others)


def moment(at: Any) -> str:
    """«3 November», and the time of day when it was or is today."""
    local = timezone.localtime(at)
    return date_format(local, "H:i" if local.date() == timezone.localdate() else "j F")


def _said(
    connection: Connection | None, found: list[Shown], waiting: int, ill: Incident | None
) -> tuple[str, str]:
    tone, parts = _stands(connection, found)
    if ill is not None and ill.code == incidents.ILL:
        tone = "bad"
        parts.append(_("Exact itself is ill since %(when)s") % {"when": moment(ill.opened_at)})
    worst = found[0].remedy.severity if found else ""
    if worst == "stops" and tone == "good":
        tone = "warn"
    parts += [one.words.title for one in found[:2]]
    if len(found) > 2:
        more = len(found) - 2
        parts.append(ngettext("and %(n)s issue more", "and %(n)s issues more", more) % {"n": more})
    if waiting:
        parts.append(ngettext("%(n)s invoice waits", "%(n)s invoices wait", waiting) % {"n": waiting})
    elif not found:
        parts.append(_("nothing waits for anybody"))
    first, *others = parts
    return tone, "; ".join([first, *(_small(one) for one in others)]) + "."


def _small(words_: str) -> str:
    """Within a sentence: «Exact» and abbreviations keep their capital."""
    begins = words_.split(" ", 1)[0]
    keeps = begins.startswith("Exact") or not begins[1:].islower()
    return words_ if keeps else words_[:1].lower() + words_[1:]


def _stands(connection: Connection | None, found: list[Shown]) -> tuple[str, list[str]]:
    if connection is None:
        return "warn", [_("Not connected to Exact yet")]
    status = connection.status
    where = connection.division_name or str(connection.division or "")
    if status == "active":
        return "good", [
            _("Connected to %(where)s (%(code)s)") % {"where": where, "code": connection.division}
        ]
    if status == "paused":
        until = connection.resumes_at
        if until:
            return "warn", [_("Paused until %(when)s") % {"when": moment(until)}]
        return "warn", [_("Paused until somebody resumes it")]
    if status == "disconnected":
        ended = connection.disconnected_at or connection.updated_at
        return "warn", [_("Disconnected since %(when)s") % {"when": moment(ended)}]
    if status == "blocked":
        since = min((one.issue.opened_at for one in found if one.remedy.blocks_connection), default=None)
        if connection.last_success_at and since:
            return "bad", [_("Connected until %(when)s") % {"when": moment(since)}]
        return "bad", [_("Blocked since connecting")]
    step = Connection.Step(connection.next_step).label if connection.next_step else ""
    return "info", [_("Being connected: %(step)s") % {"step": step}]


def _sleeps(lane: Lane | None) -> str:
    """Why the lane rests, and until when, in words."""
    if lane is None or not lane.sleeps_for or lane.due_at is None or lane.due_at <= timezone.now():
        return ""
    why = REASONS.get(f"budget_{lane.sleeps_for}")
    reason = str(why) if why else _("Work in this administration rests")
    until = _("until %(when)s") % {"when": date_format(timezone.localtime(lane.due_at), "j M H:i")}
    return f"{reason.rstrip('.')} ({until})."


def who(one: Shown) -> str:
    """Who must act, as the helpdesk says it; nobody, when it passes by itself."""
    if one.remedy.resolves == "by_itself":
        return str(RESOLVES["by_itself"])
    return str(WHO[one.remedy.who_acts])
