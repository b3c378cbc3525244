"""CSV, XLSX and ODS as rows of text, to be shown beside an invoice. Values only: no formula, link or style is read.

Who sends the file decides what is in it, so everything has a cap: the unpacked bytes, the rows, the columns, the length
of a cell. What is beyond is told (`cut`), what cannot be read is None.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from lxml import etree

from invoices.formats.attachments import CSV, ODS, XLSX
from invoices.formats.safety import Unreadable, parse

ROWS, COLUMNS, LETTERS = 200, 40, 200
MOST_BYTES = 8 * 1024 * 1024  # of one part of a workbook, unpacked

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DATES = {14, 15, 16, 17, 22}  # number formats of Office that are days
_DAY = re.compile(r"[dy]", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a day of a spreadsheet has no zone


@dataclass(frozen=True)
class Table:
    """The first sheet. `cut`: there is more than is shown."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cut: bool


def table(content: bytes, media_type: str | None) -> Table | None:
    """The file as a table; None when it is none, or cannot be read as what it seems."""
    readers = {CSV: _csv, XLSX: _xlsx, ODS: _ods}
    if media_type not in readers:
        return None
    try:
        return _capped(readers[media_type](content))
    except (ValueError, KeyError, IndexError, OverflowError, csv.Error, Unreadable):
        return None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError):
        return None


def _capped(found: Iterator[list[str]]) -> Table | None:
    rows: list[tuple[str, ...]] = []
    cut = False
    for row in found:
        if len(rows) > ROWS:
            cut = True
            break
        cut = cut or len(row) > COLUMNS
        rows.append(tuple(cell[:LETTERS] for cell in row[:COLUMNS]))
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        return None
    width = max(map(len, rows))
    even = [row + ("",) * (width - len(row)) for row in rows]
    return Table(even[0], tuple(even[1:]), cut)


def _csv(content: bytes) -> Iterator[list[str]]:
    content = content[:MOST_BYTES]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    delimiter = max(";,\t|", key=first.count)
    yield from csv.reader(io.StringIO(text), delimiter=delimiter)


def _part(archive: zipfile.ZipFile, name: str) -> etree._Element:
    with archive.open(name) as part:
        data = part.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError("too large to be shown")
    return parse(data)


def _xlsx(content: bytes) -> Iterator[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        sheets = sorted(one for one in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", one))
        sheet = _part(archive, min(sheets, key=lambda one: int("".join(filter(str.isdigit, one)))))
        texts = []
        if "xl/sharedStrings.xml" in names:
            for one in _part(archive, "xl/sharedStrings.xml").iterchildren(_SHEET + "si"):
                texts.append("".join(piece.text or "" for piece in one.iter(_SHEET + "t")))
        days = _day_styles(_part(archive, "xl/styles.xml")) if "xl/styles.xml" in names else set()
    for row in sheet.iter(_SHEET + "row"):
        cells: list[str] = []
        for cell in row.iterchildren(_SHEET + "c"):
            at = _column(cell.get("r") or "") or len(cells)
            if at > COLUMNS:
                cells.append("…")
                break
            cells += [""] * (at - len(cells))
            cells.append(_xlsx_value(cell, texts, days))
        yield cells


def _column(reference: str) -> int:
    """«C7» → 2; 0 where it does not say."""
    at = 0
    for letter in reference:
        if not letter.isalpha():
            break
        at = at * 26 + ord(letter.upper()) - 64
    return max(at - 1, 0)


def _day_styles(styles: etree._Element) -> set[int]:
    """The cell styles that show a number as a day."""
    own = {
        int(one.get("numFmtId") or 0)
        for one in styles.iter(_SHEET + "numFmt")
        if _DAY.search(_QUOTED.sub("", one.get("formatCode") or ""))
    }
    formats = styles.find(_SHEET + "cellXfs")
    found = enumerate(formats if formats is not None else ())
    return {at for at, one in found if int(one.get("numFmtId") or 0) in _DATES | own}


def _xlsx_value(cell: etree._Element, texts: list[str], days: set[int]) -> str:
    kind, value = cell.get("t"), cell.findtext(_SHEET + "v") or ""
    if kind == "s":
        return texts[int(value)]
    if kind == "inlineStr":
        return "".join(piece.text or "" for piece in cell.iter(_SHEET + "t"))
    if kind == "b":
        return "✓" if value == "1" else "–"
    if kind in ("str", "e") or not value:
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if int(cell.get("s") or 0) in days:
        return f"{_EPOCH + timedelta(days=float(number)):%d-%m-%Y}"
    return f"{round(number, 6).normalize():f}"


def _ods(content: bytes) -> Iterator[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = _part(archive, "content.xml")
    sheet = next(root.iter(_TABLE + "table"))
    for row in sheet.iter(_TABLE + "table-row"):
        cells: list[str] = []
        for cell in row.iterchildren(_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            text = "\n".join("".join(map(str, one.itertext())) for one in cell.iterchildren(_TEXT + "p"))
            times = min(int(cell.get(_TABLE + "number-columns-repeated") or 1), COLUMNS)
            cells += [text] * times
        while cells and not cells[-1]:
            cells.pop()
        times = int(row.get(_TABLE + "number-rows-repeated") or 1)
        yield from ([cells] * (min(times, ROWS) if cells else 1))
