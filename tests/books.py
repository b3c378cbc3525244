"""A client's ledger written straight into the mirror: for tests that are about proposals, not about reading Exact."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from connections import connecting
from connections.models import (
    Connection,
    CostCode,
    Entry,
    EntryLine,
    Journal,
    LedgerAccount,
    Period,
    Supplier,
    VatCode,
)
from connections.normal import normalise_number, plain_name
from invoices import parties
from invoices.deciding import decide
from invoices.deciding.decide import Decision
from invoices.formats.jsonable import to_json
from invoices.formats.model import Invoice as Content
from invoices.knowledge import keeping
from invoices.models import Document, Invoice, Proposal
from invoices.proposing import proposals
from portal.tenancy import scope
from tests.cast import Office

# code, description, fraction, type, reverse charge
VAT_CODES = (
    ("0", "Geen btw", "0", "N", False), ("1", "Btw laag tarief, exclusief", "0.09", "E", False),
    ("2", "Btw hoog tarief, exclusief", "0.21", "E", False), ("4", "Btw hoog tarief, inclusief", "0.21", "I", False),
    ("5", "Btw nultarief", "0", "E", False), ("6", "Vrijgesteld van btw", "0", "E", False),
    ("7", "Btw verlegd binnenland", "0.21", "E", True), ("8", "Verwerving goederen binnen EU", "0.21", "E", True),
    ("9", "Diensten van binnen EU", "0.21", "E", True), ("10", "Invoer van buiten EU", "0.21", "E", True),
    ("11", "Btw verlegd binnenland laag", "0.09", "E", True),
)  # fmt: skip
ACCOUNTS = {
    "0150": "BMvaBei", "4400": "WBedKanKan", "4430": "WBedKanAut", "4500": "WBedAeaAea", "4990": "WBedAdlOvk",
}  # fmt: skip


class Books:
    """One client of an office, and its division as the mirror has it."""

    def __init__(self, office: Office, name: str = "Bakkerij De Korenaar", kvk: str = "12345678") -> None:
        self.office = office
        self.organisation = office.organisation(name, kvk)
        self.numbers = 0
        with scope(office.firm_id):
            self.connection = connecting.connect(self.organisation)
            self.connection.cursors = {"filled": timezone.now().isoformat()}
            self.connection.save(update_fields=["cursors"])
            self._row(Journal, code="70", description="Inkoopboek", type=22)
            for code, text, fraction, kind, charged in VAT_CODES:
                self._row(
                    VatCode,
                    code=code,
                    description=text,
                    percentage=Decimal(fraction),
                    type=kind,
                    charged=charged,
                    transaction_type="B",
                )
            for code, rgs in ACCOUNTS.items():
                self.account(code, rgs=rgs)
            for code in ("ALG", "VRK"):
                self._row(CostCode, kind="center", code=code, description=code)

    def _row(self, model: Any, **fields: Any) -> Any:
        return model.objects.create(connection=self.connection, exact_id=uuid4(), **fields)

    def account(self, code: str, **fields: Any) -> LedgerAccount:
        return self._row(LedgerAccount, code=code, description=f"Rekening {code}", **{"type": 121, **fields})

    def supplier(
        self, name: str = "Drukkerij Van Dam B.V.", kvk: str = "87654321", **fields: Any
    ) -> Supplier:
        with scope(self.office.firm_id):
            return self._row(
                Supplier,
                code=str(self.numbers),
                name=name,
                name_plain=plain_name(name),
                kvk_number=kvk,
                **fields,
            )

    def period(self, year: int, month: int, closed: bool) -> None:
        end = date(year + month // 12, month % 12 + 1, 1)
        with scope(self.office.firm_id):
            Period.objects.create(
                connection=self.connection,
                year=year,
                period=month,
                starts=date(year, month, 1),
                ends=date.fromordinal(end.toordinal() - 1),
                closed_for=["70"] if closed else [],
            )

    def book(
        self, supplier: Supplier, day: date, *lines: tuple[str, ...], spread: tuple[date, date] | None = None
    ) -> UUID:
        """An entry; a line is (account, VAT code, amount, text, cost centre), the last two as far as given."""
        self.numbers += 1
        with scope(self.office.firm_id):
            entry = self._row(
                Entry,
                supplier_id_in_exact=supplier.exact_id,
                entry_number=26700000 + self.numbers,
                your_ref=f"OUD-{self.numbers}",
                your_ref_normalised=normalise_number(f"OUD-{self.numbers}"),
                entry_date=day,
                journal="70",
                currency="EUR",
                amount=sum(Decimal(line[2]) for line in lines),
                vat_amount=0,
            )
            for position, (account, vat_code, amount, *rest) in enumerate(lines, 1):
                text, centre = [*rest, "", ""][:2]
                EntryLine.objects.create(
                    entry=entry,
                    exact_id=uuid4(),
                    position=position,
                    account_id=uuid4(),
                    account=account,
                    vat_code=vat_code,
                    cost_center=centre,
                    description=text,
                    amount=Decimal(amount),
                    from_date=spread[0] if spread else None,
                    to_date=spread[1] if spread else None,
                )
            keeping.entries_changed(self.connection, [supplier.exact_id], len(lines))
            return entry.exact_id

    def months(self, supplier: Supplier, n: int, *lines: tuple[str, ...], year: int = 2026) -> None:
        """The same entry in each of the first n months of the year."""
        for month in range(1, n + 1):
            self.book(supplier, date(year, month, 5), *lines)

    # --- Asking ------------------------------------------------------------------------------------------

    def receive(self, content: Content, supplier: Supplier, kind: str = "ubl") -> Invoice:
        """A received invoice, read, with its supplier known."""
        self.numbers += 1
        with scope(self.office.firm_id):
            document = Document.objects.create(
                organisation=self.organisation,
                channel="api",
                media_type="",
                sha256=f"{self.numbers:064}",
                size=1,
            )
            return Invoice.objects.create(
                document=document,
                organisation=self.organisation,
                supplier=supplier,
                kind=kind,
                content=to_json(content.without_content()),
                number=content.number or "",
                issue_date=content.issue_date,
                currency=content.currency or "",
                total=content.signed.with_vat,
                seller_name=parties.seller_of(content).name,
            )

    def learn(self) -> None:
        """Learn the client anew, as the sweep would once enough has changed."""
        with scope(self.office.firm_id):
            keeping.learn_client(self.connection)

    def propose(self, content: Content, supplier: Supplier) -> tuple[Invoice, Proposal, Sequence[Any]]:
        """(invoice, its proposal, the proposal's lines)."""
        invoice = self.receive(content, supplier)
        with scope(self.office.firm_id):
            connection = Connection.objects.select_related("organisation").get(pk=self.connection.pk)
            proposal = proposals.propose(connection, invoice, content, supplier)
            return invoice, proposal, list(proposal.lines.order_by("position"))

    def decide(self, content: Content, supplier: Supplier, kind: str = "ubl") -> Decision:
        invoice, proposal, _ = self.propose(content, supplier)
        invoice.kind = kind
        with scope(self.office.firm_id):
            connection = Connection.objects.get(pk=self.connection.pk)
            decision = decide.decide(connection, invoice, proposal)
            proposal.save(update_fields=["entry_date"])
            return decision
