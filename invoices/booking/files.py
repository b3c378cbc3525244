"""The files of an invoice as they go to Exact: the original as received, and the pictures inside it."""

import re
from dataclasses import dataclass

from invoices.formats import read
from invoices.formats.model import Invoice as Content
from invoices.models import Invoice

EXACT_MAX_BYTES = 10 * 1024 * 1024  # Exact's limit for one file, measured before base64
PICTURES = {
    "application/pdf",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/bmp",
}  # what Exact shows beside an entry

# Exact's attachment types in the mailbox (MailMessageAttachments.Type).
PDF, ZUGFERD, SI_UBL_1_2, XML, UBL_2_1 = 10, 11, 26, 50, 130


@dataclass(frozen=True)
class File:
    """A file to send. `too_large`: Exact would refuse it; it stays with us and is named on the invoice."""

    name: str
    data: bytes
    mailbox_type: int

    @property
    def too_large(self) -> bool:
        return len(self.data) > EXACT_MAX_BYTES


def files_of(invoice: Invoice, data: bytes) -> list[File]:
    """What to send for this document, the original first. Names are unique, and safe anywhere."""
    reading = read(data)
    stem = _clean(f"{invoice.seller_name} {invoice.number}".strip() or invoice.document.filename or "factuur")
    files = [
        File(
            f"{stem}.{'pdf' if reading.kind in ('pdf', 'hybrid') else 'xml'}",
            data,
            _type(reading.kind, reading.invoice),
        )
    ]
    for number, one in enumerate(reading.invoice.attachments if reading.invoice else (), 1):
        if one.content and not one.problem and one.media_type in PICTURES:
            name = _clean((one.filename or f"bijlage {number}").rsplit(".", 1)[0])
            extension = one.media_type.rsplit("/", 1)[-1].replace("jpeg", "jpg")
            files.append(File(f"{stem}-{number}-{name}.{extension}", one.content, PDF))
    return files


def _type(kind: str, content: Content | None) -> int:
    if kind == "pdf":
        return PDF
    if kind == "hybrid":
        return ZUGFERD
    if kind == "cii":
        return XML
    specification = (content.specification or "").lower() if content else ""
    return SI_UBL_1_2 if "si-ubl" in specification and "1.2" in specification else UBL_2_1


def _clean(text: str) -> str:
    return re.sub(r"[^\w.-]+", "_", text, flags=re.UNICODE).strip("._")[:80] or "factuur"
