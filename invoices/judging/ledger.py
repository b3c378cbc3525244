"""What Exact's ledger, as far as we know it, says against booking: it stands there already, or cannot stand there."""

from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from connections.models import Connection, Entry
from connections.normal import normalise_number
from invoices.judging.pairs import YOUR_REF_LENGTH, Pair, of_entry
from invoices.judging.suspicions import Suspicion, another_number, answered, keep
from invoices.judging.verdicts import Verdict
from invoices.models import Booking, Invoice

MOST = 50


def judge(invoice: Invoice, connection: Connection) -> Verdict | None:
    """Whether somebody booked it in Exact by hand. One query."""
    known = answered(invoice)
    found = [one for one in entries_like(invoice, connection)[:MOST] if str(one.exact_id) not in known]
    pairs = [pair for one in found if (pair := of_entry(invoice, one, "booked_in_exact")).counts]
    return keep(invoice, map(_suspicion, pairs), more=True) if pairs else None


def entries_like(invoice: Invoice, connection: Connection) -> QuerySet[Entry]:
    """Entries of this supplier with this number or on this day, and of this sign, that are not of our making."""
    assert invoice.supplier is not None
    same = _has_number(invoice)
    if invoice.issue_date:
        same |= Q(entry_date=invoice.issue_date)
    ours = Booking.objects.filter(connection=connection, entry_id=OuterRef("exact_id"))
    found = Entry.objects.filter(
        same, connection=connection, supplier_id_in_exact=invoice.supplier.exact_id, gone_at__isnull=True
    )
    return found.filter(_has_sign(invoice)).exclude(Exists(ours))


def with_number(invoice: Invoice) -> Q:
    """Entries that bear this invoice's number. A credit note may share it with the invoice that it takes back."""
    return _has_number(invoice) & _has_sign(invoice)


def _has_number(invoice: Invoice) -> Q:
    return Q(your_ref_normalised__in=_numbers(invoice))


def _has_sign(invoice: Invoice) -> Q:
    return Q(amount__gte=0) if (invoice.total or Decimal(0)) >= 0 else Q(amount__lte=0)


def _numbers(invoice: Invoice) -> set[str]:
    """The number as it stands in Exact: whole, or cut off where YourRef ends."""
    ways = (invoice.number, invoice.number[:YOUR_REF_LENGTH])
    return {normalise_number(way)[:60] for way in ways if way.strip()}


def _suspicion(pair: Pair) -> Suspicion:
    """Another number on the same day, for the same amount, may be another invoice: that is asked separately."""
    if pair.differ("number"):
        return another_number(pair)
    values = {"entry": pair.entry["number"], "number": pair.that("number"), "amount": pair.that("amount")}
    return Suspicion(pair, Verdict("on_hold", "booked_already", "duplicate_suspected", values))
