"""How a rule is written, and what it finds.

A rule is a function under the id its publisher gave it. It gets the `Facts` of an invoice (or one line and the
facts) and returns what is wrong: nothing (anything falsy); True; the values its message needs; or a list of
(where, values) when it can be broken in several places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Any, Literal, TypeGuard

from ..model import AllowanceCharge, Invoice, Line, Party, VatCategory
from .words import sentence

Severity = Literal["fatal", "warning", "info"]
Values = Mapping[str, str]
Wrong = bool | Values | list[tuple[str, Values]] | None

CENT = Decimal("0.01")
ZERO = Decimal(0)
# Amounts have at most 60 digits (walk.decimal), so nothing here is ever rounded by the context.
EXACT = Context(prec=200)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that an invoice breaks.

    `severity` is the publisher's. `holds` is ours: true only when booking would go wrong, i.e. the money does not
    add up or cannot be told. `where` is a business term or group ("BT-106", "BG-25[3]": the third line).
    """

    rule: str
    severity: Severity
    holds: bool
    where: str
    values: Values = field(default_factory=dict)

    def message(self, language: str = "en") -> str:
        """One sentence for people, in "nl" or "en"."""
        return sentence(self.rule, language, self.where, self.values)


@dataclass(frozen=True, slots=True)
class Rule:
    """`profile` is the specification that makes the rule binding (see profiles.py). A rule that runs `always` is
    asked of every invoice, since the money must add up everywhere; where its profile is not claimed it is a warning.
    """

    id: str
    where: str
    profile: str
    check: Callable[..., Wrong]
    severity: Severity = "fatal"
    holds: bool = False
    always: bool = False
    per_line: bool = False


class Facts:
    """An invoice and the sums that many rules ask for, reckoned once."""

    __slots__ = (
        "allowance_vats", "base_by_code", "base_by_rate", "breakdown_codes", "charge_vats", "invoice", "line_codes",
        "line_codes_any", "line_sum", "used_codes", "used_rates",
    )  # fmt: skip

    def __init__(self, invoice: Invoice) -> None:
        self.invoice = invoice
        self.line_sum = ZERO
        self.base_by_code: dict[str | None, Decimal] = {}
        self.base_by_rate: dict[tuple[str | None, Decimal | None], Decimal] = {}
        self.line_codes_any: set[str | None] = set()
        # Categories with the tax scheme VAT, as most rules count only those.
        self.line_codes: set[str | None] = set()
        self.allowance_vats: list[VatCategory] = []
        self.charge_vats: list[VatCategory] = []
        self.used_codes: set[str | None] = set()  # on lines, allowances and charges, whatever the tax scheme
        self.used_rates: set[tuple[str | None, Decimal | None]] = set()
        self.breakdown_codes = [b.vat.code for b in invoice.vat_breakdown if is_vat(b.vat)]
        for line in invoice.lines:
            self._count_line(line)
        for one in invoice.allowances_charges:
            self._count_allowance(one, document=True)

    def _count_line(self, line: Line) -> None:
        net, vat = line.net, line.vat
        if net is not None:
            self.line_sum += net
        if vat is not None:
            key = (vat.code, vat.rate)
            self.used_codes.add(vat.code)
            self.line_codes_any.add(vat.code)
            self.used_rates.add(key)
            if is_vat(vat):
                self.line_codes.add(vat.code)
            if net is not None:
                self.base_by_code[vat.code] = self.base_by_code.get(vat.code, ZERO) + net
                self.base_by_rate[key] = self.base_by_rate.get(key, ZERO) + net
        for one in line.allowances_charges:
            self._count_allowance(one, document=False)

    def _count_allowance(self, one: AllowanceCharge, *, document: bool) -> None:
        vat = one.vat
        if vat is None:
            return
        key = (vat.code, vat.rate)
        self.used_codes.add(vat.code)
        self.used_rates.add(key)
        if one.is_charge is None:
            return
        if is_vat(vat):
            (self.charge_vats if one.is_charge else self.allowance_vats).append(vat)
        if document and one.amount is not None:
            amount = one.amount if one.is_charge else -one.amount
            self.base_by_code[vat.code] = self.base_by_code.get(vat.code, ZERO) + amount
            self.base_by_rate[key] = self.base_by_rate.get(key, ZERO) + amount

    def cents(self, amount: Decimal) -> Decimal:
        """Rounded to cents as XPath's round() does it, half towards plus infinity, on the sign as written."""
        up = (amount >= 0) is not self.invoice.written_negative
        return amount.quantize(CENT, ROUND_HALF_UP if up else ROUND_HALF_DOWN)


def is_vat(vat: VatCategory | None) -> TypeGuard[VatCategory]:
    return vat is not None and vat.scheme is not None and vat.scheme.upper() == "VAT"


def has_vat_id(party: Party | None) -> bool:
    return party is not None and party.vat_id is not None


def country_of(party: Party | None) -> str:
    """The country code of a party's address, in capitals; "" when there is none."""
    return ((party.address.country if party and party.address else None) or "").upper()


def shown(value: Any) -> str:
    """A value as messages show it: plain decimals, "–" for what is not there."""
    if value is None or value == "":
        return "–"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
