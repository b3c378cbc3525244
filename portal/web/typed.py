"""What a query or a form brings, as the database and Python take it: whoever sends it need not be one of our pages."""

from django.http import QueryDict

DIGITS = (
    9  # no number that is typed here is longer; Python reads thousands of digits slowly, and then refuses
)


def number(text: str) -> int | None:
    """A whole number that somebody typed or a page counted; None for anything else."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS else None


def without_nul(values: QueryDict) -> QueryDict:
    """The same values without the one sign that PostgreSQL takes in no text."""
    if not any("\0" in text for _name, texts in values.lists() for text in texts):
        return values
    kept = values.copy()
    for name, texts in values.lists():
        kept.setlist(name, [text.replace("\0", "") for text in texts])
    return kept
