"""Many organisations at once, from a CSV file or a JSON list.

A spreadsheet from a Dutch office has Dutch headings, semicolons and Windows' letters; all of that is read as it comes.
"""

import csv
import io
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal import jobs
from portal.models import Job, Organisation

KIND = "organisations"

HEADINGS = {
    "name": {"name", "naam", "bedrijfsnaam", "organisatie", "organisation", "klant", "client"},
    "kvk_number": {
        "kvk_number",
        "kvk",
        "kvk-nummer",
        "kvk nummer",
        "kvknummer",
        "kvk_nummer",
        "coc",
        "coc_number",
    },
    "vat_number": {
        "vat_number",
        "vat",
        "btw",
        "btw-nummer",
        "btw nummer",
        "btw-id",
        "btwnummer",
        "vat number",
    },
    "iban": {"iban", "rekeningnummer", "bank"},
}


CHECK_DIGITS = frozenset({"vat_number", "iban"})  # codes of `portal.numbers`


class Unreadable(Exception):
    """The whole file cannot be read as a list; the message says what is missing."""


def rows_of(data: bytes, media_type: str) -> list[dict[str, str]]:
    """The rows of a file: {name, kvk_number, vat_number?, iban?}, each as text."""
    text = _decoded(data)
    if "json" in media_type or text.lstrip()[:1] in ("[", "{"):
        return _from_json(text)
    return _from_csv(text)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _from_json(text: str) -> list[dict[str, str]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("The file is not JSON.") from None
    rows = found.get("organisations") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("Send a JSON list of objects with name and kvk_number.")
    return [{name: str(row.get(name) or "") for name in HEADINGS} for row in rows]


def _from_csv(text: str) -> list[dict[str, str]]:
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max((";", ",", "\t"), key=first.count)
    try:
        table = list(csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=delimiter))
    except csv.Error as problem:
        raise Unreadable(f"The file is not CSV: {problem}.") from None
    table = [row for row in table if any(cell.strip() for cell in row)]
    columns: dict[str, int] = {}
    for position, heading in enumerate(table[0] if table else []):
        for name, known in HEADINGS.items():
            if heading.strip().lower() in known:
                columns.setdefault(name, position)
    if not {"name", "kvk_number"} <= set(columns):
        raise Unreadable("The first line must name the columns; name and kvk_number (naam, kvk) are needed.")
    return [
        {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()} for row in table[1:]
    ]


def one(job: Job, row: dict[str, str]) -> dict[str, Any]:
    """Make one organisation. One that this firm has already stays as it is, and is named."""
    organisation = Organisation(
        name=row["name"].strip()[:200],
        kvk_number=kvk(row["kvk_number"]),
        vat_number=row.get("vat_number", ""),
        iban=row.get("iban", ""),
        firm_id=job.firm_id,
    )
    try:
        organisation.clean_fields(exclude=["firm"])
    except ValidationError as problem:
        if wrong := _wrong(problem, by_program=job.started_by_id is None):
            words = "; ".join(f"{name}: {' '.join(error.messages)}" for name, error in wrong.items())
            raise jobs.Failed("invalid", words) from None
    try:
        with transaction.atomic():
            organisation.save()
    except IntegrityError:
        known = Organisation.objects.get(kvk_number=organisation.kvk_number)
        return {"status": "exists", "id": str(known.pk)}
    return {"status": "created", "id": str(organisation.pk)}


def _wrong(problem: ValidationError, *, by_program: bool) -> dict[str, ValidationError]:
    """What is wrong with a row, by field. Check digits are for people, who mistype; a program has what its books have,
    and cannot look a number up."""
    digits = CHECK_DIGITS if by_program else frozenset()
    return {
        name: ValidationError(errors)
        for name, errors in problem.error_dict.items()
        if any(error.code not in digits for error in errors)
    }


def kvk(text: str) -> str:
    """8 digits; a spreadsheet that took the number for one has eaten its leading zeros."""
    digits = "".join(text.split()).replace(".", "")
    return digits.zfill(8) if digits.isdigit() and 6 <= len(digits) < 8 else digits


jobs.register(KIND, one)
