"""What people change: where an invoice belongs, who sent it, how it is booked, and that a hold is over."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone

from connections import issues
from connections.models import Connection, Supplier
from invoices import intake, parties, pipeline, timeline
from invoices.deciding import dispatch, questions
from invoices.formats.jsonable import from_json
from invoices.judging import accounts, suspicions
from invoices.models import Invoice, Proposal
from invoices.parties import supplier_work, suppliers
from invoices.proposing import own_lines, proposals
from invoices.proposing.own_lines import Unbookable
from portal.models import Organisation

__all__ = [
    "Unbookable",
    "choose_supplier",
    "offer_again",
    "release",
    "replace_lines",
    "route",
]

BUSY = {Invoice.Status.BOOKING, Invoice.Status.BOOKED, Invoice.Status.DELIVERED, Invoice.Status.READY}


def route(invoice: Invoice, organisation: Organisation, actor: Any = None) -> None:
    """A person says for whom it is. Needs the scope and the locked row."""
    if invoice.status in BUSY:
        raise dispatch.NotNow(invoice.status, "given to another organisation")
    dispatch.settle_issue(invoice, "routed")
    if pipeline.assign(invoice, organisation):
        timeline.add(invoice, "invoice.routed_by_person", actor=actor, organisation=organisation.name)
        intake.again(invoice)


def choose_supplier(invoice: Invoice, supplier: Supplier, actor: Any = None) -> None:
    """A person says who sent it: the pipeline goes on from there, for all that waited for this answer.

    The choice is remembered for this seller; «do not learn» of the proposal does not concern it.
    """
    if invoice.status in BUSY:
        raise dispatch.NotNow(invoice.status, "given another supplier")
    dispatch.settle_issue(invoice, "supplier chosen")
    invoice.supplier, invoice.matched_by = supplier, "person"
    invoice.save(update_fields=["supplier", "matched_by", "updated_at"])
    timeline.add(invoice, "invoice.supplier_chosen", actor=actor, supplier=supplier.name)
    if invoice.content is not None:
        connection = Connection.objects.select_related("organisation").get(pk=supplier.connection_id)
        seller = parties.seller_of(from_json(invoice.content))
        suppliers.remember(connection, seller, supplier, actor)
        subject = seller.kvk or seller.vat or seller.name
        for code in ("supplier_unknown", "supplier_ambiguous"):
            issues.resolve_code(connection, code, subject=subject, by="supplier chosen")
    intake.again(invoice)


def make_supplier(invoice: Invoice, actor: Any = None) -> None:
    """A person says that the seller is new: it is made in Exact, and all that waits for it goes on by itself.

    ValueError when the invoice does not say enough of its seller. Needs the scope and the locked row.
    """
    connection = dispatch.connection_of(invoice)
    if invoice.status in BUSY or connection is None or invoice.content is None:
        raise dispatch.NotNow(invoice.status, "given a new supplier")
    seller = parties.seller_of(from_json(invoice.content))
    supplier_work.ask_creation(invoice, connection, seller, actor)
    dispatch.settle_issue(invoice, "being made")
    subject = seller.kvk or seller.vat or seller.name
    issues.resolve_code(connection, "supplier_unknown", subject=subject, by="being made")
    timeline.add(invoice, "invoice.supplier_asked", actor=actor, supplier=seller.name)
    intake.again(invoice)


def release(invoice: Invoice, reason: str, actor: Any = None, *, add_to_exact: bool = False) -> None:
    """A person ends a hold: the account is right, it is another invoice, it is for us, it is the same one after all.

    An answer that counts for more invoices (a supplier's account; several of one day) lets all of them go on.
    `add_to_exact`: also have the confirmed account written to the supplier in Exact.
    """
    if invoice.status not in questions.RELEASABLE:
        raise dispatch.NotNow(invoice.status, "released")
    timeline.add(invoice, "invoice.released", actor=actor, reason=reason)
    if reason == "is_a_duplicate":
        _is_a_duplicate(invoice, actor)
        return
    if reason == "not_a_duplicate":
        _are_not_duplicates(invoice, reason)
    else:
        _add(invoice, reason)
    if reason == "iban_confirmed" and accounts.confirm(invoice, actor) and add_to_exact:
        supplier_work.ask_completion(invoice, ["ibans"], actor)
    dispatch.settle_issue(invoice, "released")
    if invoice.status == Invoice.Status.FAILED:
        dispatch.retry(invoice, actor)
    else:
        intake.again(invoice)


def _add(invoice: Invoice, reason: str) -> None:
    invoice.released = sorted({*invoice.released, reason})
    invoice.save(update_fields=["released", "updated_at"])


def _are_not_duplicates(invoice: Invoice, reason: str) -> None:
    """It is another one than those beside it; so are all that wait for the same answer."""
    issue = invoice.issue
    shared = issue is not None and issue.code == "duplicate_suspected" and issue.subject != str(invoice.pk)
    waiting = (
        Invoice.objects.select_for_update(no_key=True).filter(issue=issue).exclude(pk=invoice.pk)
        if shared
        else ()
    )
    for one in (invoice, *waiting):
        _add(one, reason)
        suspicions.answer(one)
    if shared and issue is not None:
        issues.resolve(issue, "released")


def _is_a_duplicate(invoice: Invoice, actor: Any) -> None:
    """It is the one beside it: nothing of it is booked; the pair stays to be seen."""
    dispatch.settle_issue(invoice, "duplicate")
    values = {
        key: invoice.reason_values[key] for key in ("of", "number", "entry") if key in invoice.reason_values
    }
    timeline.move(invoice, Invoice.Status.DUPLICATE, reason="duplicate_confirmed", actor=actor, **values)


def replace_lines(
    invoice: Invoice, lines: Sequence[dict[str, Any]], *, learn: bool, actor: Any = None
) -> None:
    """A person's own lines in place of the proposal. With their VAT they must add up to the invoice's total.

    Lines that go where the proposal's went are no correction: they only say that a person looked.
    """
    if invoice.status not in (Invoice.Status.REVIEW, Invoice.Status.ON_HOLD, Invoice.Status.FAILED):
        raise dispatch.NotNow(invoice.status, "corrected")
    connection = dispatch.connection_of(invoice)
    if connection is None or invoice.content is None:
        raise dispatch.NotNow(invoice.status, "corrected")
    before = _places(getattr(invoice, "proposal", None))
    made = own_lines.read(connection, from_json(invoice.content), lines)
    proposal = proposals.store(invoice, made)
    proposal.corrected_by, proposal.corrected_at, proposal.learn = actor, timezone.now(), learn
    proposal.facts = {**proposal.facts, "changed": _places(proposal) != before, "blocked": "", "notes": []}
    proposal.save(update_fields=["corrected_by", "corrected_at", "learn", "facts"])
    timeline.add(invoice, "invoice.corrected", actor=actor, lines=len(made), learn=learn)


def _places(proposal: Proposal | None) -> set[tuple[Any, ...]]:
    """Which invoice line goes where."""
    lines = proposal.lines.all() if proposal is not None else ()
    return {
        (at, line.account, line.vat_code, line.cost_center, line.cost_unit, line.project)
        for line in lines
        for at in line.invoice_lines or [-line.position]
    }


def offer_again(connection: Connection, received_after: Any) -> int:
    """Let invoices that waited for the connection's start go through again. How many; needs the scope."""
    found = Invoice.objects.select_for_update(no_key=True).filter(
        Q(status=Invoice.Status.ON_HOLD, reason__in=["before_start", "not_connected"])
        | Q(status=Invoice.Status.RECEIVED),
        organisation_id=connection.organisation_id,
        created_at__gt=received_after,
    )
    count = 0
    for invoice in found.order_by("created_at"):
        invoice.released = sorted({*invoice.released, "before_start"})
        invoice.save(update_fields=["released", "updated_at"])
        intake.again(invoice)
        count += 1
    return count
