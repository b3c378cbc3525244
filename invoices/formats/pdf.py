"""PDF: the XML that a hybrid invoice (Factur-X, ZUGFeRD) carries as an attachment. Pages are never read.

Whoever reads a PDF by its looks guesses; a plain PDF goes to a person or to software that is made for it.
"""

from __future__ import annotations

import io
import logging
from contextlib import suppress

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError

from .safety import MAX_BYTES, Unreadable

_MOST_FILES = 5  # XML files tried, where a hybrid invoice has one

# It remarks on every oddity of every file, and strangers' files are full of them.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def is_pdf(data: bytes) -> bool:
    """Readers look for the header in the first 1,024 bytes; scanners and mail gateways put things before
    it."""
    start = data[:1024]
    return b"%PDF-" in start and not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def open_pdf(data: bytes) -> PdfReader:
    """A PDF that has pages. Raises Unreadable: broken_pdf, or encrypted_pdf when it asks a password."""
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("encrypted_pdf", "The PDF asks for a password.")
        if not reader.pages:
            raise Unreadable("broken_pdf", "The PDF has no pages.")
    except Unreadable:
        raise
    except FileNotDecryptedError as error:
        raise Unreadable("encrypted_pdf", "The PDF asks for a password.") from error
    except Exception as error:
        # A parser of broken files fails in every way Python has, RecursionError and KeyError included.
        raise Unreadable("broken_pdf", f"The PDF could not be opened: {type(error).__name__}.") from error
    return reader


def xml_files(data: bytes) -> list[bytes]:
    """The XML files attached to a PDF. Raises Unreadable where it cannot be opened.

    A PDF with pages and a broken list of attachments is a plain PDF: its pages can be seen.
    """
    reader = open_pdf(data)
    found: list[bytes] = []
    with suppress(Exception):
        for attachment in reader.attachment_list:
            if attachment.name.lower().endswith(".xml") and len(found) < _MOST_FILES:
                content = attachment.content
                if 0 < len(content) <= MAX_BYTES:
                    found.append(content)
    return found
