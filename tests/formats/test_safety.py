"""Hostile files: none is resolved, fetched, expanded or run, and none takes more time or memory than its size."""

from __future__ import annotations

import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable

import pytest
from lxml import etree

from invoices.formats import Unreadable, read
from invoices.formats.attachments import MAX_COUNT, attach, clean_name, media_type_of
from invoices.formats.safety import MAX_BYTES, MAX_NODES
from invoices.formats.write import ubl

from .samples import invoice, line
from .test_reading import document, said

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def code_of(data: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        read(data)
    return refused.value.code


def with_doctype(subset: str, inside: str) -> bytes:
    return document(inside, head=f"<?xml version='1.0'?><!DOCTYPE Invoice {subset}>")


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DOCTYPES = {
    "an external entity that names a file": '[<!ENTITY x SYSTEM "file:///etc/passwd">]',
    "an external entity that names an address": '[<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]',
    "a parameter entity": '[<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]',
    "a billion laughs": f'[<!ENTITY l0 "lol">{BOMB}<!ENTITY x "&l9;">]',
    "a quadratic blow-up": f'[<!ENTITY x "{"a" * 50_000}">]',
    "an internal entity": '[<!ENTITY x "innocent">]',
    "an external subset": 'SYSTEM "http://127.0.0.1:9/ubl.dtd"',
    "a public identifier": 'PUBLIC "-//X//Y//EN" "http://127.0.0.1:9/ubl.dtd"',
    "nothing at all": "",
}


@pytest.mark.parametrize("name", DOCTYPES)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "iso-8859-1"]
)
def test_a_doctype_of_any_kind_is_refused_in_any_encoding(name: str, encoding: str) -> None:
    data = with_doctype(DOCTYPES[name], "<cbc:ID>&x;</cbc:ID>").decode()
    declared = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(encoding, encoding)
    data = data.replace("version='1.0'", f"version='1.0' encoding='{declared}'")
    assert code_of(data.encode(encoding)) == "doctype"


@pytest.mark.parametrize(
    "before", ["", "\n", "<!-- c -->", "<?xml-stylesheet href='x'?>", "<!-- <Invoice> -->\n<?a ?><!--b-->"]
)
def test_a_doctype_is_found_behind_whatever_may_stand_before_it(before: str) -> None:
    assert code_of(before.encode() + b"<!DOCTYPE Invoice>" + document("")) == "doctype"
    assert code_of(before.encode() + b"<!doctype html><html/>") == "doctype"


def test_the_word_doctype_in_a_comment_or_a_text_is_only_a_word() -> None:
    assert read(b"<!-- <!DOCTYPE x> -->" + document("<cbc:Note>&lt;!DOCTYPE x&gt;</cbc:Note>")).kind == "ubl"


def test_an_entity_without_a_doctype_is_not_well_formed() -> None:
    assert code_of(document("<cbc:ID>&x;</cbc:ID>")) == "not_xml"


def test_references_in_the_document_are_not_followed() -> None:
    """XInclude, schema locations, style sheets and addresses of attachments stay words."""
    found = read(
        b"<?xml-stylesheet type='text/xsl' href='file:///etc/passwd'?>"
        + document(
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
            "<cac:AdditionalDocumentReference><cac:Attachment><cac:ExternalReference>"
            "<cbc:URI>http://127.0.0.1:9/x</cbc:URI></cac:ExternalReference></cac:Attachment></cac:AdditionalDocumentReference>"
        )
    ).invoice
    assert found is not None
    assert found.attachments[0].uri == "http://127.0.0.1:9/x"
    assert found.attachments[0].content is None


@pytest.mark.parametrize("depth", [300, 100_000])
def test_what_is_nested_too_deeply_is_refused(depth: int) -> None:
    assert code_of(document("<cbc:a>" * depth + "</cbc:a>" * depth)) == "too_deep"


def test_one_byte_more_than_the_cap_is_refused_unread() -> None:
    started = time.perf_counter()
    assert code_of(b"<" * (MAX_BYTES + 1)) == "too_large"
    assert time.perf_counter() - started < 0.5


def test_more_elements_than_any_invoice_has_are_refused_before_they_become_a_tree() -> None:
    assert code_of(document("<cbc:a/>" * (MAX_NODES + 1))) == "too_many_elements"
    assert (
        code_of(document("<cbc:a " + " ".join(f'a{n}=""' for n in range(MAX_NODES + 1)) + "/>"))
        == "too_many_elements"
    )


def test_an_attachment_of_more_than_ten_million_characters_is_read() -> None:
    content = b"%PDF-1.7\n" + bytes(range(256)) * 40_000
    found = said(attached(content, "application/pdf"))
    assert found.attachments[0].content == content
    assert (found.attachments[0].media_type, found.attachments[0].problem) == ("application/pdf", None)


def attached(content: bytes, declared: str, filename: str = "bijlage") -> str:
    return (
        "<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment>"
        f"<cbc:EmbeddedDocumentBinaryObject mimeCode='{declared}' filename='{filename}'>{b64encode(content).decode()}"
        "</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>"
    )


ZIP = b"PK\x03\x04" + b"\0" * 26
XLSX = ZIP + b"[Content_Types].xml....xl/workbook.xml"
ODS = b"PK\x03\x04" + b"\0" * 26 + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"


@pytest.mark.parametrize(
    ("content", "declared", "media_type", "problem"),
    [
        (b"%PDF-1.7 ...", "application/pdf", "application/pdf", None),
        (b"\x89PNG\r\n\x1a\n", "image/png", "image/png", None),
        (b"\xff\xd8\xff\xe0", "image/jpeg", "image/jpeg", None),
        (b"a;b\r\n1;2\r\n", "text/csv", "text/csv", None),
        (XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", None),
        (ODS, "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet", None),
        (b"%PDF-1.7 ...", "bad/mime", "application/pdf", None),
        (b"%PDF-1.7 ...", "", "application/pdf", None),
        (b"%PDF-1.7 ...", "image/png", "application/pdf", "type_differs"),
        (EICAR, "application/pdf", "application/octet-stream", "type_not_allowed"),
        (EICAR, "text/csv", "application/octet-stream", "type_not_allowed"),
        (b"MZ\x90\0", "application/pdf", "application/x-msdownload", "type_not_allowed"),
        (XLSX + b"xl/vbaProject.bin", "application/pdf", "application/zip", "type_not_allowed"),
        (ZIP, "application/pdf", "application/zip", "type_not_allowed"),
        (b"<html><script>alert(1)</script>", "text/csv", "text/html", "type_not_allowed"),
        (b"<svg onload='x'/>", "image/png", "application/xml", "type_not_allowed"),
        (b"a,b\x00c", "text/csv", "application/octet-stream", "type_not_allowed"),
        (b"plain words", "text/plain", "text/plain", "type_not_allowed"),
        (b"\x89PNG\x1a but not", "image/png", "application/octet-stream", "type_not_allowed"),
    ],
)  # fmt: skip
def test_an_attachment_is_what_its_bytes_are(
    content: bytes, declared: str, media_type: str, problem: str | None
) -> None:
    (found,) = said(attached(content, declared)).attachments
    assert (found.media_type, found.problem, found.size) == (media_type, problem, len(content))
    assert found.content == content


def test_the_first_bytes_decide_as_a_library_of_first_bytes_decides() -> None:
    """puremagic knows hundreds of types; where both name one, we agree on what may be shown."""
    import puremagic

    for content in (
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        b"MZ\x90\0",
        b"PK\x03\x04" + b"\0" * 40,
    ):
        theirs = {match.mime_type for match in puremagic.magic_string(content)}
        ours = media_type_of(content)
        if ours in ("application/pdf", "image/png", "image/jpeg"):
            assert ours in theirs
        else:
            assert not theirs & {"application/pdf", "image/png", "image/jpeg"}


@pytest.mark.parametrize("encoded", ["@@@@", "A", "é", ""])
def test_what_is_not_base64_has_no_content(encoded: str) -> None:
    (found,) = attach([{"id": "1", "content": encoded, "filename": "x.pdf"}])
    assert (found.content, found.problem) == (None, "not_base64")


def test_more_attachments_than_the_cap_are_named_and_not_kept() -> None:
    found = attach([{"id": str(n), "content": "JVBERi0="} for n in range(MAX_COUNT + 1)])
    assert [one.problem for one in found[-2:]] == [None, "too_many"]
    assert found[-1].content is None


def test_attachments_share_one_budget_of_bytes() -> None:
    twelve_megabytes = b64encode(b"%PDF-" + b"0" * 12 * 1024 * 1024).decode()
    found = attach([{"id": "1", "content": twelve_megabytes}, {"id": "2", "content": twelve_megabytes}])
    assert [one.problem for one in found] == [None, "too_large"]


@pytest.mark.parametrize(
    ("name", "media_type", "clean"),
    [
        ("factuur.pdf", "application/pdf", "factuur.pdf"),
        ("FACTUUR.PDF", "application/pdf", "FACTUUR.PDF"),
        ("foto.jpeg", "image/jpeg", "foto.jpeg"),
        ("../../etc/passwd", None, "etc_passwd"),
        ("C:\\Windows\\x.exe", "application/pdf", "C_Windows_x.exe.pdf"),
        ("fac\u202etxt.exe", None, "factxt.exe"),
        ('a"b\r\nSet-Cookie: x', None, "a_b_Set-Cookie_x"),
        ("\0", None, "attachment"),
        ("...", "application/pdf", "attachment.pdf"),
        ("x" * 500, "application/pdf", "x" * 116 + ".pdf"),
        (".htaccess", None, "htaccess"),
    ],
)
def test_a_file_name_cannot_be_misread(name: str, media_type: str | None, clean: str) -> None:
    assert clean_name(name, media_type) == clean


def test_a_pdf_that_asks_a_password_says_so() -> None:
    import io

    from pypdf import PdfWriter

    def made(user_password: str) -> bytes:
        writer = PdfWriter()
        writer.add_blank_page(100, 100)
        writer.encrypt(user_password=user_password, owner_password="owner", algorithm="AES-256")
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()

    assert code_of(made("secret")) == "encrypted_pdf"
    assert read(made("")).kind == "pdf"


def hybrid(*files: tuple[str, bytes]) -> bytes:
    import io

    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    for name, content in files:
        writer.add_attachment(name, content)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_the_invoice_inside_a_pdf_goes_through_the_same_door() -> None:
    good = ubl(invoice())
    assert read(hybrid(("factuur.xml", good))).kind == "hybrid"
    assert read(hybrid(("notes.txt", good))).kind == "pdf"
    attacked = read(
        hybrid(("factur-x.xml", with_doctype('[<!ENTITY x SYSTEM "file:///etc/passwd">]', "&x;")))
    )
    assert (attacked.kind, attacked.invoice, attacked.problem) == ("pdf", None, "doctype")
    both = read(hybrid(("a.xml", b"<other/>"), ("b.xml", good)))
    assert (both.kind, both.problem) == ("hybrid", None)


_MEASURE = """
import re, sys, time
from invoices.formats import Unreadable, read
data = sys.stdin.buffer.read()
started = time.process_time()
try:
    outcome = read(data).kind
except Unreadable as refused:
    outcome = refused.code
seconds = time.process_time() - started
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())  # ru_maxrss would count the parent's
print(outcome, seconds, int(peak[1]) // 1024)
"""


def measured(data: bytes) -> tuple[str, float, int]:
    """Outcome, seconds and peak megabytes of reading, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE], input=data, capture_output=True, timeout=60, check=True
    )
    outcome, seconds, megabytes = done.stdout.split()
    return outcome.decode(), float(seconds), int(megabytes)


def rich_lines(count: int) -> bytes:
    return ubl(invoice(*(line(number, note="Toelichting " * 10) for number in range(count))))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("ten thousand lines", lambda: rich_lines(10_000)),
        ("one attachment as large as the cap", lambda: document(attached(b"%PDF-" + b"0" * 18 * 1024 * 1024, "application/pdf"))),
        ("as many elements as we take", lambda: document("<cbc:Note>y</cbc:Note>" * (MAX_NODES - 10))),
        ("as many empty lines as we take", lambda: document("<cac:InvoiceLine/>" * (MAX_NODES - 10))),
        ("as many names as we take", lambda: document("".join(f"<cbc:x{n}/>" for n in range(MAX_NODES - 10)))),
    ],
)  # fmt: skip
def test_no_document_takes_more_than_300_megabytes(name: str, data: object) -> None:
    assert callable(data)
    outcome, seconds, megabytes = measured(data())
    assert outcome == "ubl", name
    assert megabytes < 300, name
    assert seconds < 10, name


def test_time_per_line_does_not_grow_with_the_number_of_lines() -> None:
    """Linear: from 1,000 to 10,000 lines, reading one grows at most 1.2 times as much as the bare parse of one does.

    The parse is the measure because it grows too where the tree no longer fits the machine's caches (1.22 times on one
    machine, none on another); the bench has the plain figure. The best of some attempts counts: other work on the
    machine can only make it look worse, while a step that grows faster than its input shows every time.
    """
    few, many = rich_lines(1_000), rich_lines(10_000)
    ratios: list[float] = []
    while len(ratios) < 8 and min(ratios, default=9) > 1.2:
        ratios.append(_growth(read, few, many) / _growth(etree.fromstring, few, many))
    assert min(ratios) <= 1.2, ratios


def _growth(work: Callable[[bytes], object], few: bytes, many: bytes) -> float:
    """The time per line of ten times as many lines ÷ that of `few`."""
    return min(_timed(work, many) for _ in range(2)) / min(_timed(work, few) for _ in range(6)) / 10


def _timed(work: Callable[[bytes], object], data: bytes) -> float:
    started = time.process_time()
    work(data)
    return time.process_time() - started
