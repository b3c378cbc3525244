"""The letter for whoever manages Exact at the client: one page, only what is missing, in either language."""

import io
from html.parser import HTMLParser

import pytest
from pypdf import PdfReader

from connections.letter import letter
from connections.remedies import CHECKS
from connections.remedies.ticks import TICKS


def pages(pdf: bytes) -> list[str]:
    """The words of each page; a line that the page broke reads as one."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.language = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag == "html":
            self.language = dict(attrs)["lang"] or ""


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("missing", [["write_entries"], list(CHECKS), []], ids=["one", "all", "none"])
def test_the_letter_is_one_a4_whatever_is_missing(language, missing):
    written = letter(
        "Wilhelmina & Zonen Bouwmaterialen Groothandel B.V. " * 3,
        1234567,
        "Wilhelmina " * 12,
        missing,
        language,
    )
    document = PdfReader(io.BytesIO(written.pdf()))
    assert len(document.pages) == 1
    assert [round(float(side)) for side in document.pages[0].mediabox[2:]] == [595, 842]
    assert document.metadata.title == written.title


def test_the_letter_names_what_is_missing_and_nothing_else():
    (page,) = pages(letter("Bakkerij Jansen", 123456, "M. de Boer", ["write_entries", "mailbox"], "nl").pdf())
    assert "Inkoopboekingen invoeren, wijzigen en verwijderen" in page
    assert "Digitale brievenbussen beheren" in page
    assert "Relaties inzien" not in page
    assert "Bakkerij Jansen" in page and "M. de Boer" in page and "123456" in page
    assert "Stamgegevens › Gebruikers › Overzicht" in page


def test_the_letter_is_in_the_language_asked_for():
    (page,) = pages(letter("Baker", 123456, "M. de Boer", ["write_entries"], "en").pdf())
    assert "Enter, change and delete purchase entries" in page
    assert "Master data › Users › Overview" in page
    assert "vinkje" not in page


def test_one_tick_that_several_checks_need_is_asked_for_once_with_every_reason():
    written = letter("Bakker", 1, "x", ["read_vat_codes", "read_journals", "read_vat_codes"], "nl")
    assert len(written.rows) == 1
    assert written.rows[0].why == "btw-codes kiezen; het inkoopboek kiezen"


def test_without_a_finding_the_letter_lists_every_right():
    rights = {tick.right.en for tick in TICKS.values()}
    assert {row.right for row in letter("Baker", None, "", [], "en").rows} == rights
    # What only the portal's own people can mend is no matter for the client either.
    assert {row.right for row in letter("Baker", None, "", ["webhooks"], "en").rows} == rights


def test_what_is_no_tick_stands_among_the_first_things_to_do():
    written = letter("Bakker", 123456, "M. de Boer", ["user", "division"], "nl")
    assert written.rows == ()
    assert "geen MijnKantoor-gebruiker" in written.tasks[0]
    assert "administratie 123456" in written.tasks[1] and "administratie 123456" in written.tasks[2]
    (page,) = pages(written.pdf())
    assert "Tabblad" not in page


def test_names_print_in_letters_that_the_font_has():
    (page,) = pages(letter("Café Größe € Łódź", 1, "Łukasz Þór 東京", ["mailbox"], "nl").pdf())
    assert "Café Größe € Lódz" in page
    assert "Lukasz Þór ??" in page


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_shows_the_same_as_the_print(language):
    written = letter(
        "Bakkerij <script>alert(1)</script>", 123456, "M. de Boer", ["mailbox", "division"], language
    )
    html = written.html()
    tags = Tags(html)
    assert tags.language == language
    assert "script" not in tags.seen
    assert tags.seen.count("tr") == 1 + len(written.rows)
    assert tags.seen.count("li") == len(written.tasks) + len(written.steps)
    for words in (written.title, written.after, written.rows[0].right):
        assert words in html
