"""Bytes → invoice. Pure functions: no database, no network, nothing of the portal.

`read(data)` gives a `Reading` or raises `Unreadable`; it raises nothing else, whatever the bytes are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lxml.etree import _Element

from .cii import ROOT as CII_ROOT
from .cii import read_cii
from .model import Invoice
from .pdf import is_pdf, open_pdf, xml_files
from .safety import LARGE, Unreadable, check_size, give_back, parse
from .ubl import ROOTS as UBL_ROOTS
from .ubl import read_ubl

__all__ = ["Invoice", "Reading", "Unreadable", "check", "read"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file turned out to be.

    `kind`: "ubl" and "cii" are XML; "hybrid" is a PDF with the invoice as XML inside (Factur-X, ZUGFeRD);
    "pdf" is one without. `invoice` is None for "pdf" only: what a picture says is never guessed at. `xml` is
    the document the invoice was read from. `problem` is the code of an Unreadable when a PDF carries an
    invoice that could not be read, so that it counts as a plain PDF.
    """

    kind: Literal["ubl", "cii", "hybrid", "pdf"]
    invoice: Invoice | None = None
    xml: bytes | None = None
    problem: str | None = None


def read(data: bytes) -> Reading:
    """The invoice in `data`: at most 25 MiB of UBL, CII or PDF. Raises Unreadable and nothing else."""
    check_size(data)
    if len(data) > LARGE:
        give_back()  # what storing the one before left
    reading = _read_pdf(data) if is_pdf(data) else Reading(*_read_xml(data), data)
    if len(data) > LARGE:
        give_back()
    return reading


def _read_pdf(data: bytes) -> Reading:
    problem = None
    for xml in xml_files(data):
        try:
            _, invoice = _read_xml(xml)
        except Unreadable as error:
            problem = error.code
        else:
            return Reading("hybrid", invoice, xml)
    return Reading("pdf", problem=problem)


def check(data: bytes) -> None:
    """Raises what `read` would raise, at a fifth of its cost: for whoever only wants to know that it can be read."""
    check_size(data)
    if is_pdf(data):
        open_pdf(data)
    elif (root := parse(data)).tag not in UBL_ROOTS and root.tag != CII_ROOT:
        raise _no_invoice(root)


def _read_xml(data: bytes) -> tuple[Literal["ubl", "cii"], Invoice]:
    root = parse(data)
    if root.tag in UBL_ROOTS:
        return "ubl", read_ubl(root)
    if root.tag == CII_ROOT:
        return "cii", read_cii(root)
    raise _no_invoice(root)


def _no_invoice(root: _Element) -> Unreadable:
    return Unreadable("not_an_invoice", f"The root element is {str(root.tag)[:100]!r}.")
