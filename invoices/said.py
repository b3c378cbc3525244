"""Values that stand in a sentence, as the reader's language writes them.

They are kept as machines write them, ISO dates and decimal points, so that one row can be told in every language. Which
are dates and which are numbers is known by name: an invoice's number may look like either.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format, number_format

from portal.templatetags.ui import iban

DATES = {"date", "offered", "from", "start", "end"}
ACCOUNTS = {"iban"}
NUMBERS = {"confidence", "limit", "threshold"}


class Said(dict[str, Any]):
    """A sentence's values in the active language; what it names but nobody knows reads as a dash."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__({name: said(name, value) for name, value in values.items()})

    def __missing__(self, key: str) -> str:
        return "–"


def said(name: str, value: Any) -> Any:
    """One value: «2026-05-01» is «1-5-2026» in Dutch and «0.98» is «0,98»; whatever is neither stays as it is."""
    if name in DATES:
        day = parse_date(str(value)[:10]) if str(value)[:4].isdigit() else None
        return date_format(day, "SHORT_DATE_FORMAT") if day else value
    if name in ACCOUNTS:
        return iban(str(value))
    if name in NUMBERS:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return value
        return number_format(number, use_l10n=True, force_grouping=True)
    return value
