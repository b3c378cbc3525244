"""Everything of a client, or of the whole firm, as one zip: for whoever leaves, and for whoever wants it in own hands.

    clients.csv, invoices.csv, timeline.csv, rules.json, documents/<KVK number>/<file>

It is made while it is sent. Invoices are read some at a time, each lot in a short scope of its own; what came in after
it began may be missing, nothing is there twice.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from invoices import intake
from invoices.models import BookingRule, Invoice, TimelineEvent
from portal.models import Organisation
from portal.tenancy import scope
from portal.web.sheets import UTF_8, Sheet, csv_text

AT_ONCE = 50  # invoices, with their files, in memory
ENDINGS = {"application/pdf": "pdf", "application/xml": "xml", "text/xml": "xml"}

INVOICE = (
    "id", "client", "status", "reason", "kind", "number", "issue_date", "due_date", "currency", "total", "seller",
    "received_at", "channel", "entry_number", "booked_at", "sha256", "file",
)  # fmt: skip
EVENT = ("invoice", "at", "event", "by", "detail")


class _Pipe(io.RawIOBase):
    """What the zip writes, to be taken away piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        data, self.pieces = b"".join(self.pieces), []
        return data


def export(firm_id: UUID, organisation_id: UUID | None = None) -> Iterator[bytes]:
    """The zip, piece by piece. Not within a scope: it takes as long as it takes."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        with scope(firm_id):
            clients = _clients(organisation_id)
            archive.writestr("clients.csv", csv_text(("id", "name", "kvk", "vat", "iban"), clients))
            archive.writestr(
                "rules.json", json.dumps(_rules(organisation_id), indent=1, cls=DjangoJSONEncoder)
            )
        yield pipe.taken()
        kvk = {row[0]: row[2] for row in clients}
        with TemporaryFile("w+", newline="") as invoices, TemporaryFile("w+", newline="") as events:
            lines, timeline = Sheet(invoices), Sheet(events)
            lines.write(INVOICE)
            timeline.write(EVENT)
            for lot in _lots(firm_id, organisation_id):
                for row, happened, name, data in _read(firm_id, lot, kvk):
                    lines.write(row)
                    timeline.write(*happened)
                    archive.writestr(name, data)
                yield pipe.taken()
            for name, file in (("invoices.csv", invoices), ("timeline.csv", events)):
                file.seek(0)
                with archive.open(name, "w") as into:
                    into.write(UTF_8.encode())
                    while piece := file.read(1 << 16):
                        into.write(piece.encode())
                yield pipe.taken()
    yield pipe.taken()


def _clients(organisation_id: UUID | None) -> list[tuple[Any, ...]]:
    found = Organisation.objects.order_by("name")
    found = found.filter(pk=organisation_id) if organisation_id else found
    return list(found.values_list("pk", "name", "kvk_number", "vat_number", "iban"))


def _rules(organisation_id: UUID | None) -> list[dict[str, Any]]:
    found = BookingRule.objects.order_by("connection", "position")
    if organisation_id:
        found = found.filter(connection__organisation=organisation_id)
    names = ("name", "connection__organisation__kvk_number", "position", "active", "conditions", "actions")
    return list(found.values(*names, "version"))


def _lots(firm_id: UUID, organisation_id: UUID | None) -> Iterator[list[UUID]]:
    """Ids, some at a time, in the order of their making."""
    last: UUID | None = None
    while True:
        with scope(firm_id):
            found = Invoice.objects.order_by("pk")
            found = found.filter(organisation=organisation_id) if organisation_id else found
            found = found.filter(pk__gt=last) if last else found
            lot = list(found.values_list("pk", flat=True)[:AT_ONCE])
        if not lot:
            return
        yield lot
        last = lot[-1]


def _read(
    firm_id: UUID, lot: Sequence[UUID], kvk: dict[UUID, str]
) -> list[tuple[list[Any], list[list[Any]], str, bytes]]:
    """(line, events, name of the file, its bytes) of each invoice of a lot."""
    with scope(firm_id):
        rows = Invoice.objects.filter(pk__in=lot).select_related("document", "booking").order_by("pk")
        happened: dict[UUID, list[list[Any]]] = {pk: [] for pk in lot}
        for event in (
            TimelineEvent.objects.filter(invoice__in=lot).select_related("actor").order_by("at", "pk")
        ):
            detail = json.dumps(event.detail, cls=DjangoJSONEncoder)
            happened[event.invoice_id].append(
                [event.invoice_id, event.at.isoformat(), event.event, str(event.actor or ""), detail]
            )
        return [_one(row, happened[row.pk], kvk) for row in rows]


def _one(
    row: Invoice, happened: list[list[Any]], kvk: dict[UUID, str]
) -> tuple[list[Any], list[list[Any]], str, bytes]:
    owner = kvk.get(row.organisation_id, "") if row.organisation_id else ""
    ending = ENDINGS.get(row.document.media_type, "xml" if row.kind in ("ubl", "cii") else "bin")
    name = f"documents/{owner or 'nobody'}/{row.pk}.{ending}"
    booking = getattr(row, "booking", None)
    line = [
        row.pk, owner, row.status, row.reason, row.kind, row.number, row.issue_date or "", row.due_date or "",
        row.currency, row.total if row.total is not None else "", row.seller_name, row.created_at.isoformat(),
        row.document.channel, (booking and booking.entry_number) or "",
        booking.done_at.isoformat() if booking and booking.done_at else "", row.document.sha256, name,
    ]  # fmt: skip
    return line, happened, name, intake.content(row.document_id)
