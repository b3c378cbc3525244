"""When Exact refuses a delivery or a booking: later, or not until an issue is mended."""

from typing import Any

from django.utils import timezone

from connections import issues, lanes
from connections.exact import ExactError
from connections.lanes import Held
from connections.models import Issue
from invoices import timeline
from invoices.models import Booking, Delivery, Invoice, ProposalLine

NAMED = ("account", "vat_code", "cost_center", "cost_unit")  # as the remedies' sentences have them


def failed(held: Held, row: Booking | Delivery, error: ExactError) -> None:
    """What a refusal means for this row and its invoice: later, or not until an issue is mended."""
    kind = error.kind.value
    with held.record():
        row.refresh_from_db()
        row.attempts, row.error = row.attempts + 1, error.code
        if kind in ("transient", "budget"):
            row.due_at = error.retry_at or timezone.now() + lanes.back_off(row.attempts)
            row.save()
            return
        if kind == "authorisation":
            row.save()  # due as it was; the connection is blocked until somebody signs in again
            return
        held.reads.pop(_nothing(row), None)
        stop(
            row,
            error.code if kind != "ours" else "our_bug",
            shared=kind != "invoice",
            stops_all=kind == "rights",
            raw=error.raw,
            error=error.code,
            **_lines_of(row),
        )


def _lines_of(row: Booking | Delivery) -> dict[str, str]:
    """What all lines of the refused entry name alike; of several Exact does not say which is wrong."""
    if not isinstance(row, Booking):
        return {}
    lines = ProposalLine.objects.filter(proposal__invoice=row.invoice_id).order_by("position")
    named = {name: {getattr(line, name) for line in lines} - {""} for name in NAMED}
    return {name: found.pop() for name, found in named.items() if len(found) == 1}


def stop(row: Booking | Delivery, code: str, *, shared: bool, stops_all: bool = False, **values: Any) -> None:
    """This row goes no further until the issue is mended. Needs the scope.

    `shared`: what is wrong is wrong for every invoice of the connection alike, so they share one issue. `stops_all`:
    Exact would refuse every row of this kind; the issue says so to those that come after (`already`).
    """
    invoice = Invoice.objects.select_for_update(no_key=True).get(pk=row.invoice_id)
    values = {"supplier": invoice.seller_name, "number": invoice.number, **values}
    tells = {"stops": _kind(row)} if stops_all else {}
    invoice.issue = issues.open_issue(
        code, connection=row.connection_id, subject="" if shared else str(invoice.pk), **values, **tells
    )
    row.state, row.due_at = Booking.State.STOPPED, None
    row.save()
    timeline.move(invoice, Invoice.Status.FAILED, reason=code, **values)


def _kind(row: Booking | Delivery) -> str:
    """What a refusal for want of a right stops: bookings, or deliveries that go the same way."""
    return f"Delivery by {row.way}" if isinstance(row, Delivery) else "Booking"


def nothing_stops(held: Held, row: Booking | Delivery) -> bool:
    """Whether this slice has found already that nothing stops rows of this kind."""
    return _nothing(row) in held.reads


def _nothing(row: Booking | Delivery) -> str:
    return f"nothing stops {_kind(row)}"


def already(held: Held, row: Booking | Delivery) -> bool:
    """Whether this row stops, unsent, for what Exact has refused to an earlier one of this connection. Needs the scope.

    Forty invoices behind one missing right would each burn an error of the ten that Exact allows an hour and endpoint.
    A row that a person sent on goes and asks. Only a lane's own driver learns of such a refusal, so that nothing is
    known stays so for its slice.
    """
    if (
        row.priority == lanes.Priority.PERSON
        or row.state != Booking.State.WAITING
        or nothing_stops(held, row)
    ):
        return False
    issue = Issue.objects.filter(
        connection=row.connection_id, resolved_at__isnull=True, values__stops=_kind(row)
    ).first()
    if issue is None:
        held.reads[_nothing(row)] = True
        return False
    row.refresh_from_db()
    if row.state == Booking.State.WAITING:
        known = {name: issue.values[name] for name in ("raw", "error") if name in issue.values}
        stop(row, issue.code, shared=True, stops_all=True, **known)
    return True
