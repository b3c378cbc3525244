"""What the mirror knows about the few things that are asked of it rarely: one query for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from connections.models import Connection, Entry, Journal, Supplier
from invoices.models import ConfirmedAccount, Invoice

PURCHASES = 22  # Journals.Type
LOOK_BACK = timedelta(days=130)  # a quarter and a month: who sends several a day does so every month


@dataclass(frozen=True)
class Evidence:
    """`clients` have this company among their suppliers, `clients_same` of them by these accounts; numbers only,
    because whose clients they are is nobody's business at another one."""

    confirmed: frozenset[str]
    clients: int
    clients_same: int
    takes_currency: bool
    several_a_day: bool


def gather(invoice: Invoice, connection: Connection, ibans: Sequence[str]) -> Evidence:
    """Of the invoice's supplier, and of accounts that Exact does not have. Needs the scope."""
    supplier = invoice.supplier
    assert supplier is not None
    confirmed = ConfirmedAccount.objects.filter(supplier=OuterRef("pk"), iban__in=ibans)
    found = Supplier.objects.filter(pk=supplier.pk).values(
        confirmed=ArraySubquery(confirmed.values("iban")),
        clients=_count(_elsewhere(supplier)),
        clients_same=_count(_elsewhere(supplier).filter(_pays(ibans))),
        takes_currency=Exists(_journals(invoice, connection)),
        several_a_day=Exists(_twice_a_day(invoice, connection, supplier)),
    )[0]
    return Evidence(
        confirmed=frozenset(found["confirmed"] or ()),
        clients=found["clients"] or 0,
        clients_same=found["clients_same"] or 0,
        takes_currency=found["takes_currency"],
        several_a_day=found["several_a_day"],
    )


def _elsewhere(supplier: Supplier) -> QuerySet[Supplier]:
    """The same company, by an official number, at other clients of the firm."""
    same = Q(pk__in=[])
    if supplier.kvk_number:
        same |= Q(kvk_number=supplier.kvk_number)
    if supplier.vat_number:
        same |= Q(vat_number=supplier.vat_number)
    others = Supplier.objects.filter(same, firm_id=supplier.firm_id, gone_at__isnull=True)
    return others.exclude(connection_id=supplier.connection_id).exclude(connection__status="disconnected")


def _pays(ibans: Sequence[str]) -> Q:
    """By the master data in Exact or a person's word; that invoices came in says nothing, a fraud sends many."""
    confirmed = ConfirmedAccount.objects.filter(supplier=OuterRef("pk"), iban__in=ibans)
    return Q(ibans__contains=list(ibans)) | Q(Exists(confirmed))


def _count(suppliers: QuerySet[Supplier]) -> Subquery:
    per_firm = suppliers.order_by().values("firm_id")
    return Subquery(per_firm.annotate(n=Count("connection", distinct=True)).values("n"))


def _journals(invoice: Invoice, connection: Connection) -> QuerySet[Journal]:
    """Open purchase journals that take the invoice's currency; the connection's own where it names one."""
    found = Journal.objects.filter(
        Q(any_currency=True) | Q(currency__in=["", invoice.currency]),
        connection=connection,
        type=PURCHASES,
        blocked=False,
        gone_at__isnull=True,
    )
    return found.filter(code=connection.journal) if connection.journal else found


def _twice_a_day(invoice: Invoice, connection: Connection, supplier: Supplier) -> QuerySet[Entry]:
    """Entries of this supplier with a second one of that day and amount, under another number."""
    entries = Entry.objects.filter(
        connection=connection, supplier_id_in_exact=supplier.exact_id, gone_at__isnull=True
    )
    second = entries.filter(entry_date=OuterRef("entry_date"), amount=OuterRef("amount"))
    second = second.exclude(your_ref_normalised=OuterRef("your_ref_normalised"))
    if invoice.issue_date is None:
        return Entry.objects.none()
    before = entries.filter(entry_date__lt=invoice.issue_date, entry_date__gte=invoice.issue_date - LOOK_BACK)
    return before.filter(Exists(second))
