"""The one door through which foreign bytes become an XML tree.

1. Nothing, or more than `MAX_BYTES`: refused unread.
2. Anything but UTF-8 is decoded here, from a short list of encodings, so that the checks below see what
   the parser sees (in UTF-7 or UTF-16 a DOCTYPE would slip past a search for its bytes).
3. A DOCTYPE of any kind is refused before parsing: no invoice has one, and every XML attack by entities
   needs one.
4. More than `MAX_NODES` tags and attributes: refused. 25 MiB of `<a/>` would take a gigabyte as a tree.
5. lxml without entities, network, DTD, comments or processing instructions. libxml2 stops at 256 levels
   and at text of 10 million characters; only a document larger than that gets `huge_tree`, for one large
   attachment (2,048 levels then; the limit on amplification stays on).
"""

from __future__ import annotations

import codecs
import ctypes
import re
import threading

from lxml import etree

MAX_BYTES = 25 * 1024 * 1024
MAX_NODES = 750_000  # a rich invoice of 10,000 lines has 550,000
LARGE = 2_000_000  # bytes, from which on memory is worth a millisecond
_HUGE = 10_000_000  # libxml2's XML_MAX_TEXT_LENGTH
_COUNT_FROM = MAX_NODES * 3  # fewer bytes than this cannot hold that many nodes

_DECLARATION = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["'][^>]*\?>""")
_TEXT_DECLARATION = re.compile(r"\ufeff?\s*(?:<\?xml\s[^>]*\?>)?")
_ENCODINGS = {
    "utf-16", "utf-16le", "utf-16be", "utf-32", "us-ascii", "ascii", "iso-8859-1", "iso8859-1", "latin1",
    "iso-8859-15", "windows-1252", "cp1252", "windows-1250", "iso-8859-2",
}  # fmt: skip
_MARKS = (  # how a document begins, with or without its byte order mark
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
)  # fmt: skip
_SPACE = b" \t\r\n"


class Unreadable(Exception):
    """These bytes are not an invoice we can read.

    `code` is stable, one of: empty, too_large, too_many_elements, not_xml, encoding, doctype, too_deep,
    not_an_invoice, broken_pdf, encrypted_pdf. `message` is one English sentence for the log.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def check_size(data: bytes) -> None:
    """Refuses nothing and too much, before anything looks inside."""
    if not data or data.isspace():
        raise Unreadable("empty", "The file is empty.")
    if len(data) > MAX_BYTES:
        raise Unreadable("too_large", f"The file has {len(data):,} bytes; {MAX_BYTES:,} is the most we read.")


def parse(data: bytes) -> etree._Element:
    """The root element of an XML document nobody vouches for, or Unreadable."""
    check_size(data)
    data = _as_utf8(data)
    _refuse_doctype(data)
    if len(data) > _COUNT_FROM and _has_too_many_nodes(data):
        raise Unreadable("too_many_elements", f"More than {MAX_NODES:,} elements and attributes.")
    parser = hardened_parser(huge=True) if len(data) > _HUGE else _mine.parser
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _unreadable(error) from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise Unreadable("doctype", "The document has a DOCTYPE.")
    return root


def _has_too_many_nodes(data: bytes) -> bool:
    """Counts at most what becomes a node: tags that open, and attributes. End tags only when they matter."""
    most = data.count(b"<") + data.count(b"=")
    return most > MAX_NODES and most - data.count(b"</") > MAX_NODES


def hardened_parser(*, huge: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=huge,
        remove_pis=True,
        remove_comments=True,
        remove_blank_text=True,
        collect_ids=False,
        encoding="utf-8",
    )


def give_back() -> None:
    """Hand the memory of a tree that is gone back to the machine, where the C library can (glibc).

    A tree takes three times its bytes in small pieces, and the texts that were taken out of it lie between them. Freed
    only, they stayed with the process, too small for the large buffers that storing needs next: a worker grew by 60 MB.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class _Mine(threading.local):
    """One parser per thread: a new one costs as much as a small invoice, a shared one makes threads wait."""

    def __init__(self) -> None:
        self.parser = hardened_parser()


_mine = _Mine()


def _as_utf8(data: bytes) -> bytes:
    """The document in UTF-8 without byte order mark or leading space, if its encoding is on our list."""
    head = data[:4]
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if encoding is None:
        data = data.removeprefix(codecs.BOM_UTF8).lstrip(_SPACE)
        declared = _DECLARATION.match(data, 0, 400)
        encoding = declared.group(1).decode("ascii").lower() if declared else "utf-8"
        if encoding in ("utf-8", "utf8"):
            return data
        if encoding not in _ENCODINGS:
            raise Unreadable("encoding", f"The encoding {encoding[:40]!r} is not one we read.")
        if encoding.startswith(("utf-16", "utf-32")):
            encoding = "utf-8"  # a string written to a file with the declaration of another
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("encoding", f"The bytes are not {encoding}: {error.reason}.") from error
    declaration = _TEXT_DECLARATION.match(text)
    return (text[declaration.end() :] if declaration else text).lstrip().encode()


def _refuse_doctype(data: bytes) -> None:
    """Walks over declaration, instructions and comments to the first thing that is none of them."""
    at = 0
    while True:
        while data[at : at + 1] in (b" ", b"\t", b"\r", b"\n"):
            at += 1
        if data.startswith(b"<?", at):
            end = data.find(b"?>", at) + 2
        elif data.startswith(b"<!--", at):
            end = data.find(b"-->", at + 4) + 3
        elif data[at : at + 9].upper() == b"<!DOCTYPE":
            raise Unreadable("doctype", "The document has a DOCTYPE; no invoice needs one.")
        elif data[at : at + 1] == b"<":
            return
        else:
            raise Unreadable("not_xml", "The file does not begin as XML does.")
        if end <= at + 2:
            raise Unreadable("not_xml", "The XML ends before its first element.")
        at = end


def _unreadable(error: etree.XMLSyntaxError) -> Unreadable:
    reason = (error.msg or "no reason given")[:200]
    if "depth" in reason:
        return Unreadable("too_deep", f"The XML is nested too deeply: {reason}.")
    if error.code in (etree.ErrorTypes.ERR_INVALID_ENCODING, etree.ErrorTypes.ERR_INVALID_CHAR):  # type: ignore[attr-defined]
        return Unreadable("encoding", f"The XML holds bytes that are no characters: {reason}.")
    return Unreadable("not_xml", f"The XML is not well-formed: {reason}.")
