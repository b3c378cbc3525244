"""Invoices as the contract shows them."""

from typing import Any

from invoices import reasons
from invoices.judging import full_check
from invoices.models import Booking, Invoice, Proposal, ProposalLine
from invoices.proposing import evidence
from portal.api.fields import rfc3339


def invoice(row: Invoice) -> dict[str, Any]:
    """One invoice, whole. Needs the scope."""
    return {**_head(row), **_body(row)}


def invoices(rows: list[Invoice]) -> list[dict[str, Any]]:
    """A page of invoices, each whole; lines and timelines are fetched for all of them together."""
    from django.db.models import prefetch_related_objects

    prefetch_related_objects(rows, "proposal__lines", "timeline", "full_check")
    return [invoice(row) for row in rows]


def _head(row: Invoice) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "firm": str(row.firm_id),
        "external_reference": row.external_reference,
        "status": row.status,
        "reason": row.reason or None,
        "reason_text": reasons.sentence(row.reason, row.reason_values) if row.reason else None,
        "organisation": str(row.organisation_id) if row.organisation_id else None,
        "supplier": {
            "exact_id": str(row.supplier.exact_id) if row.supplier else None,
            "name": row.supplier.name if row.supplier else row.seller_name,
            "matched_by": row.matched_by or None,
            "candidates": row.candidates,
        },
        "number": row.number,
        "issue_date": row.issue_date.isoformat() if row.issue_date else None,
        "due_date": row.due_date.isoformat() if row.due_date else None,
        "currency": row.currency,
        "total": str(row.total) if row.total is not None else None,
        "issue": str(row.issue_id) if row.issue_id else None,
        "received_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


def _body(row: Invoice) -> dict[str, Any]:
    proposal: Proposal | None = getattr(row, "proposal", None)
    booking: Booking | None = getattr(row, "booking", None)
    booked = booking is not None and booking.state == Booking.State.DONE
    return {
        "lines": (row.content or {}).get("lines", []),
        "duplicates": [pair(one) for one in row.duplicates],
        "findings": findings(row),
        "full_check": full_check.state(getattr(row, "full_check", None)),
        "proposal": {
            "confidence": f"{proposal.confidence:.2f}",
            "decision": proposal.decision,
            "lines": [_line(line) for line in sorted(proposal.lines.all(), key=lambda one: one.position)],
        }
        if proposal
        else None,
        "booking": {
            "entry_id": str(booking.entry_id),
            "entry_number": booking.entry_number,
            "booked_at": rfc3339(booking.done_at),
            "changed_at": rfc3339(booking.changed_at) if booking.changed_at else None,
            "paid_at": rfc3339(booking.paid_at) if booking.paid_at else None,
        }
        if booked and booking
        else None,
        "timeline": [
            {"at": rfc3339(one.at), "event": one.event, "detail": one.detail}
            for one in sorted(row.timeline.all(), key=lambda one: (one.at, one.pk))
        ],
    }


def pair(one: dict[str, Any]) -> dict[str, Any]:
    """Something that this invoice may be the same as, beside it; `text` says why, in the active language."""
    return {**one, "id": one["id"] or None, "entry": one["entry"] or None, "text": reasons.pair(one)}


def findings(row: Invoice) -> list[dict[str, Any]]:
    """Our own, on which we act, and those of the full check, which are shown only."""
    check = getattr(row, "full_check", None)
    return [
        *({**one, "text": reasons.finding(one), "source": "portal"} for one in row.findings),
        *(
            {**one, "text": reasons.finding(one), "source": "full_check"}
            for one in full_check.findings(check, row.findings)
        ),
    ]


def attachments(row: Invoice) -> list[dict[str, Any]]:
    """What is inside an e-invoice beside the invoice, without the bytes."""
    names = ("filename", "description", "media_type", "size", "sha256", "uri", "problem")
    return [
        {
            "index": index,
            **{name: one.get(name) for name in names},
            "offered": bool(one.get("sha256")) and not one.get("problem"),
        }
        for index, one in enumerate((row.content or {}).get("attachments", []))
    ]


def _line(line: ProposalLine) -> dict[str, Any]:
    return {
        "invoice_lines": line.invoice_lines,
        "description": line.description,
        "amount": str(line.amount),
        "vat_amount": str(line.vat_amount),
        "gl_account": line.account,
        "vat_code": line.vat_code,
        "cost_center": line.cost_center or None,
        "cost_unit": line.cost_unit or None,
        "confidence": f"{line.confidence:.2f}",
        "because": [{**one, "text": evidence.sentence(one)} for one in line.because],
    }
