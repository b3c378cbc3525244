"""What would become of a document, without taking it in.

The document goes the whole way through the pipeline, inside a transaction that is then rolled back: so the answer is
what would really happen, and nothing of it is kept, announced or sent.
"""

import hashlib
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from connections.models import Connection
from invoices import intake, pipeline, serialise
from invoices.booking.files import files_of
from invoices.deciding import dispatch
from invoices.formats import Reading, Unreadable, read
from invoices.formats import rules as rulebook
from invoices.judging.pairs import certain
from invoices.models import Delivery, Document, Invoice
from portal.base import new_id
from portal.tenancy import scope


def preflight(firm_id: UUID, data: bytes, organisation_id: UUID | None = None) -> dict[str, Any]:
    """{readable, reason, findings, organisation, supplier, duplicates, proposal, status, exact_calls}."""
    try:
        reading = read(data)
        findings = rulebook.judge(reading.invoice) if reading.invoice else ()
    except Unreadable as problem:
        return _nothing(problem)
    with scope(firm_id):
        known = intake._known(hashlib.sha256(data).hexdigest(), organisation_id)
        with transaction.atomic():
            found = _through_the_pipeline(data, reading, findings, organisation_id)
            transaction.set_rollback(True)
        if known is not None:
            row = Invoice.objects.get(pk=known)
            others = [one for one in found["duplicates"] if one["id"] != str(row.pk)]
            found["duplicates"] = [_known(row), *others]
            found["status"] = Invoice.Status.DUPLICATE
        return found


def _nothing(problem: Unreadable) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "organisation": None,
        "supplier": None,
        "proposal": None,
        "duplicates": [],
        "findings": [],
    }
    return {
        "readable": False,
        "status": Invoice.Status.UNREADABLE,
        "reason": problem.code,
        "reason_text": problem.message,
        **empty,
        "exact_calls": 0,
    }


def _through_the_pipeline(
    data: bytes, reading: Reading, findings: Any, organisation_id: UUID | None
) -> dict[str, Any]:
    document = Document.objects.create(
        organisation_id=organisation_id,
        channel=Document.Channel.API,
        media_type="application/xml",
        sha256=new_id().hex,  # its own hash may be taken, which is told apart from what the pipeline says
        size=len(data),
    )
    invoice = Invoice.objects.create(
        document=document, organisation_id=organisation_id, due_at=timezone.now()
    )
    pipeline._take_in(invoice, reading.kind, reading.invoice, findings)
    pipeline._onward(invoice, reading.invoice)
    row = Invoice.objects.select_related("supplier", "proposal", "organisation", "document").get(
        pk=invoice.pk
    )
    shown = serialise.invoice(row)
    return {
        "readable": True,
        "status": row.status,
        "reason": row.reason or None,
        "reason_text": shown["reason_text"],
        "findings": shown["findings"],
        "organisation": shown["organisation"],
        "supplier": shown["supplier"],
        "duplicates": _with_status(shown["duplicates"]),
        "proposal": shown["proposal"],
        "exact_calls": _exact_calls(row, data),
    }


def _known(row: Invoice) -> dict[str, Any]:
    """The invoice of these very bytes."""
    return _with_status([serialise.pair(certain(row, row, "same_document").as_json())])[0]


def _with_status(pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pairs, each with how the other one stands and its number."""
    others = Invoice.objects.only("number", "status").in_bulk([one["id"] for one in pairs if one["id"]])
    known = {str(pk): other for pk, other in others.items()}
    return [
        {
            **one,
            "number": known[one["id"]].number if one["id"] in known else _that(one, "number"),
            "status": known[one["id"]].status if one["id"] in known else None,
        }
        for one in pairs
    ]


def _that(one: dict[str, Any], name: str) -> str:
    return next((field["that"] for field in one["compared"] if field["name"] == name), "")


def _exact_calls(row: Invoice, data: bytes) -> int:
    """How many calls to Exact booking it would cost: the files, finding the document, the ledger's news, the entry."""
    connection: Connection | None = dispatch.connection_of(row)
    if connection is None or connection.division is None:
        return 0
    files = len(files_of(row, data))
    mailbox = dispatch.way_for(connection) == Delivery.Way.MAILBOX
    deliver = 1 + files + (1 if mailbox else 0)
    return deliver if connection.mode == Connection.Mode.MAILBOX else deliver + 2
