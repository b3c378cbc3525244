"""Every published invoice goes the whole way: taken in, read, judged, proposed; each ends somewhere that has a name."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from lxml import etree

from invoices import intake, pipeline, serialise
from invoices.formats.settle import CREDIT_CODES
from invoices.models import Content, Invoice
from portal.tenancy import scope
from tests.cast import Cast
from tests.formats import corpus
from tests.judging.desk import Desk

# Where an invoice for a client may stand once the pipeline is done with it. `ready` waits for Exact.
STATED = {"unreadable", "on_hold", "review", "ready", "duplicate"}
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"


def stated_total(data: bytes) -> Decimal | None:
    """What the document itself says it comes to, by a path of our own: total with VAT plus rounding, signed."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    totals = root.find(f"{CAC}LegalMonetaryTotal")
    if totals is None:
        return None
    with_vat, rounding = (
        totals.findtext(CBC + name) for name in ("TaxInclusiveAmount", "PayableRoundingAmount")
    )
    if not with_vat or not with_vat.strip():
        return None
    total = Decimal(with_vat.strip()) + Decimal((rounding or "0").strip() or "0")
    code = root.findtext(f"{CBC}InvoiceTypeCode") or root.findtext(f"{CBC}CreditNoteTypeCode") or ""
    credit = etree.QName(root).localname == "CreditNote" or code.strip() in CREDIT_CODES
    return (-total if credit else total).quantize(Decimal("0.01"), ROUND_HALF_UP)


def takes(desk: Desk, path: Path) -> Invoice:
    received = intake.receive(
        desk.firm_id,
        path.read_bytes(),
        channel="upload",
        organisation_id=desk.organisation.pk,
        filename=path.name,
    )
    pipeline.process(desk.firm_id, received.invoice_id)
    with scope(desk.firm_id):
        row = Invoice.objects.get(pk=received.invoice_id)
        assert bytes(Content.objects.get(document=row.document_id).data) == path.read_bytes()
        assert serialise.invoice(row)["status"] == row.status
    return row


@corpus.needed
def test_every_file_ends_in_a_stated_status_with_its_own_total_and_is_kept_to_the_byte(cast: Cast) -> None:
    """Totals are compared for whole documents; a fragment of a rule's test may lack what makes one."""
    desk = Desk(cast.alice, "Proefboek", "90000017")
    whole = {document.path for document in corpus.documents() if document.is_schema_valid}
    root = corpus.folder()
    assert root is not None
    ends: Counter[tuple[str, str]] = Counter()
    compared = 0
    for path in corpus.files():
        row = takes(desk, path)
        assert row.status in STATED, (path, row.status)
        assert row.reason or row.status == "ready", path
        ends[row.status, row.reason] += 1
        wanted = stated_total(path.read_bytes()) if str(path.relative_to(root)) in whole else None
        if wanted is not None and row.status != "unreadable":
            assert row.total == wanted, (path, row.total, wanted)
            compared += 1
    for (status, reason), count in ends.most_common():
        print(f"{count:6} {status:11} {reason}")
    assert sum(ends.values()) == len(corpus.files())
    assert compared > 400
