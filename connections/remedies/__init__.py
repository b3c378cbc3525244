"""Every way in which something can stop, with its cause, the person who can mend it, and how.

    remedy("period_closed").words(issue.values)   →  Words(title, cause, steps, blocks), in the active language
    remedy(code).blocks_connection                →  whether the whole connection stands still
    remedy(code).probe                            →  the doctor's check that proves it mended

The rows stand in one module per area. `docs/issues.md` and `docs/issues.nl.md` are made from them by
`manage.py issues_doc`. A code of Exact's is a row here or stands in `WAITS` with the reason why nobody is shown it.
"""

from dataclasses import replace

from connections.remedies import (
    authorisation,
    consent,
    divisions,
    exact,
    invoices,
    ledger,
    licence,
    lines,
    mailbox,
    ours,
    rights,
    suppliers,
)
from connections.remedies.row import RESOLVES, SEVERITY, WHO, Remedy, Words
from connections.remedies.sources import CHECKS, DEATHS, OURS
from connections.remedies.text import Text
from connections.remedies.waits import WAITS

__all__ = [
    "CATALOGUE",
    "CHECKS",
    "DEATHS",
    "OURS",
    "RESOLVES",
    "SEVERITY",
    "WAITS",
    "WHO",
    "Remedy",
    "Text",
    "Words",
    "remedy",
]

_AREAS = (
    authorisation,
    consent,
    divisions,
    rights,
    licence,
    mailbox,
    ledger,
    lines,
    suppliers,
    invoices,
    exact,
    ours,
)

CATALOGUE: dict[str, Remedy] = {}
for _area in _AREAS:
    for _row in _area.ROWS:
        if _row.code in CATALOGUE:
            raise ValueError(f"Two remedies for {_row.code}")
        CATALOGUE[_row.code] = _row


def remedy(code: str) -> Remedy:
    """The remedy of a code. Never raises: a code without a row gets that of `exact_unknown`, and keeps its name."""
    return CATALOGUE.get(code) or replace(CATALOGUE["exact_unknown"], code=code)
