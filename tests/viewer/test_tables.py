"""Attachments as tables: what people send as CSV and workbooks, and what somebody sends to break us."""

import io
import zipfile
from typing import Any

import pytest

from invoices.formats.attachments import CSV, ODS, PDF, XLSX
from invoices.viewer.tables import COLUMNS, LETTERS, ROWS, table

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def zipped(**parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", text)
    return made.getvalue()


def workbook(rows: str, texts: str = "", styles: str = "") -> bytes:
    return zipped(
        xl__worksheets__sheet1=f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>",
        xl__sharedStrings=f"<sst {MAIN}>{texts}</sst>",
        xl__styles=f"<styleSheet {MAIN}>{styles}</styleSheet>",
    )


@pytest.mark.parametrize(
    "content",
    [
        "Uren;Naam\n2,5;Zoë\n".encode(),
        "\ufeffUren;Naam\r\n2,5;Zoë\r\n".encode(),
        "Uren;Naam\n2,5;Zoë\n".encode("cp1252"),
        'Uren,Naam\n"2,5",Zoë\n'.encode(),
        "Uren\tNaam\n2,5\tZoë\n".encode(),
    ],
)
def test_a_csv_is_read_as_dutch_and_other_offices_write_it(content: bytes) -> None:
    found = table(content, CSV)
    assert found is not None
    assert (found.head, found.rows, found.cut) == (("Uren", "Naam"), (("2,5", "Zoë"),), False)


def test_a_workbook_shows_its_first_sheet_with_texts_numbers_and_days() -> None:
    found = table(
        workbook(
            '<row><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Dag</t></is></c></row>'
            '<row><c r="A2"><v>12.50</v></c><c r="B2" t="b"><v>1</v></c><c r="C2" s="1"><v>46329</v></c></row>',
            "<si><r><t>Be</t></r><r><t>drag</t></r></si>",
            '<numFmts><numFmt numFmtId="164" formatCode="dd\\-mm\\-yyyy"/></numFmts>'
            '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>',
        ),
        XLSX,
    )
    assert found is not None
    assert found.head == ("Bedrag", "", "Dag")
    assert found.rows == (("12.5", "✓", "03-11-2026"),)


def test_an_open_document_repeats_its_cells_and_not_its_empty_end() -> None:
    names = 'xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:x="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    cell = "<t:table-cell><x:p>Uren</x:p></t:table-cell>"
    twice = '<t:table-cell t:number-columns-repeated="2"><x:p>8</x:p></t:table-cell>'
    empty = '<t:table-row t:number-rows-repeated="1048000"><t:table-cell t:number-columns-repeated="16000"/></t:table-row>'
    found = table(
        zipped(content=f"<d {names}><t:table><t:table-row>{cell}{twice}</t:table-row>{empty}</t:table></d>"),
        ODS,
    )
    assert found is not None
    assert (found.head, found.rows) == (("Uren", "8", "8"), ())


def test_what_is_long_or_wide_is_cut_and_says_so() -> None:
    found = table(("a;b\n" + "1;2\n" * (ROWS + 5)).encode(), CSV)
    assert found is not None and found.cut and len(found.rows) == ROWS
    wide = table((";".join("x" * (LETTERS + 9) for _ in range(COLUMNS + 3)) + "\n").encode(), CSV)
    assert wide is not None and wide.cut
    assert (len(wide.head), len(wide.head[0])) == (COLUMNS, LETTERS)


ENTITY = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet {MAIN}><sheetData/></worksheet>'


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"PK\x03\x04 and nothing more", XLSX),
        (zipped(other="<a/>"), XLSX),
        (zipped(xl__worksheets__sheet1="not xml"), XLSX),
        (zipped(xl__worksheets__sheet1=ENTITY), XLSX),
        (zipped(xl__worksheets__sheet1=" " * 9_000_000), XLSX),
        (workbook('<row><c t="s"><v>7</v></c></row>'), XLSX),
        (workbook('<row><c r="A1" s="x"><v>7</v></c></row>'), XLSX),
        (zipped(content="<d/>"), ODS),
        (b"", CSV),
        (b"%PDF-1.7", PDF),
    ],
)
def test_what_cannot_be_read_as_a_table_is_none(content: bytes, media_type: Any) -> None:
    assert table(content, media_type) is None


def test_a_column_far_away_does_not_fill_memory() -> None:
    found = table(workbook('<row><c r="ZZZZZZ1"><v>1</v></c></row><row><c r="A2"><v>2</v></c></row>'), XLSX)
    assert found is not None
    assert len(found.head) <= COLUMNS
