"""Can its currency be booked? Exact refuses one that no purchase journal takes; better said before than after."""

from invoices.judging.evidence import Evidence
from invoices.judging.verdicts import Verdict
from invoices.models import Invoice

HOME = "EUR"  # every division's own, where Exact Online is sold in euros; another home is a journal that takes it


def is_foreign(invoice: Invoice) -> bool:
    return invoice.currency != HOME


def judge(invoice: Invoice, evidence: Evidence) -> Verdict | None:
    if not is_foreign(invoice) or evidence.takes_currency:
        return None
    return Verdict("on_hold", "currency_not_taken", "unknown_currency", {"currency": invoice.currency})
