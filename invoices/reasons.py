"""Why an invoice is where it is, in a sentence for people."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from invoices.said import Said

REASONS: dict[str, Promise] = {
    "sure": _("Without review: confidence {confidence}."),
    "approved": _("Approved by a person."),
    "retry": _("Tried again by a person."),
    "mended": _("Goes on: what stopped it is mended."),
    "delivered": _("Delivered into Exact."),
    "adopted": _("The entry was made in Exact already; it is linked."),
    "reading_history": _("We are reading the ledger in Exact first; this takes a few minutes."),
    "unrouted_document": _(
        "We do not know for which organisation this is: nobody of yours has the buyer's KVK number."
    ),
    "not_connected": _("This organisation is not connected to Exact Online yet."),
    "mailbox_not_ready": _("The digital mailbox does not work yet."),
    "plain_pdf": _("A PDF without an e-invoice in it: book it by hand, or let the digital mailbox take it."),
    "self_billing": _("A self-billing invoice: this organisation is the seller, so it is not a purchase."),
    "sales_invoice": _(
        "A sales invoice of this organisation. Autopilot for Exact Online books purchases only. Send sales invoices "
        "through the platform by Peppol, or mail their XML to the address that sends automatically."
    ),
    "other_buyer": _("The invoice is addressed to {buyer}, not to this organisation."),
    "totals_do_not_add_up": _("The amounts do not add up ({rules})."),
    "invoice_incomplete": _("The number, the date or an amount is missing, or cannot be read."),
    "unknown_currency": _("The currency is unknown."),
    "currency_not_taken": _("No purchase journal in Exact takes {currency}."),
    "unknown_buyer": _(
        "The buyer on the invoice is “{buyer}”, without a number: is it for this organisation?"
    ),
    "same_content": _("The same invoice came in before."),
    "same_document": _("The same document came in before."),
    "duplicate_suspected": _("Probably the same as invoice {number}, which came in before."),
    "same_day_and_amount": _(
        "The supplier sent another one of that day and amount, with number {number}. Are they two?"
    ),
    "another_form": _(
        "Invoice {number} came in before in another form: as a PDF with the invoice inside, or as XML."
    ),
    "pdf_twin": _("The PDF of e-invoice {number}, which is here already."),
    "pdf_twin_suspected": _("Probably the PDF of e-invoice {number}."),
    "pdf_sent": _("Its PDF ({file}) has gone to Exact's mailbox already; Exact may book from that."),
    "rejected_before": _("Invoice {number} was rejected before: {words}"),
    "duplicate_confirmed": _("A person says that it is the same invoice."),
    "booked_already": _("Exact has an entry {entry} with this supplier and number."),
    "iban_changed": _("The bank account {iban} is not one that Exact has of this supplier."),
    "iban_new": _("Exact has no bank account of this supplier; the invoice asks to pay {iban}."),
    "supplier_unknown": _("The supplier is not in Exact."),
    "supplier_ambiguous": _("Several suppliers in Exact fit: choose one."),
    "supplier_blocked": _("The supplier is blocked in Exact."),
    "supplier_not_supplier": _("The relation in Exact is not marked as a supplier."),
    "no_account": _("No ledger account or VAT code could be found for a line."),
    "account_blocked": _("It would be booked on {account}, but that account is blocked in Exact."),
    "period_closed": _(
        "The period of {date} is closed in Exact; it can be booked on {offered}, the next open one."
    ),
    "no_open_period": _("Exact has no open period for {date}."),
    "rule_holds": _("A rule of yours says that somebody must look at this."),
    "not_e_invoice": _("Not an e-invoice: its amounts were read from a picture, so a person looks at them."),
    "foreign_vat": _("It bears VAT of another country, which is reclaimed there or not at all."),
    "never_reclaimed": _(
        "VAT of this supplier was never reclaimed here; is that right for this invoice too?"
    ),
    "stepped_down": _(
        "Back to review by itself: {corrected} of the last {of} of this supplier were corrected."
    ),
    "supplier_being_made": _("The supplier is being made in Exact."),
    "entry_removed": _("The entry was removed in Exact."),
    "reversed": _("The entry was taken back by a contrary entry, because its period is closed."),
    "mode_suggest": _("This connection books after approval."),
    "before_start": _("Dated before {from}, when booking for this connection starts."),
    "new_supplier": _(
        "Booked {entries} times for this supplier before; from three on Autopilot may book by itself."
    ),
    "above_limit": _("Above the limit of {limit} for booking by itself."),
    "not_sure_enough": _("Not sure enough: confidence {confidence}, threshold {threshold}."),
    "corrected": _("A person corrected the proposal."),
    "undone": _("The entry was removed from Exact again."),
    "rejected": _("Rejected: {words}"),
    "set_aside": _("Set aside by a person. {words}"),
    "client_asked": _("Waits for the client's approval."),
    "client_approved": _("Approved by the client."),
    "client_refused": _("The client does not approve it. {words}"),
    "taken_back": _("The decision was taken back."),
    "empty": _("The file is empty."),
    "not_xml": _("This is not an XML file that can be read."),
    "not_an_invoice": _("The file is readable, but it is not an invoice."),
    "encoding": _("The file has letters that cannot be read: it says another alphabet than it uses."),
    "too_large": _("The file is larger than 25 MiB."),
    "too_many_elements": _("The file has far more lines and fields than an invoice can have."),
    "too_deep": _("The file is nested deeper than an invoice can be."),
    "broken_pdf": _(
        "The PDF is damaged. Try to open it; if that works, print it to a new PDF and send that."
    ),
    "encrypted_pdf": _("The PDF is protected by a password. Ask for it without one."),
    "doctype": _(
        "The file has a document type declaration, which invoices do not have and which may be harmful."
    ),
}


def sentence(code: str, values: Mapping[str, Any] | None = None) -> str:
    """The sentence of a reason. A code that is an issue's has that issue's title."""
    from connections.remedies import CATALOGUE, remedy

    if code in REASONS:
        return str(REASONS[code]).format_map(Said(values or {}))
    if code in CATALOGUE:
        return remedy(code).words(values or {}).title
    return code.replace("_", " ")


PAIRS: dict[str, Promise] = {
    "same_document": _("The same file."),
    "same_content": _("The same content in another file."),
    "same_number": _("The same supplier and number."),
    "three_of_four": _("Three of supplier, number, date and amount are the same."),
    "same_day_and_amount": _("The same supplier, date and amount, with a number of another make."),
    "same_series": _("The same supplier, date and amount, with another number of its series."),
    "another_form": _("The same invoice in another form (PDF or XML)."),
    "pdf_twin": _("The PDF of the e-invoice."),
    "booked_in_exact": _("An entry in Exact."),
}


def pair(one: Mapping[str, Any]) -> str:
    """Why two invoices may be one, in the active language."""
    return str(PAIRS.get(one["because"], one["because"]))


def finding(values: Mapping[str, Any]) -> str:
    """A finding in words, in the active language."""
    from invoices.formats.rules.words import sentence as rule_sentence

    language = "nl" if (get_language() or "nl").startswith("nl") else "en"
    return rule_sentence(values["rule"], language, values.get("where", ""), values.get("values", {}))
