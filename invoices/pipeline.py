"""From received bytes to a decision: read → route → judge → propose → decide. Nothing here talks to Exact.

`process` may be run again at any point: it starts from the document and overwrites what an earlier run said.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from connections import issues
from connections.models import Connection
from invoices import intake, parties, timeline
from invoices.deciding import decide, dispatch
from invoices.formats import Unreadable, read
from invoices.formats import rules as rulebook
from invoices.formats.jsonable import to_json
from invoices.formats.model import Invoice as Content
from invoices.formats.safety import LARGE, give_back
from invoices.judging import Verdict, full_check, judge_against_ledger, judge_invoice, judge_picture, keys
from invoices.judging.pairs import certain
from invoices.judging.suspicions import Suspicion, keep
from invoices.models import Document, Invoice, Proposal
from invoices.parties import newcomers, supplier_work, suppliers
from invoices.proposing import proposals
from invoices.proposing.amounts import total_of
from portal.drill import point
from portal.models import Organisation
from portal.tenancy import scope

log = structlog.get_logger(__name__)

LOOK_AGAIN = timedelta(seconds=60)
WAIT_FOR_HISTORY = timedelta(minutes=10)


def process(firm_id: UUID, invoice_id: UUID) -> None:
    """Take one received invoice as far as it goes without Exact."""
    with scope(firm_id):
        invoice = Invoice.objects.filter(pk=invoice_id, status=Invoice.Status.RECEIVED).first()
        if invoice is None:
            return
        document_id = invoice.document_id
    try:
        # Neither the bytes nor their tree are kept: they would stand beside what is made of them.
        kind, content = _read(firm_id, document_id)
        findings = rulebook.judge(content) if content else ()
    except Unreadable as problem:
        with scope(firm_id):
            if invoice := still_received(invoice_id):
                _unreadable(invoice, problem)
        return
    with scope(firm_id):
        if invoice := still_received(invoice_id):
            _take_in(invoice, kind, content, findings)
            _onward(invoice, content)
            point("pipeline.before_commit")
    point("pipeline.decided")


def _read(firm_id: UUID, document_id: UUID) -> tuple[str, Content | None]:
    with scope(firm_id):
        data = intake.content(document_id)
    reading = read(data)
    return reading.kind, reading.invoice


def still_received(invoice_id: UUID) -> Invoice | None:
    """The row, locked: two workers that were both woken for it must not both go on."""
    return (
        Invoice.objects.select_for_update(no_key=True, of=("self",))
        .select_related("organisation", "document", "proposal")
        .filter(pk=invoice_id, status=Invoice.Status.RECEIVED)
        .first()
    )


def _unreadable(invoice: Invoice, problem: Unreadable) -> None:
    invoice.issue = issues.open_issue(
        "unreadable_document", subject=str(invoice.pk), file=invoice.document.filename or None
    )
    timeline.move(invoice, Invoice.Status.UNREADABLE, reason=problem.code)


def _take_in(invoice: Invoice, kind: str, content: Content | None, findings: Sequence[Any]) -> None:
    """What the document says, into the columns that we search and join on."""
    read_before = bool(invoice.kind)
    invoice.kind = kind
    if content is not None:
        seller = parties.seller_of(content)
        invoice.content = to_json(content.without_content())
        invoice.findings = [_finding(finding) for finding in findings]
        invoice.number = (content.number or "")[:200]
        invoice.is_credit = content.is_credit
        invoice.issue_date, invoice.due_date = content.issue_date, _due_date(content)
        invoice.currency = (content.currency or "")[:3].upper()
        invoice.total = total_of(content)
        invoice.seller_name, invoice.seller_ids = seller.name[:200], [one[:60] for one in seller.ids]
    keys.describe(invoice, content)
    invoice.save()
    if invoice.document.size > LARGE:
        give_back()  # the row as text, on its way to the database
    if content is not None:
        full_check.ask(invoice)
    if not read_before:
        timeline.add(invoice, "invoice.read", kind=kind, findings=len(findings))


def _finding(finding: Any) -> dict[str, Any]:
    return {key: value for key, value in asdict(finding).items() if value not in (None, "")}


def _due_date(content: Content) -> Any:
    return content.due_date or next((m.due_date for m in content.payment_means if m.due_date), None)


def _onward(invoice: Invoice, content: Content | None) -> None:
    """Route, then judge, propose and decide; each may stop the invoice with a reason."""
    organisation = invoice.organisation or _route(invoice, content)
    if organisation is None:
        return
    connection = (
        Connection.objects.select_related("organisation")
        .filter(organisation=organisation)
        .exclude(status="disconnected")
        .first()
    )
    if connection is None or connection.division is None:
        invoice.issue = issues.open_issue(
            "not_connected", subject=str(organisation.pk), organisation=organisation.name
        )
        timeline.move(invoice, Invoice.Status.ON_HOLD, reason="not_connected")
        return
    if content is None:
        if not _stopped(invoice, judge_picture(invoice), connection):
            dispatch.plain_pdf(invoice, connection)
        return
    if _stopped(invoice, judge_invoice(invoice, content), connection):
        return
    if connection.mode == Connection.Mode.MAILBOX:
        dispatch.go(invoice, connection, book=False)
        return
    _propose_and_decide(invoice, content, connection)


def _route(invoice: Invoice, content: Content | None) -> Organisation | None:
    """The organisation that the invoice is for; unrouted when the firm has none, or more than one, that fits.

    One that a client of the firm sent to a stranger is that client's: judging says that it is a sale.
    """
    found: list[Organisation] = []
    if content is not None:
        buyers = parties.organisations_for(parties.buyer_of(content))
        found = buyers or parties.organisations_for(parties.seller_of(content))
    if len(found) != 1:
        invoice.issue = issues.open_issue(
            "unrouted_document",
            subject=str(invoice.pk),
            buyer=parties.buyer_of(content).name if content else "",
            kvk=parties.buyer_of(content).kvk if content else "",
        )
        timeline.move(invoice, Invoice.Status.UNROUTED, reason="unrouted_document")
        return None
    return found[0] if assign(invoice, found[0]) else None


def assign(invoice: Invoice, organisation: Organisation) -> bool:
    """Give the document and invoice to an organisation; False when it has this very document already."""
    twin = (
        Invoice.objects.filter(document__organisation=organisation, document__sha256=invoice.document.sha256)
        .exclude(pk=invoice.pk)
        .first()
    )
    if twin is not None:
        keep(invoice, [Suspicion(certain(invoice, twin, "same_document"))])
        timeline.move(invoice, Invoice.Status.DUPLICATE, reason="same_document", of=str(twin.pk))
        return False
    Document.objects.filter(pk=invoice.document_id).update(organisation=organisation)
    invoice.organisation = organisation
    invoice.save(update_fields=["organisation", "updated_at"])
    timeline.add(invoice, "invoice.routed", organisation=organisation.name)
    return True


def _stopped(invoice: Invoice, verdict: Verdict | None, connection: Connection) -> bool:
    """Stop for a verdict. What concerns more than this invoice has an issue that they share."""
    if verdict is None:
        return False
    if verdict.issue:
        invoice.issue = issues.open_issue(
            verdict.issue,
            connection=connection if verdict.subject else None,
            subject=verdict.subject or str(invoice.pk),
            supplier=invoice.seller_name,
            **verdict.values,
        )
    timeline.move(invoice, verdict.status, reason=verdict.reason, **verdict.values)
    return True


def _propose_and_decide(invoice: Invoice, content: Content, connection: Connection) -> None:
    if _history_comes(connection):
        Invoice.objects.filter(pk=invoice.pk).update(
            reason="reading_history", due_at=timezone.now() + LOOK_AGAIN, updated_at=timezone.now()
        )
        return
    seller = parties.seller_of(content)
    match = _match(invoice, connection, seller)
    corrected = _corrected(invoice, match)
    invoice.supplier, invoice.matched_by, invoice.candidates = match.supplier, match.by, match.as_json()
    invoice.save(update_fields=["supplier", "matched_by", "candidates", "updated_at"])
    if match.supplier is None:
        _no_supplier(invoice, connection, seller, match)
        return
    for refusal, code in (
        (match.supplier.blocked, "supplier_blocked"),
        (not match.supplier.is_supplier, "supplier_not_supplier"),
    ):
        if refusal:
            invoice.issue = issues.open_issue(
                code,
                connection=connection,
                subject=str(match.supplier.exact_id),
                supplier=match.supplier.name,
            )
            timeline.move(invoice, Invoice.Status.ON_HOLD, reason=code)
            return
    proposal = corrected or proposals.propose(connection, invoice, content, match.supplier)
    if corrected is None:
        timeline.add(
            invoice, "invoice.proposed", confidence=f"{proposal.confidence:.2f}", matched_by=match.by
        )
    if _stopped(invoice, judge_against_ledger(invoice, content, connection), connection):
        return
    decision = decide.decide(connection, invoice, proposal)
    if corrected is not None and decision.outcome == "autopilot":
        decision = decide.Decision("review", "corrected")
    proposal.decision, proposal.decided_because = (
        decision.outcome,
        {"reason": decision.reason, **decision.values},
    )
    proposal.save(update_fields=["decision", "decided_because", "entry_date"])
    if decision.outcome == "autopilot":
        dispatch.go(invoice, connection, book=True, reason=decision.reason, **decision.values)
    else:
        status = Invoice.Status.ON_HOLD if decision.outcome == "hold" else Invoice.Status.REVIEW
        timeline.move(invoice, status, reason=decision.reason, **decision.values)


def _corrected(invoice: Invoice, match: suppliers.Match) -> Proposal | None:
    """A proposal that a person corrected, where it is for this supplier in this ledger still: it is not made anew when
    the invoice comes by again (its connection ended, its issue was mended), and never booked without that person."""
    proposal: Proposal | None = getattr(invoice, "proposal", None)
    if (
        proposal is None
        or proposal.corrected_at is None
        or invoice.supplier is None
        or match.supplier is None
    ):
        return None
    return proposal if invoice.supplier.exact_id == match.supplier.exact_id else None


def _history_comes(connection: Connection) -> bool:
    """Whether the first read of the ledger is about to be done: nothing can be proposed before its accounts and
    suppliers are there, and little before its entries. A large ledger takes hours; then we work with what there is.
    """
    cursors = connection.cursors
    if cursors.get("filled"):
        return False
    began = cursors.get("fill_began")
    return began is None or timezone.now() < datetime.fromisoformat(began) + WAIT_FOR_HISTORY


def _match(invoice: Invoice, connection: Connection, seller: parties.Identity) -> suppliers.Match:
    """A person's own choice stands; otherwise the identifiers decide."""
    if invoice.matched_by == "person" and invoice.supplier is not None:
        return suppliers.Match(invoice.supplier, "person")
    return suppliers.match(connection, seller)


def _no_supplier(
    invoice: Invoice, connection: Connection, seller: parties.Identity, match: suppliers.Match
) -> None:
    """Several fit: a person chooses. None does: it is made in Exact where the connection allows it, else a person."""
    asked = not match.candidates and supplier_work.under_way(connection, seller)  # a person said so
    if asked or (not match.candidates and connection.creates_suppliers and supplier_work.enough(seller)):
        if not asked:
            supplier_work.ask_creation(invoice, connection, seller)
        Invoice.objects.filter(pk=invoice.pk).update(
            reason=supplier_work.WAITS, due_at=timezone.now() + LOOK_AGAIN, updated_at=timezone.now()
        )
        return
    code = "supplier_ambiguous" if match.candidates else "supplier_unknown"
    invoice.issue = issues.open_issue(
        code, connection=connection, subject=seller.kvk or seller.vat or seller.name, supplier=seller.name
    )
    timeline.move(invoice, Invoice.Status.REVIEW, reason=code)
    if invoice.issue.count == 1:
        newcomers.look(connection)


def waiting_for(connection: Connection) -> int:
    """Let the invoices that waited for this connection go on. How many; needs the scope."""
    found = Invoice.objects.select_for_update(no_key=True).filter(
        organisation_id=connection.organisation_id,
        status__in=[Invoice.Status.ON_HOLD, Invoice.Status.REVIEW],
        reason__in=["not_connected"],
    )
    reading = Invoice.objects.filter(
        organisation_id=connection.organisation_id, status=Invoice.Status.RECEIVED, reason="reading_history"
    )
    for pk in reading.values_list("pk", flat=True):
        intake.read_soon(pk)
    count = 0
    for invoice in found.order_by("created_at"):
        intake.again(invoice)
        count += 1
    return count
