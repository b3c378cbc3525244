"""Supporting documents inside an invoice: decoded, looked at by their first bytes, named safely. Never run,
never fetched.

Allowed are the types every receiver of EN 16931 has to accept (PDF, PNG, JPEG, CSV, XLSX, ODS; code list of
BT-125). Anything else is kept with the document and not offered: that is also what happens to a virus test
file, which is plain text with a name of its own.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import unicodedata
from typing import Any

from .model import Attachment

MAX_COUNT = 100
MAX_CONTENT = 20 * 1024 * 1024  # bytes, all attachments of one invoice together

PDF, PNG, JPEG, CSV = "application/pdf", "image/png", "image/jpeg", "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ALLOWED = frozenset({PDF, PNG, JPEG, CSV, XLSX, ODS})
_SUFFIX = {PDF: ".pdf", PNG: ".png", JPEG: ".jpg", CSV: ".csv", XLSX: ".xlsx", ODS: ".ods"}
_TEXT = "text/plain"

_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG), (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"), (b"MM\0*", "image/tiff"), (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-elf"), (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
    (b"Rar!", "application/vnd.rar"), (b"7z\xbc\xaf", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"{\\rtf", "application/rtf"), (b"#!", "text/x-script"),
)  # fmt: skip
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NOT_IN_NAMES = re.compile(r'[/\\:*?"<>|\s\x00-\x1f]+')
_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR"


def attach(found: list[dict[str, Any]]) -> tuple[Attachment, ...]:
    """The attachments of one invoice, in order, from what a walk found: `content` still in base64."""
    attachments = []
    room = MAX_CONTENT
    for index, raw in enumerate(found):
        encoded = raw.pop("content", None)
        one = raw if encoded is None else {**raw, **_opened(encoded, raw, room, full=index >= MAX_COUNT)}
        room -= len(one.get("content") or b"")
        attachments.append(Attachment(**one))
    return tuple(attachments)


def _opened(encoded: str, raw: dict[str, Any], room: int, *, full: bool) -> dict[str, Any]:
    """The fields of an attachment that has bytes."""
    name = raw.get("filename") or raw.get("id") or "attachment"
    if full or len(encoded) * 3 // 4 > room:
        return {"filename": clean_name(name), "problem": "too_many" if full else "too_large"}
    try:
        content = binascii.a2b_base64(encoded)
    except (binascii.Error, ValueError):  # wrong padding; characters outside ASCII
        return {"filename": clean_name(name), "problem": "not_base64"}
    if not content:
        return {"filename": clean_name(name), "problem": "not_base64"}
    declared = (raw.get("declared_type") or "").split(";")[0].strip().lower()
    media_type = media_type_of(content, declared)
    problem = None
    if media_type not in ALLOWED:
        problem = "type_not_allowed"
    elif declared in ALLOWED and declared != media_type:
        problem = "type_differs"
    return {
        "content": content,
        "filename": clean_name(name, media_type),
        "media_type": media_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "problem": problem,
    }


def media_type_of(content: bytes, declared: str = "") -> str:
    """What the bytes are, whatever their name says. Text has no first bytes of its own: it is CSV when that
    is what the sender declares and nothing speaks against it, else text/plain; unknown bytes are
    application/octet-stream.
    """
    if b"%PDF-" in content[:1024]:
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return _zipped(content)
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    start = content[:65536]
    if _NOT_IN_TEXT.search(start) or _EICAR in start:
        return "application/octet-stream"
    beginning = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if beginning.startswith(b"<"):
        return (
            "text/html"
            if beginning.startswith((b"<!doctype html", b"<html", b"<script"))
            else "application/xml"
        )
    return CSV if declared == CSV else _TEXT


def _zipped(content: bytes) -> str:
    """Which kind of ZIP, by the names in it, without opening one: OpenDocument writes its type first, Office
    its parts.

    A workbook with macros is no workbook to us.
    """
    if content[30 : 38 + len(ODS)] == b"mimetype" + ODS.encode():
        return ODS
    if b"[Content_Types].xml" in content and b"xl/workbook.xml" in content and b"vbaProject" not in content:
        return XLSX
    return "application/zip"


def clean_name(name: str, media_type: str | None = None) -> str:
    """A file name that no path, shell, header or screen can misread; its suffix is that of the bytes.

    >>> clean_name("../../etc/passwd")
    'etc_passwd'
    >>> clean_name("factuur\u202efdp.exe", "application/pdf")
    'factuurfdp.exe.pdf'
    """
    name = _NOT_IN_NAMES.sub("_", unicodedata.normalize("NFC", name))
    name = "".join(
        c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    name = name.strip("._ ")
    suffix = _SUFFIX.get(media_type or "", "")
    if name.lower().endswith((suffix, ".jpeg") if media_type == JPEG else suffix):
        suffix = ""
    return (name[: 120 - len(suffix)] or "attachment") + suffix
