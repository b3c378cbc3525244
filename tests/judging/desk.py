"""A bookkeeper's desk for tests of judging: one client with its ledger in the mirror, and invoices that come in.

Nothing here speaks to Exact: judging goes by the mirror, so its rows are written straight into it.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from connections import connecting
from connections.models import Entry, Issue, Journal, LedgerAccount, Supplier, VatCode
from connections.normal import normalise_number, plain_name
from invoices import intake, pipeline
from invoices.deciding import corrections, dispatch
from invoices.formats.write import ubl
from invoices.models import Document, Invoice
from portal.tenancy import scope
from tests.cast import Office
from tests.paper import invoice as draft

PRINTER_IBAN = "NL91ABNA0417164300"
HELD = {"on_hold", "duplicate"}


class Desk:
    """`office`'s client «Bakkerij De Korenaar», whose supplier «Drukkerij Van Dam» is in Exact with its account."""

    def __init__(
        self, office: Office, name: str = "Bakkerij De Korenaar", kvk: str = "12345678", **fields: Any
    ) -> None:
        self.office, self.firm_id = office, office.firm_id
        self.organisation = office.organisation(name, kvk, **fields)
        with scope(self.firm_id):
            self.connection = connecting.connect(self.organisation)
            self.connection.division = int(kvk)
            self.connection.cursors = {"filled": datetime(2026, 1, 1, tzinfo=UTC).isoformat()}
            self.connection.save()
            self._ledger()
            self.printer = self.supplier(
                "Drukkerij Van Dam B.V.",
                kvk_number="87654321",
                vat_number="NL853746333B01",
                ibans=[PRINTER_IBAN],
            )

    def _ledger(self) -> None:
        common = {"connection": self.connection}
        Journal.objects.create(
            **common, exact_id=uuid4(), code="70", description="Inkoop", type=22, currency="EUR"
        )
        LedgerAccount.objects.create(**common, exact_id=uuid4(), code="4500", description="Kantoor")
        VatCode.objects.create(
            **common, exact_id=uuid4(), code="2", description="21%", percentage=Decimal("0.21"), type="E"
        )

    def supplier(self, name: str, **fields: Any) -> Supplier:
        return Supplier.objects.create(
            connection=self.connection,
            exact_id=uuid4(),
            code=str(uuid4().int)[:6],
            name=name,
            name_plain=plain_name(name),
            **fields,
        )

    def entry(
        self, number: str, day: date = date(2026, 11, 3), amount: str = "121.00", **fields: Any
    ) -> Entry:
        """An entry that somebody made in Exact."""
        with scope(self.firm_id):
            return Entry.objects.create(
                connection=self.connection,
                exact_id=uuid4(),
                supplier_id_in_exact=fields.pop("supplier", self.printer).exact_id,
                entry_number=26700001,
                your_ref=number,
                your_ref_normalised=normalise_number(number)[:60],
                entry_date=day,
                journal="70",
                currency=fields.pop("currency", "EUR"),
                amount=Decimal(amount),
                vat_amount=Decimal("21.00"),
                **fields,
            )

    def takes(self, data: bytes, *, routed: bool = True, **named: Any) -> Invoice:
        """A document comes in and goes as far as it goes without Exact."""
        named.setdefault("channel", Document.Channel.EMAIL)
        if routed:
            named.setdefault("organisation_id", self.organisation.pk)
        received = intake.receive(self.firm_id, data, **named)
        self.settles()
        return self.now(received.invoice_id)

    def gets(self, number: str = "2026-100", *args: Any, **changes: Any) -> Invoice:
        """An e-invoice of the printer, different only where `changes` say so."""
        return self.takes(ubl(draft(number, *args, **changes)))

    def settles(self) -> None:
        """Every invoice that waits for the pipeline goes through it."""
        with scope(self.firm_id):
            due = list(
                Invoice.objects.filter(status="received", due_at__isnull=False).values_list("pk", flat=True)
            )
        for pk in due:
            pipeline.process(self.firm_id, pk)

    def now(self, pk: Any) -> Invoice:
        with scope(self.firm_id):
            return Invoice.objects.select_related("document", "supplier", "issue").get(
                pk=getattr(pk, "pk", pk)
            )

    def releases(self, invoice: Invoice, reason: str, **named: Any) -> Invoice:
        """A person answers, and what waited for it goes on."""
        with scope(self.firm_id):
            corrections.release(
                Invoice.objects.select_related("issue", "supplier").get(pk=invoice.pk), reason, **named
            )
        self.settles()
        return self.now(invoice)

    def rejects(self, invoice: Invoice, words: str = "Niet besteld.") -> Invoice:
        with scope(self.firm_id):
            dispatch.reject(Invoice.objects.select_related("issue").get(pk=invoice.pk), words)
        return self.now(invoice)

    def moves(self, invoice: Invoice, *statuses: str) -> Invoice:
        """As if Exact had gone on with it."""
        with scope(self.firm_id):
            for status in statuses:
                Invoice.objects.filter(pk=invoice.pk).update(status=status)
        return self.now(invoice)

    def open_issues(self, *codes: str) -> list[Issue]:
        with scope(self.firm_id):
            return list(Issue.objects.filter(resolved_at__isnull=True, code__in=codes))


def goes_on(invoice: Invoice) -> bool:
    """Whether judging let it pass, whatever the proposal is worth."""
    return invoice.status not in HELD


def why(invoice: Invoice) -> tuple[str, str]:
    return invoice.status, invoice.reason


def agreed(pair: dict[str, Any]) -> set[str]:
    return {one["name"] for one in pair["compared"] if one["agrees"]}
