"""Events, evidence and documents in words, as pages show them."""

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from connections.models import Call
from invoices import reasons
from invoices.models import Document, Invoice, TimelineEvent
from invoices.proposing import evidence
from invoices.said import Said

EVENTS: dict[str, Promise] = {
    "invoice.received": gettext_lazy("Received"),
    "invoice.read": gettext_lazy("Read"),
    "invoice.routed": gettext_lazy("Belongs to {organisation}"),
    "invoice.routed_by_person": gettext_lazy("Given to {organisation}"),
    "invoice.supplier_chosen": gettext_lazy("Supplier chosen: {supplier}"),
    "invoice.proposed": gettext_lazy("Proposal made, confidence {confidence}"),
    "invoice.corrected": gettext_lazy("Proposal corrected"),
    "invoice.released": gettext_lazy("Hold ended"),
    "invoice.retried": gettext_lazy("Tried again"),
    "invoice.review": gettext_lazy("To be reviewed"),
    "invoice.on_hold": gettext_lazy("On hold"),
    "invoice.ready": gettext_lazy("Ready to be booked"),
    "invoice.booking": gettext_lazy("Being booked"),
    "invoice.booked": gettext_lazy("Booked in Exact"),
    "invoice.delivering": gettext_lazy("On its way into Exact"),
    "invoice.delivered": gettext_lazy("Delivered into Exact"),
    "invoice.failed": gettext_lazy("Stopped"),
    "invoice.duplicate": gettext_lazy("A duplicate"),
    "invoice.rejected": gettext_lazy("Rejected"),
    "invoice.unrouted": gettext_lazy("Nobody's yet"),
    "invoice.unreadable": gettext_lazy("Cannot be read"),
    "invoice.document_made": gettext_lazy("Document made in Exact"),
    "invoice.document_found": gettext_lazy("Document found in Exact"),
    "invoice.message_sent": gettext_lazy("Sent to {mailbox}"),
    "invoice.filed": gettext_lazy("Files are in Exact"),
    "invoice.adopted": gettext_lazy("Entry {entry} was there already; linked"),
    "invoice.undo_asked": gettext_lazy("Undo asked for entry {entry}"),
    "invoice.client_approved": gettext_lazy("The client approves"),
    "invoice.client_refused": gettext_lazy("The client does not approve"),
    "invoice.shared": gettext_lazy("A link was made that shows it for some days"),
    "invoice.unshared": gettext_lazy("The links to it were ended"),
    "invoice.undo_refused": gettext_lazy("Exact does not let entry {entry} go"),
    "invoice.changed_in_exact": gettext_lazy("Changed in Exact"),
    "invoice.removed_in_exact": gettext_lazy("Removed in Exact"),
    "invoice.paid": gettext_lazy("Paid, says Exact"),
    "invoice.supplier_asked": gettext_lazy("New supplier to be made in Exact"),
    "invoice.supplier_completion_asked": gettext_lazy("Supplier to be completed in Exact"),
    "invoice.undone": gettext_lazy("Entry {entry} removed from Exact"),
}
TONES = {
    "invoice.booked": "good", "invoice.delivered": "good", "invoice.failed": "bad", "invoice.unreadable": "bad",
    "invoice.on_hold": "warn", "invoice.review": "warn", "invoice.unrouted": "warn",
}  # fmt: skip


def events(invoice: Invoice, made: Iterable[Call] = ()) -> list[dict[str, Any]]:
    """The timeline, newest first: what, when, by whom, why, over which calls. One query; needs the scope.

    `made`: the calls to Exact for this invoice, of those who may see them. A call is recorded in the transaction that
    records what came of it, so it belongs to the first event after it; calls after the last one stand by themselves.
    """
    rows = TimelineEvent.objects.filter(invoice=invoice).select_related("actor").order_by("-at", "-id")
    shown = [event(row) for row in rows[:200]]
    for call in sorted(made, key=lambda one: one.at):
        after = [one for one in shown if one["at"] >= call.at]
        (after[-1] if after else _last(shown))["calls"].append(call)
    return shown


def _last(shown: list[dict[str, Any]]) -> dict[str, Any]:
    """An entry of its own for calls that nothing has come of yet."""
    if not shown or shown[0]["title"]:
        shown.insert(0, {"at": None, "title": "", "why": "", "actor": None, "tone": "", "calls": []})
    return shown[0]


def event(row: TimelineEvent) -> dict[str, Any]:
    """One of them: {at, title, why, actor, tone, calls}."""
    words = EVENTS.get(row.event)
    detail = row.detail or {}
    why = reasons.sentence(detail["reason"], detail) if detail.get("reason") else ""
    if row.event == "invoice.received":
        why = " · ".join(filter(None, (_channel(detail), detail.get("filename"), detail.get("sender"))))
    title = (
        str(words).format_map(Said(detail)) if words else row.event.removeprefix("invoice.").replace("_", " ")
    )
    tone = TONES.get(row.event, "")
    return {"at": row.at, "title": title, "why": why, "actor": row.actor, "tone": tone, "calls": []}


def _channel(detail: dict[str, Any]) -> str:
    channel = detail.get("channel", "")
    return str(Document.Channel(channel).label) if channel in Document.Channel.values else channel


def because(found: Iterable[dict[str, Any]]) -> list[str]:
    """Why a line is proposed as it is, each piece of evidence as a sentence."""
    return evidence.sentences(found)


def findings(invoice: Invoice) -> list[dict[str, Any]]:
    """The findings in words, those that hold the invoice first."""
    order = {"fatal": 0, "warning": 1}
    rows = [
        {**one, "text": reasons.finding(one), "holds": bool(one.get("holds"))} for one in invoice.findings
    ]
    return sorted(rows, key=lambda one: (not one["holds"], order.get(one.get("severity", ""), 2)))
