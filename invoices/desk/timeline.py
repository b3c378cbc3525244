"""What happened to a client, in one line of time: connection, issues, invoices, what we did. Needs the staff scope."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.models import Connection, Consent, Issue
from connections.remedies import remedy
from invoices.models import Invoice, TimelineEvent
from invoices.pages import words
from portal.desk import cases
from portal.models import AuditEvent, DeskCase, DeskNote, Organisation

INVOICES, EACH, SHOWN = 60, 80, 120

STATUS = {
    "pending": gettext_lazy("Connecting began"),
    "active": gettext_lazy("Connected"),
    "blocked": gettext_lazy("Blocked"),
    "paused": gettext_lazy("Paused"),
    "disconnected": gettext_lazy("Disconnected"),
}
TONES = {"active": "good", "blocked": "bad", "paused": "warn", "disconnected": "warn"}
DONE = {
    "recheck": gettext_lazy("checked again"),
    "check": gettext_lazy("ran the doctor"),
    "link": gettext_lazy("mailed a link to sign in again"),
    "letter": gettext_lazy("mailed the letter"),
    "retry": gettext_lazy("let what waited try again"),
    "pause": gettext_lazy("paused the connection"),
    "resume": gettext_lazy("let the connection go on"),
}


def of(organisation: Organisation, case: DeskCase | None) -> list[dict[str, Any]]:
    """Newest first: [{at, title, why, actor, tone, kind}]."""
    rows = [
        *_connection(organisation),
        *_issues(organisation),
        *_invoices(organisation),
        *(_note(line) for line in cases.lines(case)),
    ]
    return sorted(rows, key=lambda row: row["at"], reverse=True)[:SHOWN]


def _row(
    kind: str, at: Any, title: Any, why: Any = "", actor: Any = None, tone: str = "", url: str = ""
) -> dict[str, Any]:
    return {
        "kind": kind,
        "at": at,
        "title": str(title),
        "why": str(why),
        "actor": actor,
        "tone": tone,
        "url": url,
    }


def _connection(organisation: Organisation) -> list[dict[str, Any]]:
    """Changes of its connections and consents, out of the firm's trail."""
    mine = Connection.objects.filter(organisation=organisation).values_list("pk", flat=True)
    consents = Consent.objects.filter(connection__organisation=organisation).values_list("pk", flat=True)
    about = [str(one) for one in [*mine, *list(consents[:EACH])]]
    found = AuditEvent.objects.filter(firm_id=organisation.firm_id, subject_id__in=about).select_related(
        "person"
    )
    rows = []
    for event in found.order_by("-at")[:EACH]:
        actor = getattr(getattr(event, "person", None), "name", "") or event.get_by_display()
        if event.subject_kind == "consent":
            if event.after.get("finished_at"):
                rows.append(
                    _row(
                        "connection",
                        event.at,
                        _("Signed in at Exact"),
                        event.after.get("outcome") or "",
                        actor,
                        "good",
                    )
                )
            continue
        status = event.after.get("status")
        if status and (event.before or event.action.endswith(".made")):
            rows.append(
                _row("connection", event.at, STATUS.get(status, status), "", actor, TONES.get(status, ""))
            )
        elif changed := sorted(set(event.after) - {"next_step", "status"}):
            rows.append(_row("connection", event.at, _("Connection changed"), ", ".join(changed), actor))
    return rows


def _issues(organisation: Organisation) -> list[dict[str, Any]]:
    rows = []
    found = Issue.objects.filter(connection__organisation=organisation).order_by("-opened_at")
    for issue in found[:EACH]:
        title = remedy(issue.code).words(issue.values).title
        rows.append(_row("issue", issue.opened_at, title, issue.code, None, "bad"))
        if issue.resolved_at:
            rows.append(
                _row("issue", issue.resolved_at, _("Mended: %(what)s") % {"what": title}, "", None, "good")
            )
    return rows


def _invoices(organisation: Organisation) -> list[dict[str, Any]]:
    """Events of its newest invoices; a client has too many invoices to sort the events of them all."""
    newest = Invoice.objects.filter(organisation=organisation).order_by("-created_at")
    recent = list(newest.values_list("pk", flat=True)[:INVOICES])
    found = TimelineEvent.objects.filter(invoice_id__in=recent).select_related("actor", "invoice")
    rows = []
    for event in found.order_by("-at")[:EACH]:
        shown = words.event(event)
        title = f"{event.invoice.number or '–'}: {shown['title']}"
        rows.append(
            _row(
                "invoice",
                event.at,
                title,
                shown["why"],
                event.actor,
                shown["tone"],
                f"/helpdesk/invoices/{event.invoice_id}/",
            )
        )
    return rows


def _note(line: DeskNote) -> dict[str, Any]:
    if line.kind == DeskNote.Kind.DONE:
        return _row(
            "desk",
            line.created_at,
            _("Helpdesk: %(did)s") % {"did": DONE.get(line.text, line.text)},
            "",
            line.author,
        )
    return _row("desk", line.created_at, line.get_kind_display().capitalize(), line.text, line.author, "warn")
