"""What an invoice is held over, and what a person says by letting it go on."""

from invoices.models import Invoice

RELEASES = {"iban_confirmed", "not_a_duplicate", "is_a_duplicate", "other_buyer", "is_a_purchase", "findings"}
# Why an invoice is held → what a person says by letting it go on. «It is a duplicate» may be said of each pair too.
ANSWERS = {
    **dict.fromkeys(("iban_changed", "iban_new"), "iban_confirmed"),
    **dict.fromkeys(
        (
            "duplicate_suspected",
            "same_day_and_amount",
            "same_content",
            "another_form",
            "pdf_twin",
            "pdf_twin_suspected",
            "pdf_sent",
            "rejected_before",
            "booked_already",
            "duplicate_confirmed",
        ),
        "not_a_duplicate",
    ),
    "other_buyer": "other_buyer",
    **dict.fromkeys(("sales_invoice", "self_billing"), "is_a_purchase"),
    **dict.fromkeys(("totals_do_not_add_up", "invoice_incomplete", "unknown_currency"), "findings"),
}
RELEASABLE = {
    Invoice.Status.ON_HOLD,
    Invoice.Status.DUPLICATE,
    Invoice.Status.REVIEW,
    Invoice.Status.FAILED,
}


def unanswered(invoice: Invoice) -> bool:
    """Whether it is held over a question: that is answered first, in so many words, and not approved past.

    Who works off a queue presses «a», and an invoice with another bank account or one that came in before looks like
    the one before it. Software for a partner does the same with a loop.
    """
    return invoice.status == Invoice.Status.ON_HOLD and invoice.reason in ANSWERS
