"""Which VAT code a piece of an invoice is booked with.

The document's UNCL 5305 category is the seller's view; the buyer's return wants another: the same AE is box 2a from a
Dutch seller and 4b from a German one, and the rate to book is the one the buyer owes, where the document says 0.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any

from connections.models import VatCode
from invoices.proposing.amounts import ZERO

EU = frozenset(
    [
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
        "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    ]
)  # fmt: skip
HOME = "NL"


class Kind(StrEnum):
    """What the buyer does with the VAT of a purchase."""

    INPUT = "input"  # charged by the seller, reclaimed in box 5b
    NONE = "none"  # zero-rated, exempt, outside the scope
    DOMESTIC_REVERSE = "domestic_reverse"  # box 2a and 5b
    FROM_EU = "from_eu"  # box 4b and 5b
    FROM_OUTSIDE = "from_outside"  # box 4a and 5b
    FOREIGN = "foreign"  # another country's VAT: not reclaimable here, a person decides


def kind_of(category: str, rate: Decimal | None, seller_country: str) -> Kind:
    """The kind of purchase, by the category on the invoice and the country of the seller."""
    country = seller_country or HOME
    if category == "K" or (category == "AE" and country in EU and country != HOME):
        return Kind.FROM_EU
    if category == "AE":
        return Kind.DOMESTIC_REVERSE if country == HOME else Kind.FROM_OUTSIDE
    if category == "G" or (category in ("Z", "O", "E") and country not in EU):
        return Kind.FROM_OUTSIDE
    if rate and country != HOME:
        return Kind.FOREIGN
    if rate:
        return Kind.INPUT
    return Kind.NONE


OUTSIDE_WORDS = re.compile(
    r"buiten (?:de )?e[ug]|outside (?:the )?e[ucg]|non.?e[ucg]\b|invoer|import|derde land", re.I
)
EU_WORDS = re.compile(
    r"\b(?:eu|eg|ec|icv|icp|icl)\b|intra.?comm|binnen (?:de )?e[ug]|within (?:the )?e[ucg]", re.I
)


def kind_of_code(code: VatCode) -> Kind:
    """The kind that a VAT code of the administration books. Exact has no field that says it; these facts do."""
    if not code.charged:
        return Kind.INPUT if code.percentage else Kind.NONE
    if OUTSIDE_WORDS.search(code.description):
        return Kind.FROM_OUTSIDE
    if EU_WORDS.search(code.description) or code.eu_sales_listing:
        return Kind.FROM_EU
    return Kind.DOMESTIC_REVERSE


def fits(code: VatCode, kind: Kind, rate: Decimal | None) -> bool:
    """Whether this code may book a piece of this kind and rate."""
    if code.blocked or code.gone_at is not None or code.transaction_type == "S":
        return False
    if kind_of_code(code) is not kind:
        return False
    return kind is not Kind.INPUT or code.percentage * 100 == (rate or ZERO)


GOODS_WORDS = re.compile(r"goederen|verwerving|levering|\bic[vlp]\b|goods|acquisition", re.I)
NONE_WORDS = {
    "E": re.compile(r"vrijgesteld|exempt", re.I),
    "Z": re.compile(r"nul|zero|\b0\s?%", re.I),
    "O": re.compile(r"geen|buiten|none|no vat|outside", re.I),
}
SERVICE_WORDS = re.compile(r"dienst|service", re.I)


def choices(codes: Iterable[VatCode], category: str, rate: Decimal | None, kind: Kind) -> list[VatCode]:
    """The codes that fit a piece, the plainest first.

    Amounts excluding VAT before including; under reverse charge goods (K) and services (AE) where the codes tell them
    apart, and the high rate before the low: the document says 0, and what the buyer owes is mostly the high one.
    """
    wanted, other = (GOODS_WORDS, SERVICE_WORDS) if category == "K" else (SERVICE_WORDS, GOODS_WORDS)
    named = NONE_WORDS.get(category)

    def order(code: VatCode) -> tuple[Any, ...]:
        foreign = kind is Kind.FROM_EU
        says = bool(wanted.search(code.description)), bool(other.search(code.description))
        return (
            foreign and says[1] and not says[0],
            foreign and not says[0],
            kind is Kind.NONE and named is not None and not named.search(code.description),
            code.type == "I",
            -code.percentage if code.charged else 0,
            len(code.code),
            code.code,
        )

    return sorted((code for code in codes if fits(code, kind, rate)), key=order)


def learnt_kind(code: VatCode) -> str:
    """What a booked line says of the kind of VAT behind it, as `invoices.learning.Line.kind` has it."""
    kind = kind_of_code(code)
    return asked_kind(kind, code.percentage * 100)


def asked_kind(kind: Kind, rate: Decimal | None) -> str:
    """The same of an invoice's line: the rate counts where it is charged."""
    return f"{kind.value} {(rate or ZERO).normalize():f}" if kind is Kind.INPUT else kind.value
