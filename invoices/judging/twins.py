"""The PDF of an e-invoice, sent beside it: by mail and by Peppol, in either order.

We never read the pages of a PDF. That it is an e-invoice's picture shows in its bytes, when the e-invoice carries the
same PDF inside; or, likely only, in its name, when that has the number and the name or the sender has the seller.

The e-invoice is the better of the two. A PDF that still waits gives way to it; one that has gone to Exact's mailbox
holds it, because Exact may be making an entry of that PDF already.
"""

from datetime import timedelta

from connections import issues
from connections.normal import plain_name
from invoices import timeline
from invoices.deciding import dispatch
from invoices.judging import keys
from invoices.judging.alike import alike
from invoices.judging.pairs import Pair, of_picture
from invoices.judging.suspicions import Suspicion, is_answered, keep, of, rejected_before
from invoices.judging.verdicts import Verdict
from invoices.models import Invoice

S = Invoice.Status
WAITING = [S.RECEIVED, S.REVIEW, S.ON_HOLD]
CLOSE = timedelta(days=60)  # two doors, one invoice: not a year apart
SURE, LIKELY = 100, 60  # percent
_SHORTEST_WORD = 4


def judge_picture(invoice: Invoice) -> Verdict | None:
    """A PDF came in: is its e-invoice here already? Two queries."""
    others = alike(
        invoice,
        hashes=[invoice.content_hash],
        numbers=keys.numbers_in(invoice.document.filename),
        inside=True,
    )
    suspicions = (_of_picture(invoice, one) for one in others if not is_answered(invoice, one))
    return keep(invoice, filter(None, suspicions))


def _of_picture(picture: Invoice, other: Invoice) -> Suspicion | None:
    inside = other.picture_hash == picture.content_hash
    if other.kind == Invoice.Kind.PDF or not (inside or _likely(other, picture)):
        return None
    pair = of_picture(picture, other, SURE if inside else LIKELY)
    return Suspicion(pair, rejected_before(other) or _verdict(other, pair))


def _verdict(e_invoice: Invoice, pair: Pair) -> Verdict:
    if pair.percent == SURE:
        return Verdict("duplicate", "pdf_twin", "", of(e_invoice, pair))
    return Verdict("on_hold", "pdf_twin_suspected", "duplicate_suspected", of(e_invoice, pair))


def against_picture(invoice: Invoice, picture: Invoice, pictures: list[str]) -> Suspicion | None:
    """An e-invoice came in: what of the PDF that is here already? One that was rejected says nothing: a person may
    have refused it because the e-invoice was to come."""
    inside = picture.content_hash in pictures
    if picture.status == S.REJECTED or not (inside or _likely(invoice, picture)):
        return None
    pair = of_picture(invoice, picture, SURE if inside else LIKELY)
    if picture.status in WAITING:
        _give_way(picture, invoice, pair.percent)
        return Suspicion(pair)
    values = {**of(picture, pair), "file": picture.document.filename}
    return Suspicion(pair, Verdict("on_hold", "pdf_sent", "duplicate_suspected", values))


def _likely(e_invoice: Invoice, picture: Invoice) -> bool:
    """The file is named after the number, and the file's name or its sender after the seller."""
    if abs(e_invoice.created_at - picture.created_at) > CLOSE:
        return False
    if e_invoice.number_normalised not in set(keys.numbers_in(picture.document.filename)):
        return False
    named = plain_name(f"{picture.document.filename} {picture.document.sender}").replace(" ", "")
    words = [word for word in plain_name(e_invoice.seller_name).split() if len(word) >= _SHORTEST_WORD]
    return any(word in named for word in words)


def _give_way(picture: Invoice, invoice: Invoice, percent: int) -> None:
    """The PDF waits for a person: it needs nobody any more, or is shown beside its e-invoice.

    One that is locked is being judged at this moment, and finds the e-invoice by itself.
    """
    row = (
        Invoice.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .select_related("issue", "document")
        .filter(pk=picture.pk, status__in=WAITING)
        .first()
    )
    if row is None or (percent != SURE and row.status == S.RECEIVED):
        return
    pair = of_picture(row, invoice, percent)
    verdict = _verdict(invoice, pair)
    dispatch.settle_issue(row, "e-invoice came")
    row.duplicates = [pair.as_json()]
    row.save(update_fields=["duplicates", "updated_at"])
    if verdict.issue:
        row.issue = issues.open_issue(verdict.issue, subject=str(row.pk), supplier=invoice.seller_name)
    timeline.move(row, verdict.status, reason=verdict.reason, **verdict.values)
