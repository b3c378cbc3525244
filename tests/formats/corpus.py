"""The corpus of published invoices, when it is there: CORPUS_DIR, else ../shared/corpus beside the repository.

It is other people's test data under their licences, so it is read in place and never copied into the project.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

COLUMNS = {
    "en16931": ("en_fatal", "en_warning"),
    "peppol": ("pep_fatal", "pep_warning"),
    "nlcius": ("nl_fatal", "nl_warning"),
    "gaccount": ("ga_fatal",),
}


def folder() -> Path | None:
    named = os.environ.get("CORPUS_DIR")
    path = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "corpus"
    return path if (path / "manifest.tsv").exists() else None


needed = pytest.mark.skipif(
    folder() is None,
    reason="the corpus of published invoices is not here: set CORPUS_DIR to its folder (the one with manifest.tsv)",
)


class Document(NamedTuple):
    path: str
    row: dict[str, str]

    def read(self) -> bytes:
        root = folder()
        assert root is not None
        return (root / self.path).read_bytes()

    @property
    def is_schema_valid(self) -> bool:
        return self.row["xsd_2_1"] == "ok"

    def fired(self, profile: str) -> set[str] | None:
        """The rules of a profile that the published artefacts fired; None when they were not run or gave up."""
        cells = [self.row[column] for column in COLUMNS[profile]]
        if cells[0] == "-" or any("EXC" in cell for cell in cells):
            return None
        return {rule.partition("*")[0] for cell in cells for rule in cell.split()}


@cache
def documents() -> tuple[Document, ...]:
    """The documents of the manifest, all UBL."""
    root = folder()
    if root is None:
        return ()
    with (root / "manifest.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(Document(row["path"], row) for row in rows)


@cache
def files() -> tuple[Path, ...]:
    """Every file: UBL, CII and PDF, in the manifest or not."""
    root = folder()
    if root is None:
        return ()
    return tuple(sorted(p for p in root.rglob("*") if p.is_file() and p.name != "manifest.tsv"))


def count(profile: str) -> Counter[str]:
    """How many documents each rule of a profile fired on."""
    found: Counter[str] = Counter()
    for document in documents():
        found.update(document.fired(profile) or ())
    return found
