"""What is booked comes to the invoice's own total, to the cent, for every published invoice that adds up."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from connections.models import Connection
from invoices.booking import book
from invoices.formats import Unreadable, read
from invoices.formats import rules as rulebook
from invoices.formats.model import Invoice as Content
from invoices.judging.arithmetic import left_over
from invoices.models import Delivery, ProposalLine
from invoices.proposing.amounts import ZERO, pieces, total_of, vat_of
from portal.tenancy import scope
from tests.books import Books
from tests.cast import Cast
from tests.formats import corpus
from tests.judging.test_corpus import stated_total

EVERY = 10  # of those that are proposed and made an entry of


def sound() -> Iterator[tuple[str, bytes, Content]]:
    """Whole documents in which no rule of arithmetic is broken."""
    for document in corpus.documents():
        if not document.is_schema_valid:
            continue
        data = document.read()
        try:
            content = read(data).invoice
        except Unreadable:
            continue
        if content is None or total_of(content) is None:
            continue
        if not any(finding.holds for finding in rulebook.judge(content)) and not left_over(content):
            yield document.path, data, content


@corpus.needed
def test_the_pieces_of_every_sound_invoice_come_to_the_total_that_it_states() -> None:
    counted = 0
    for path, data, content in sound():
        parts = pieces(content)
        booked = sum((part.amount + part.vat for part in parts), ZERO)
        assert booked == total_of(content), path
        stated = stated_total(data)
        assert stated is None or booked == stated, (path, booked, stated)
        assert sum((part.vat for part in parts), ZERO) == vat_of(content), path
        assert all(part.amount == part.amount.quantize(Decimal("0.01")) for part in parts), path
        counted += 1
    print(f"{counted} invoices")
    assert counted > 250


@corpus.needed
def test_merged_lines_and_their_entry_come_to_the_same_total(cast: Cast) -> None:
    """With codes that exclude VAT, include it, and charge it back to the buyer."""
    books = Books(cast.alice)
    made = 0
    for n, (path, _, content) in enumerate(sound()):
        if n % EVERY or content.currency != "EUR":
            continue
        supplier = books.supplier(f"Leverancier {n}", kvk=f"{20_000_000 + n}")
        codes = ("2", "4") if n % 20 else ("2", "2")
        for month in (1, 2, 3):
            books.book(supplier, date(2026, month, 5), ("4400", codes[month % 2], "100", "Papier"))
        invoice, proposal, _ = books.propose(content, supplier)
        with scope(books.office.firm_id):
            ProposalLine.objects.filter(proposal=proposal, account="").update(account="4400")
            ProposalLine.objects.filter(proposal=proposal, vat_code="").update(vat_code="0")
            connection = Connection.objects.get(pk=books.connection.pk)
            payload = book.entry(invoice, connection, Delivery(invoice=invoice, connection=connection))
        including = {"4"}
        total = sum(
            line["AmountFC"] + (ZERO if line["VATCode"] in including else line.get("VATAmountFC", ZERO))
            for line in payload["PurchaseEntryLines"]
        )
        assert total == total_of(content), (path, payload)
        made += 1
    print(f"{made} entries")
    assert made >= 20
