"""What two copies of one invoice have in common, as columns that an index finds.

Two invoices of an organisation that share none of these are never compared, so however many there are, judging one
looks at a handful. All are text, because equality of text is leakproof: an index on an amount or on an array would not
be used under row level security.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from connections.normal import normalise_number
from invoices.formats.attachments import PDF
from invoices.formats.canonical import content_hash
from invoices.formats.model import Invoice as Content
from invoices.models import Invoice

_SHORTEST = 5  # a number of four signs in a file name says nothing
_FEWEST_DIGITS = 3
_PARTS = 4  # of a number: INV-2026-11-0012
_DATE = re.compile(
    r"(?<!\d)(?:(?P<y1>(?:19|20)\d\d)[-_. ]?(?P<m1>\d\d)[-_. ]?(?P<d1>\d\d)"
    r"|(?P<d2>\d\d)[-_. ]?(?P<m2>\d\d)[-_. ]?(?P<y2>(?:19|20)\d\d))(?!\d)"
)
_PREFIX = re.compile(r"(?<![^\W_])[^\W\d_]{1,4}-?$")


def describe(invoice: Invoice, content: Content | None) -> None:
    """Set the columns that copies are found by. `number`, `total` and the dates stand already.

    A PDF without an invoice in it is what its bytes are, and goes by the number that its file name seems to have.
    """
    if content is None:
        invoice.content_hash = invoice.document.sha256
        invoice.number_normalised = next(numbers_in(invoice.document.filename), "")[:200]
        return
    invoice.content_hash = content_hash(content)
    invoice.picture_hash = next(iter(pictures(content)), "")
    invoice.number_normalised = normalise_number(content.number or "")[:200]
    known = invoice.issue_date is not None and invoice.total is not None
    invoice.day_and_amount = f"{invoice.issue_date} {invoice.total:.2f} {invoice.currency}" if known else ""


def pictures(content: Content) -> list[str]:
    """SHA-256 of each PDF inside an e-invoice. The first one is its picture, by the habit of those who send both."""
    return [one.sha256 for one in content.attachments if one.media_type == PDF and one.sha256]


def numbers_in(filename: str) -> Iterator[str]:
    """Invoice numbers that a file name may contain, as numbers are compared; the likeliest first.

    >>> next(numbers_in("Factuur_2026-100 Drukkerij.pdf"))
    '2026100'
    >>> next(numbers_in("scan 2026-11-03 F2026-0012.pdf"))
    'F20260012'
    """
    name = unicodedata.normalize("NFKC", filename).rsplit(".", 1)[0].upper()
    found: dict[str, tuple[bool, int]] = {}
    for part in _without_dates(name):
        for number, rank in _joined(part):
            found[number] = min(rank, found.get(number, rank))
    yield from sorted(found, key=lambda number: found[number])


def _joined(part: str) -> Iterator[tuple[str, tuple[bool, int]]]:
    """Neighbouring words as one number. Better are words that all have digits, and then more of them."""
    words = list(re.finditer(r"[^\W_]+", part))
    for first in range(len(words)):
        for last in range(first, min(first + _PARTS, len(words))):
            some = [word[0] for word in words[first : last + 1]]
            joined = "".join(some)
            if len(joined) < _SHORTEST or sum(c.isdigit() for c in joined) < _FEWEST_DIGITS:
                continue
            mixed = not all(any(c.isdigit() for c in word) for word in some)
            yield normalise_number(joined), (mixed, -len(joined))
            prefix = _PREFIX.search(part[: words[first].start()])
            if prefix and not mixed:
                yield normalise_number(prefix[0] + joined), (False, -len(prefix[0] + joined))


def _without_dates(name: str) -> list[str]:
    """The name in the parts between its dates: scanners name files by the day."""
    parts, begin = [], 0
    for found in _DATE.finditer(name):
        try:
            date(*(int(found[x] or found[y]) for x, y in (("y1", "y2"), ("m1", "m2"), ("d1", "d2"))))
        except ValueError:
            continue
        parts.append(name[begin : found.start()])
        begin = found.end()
    return [*parts, name[begin:]]
