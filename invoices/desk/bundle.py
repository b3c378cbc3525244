"""What engineering gets: everything that was known at this moment, redacted, in one file. Needs the staff scope."""

from typing import Any

from django.utils import timezone

from connections.desk import calls, state
from connections.models import Call, Chore, Issue
from invoices.desk import timeline
from invoices.models import Booking, Delivery, Invoice
from portal.desk import cases
from portal.models import Organisation

CALLS, ROWS = 200, 50


def of(organisation: Organisation, question: str) -> dict[str, Any]:
    """The bundle's content. Tokens are no field of anything in it; account numbers and addresses are masked."""
    stands = state.of(organisation)
    connection = stands.connection
    lane = stands.lane
    found = Issue.objects.filter(connection__organisation=organisation).order_by("-opened_at")[:ROWS]
    return {
        "made_at": timezone.now(),
        "question": calls.redacted(question),
        "state": stands.sentence,
        "organisation": {"id": organisation.pk, "firm": organisation.firm_id, "kvk": organisation.kvk_number},
        "connection": connection and {
            name: getattr(connection, name)
            for name in ("id", "site", "division", "status", "next_step", "mode", "delivery", "package", "contract",
                         "last_success_at", "checks", "checked_at", "cursors", "brake")
        },
        "lane": lane and {
            name: getattr(lane, name)
            for name in ("epoch", "leased_until", "due_at", "budget", "errors", "sleeps_for", "failing_since",
                         "failing_code", "heard_at")
        },
        "issues": [
            {"code": one.code, "subject": one.subject, "values": _masked(one.values), "count": one.count,
             "opened_at": one.opened_at, "resolved_at": one.resolved_at, "resolved_by": one.resolved_by}
            for one in found
        ],
        "chores": list(Chore.objects.filter(connection=connection).values("kind", "due_at", "attempts", "error"))
        if connection else [],
        "invoices": _invoices(organisation),
        "calls": calls.shown(Call.objects.filter(connection=connection).order_by("-at")[:CALLS])
        if connection else [],
        "timeline": [
            {"at": row["at"], "kind": row["kind"],
             "title": calls.redacted(row["title"]), "why": calls.redacted(row["why"])}
            for row in timeline.of(organisation, cases.of(organisation))
        ],
    }  # fmt: skip


def _masked(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: calls.redacted(value) if isinstance(value, str) else value for name, value in values.items()
    }


def _invoices(organisation: Organisation) -> list[dict[str, Any]]:
    """Its newest that are not done, and where their two outbox rows stand."""
    newest = Invoice.objects.filter(organisation=organisation).exclude(status__in=("booked", "rejected"))
    rows = list(
        newest.order_by("-created_at").values("id", "status", "reason", "kind", "attempts", "due_at")[:ROWS]
    )
    keys = [row["id"] for row in rows]
    names = ("state", "step", "attempts", "error", "due_at", "sent_at")
    outbox: dict[str, dict[Any, Any]] = {
        kind: {
            row.pop("invoice_id"): row
            for row in model.objects.filter(invoice_id__in=keys).values("invoice_id", *names)
        }
        for kind, model in (("booking", Booking), ("delivery", Delivery))
    }
    return [{**row, **{kind: found.get(row["id"]) for kind, found in outbox.items()}} for row in rows]
