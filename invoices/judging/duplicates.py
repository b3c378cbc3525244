"""Did it come in before? By its content, by its number, or by three of supplier, number, date and amount."""

from dataclasses import replace

from invoices.formats.model import Invoice as Content
from invoices.judging import keys, twins
from invoices.judging.alike import alike
from invoices.judging.pairs import Pair, certain, of_invoices
from invoices.judging.suspicions import Suspicion, another_number, is_answered, keep, of, rejected_before
from invoices.judging.verdicts import Verdict
from invoices.models import Invoice


def judge(invoice: Invoice, content: Content) -> Verdict | None:
    """The strongest suspicion; every pair stays on the invoice, to be shown side by side. Two queries."""
    pictures = keys.pictures(content)
    others = alike(
        invoice,
        hashes=[invoice.content_hash, *pictures],
        numbers=[invoice.number_normalised],
        day_and_amount=invoice.day_and_amount,
    )
    suspicions = (_suspicion(invoice, one, pictures) for one in others if not is_answered(invoice, one))
    return keep(invoice, filter(None, suspicions))


def _suspicion(invoice: Invoice, other: Invoice, pictures: list[str]) -> Suspicion | None:
    if other.kind == Invoice.Kind.PDF:
        return twins.against_picture(invoice, other, pictures)
    if other.content_hash == invoice.content_hash:
        pair = certain(invoice, other, "same_content")
        again = Verdict("duplicate", "same_content", "", of(other, pair))
        return Suspicion(pair, rejected_before(other) or again)
    if other.is_credit != invoice.is_credit:
        return None  # a credit note may bear the number of the invoice that it takes back
    pair = of_invoices(invoice, other, "three_of_four")
    if pair.agree("supplier", "number"):
        pair = replace(pair, because="same_number")
    return _judged(invoice, other, pair) if pair.counts else None


def _judged(invoice: Invoice, other: Invoice, pair: Pair) -> Suspicion:
    if rejected := rejected_before(other):
        return Suspicion(pair, rejected)
    if _another_form(invoice, other, pair):
        pair = replace(pair, because="another_form")
        return Suspicion(pair, Verdict("duplicate", "another_form", "", of(other, pair)))
    if pair.differ("number"):
        return another_number(pair)
    return Suspicion(pair, Verdict("on_hold", "duplicate_suspected", "duplicate_suspected", of(other, pair)))


def _another_form(invoice: Invoice, other: Invoice, pair: Pair) -> bool:
    """The hybrid PDF of a Peppol invoice, or UBL and CII of one: all four agree, and where to pay does.

    Two of one syntax that differ somewhere are left to a person: the second may be a correction.
    """
    if invoice.kind == other.kind or pair.differ("iban"):
        return False
    return pair.agree("supplier", "number", "date", "amount")
