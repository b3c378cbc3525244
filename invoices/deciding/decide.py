"""Autopilot, review or hold: one function, one recorded reason."""

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.utils import timezone

from connections.models import Connection
from invoices.booking.codes import Codes
from invoices.deciding import periods
from invoices.judging import direction
from invoices.models import Invoice, Proposal
from invoices.proposing import trust


@dataclass(frozen=True)
class Decision:
    """What happens next. `reason` is stable; `values` fill its sentence."""

    outcome: str  # autopilot, review, hold
    reason: str
    values: dict[str, Any] = field(default_factory=dict)


def decide(connection: Connection, invoice: Invoice, proposal: Proposal) -> Decision:
    """The first thing that speaks against booking by itself is the reason. Needs the scope.

    1. What cannot be booked as it stands: no account, a blocked one, a closed period.
    2. What somebody wants to see: the mode, a rule that holds, a date before the start.
    3. What this is not sure enough for: the kind of document, VAT in doubt, no consent, the cap, the confidence.
    """
    return (
        _cannot(connection, invoice, proposal)
        or _asked_to_wait(connection, invoice, proposal)
        or _not_trusted(connection, invoice, proposal)
        or Decision("autopilot", "sure", {"confidence": f"{proposal.confidence:.2f}"})
    )


def _cannot(connection: Connection, invoice: Invoice, proposal: Proposal) -> Decision | None:
    if blocked := proposal.facts.get("blocked"):
        return Decision("review", "account_blocked", {"account": blocked})
    if any(not line.account or not line.vat_code for line in proposal.lines.all()):
        return Decision("review", "no_account")
    day = invoice.issue_date or timezone.localdate()
    try:
        offer_date(connection, invoice, proposal)
    except periods.NoPeriod:
        return Decision("review", "no_open_period", {"date": day.isoformat()})
    if proposal.entry_date is not None:
        values = {"date": day.isoformat(), "offered": proposal.entry_date.isoformat()}
        return Decision("review", "period_closed", values)
    return None


def offer_date(connection: Connection, invoice: Invoice, proposal: Proposal) -> None:
    """Set the proposal's entry date where the invoice's own period is closed by now. Raises NoPeriod."""
    day = invoice.issue_date or timezone.localdate()
    journal = Codes(connection).journal(invoice.currency) or ""  # without one, the booking says so
    offered = periods.bookable(connection, journal, day)
    proposal.entry_date = offered if offered != day else None


def _asked_to_wait(connection: Connection, invoice: Invoice, proposal: Proposal) -> Decision | None:
    if stranger := direction.stranger(invoice):
        return Decision("review", "unknown_buyer", {"buyer": stranger})
    if connection.mode == Connection.Mode.SUGGEST:
        return Decision("review", "mode_suggest")
    if "held" in proposal.facts.get("notes", []):
        return Decision("review", "rule_holds")
    start = connection.auto_book_from
    if start and "before_start" not in invoice.released and (invoice.issue_date or start) < start:
        return Decision("hold", "before_start", {"from": start.isoformat()})
    return None


def _not_trusted(connection: Connection, invoice: Invoice, proposal: Proposal) -> Decision | None:
    if invoice.kind == Invoice.Kind.PDF:
        return Decision("review", "not_e_invoice")
    for note in ("foreign_vat", "never_reclaimed"):
        if note in proposal.facts.get("notes", []):
            return Decision("review", note)
    if not proposal.facts.get("consents"):
        assert invoice.supplier is not None
        entries = proposal.facts.get("consistent", 0)
        known = trust.of(connection, invoice.supplier, entries)
        if known.stepped_down:
            return Decision("review", "stepped_down", {"corrected": known.corrected, "of": known.of})
        if not known.consents:
            return Decision("review", "new_supplier", {"entries": proposal.facts.get("entries", 0)})
    limit = connection.auto_book_limit
    if limit is not None and abs(invoice.total or Decimal(0)) > limit:
        return Decision("review", "above_limit", {"limit": str(limit)})
    if proposal.confidence < connection.auto_book_confidence:
        return Decision(
            "review", "not_sure_enough", _beside(proposal.confidence, connection.auto_book_confidence)
        )
    return None


def _beside(confidence: Decimal, threshold: Decimal) -> dict[str, str]:
    """Both as a sentence says them. Rounded down: 0.899 below a threshold of 0.90 is not to read as 0.90."""
    hundredth = Decimal("0.01")
    return {
        "confidence": f"{confidence.quantize(hundredth, ROUND_DOWN)}",
        "threshold": f"{threshold.quantize(hundredth)}",
    }
