"""The files of a mail message that may be invoices, and why the others are not. Pure: bytes → dataclasses.

What a file is, its first bytes say; names and types lie. An invoice is where people put it: attached, in a forwarded
message, in Outlook's winmail.dat, in a zip. A PDF beside an XML with the same name (or the only one beside the only
XML) is the picture of it, not a second invoice.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import PurePosixPath

from tnefparse import TNEF

MOST_FILES = 100
MOST_BYTES = 60 * 1024 * 1024  # of all that is unpacked
FILE_BYTES = 25 * 1024 * 1024
DEPTH = 4
LOGO_BYTES = 30_000
TNEF_MAGIC = b"\x78\x9f\x3e\x22"


@dataclass(frozen=True)
class File:
    """A file that may be an invoice; `twin` is the PDF that shows the same."""

    name: str
    data: bytes
    kind: str  # xml, pdf
    twin: str = ""


@dataclass(frozen=True)
class Refused:
    """A file that is none, and a stable code: wrong_type, logo, protected, unreadable, too_large, too_many."""

    name: str
    code: str


@dataclass
class Parts:
    """What a message holds."""

    files: list[File] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


_LENIENT = policy.default.clone(raise_on_defect=False)


def parse(raw: bytes) -> EmailMessage:
    """The message, headers decoded as far as they can be."""
    message = message_from_bytes(raw, policy=_LENIENT)
    assert isinstance(message, EmailMessage)
    return message


def headers(raw: bytes) -> EmailMessage:
    """The message without its body. Taking a mail in needs no more; walking through its attachments was most of it."""
    message = BytesHeaderParser(policy=_LENIENT).parsebytes(raw[: body_at(raw)])
    assert isinstance(message, EmailMessage)
    return message


def body_at(raw: bytes) -> int:
    """Where the empty line is that ends a message's headers; 0 when there is none."""
    ends = [at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    return min(ends, default=0)


def parts_of(message: EmailMessage) -> Parts:
    """All files of a message, in their order."""
    found = Parts()
    room = _Room()
    for name, data, inline in _leaves(message, 0):
        _take(found, room, name, data, inline, 0)
    found.files = _paired(found.files)
    return found


def is_zip(data: bytes) -> bool:
    """A zip of files, and no office document (which is one too, inside)."""
    return data.startswith(b"PK\x03\x04") and not _is_office(data)


def unpack(name: str, data: bytes) -> Parts:
    """The files of a zip, within the caps of a mail."""
    found = Parts()
    _unpack_zip(found, _Room(), name, data, 0)
    found.files = _paired(found.files)
    return found


@dataclass
class _Room:
    """What may still be unpacked: a small zip can hold a very large file."""

    files: int = MOST_FILES
    size: int = MOST_BYTES

    def spend(self, size: int) -> bool:
        self.files, self.size = self.files - 1, self.size - size
        return self.files >= 0 and self.size >= 0


def _leaves(message: EmailMessage, depth: int) -> Iterator[tuple[str, bytes, bool]]:
    """(name, bytes, inline) of every part that is no text of the mail itself."""
    if depth > DEPTH:
        return
    for part in message.walk() if not message.is_multipart() else message.iter_parts():
        if not isinstance(part, EmailMessage):
            continue
        kind = part.get_content_type()
        if kind == "message/rfc822":
            inner = part.get_payload(0) if part.is_multipart() else None
            if isinstance(inner, EmailMessage):
                yield from _leaves(inner, depth + 1)
        elif part.is_multipart():
            yield from _leaves(part, depth)
        else:
            name = _name(part)
            data = part.get_payload(decode=True)
            if not isinstance(data, bytes) or (kind in ("text/plain", "text/html") and not name):
                continue
            inline = part.get_content_disposition() == "inline" or bool(part["Content-ID"])
            yield name, data, inline


def _name(part: EmailMessage) -> str:
    try:
        name = part.get_filename() or ""
    except (LookupError, ValueError):  # a charset that nobody knows
        name = ""
    return PurePosixPath(str(name).replace("\\", "/").replace("\x00", "")).name[:200]


def _take(found: Parts, room: _Room, name: str, data: bytes, inline: bool, depth: int) -> None:
    if not room.spend(len(data)):
        found.refused.append(Refused(name, "too_many" if room.files < 0 else "too_large"))
        return
    if len(data) > FILE_BYTES:
        found.refused.append(Refused(name, "too_large"))
        return
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"%PDF-"):
        found.files.append(File(name or "factuur.pdf", data, "pdf"))
    elif data.startswith(TNEF_MAGIC) and depth < DEPTH:
        _unpack_tnef(found, room, name, data, depth)
    elif is_zip(data) and depth < DEPTH:
        _unpack_zip(found, room, name, data, depth)
    elif _is_xml(start, data):
        found.files.append(File(name or "factuur.xml", data, "xml"))
    elif inline and len(data) < LOGO_BYTES:
        found.refused.append(Refused(name, "logo"))
    else:
        found.refused.append(Refused(name, "wrong_type"))


def _is_xml(start: bytes, data: bytes) -> bool:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):  # UTF-16
        return b"<\x00" in data[:8] or b"\x00<" in data[:8]
    return start.startswith(b"<") and not start[:15].lower().startswith((b"<!doctype html", b"<html"))


def _is_office(data: bytes) -> bool:
    return b"[Content_Types].xml" in data[:4096] or b"mimetypeapplication/vnd.oasis" in data[:200]


def _unpack_zip(found: Parts, room: _Room, name: str, data: bytes, depth: int) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                inner = PurePosixPath(entry.filename.replace("\\", "/")).name
                if entry.is_dir() or inner.startswith(".") or entry.filename.startswith("__MACOSX/"):
                    continue
                if entry.flag_bits & 1:
                    found.refused.append(Refused(inner, "protected"))
                elif entry.file_size > min(FILE_BYTES, room.size):
                    found.refused.append(Refused(inner, "too_large"))
                else:
                    # The header's size may lie: read no more than it says, plus one.
                    with archive.open(entry) as file:
                        content = file.read(entry.file_size + 1)
                    _take(found, room, inner, content, False, depth + 1)
                if room.files < 0:
                    return
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError, RuntimeError):
        found.refused.append(Refused(name, "unreadable"))


def _unpack_tnef(found: Parts, room: _Room, name: str, data: bytes, depth: int) -> None:
    try:
        attachments = TNEF(data).attachments
    except Exception:  # the parser raises whatever it stumbles over
        found.refused.append(Refused(name, "unreadable"))
        return
    for one in attachments:
        inner = one.long_filename() or one.name or ""
        inner = inner.decode("cp1252", "replace") if isinstance(inner, bytes) else inner
        _take(found, room, PurePosixPath(inner.rstrip("\x00")).name, bytes(one.data), False, depth + 1)


def _paired(files: list[File]) -> list[File]:
    """The PDFs that only show an XML beside them are that XML's twins."""
    xmls, pdfs = ([one for one in files if one.kind == kind] for kind in ("xml", "pdf"))
    if not xmls or not pdfs:
        return files
    twins: dict[int, File] = {}
    for xml in xmls:
        same = [pdf for pdf in pdfs if _stem(pdf.name) == _stem(xml.name)]
        if not same and len(xmls) == len(pdfs) == 1:
            same = pdfs
        if same:
            twins[id(xml)] = same[0]
    shown = {id(pdf) for pdf in twins.values()}
    return [
        File(one.name, one.data, one.kind, twins[id(one)].name if id(one) in twins else "")
        for one in files
        if id(one) not in shown
    ]


def _stem(name: str) -> str:
    return PurePosixPath(name).stem.lower()
