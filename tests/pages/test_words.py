"""Everything people read is there in Dutch and in English."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.urls import reverse

from tests.pages.firm import BusyFirm
from tests.pages.table import TABLE

ROOT = Path(__file__).resolve().parents[2]
WORDS = ROOT / "portal" / "locale" / "nl" / "LC_MESSAGES" / "django.po"


def messages(text: str) -> dict[str, str]:
    """msgid (with its context) → everything that stands in its msgstr lines."""
    found = {}
    for block in text.split("\n\n"):
        if "#, fuzzy" in block:
            found["fuzzy: " + block[:200]] = ""
            continue
        parts = re.split(r"^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) ", block, flags=re.M)
        named = dict(
            zip(
                parts[1::2],
                ("".join(re.findall(r'^"(.*)"$', one.strip(), re.M)) for one in parts[2::2]),
                strict=True,
            )
        )
        if named.get("msgid"):
            strings = [value for name, value in named.items() if name.startswith("msgstr")]
            found[named.get("msgctxt", "") + "|" + named["msgid"]] = (
                "" if not all(strings) else "".join(strings)
            )
    return found


def test_no_translation_is_missing_or_uncertain() -> None:
    assert [msgid for msgid, said in messages(WORDS.read_text()).items() if not said] == []


@pytest.mark.skipif(not shutil.which("msgfmt"), reason="gettext's tools are not installed")
def test_what_the_portal_loads_is_what_is_translated(tmp_path: Path) -> None:
    made = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "--check-format", "-o", str(made), str(WORDS)], check=True, capture_output=True)
    assert made.read_bytes() == WORDS.with_suffix(".mo").read_bytes()


def test_pages_are_dutch_until_somebody_chooses_english(busy: BusyFirm) -> None:
    owner = busy.browsers["owner"]
    assert "Vandaag" in owner.get("/", headers={"accept-language": "en"}).content.decode()
    owner.post(reverse("language"), {"language": "en"})
    page = owner.get("/").content.decode()
    assert "Vandaag" not in page
    assert '<html lang="en">' in page


def test_a_choice_of_language_goes_along_to_another_browser(busy: BusyFirm) -> None:
    from tests.pages.firm import browser

    busy.browsers["owner"].post(reverse("language"), {"language": "en"})
    again = browser(busy.cast.alice.owner)
    assert '<html lang="en">' in again.get("/").content.decode()


def test_no_page_in_dutch_shows_a_sentence_in_english(busy: BusyFirm) -> None:
    english = [msgid.split("|", 1)[1] for msgid in messages(WORDS.read_text())]
    sentences = [one for one in english if len(one.split()) > 3 and "%(" not in one and "{" not in one]
    for row in TABLE:
        if (
            row.method == "GET"
            and row.wants[0] == 200
            and row.name
            not in (
                "invoice-source",
                "connection-letter",
                "invoice-xml",
                "clients-export",
                "clients-import-wrong",
                "job-failed",
            )
        ):
            html = busy.browsers["owner"].get(reverse(row.name, args=row.arguments(busy))).content.decode()
            assert [one for one in sentences if one in html] == [], row
