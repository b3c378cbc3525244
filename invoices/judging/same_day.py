"""The same supplier, day and amount under another number: sent twice, or two of a kind?

Twenty cars leased are twenty equal invoices on the first of the month, and a bookkeeper who is asked about each of them
stops looking. The ledger tells: a supplier whose entries of the last months came in such pairs is not asked about.
Where it is asked, one answer counts for all that are alike.
"""

from invoices.judging.evidence import Evidence
from invoices.judging.pairs import SAME_DAY
from invoices.judging.verdicts import Verdict
from invoices.models import Invoice


def pairs(invoice: Invoice) -> list[dict]:
    """The pairs of this kind that nobody has answered for."""
    return [one for one in invoice.duplicates if one["because"] == SAME_DAY and not one["settled"]]


def judge(invoice: Invoice, evidence: Evidence) -> Verdict | None:
    found = pairs(invoice)
    if not found or evidence.several_a_day or invoice.supplier is None:
        return None
    first = found[0]
    number = next(field["that"] for field in first["compared"] if field["name"] == "number")
    values = {"of": first["id"], "number": number, "percent": str(first["percent"])}
    subject = f"{invoice.supplier.exact_id} {invoice.day_and_amount}"
    return Verdict("on_hold", "same_day_and_amount", "duplicate_suspected", values, subject=subject)
