"""The small parts that a sheet is made of."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise

Label = str | Promise


@dataclass(frozen=True)
class Fact:
    """A label, a value and its business term (for whoever wants to know what it is exactly)."""

    label: Label
    value: Any
    term: str = ""
    mono: bool = False
    warn: bool = False


@dataclass(frozen=True)
class Section:
    title: Label
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class PartyCard:
    """A party with its name, address and everything by which it can be known."""

    title: Label
    name: str
    term: str
    address: tuple[str, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class LineRow:
    """A line of the invoice as a row of the table."""

    position: int
    id: str
    name: str
    description: str
    quantity: Decimal | None
    unit: str
    price: Decimal | None
    per: str
    net: Decimal | None
    vat: str
    vat_title: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class VatRow:
    """One category at one rate: what is stated, and what the rate gives over the base."""

    code: str
    word: str
    rate: Decimal | None
    taxable: Decimal | None
    tax: Decimal | None
    reason: str
    difference: Decimal | None


@dataclass(frozen=True)
class TotalRow:
    """A total: as stated, as the lines give it, and whether they agree (None: cannot be told)."""

    label: Label
    term: str
    stated: Decimal | None
    recomputed: Decimal | None
    agrees: bool | None
    difference: Decimal | None
    main: bool = False


@dataclass(frozen=True)
class Payment:
    """One way to pay."""

    title: str
    facts: tuple[Fact, ...]
    g_account: bool = False


@dataclass(frozen=True)
class Paper:
    """An attachment. `index` finds its bytes in the document; `shown`: the browser may show it safely."""

    index: int
    name: str
    description: str
    media_type: str
    size: int | None
    problem: str
    uri: str
    held: bool
    shown: bool


def said(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Only those that say something."""
    return tuple(fact for fact in facts if fact.value not in (None, "", ()))


@dataclass(frozen=True)
class Sheet:
    """An invoice, ready to be shown."""

    title: str
    type_code: str
    is_credit: bool
    number: str
    currency: str
    overview: tuple[Fact, ...]
    payable: Decimal | None
    due_date: Any
    parties: tuple[PartyCard, ...]
    sections: tuple[Section, ...]
    payments: tuple[Payment, ...]
    terms: tuple[str, ...]
    lines: tuple[LineRow, ...]
    parts: tuple[Fact, ...]
    vat: tuple[VatRow, ...]
    totals: tuple[TotalRow, ...]
    notes: tuple[str, ...]
    papers: tuple[Paper, ...]
    flaws: tuple[Fact, ...] = field(default=())

    @property
    def sums_agree(self) -> bool:
        """Whether every total that can be recomputed is what the lines give."""
        return all(row.agrees is not False for row in self.totals)
