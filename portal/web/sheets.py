"""Tables as CSV that a Dutch spreadsheet opens as it should, and in which nothing runs.

Names come from whoever sends an invoice or imports a list; a text that begins like a formula would be one to the
spreadsheet that opens it. Amounts stay amounts.
"""

import csv
import io
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

FORMULA = ("=", "+", "-", "@", "\t", "\r")
UTF_8 = "\ufeff"
"""What makes a spreadsheet read the file as UTF-8."""


def harmless(cell: Any) -> Any:
    """The cell, with a quote before a text that begins like a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" \n").startswith(FORMULA) else cell


class Sheet:
    """Writes rows into a text file that is open for writing with `newline=""`."""

    def __init__(self, file: Any) -> None:
        self._csv = csv.writer(file, delimiter=";")

    def write(self, *rows: Iterable[Any]) -> None:
        self._csv.writerows([harmless(cell) for cell in row] for row in rows)


def csv_text(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    made = io.StringIO(newline="")
    made.write(UTF_8)
    Sheet(made).write(heads, *rows)
    return made.getvalue()


def csv_file(name: str, heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> HttpResponse:
    """An answer that is kept as the file `name`."""
    answer = HttpResponse(csv_text(heads, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
