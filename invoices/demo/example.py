"""An invoice to try with: what the supplier that a client's books know best would send next."""

from django.db.models import Count, QuerySet
from django.utils import timezone

from connections.models import Connection, Entry, Supplier
from invoices.demo import papers
from invoices.demo.world import Habit


def possible(connection: Connection | None) -> bool:
    """Whether there is something to make an example of: not before the client's books were read. Needs the scope."""
    return connection is not None and _entries(connection).exists()


def example(connection: Connection) -> bytes | None:
    """A UBL invoice to this client, a little dearer than the last one; None while its books are empty.

    Needs the scope. For firms in the sandbox alone: to anybody else it would be a false invoice.
    """
    entries = _entries(connection)
    # Those always booked on one account come first, for such an invoice may go by itself.
    kinds = Count("lines__account", distinct=True)
    often = (
        entries.order_by()
        .values_list("supplier_id_in_exact")
        .annotate(kinds=kinds, times=Count("pk", distinct=True))
        .order_by("kinds", "-times")
        .first()
    )
    if often is None:
        return None
    exact_id, _kinds, times = often
    supplier = Supplier.objects.get(connection=connection, exact_id=exact_id)
    last = entries.filter(supplier_id_in_exact=exact_id).order_by("-entry_date", "-pk")[0]
    client = connection.organisation
    division = {"name": client.name, "kvk": client.kvk_number, "vat": client.vat_number}
    return papers.usual(_habit(supplier, last, times), division, f"{timezone.now():PROEF-%m%d%H%M%S}")


def _entries(connection: Connection) -> QuerySet[Entry]:
    """What was booked in Exact from suppliers that are known."""
    known = Supplier.objects.filter(connection=connection).values("exact_id")
    found = Entry.objects.filter(connection=connection, gone_at__isnull=True, amount__gt=0)
    return found.filter(supplier_id_in_exact__in=known)


def _habit(supplier: Supplier, last: Entry, times: int) -> Habit:
    """As the demo's papers take it, in the names of Exact's own fields."""
    account = {
        "Name": supplier.name,
        "ChamberOfCommerce": supplier.kvk_number,
        "VATNumber": supplier.vat_number,
        "AddressLine1": supplier.address,
        "City": supplier.city,
        "Postcode": supplier.postcode,
        "Country": supplier.country,
        "Email": supplier.email,
    }
    lines = [
        {"Description": one.description, "AmountFC": one.amount, "VATPercentage": one.vat_percentage}
        for one in last.lines.order_by("position")
    ]
    return Habit(account, next(iter(supplier.ibans), ""), lines, times, constant=True)
