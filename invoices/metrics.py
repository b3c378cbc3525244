"""What invoices tell Prometheus: how many came in and were booked lately, and what waits for whom."""

from invoices.models import Booking, Delivery, Invoice, MailMessage, PeppolEvent, SupplierResponse, Transfer
from portal.operations.metrics import Gauge, Values, lately, register, rows, waits

# Rows of a connection that may not be worked are not late: its issue tells of them.
RUNNING = "connection_id IN (SELECT id FROM connections_connection WHERE status = 'active' AND NOT brake)"
EVENTS = {
    "invoice.booked": "booked",
    "invoice.delivered": "delivered",
    "invoice.review": "review",
    "invoice.failed": "failed",
}
WAITING = ("received", "unrouted", "unreadable", "on_hold", "review", "ready", "booking", "failed")


def _received() -> Values:
    return rows(
        "SELECT channel, count(*) FROM invoices_document WHERE id > %s GROUP BY 1",
        lately(),
    )


def _ended() -> Values:
    found = rows(
        "SELECT event, count(*) FROM invoices_timelineevent WHERE id > %s AND event = ANY(%s) GROUP BY 1",
        lately(),
        list(EVENTS),
    )
    known = {EVENTS[event]: count for (event,), count in found}
    return [((name,), known.get(name, 0.0)) for name in EVENTS.values()]


def _waiting() -> Values:
    return rows(
        "SELECT status, count(*) FROM invoices_invoice WHERE status = ANY(%s) GROUP BY 1", list(WAITING)
    )


waits("invoice", Invoice._meta.db_table)
waits("mail", MailMessage._meta.db_table)
waits("peppol", PeppolEvent._meta.db_table)
waits("response", SupplierResponse._meta.db_table)
waits("transfer", Transfer._meta.db_table)
waits("delivery", Delivery._meta.db_table, RUNNING)
waits("booking", Booking._meta.db_table, RUNNING)
register(
    Gauge(
        "portal_received_lately", "Documents taken in, in the last five minutes", _received, ("channel",), 30
    ),
    Gauge("portal_ended_lately", "What became of invoices in the last five minutes", _ended, ("as",), 30),
    Gauge(
        "portal_invoices_waiting", "Invoices that are not at their end, by status", _waiting, ("status",), 120
    ),
    Gauge(
        "portal_unknown_outcomes",
        "Sends to Exact whose outcome is being looked up",
        lambda: rows(
            "SELECT (SELECT count(*) FROM invoices_booking WHERE state = 'unknown' AND due_at IS NOT NULL) "
            "+ (SELECT count(*) FROM invoices_delivery WHERE state = 'unknown' AND due_at IS NOT NULL)"
        ),
    ),
)
