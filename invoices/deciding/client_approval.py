"""Asking the client: «is this ours, and may it be booked» (before), or «may it be paid» (after).

Offices work in both orders. Before: nothing is sent to Exact until the client said yes. After: the invoice is booked at
once, so that the VAT return is not late, and stands among those that may not be paid yet. Exact's API knows no block on
a payment, so the block is the portal's: its list of what may be paid holds approved invoices only.
"""

from typing import Any

from django.utils import timezone

from invoices import timeline
from invoices.models import ApprovalOrder, ClientApproval, ClientApproves, Invoice
from portal.models import Organisation

S = Invoice.Status
ASKED = "client_asked"  # the reason with which an invoice waits


def order_of(organisation_id: Any) -> str:
    """When this client is asked; "" for never. Needs the scope."""
    found = ClientApproves.objects.filter(organisation=organisation_id).values_list("order", flat=True)
    return found.first() or ""


def choose(organisation: Organisation, order: str) -> None:
    """Ask this client from now on in this order, or ("") no longer. Needs the scope."""
    if order:
        ClientApproves.objects.update_or_create(organisation=organisation, defaults={"order": order})
    else:
        ClientApproves.objects.filter(organisation=organisation).delete()


def waits(invoice: Invoice, actor: Any = None) -> bool:
    """Whether the client must be asked before this is booked; then it is, and the invoice waits. Needs the scope."""
    if invoice.organisation_id is None or order_of(invoice.organisation_id) != ApprovalOrder.BEFORE:
        return False
    if invoice.status not in (S.RECEIVED, S.REVIEW, S.ON_HOLD):
        return False  # it was on its way already
    row = _ask(invoice, ApprovalOrder.BEFORE)
    if row.approved:
        return False
    if row.approved is False:  # somebody here wants it booked after all: the client is asked once more
        row.approved = row.decided_at = row.decided_by = None
        row.save(update_fields=["approved", "decided_at", "decided_by"])
    timeline.move(invoice, S.ON_HOLD, reason=ASKED, actor=actor)
    return True


def on_move(invoice: Invoice) -> None:
    """A booked invoice of a client that is asked afterwards. Called within the move's transaction."""
    if invoice.status == S.BOOKED and order_of(invoice.organisation_id) == ApprovalOrder.AFTER:
        _ask(invoice, ApprovalOrder.AFTER)


def _ask(invoice: Invoice, order: str) -> ClientApproval:
    assert invoice.organisation is not None  # whose approval it would be
    row, _made = ClientApproval.objects.get_or_create(
        invoice=invoice, defaults={"organisation": invoice.organisation, "order": order}
    )
    return row


def answer(row: ClientApproval, approved: bool, actor: Any, words: str = "") -> None:
    """The client's answer, or somebody's on their behalf. Needs the scope and the locked invoice.

    Before: yes books it, no sends it back to review. After: it stays booked, and may be paid or not.
    """
    from invoices.deciding import dispatch

    invoice = row.invoice
    row.approved, row.decided_at, row.decided_by, row.words = approved, timezone.now(), actor, words
    row.save(update_fields=["approved", "decided_at", "decided_by", "words"])
    event = "invoice.client_approved" if approved else "invoice.client_refused"
    timeline.add(invoice, event, actor=actor, words=words)
    if row.order != ApprovalOrder.BEFORE or invoice.status != S.ON_HOLD or invoice.reason != ASKED:
        return
    connection = dispatch.connection_of(invoice)
    if approved and connection is not None:
        dispatch.go(invoice, connection, book=True, actor=actor, reason="client_approved")
    else:
        timeline.move(invoice, S.REVIEW, reason="client_refused", actor=actor, words=words)


def take_back(invoice: Invoice) -> None:
    """The question, when somebody takes back the approval that led to it. Needs the scope."""
    ClientApproval.objects.filter(invoice=invoice, approved=None).delete()
