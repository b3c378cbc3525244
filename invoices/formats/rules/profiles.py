"""Which sets of rules an invoice has promised to keep, by its specification identifier (BT-24).

Types and rules differ between them: a corrected invoice (384) is valid NLCIUS and invalid Peppol BIS, so the
identifier decides and not the country.
"""

from __future__ import annotations

from functools import lru_cache

EN16931 = "en16931"
PEPPOL = "peppol"
NLCIUS = "nlcius"
GACCOUNT = "gaccount"
OURS = "ours"  # what the reader itself has to say; applies to everything

_MARKS = (
    ("urn:cen.eu:en16931:2017", EN16931),
    ("urn:fdc:peppol.eu:2017:poacc:billing:3.0", PEPPOL),
    ("urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0", PEPPOL),
    ("#compliant#urn:fdc:nen.nl:nlcius:v1.0", NLCIUS),
    ("#conformant#urn:fdc:nen.nl:gaccount:v1.0", NLCIUS),
    ("#conformant#urn:fdc:nen.nl:gaccount:v1.0", GACCOUNT),
)


@lru_cache(maxsize=256)
def profiles_of(specification: str | None) -> frozenset[str]:
    """The profiles that a specification identifier claims. Documents of before EN 16931 claim none.

    >>> sorted(profiles_of("urn:cen.eu:en16931:2017#compliant#urn:fdc:nen.nl:nlcius:v1.0"))
    ['en16931', 'nlcius', 'ours']
    """
    return frozenset({OURS, *(profile for mark, profile in _MARKS if mark in (specification or ""))})


def leaves_prepayment_out(specification: str | None) -> bool:
    """Factur-X MINIMUM has no place for what was paid already, so that total and amount due may differ."""
    return (specification or "").endswith(":minimum")


def has_no_lines_by_design(specification: str | None) -> bool:
    """Factur-X MINIMUM and BASIC WL carry totals only; their lines are on the pages of the PDF."""
    return (specification or "").endswith((":minimum", ":basicwl"))
