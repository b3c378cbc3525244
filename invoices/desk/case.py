"""The case: everything about one client on one screen, and one invoice with its flight recorder."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from connections.desk import calls, state
from connections.models import Call
from connections.pages import words as issue_words
from connections.pages.one import budget
from invoices import reasons
from invoices.desk import timeline
from invoices.models import Invoice
from invoices.pages import words
from portal.desk import cases
from portal.desk.pages import DeskRequest, page, render
from portal.models import Bundle, Firm, Organisation

CALLS, WATCHED_SECONDS = 20, 45
HEAVY = ("content", "findings", "candidates")


@page("cases/<uuid:pk>/", "case")
def case(request: DeskRequest, pk: Any) -> HttpResponse:
    """What is wrong, what mends it, who must do it; and the buttons to do it together with the caller."""
    organisation = get_object_or_404(Organisation.objects.select_related("firm"), pk=pk)
    stands = state.of(organisation)
    row = cases.of(organisation)
    return render(
        request,
        "helpdesk/case.html",
        {
            "organisation": organisation,
            "state": stands,
            "connection": stands.connection,
            "cards": _cards(stands.found),
            "case": row,
            "colleagues": cases.colleagues(),
            "notes": cases.lines(row, 8),
            "bundles": Bundle.objects.filter(case=row).order_by("-created_at")[:3] if row else [],
            "calls": _calls(stands.connection),
            "budget": budget(stands.lane),
            "timeline": timeline.of(organisation, row),
            "invoices": _waiting(organisation),
            "client_sees": _client_sees(organisation.firm, stands),
            "now": timezone.now(),
            **_table(stands, request.GET.get("since", "")),
        },
    )


def _cards(found: list[issue_words.Shown]) -> list[dict[str, Any]]:
    """Issues with who must act, in the helpdesk's words, and its own note on the code."""
    notes = cases.code_notes() if found else {}
    return [{"one": one, "who": state.who(one), "note": notes.get(one.issue.code)} for one in found]


def _calls(connection: Any) -> list[dict[str, Any]]:
    if connection is None:
        return []
    return calls.shown(Call.objects.filter(connection=connection).order_by("-at")[:CALLS])


def _waiting(organisation: Organisation) -> list[dict[str, Any]]:
    """Its newest invoices that are not done, with why they wait."""
    done = ("booked", "delivered", "rejected", "duplicate")
    found = Invoice.objects.filter(organisation=organisation).exclude(status__in=done).defer(*HEAVY)
    return [
        {"row": row, "why": reasons.sentence(row.reason, row.reason_values) if row.reason else ""}
        for row in found.order_by("-created_at")[:15]
    ]


def _client_sees(firm: Firm, stands: state.State) -> list[dict[str, str]]:
    """The issues as the firm's own pages say them, in the firm's language."""
    return [
        {
            "title": one.remedy.words(one.issue.values, firm.language).title,
            "cause": one.remedy.words(one.issue.values, firm.language).cause,
            "language": firm.language,
        }
        for one in stands.found
    ]


@page("cases/<uuid:pk>/checks/", "case-checks")
def checks(request: DeskRequest, pk: Any) -> HttpResponse:
    """The doctor's table while it is being filled in."""
    organisation = get_object_or_404(Organisation.objects, pk=pk)
    stands = state.of(organisation)
    values = _table(stands, request.GET.get("since", ""))
    answer = render(
        request,
        "helpdesk/parts/checks.html",
        {"organisation": organisation, "connection": stands.connection, **values},
    )
    if not values["looking"]:
        answer["HX-Refresh"] = "true"  # the sentence and the issues above it may say something else now
        answer["HX-Replace-Url"] = f"/helpdesk/cases/{pk}/"
    return answer


def _table(stands: state.State, since: str) -> dict[str, Any]:
    """The doctor's table; `looking` while it is older than the question."""
    connection = stands.connection
    if connection is None:
        return {"checks": [], "looking": False}
    try:
        asked_at = datetime.fromisoformat(since) if since else None
    except ValueError:
        asked_at = None
    newer = asked_at is None or (connection.checked_at is not None and connection.checked_at >= asked_at)
    waited = (timezone.now() - asked_at).total_seconds() if asked_at else 0.0
    dead = any(one.remedy.probe == "token" and one.remedy.blocks_connection for one in stands.found)
    return {
        "checks": issue_words.table(connection.checks, stands.found),
        "looking": not newer and not dead and waited < WATCHED_SECONDS,
        "late": not newer and not dead and waited >= WATCHED_SECONDS,
        "asked_at": asked_at.isoformat() if asked_at else "",
    }


@page("invoices/<uuid:pk>/", "invoice")
def invoice(request: DeskRequest, pk: Any) -> HttpResponse:
    """One invoice: where it is and why, what happened, and every call to Exact that was made for it."""
    found = Invoice.objects.select_related("organisation", "firm", "issue__connection", "document")
    row = get_object_or_404(found.defer("content", "candidates"), pk=pk)
    shown = issue_words.shown([row.issue]) if row.issue and row.issue.resolved_at is None else []
    return render(
        request,
        "helpdesk/invoice.html",
        {
            "invoice": row,
            "why": reasons.sentence(row.reason, row.reason_values)
            if row.reason
            else _("No reason is noted."),
            "cards": [
                {"one": one, "who": state.who(one), "note": cases.code_notes().get(one.issue.code)}
                for one in shown
            ],
            "organisation": row.organisation,
            "events": words.events(row),
            "calls": calls.shown(Call.objects.filter(subject=row.pk).order_by("-at")[:CALLS]),
        },
    )
