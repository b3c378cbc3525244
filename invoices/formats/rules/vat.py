"""The ten rules that EN 16931 repeats for each VAT category, and the few that only some have.

01 used ⇒ in the breakdown · 02–04 the VAT numbers it needs, for lines, allowances, charges · 05–07 the rate on each ·
08 the taxable amount is the sum of what it covers · 09 the tax is right · 10 the exemption reason.

S has its lines summed per rate and to within one unit, as have L and M (Canary Islands, Ceuta and Melilla); the
others have one rate, 0, and are summed exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..model import Line, VatBreakdown, VatCategory
from .engine import ZERO, Facts, Rule, Values, Wrong, has_vat_id, is_vat, shown
from .profiles import EN16931

_ONE, _HUNDRED = Decimal(1), Decimal(100)


@dataclass(frozen=True, slots=True)
class Family:
    """`name` as in the rule ids, `code` as in invoices; `rate` what BT-152 must be, `reason` whether BT-120 or
    BT-121 must be there ("no": must not)."""

    name: str
    code: str
    rate: Callable[[Decimal | None], bool]
    per_rate: bool = False
    reason: bool = True


def _zero(rate: Decimal | None) -> bool:
    return rate is not None and rate == 0


def _not_negative(rate: Decimal | None) -> bool:
    return rate is not None and rate >= 0


FAMILIES = (
    Family("S", "S", lambda rate: rate is not None and rate > 0, per_rate=True, reason=False),
    Family("Z", "Z", _zero, reason=False),
    Family("E", "E", _zero),
    Family("AE", "AE", _zero),
    Family("IC", "K", _zero),
    Family("G", "G", _zero),
    Family("O", "O", lambda rate: rate is None),
    Family("AF", "L", _not_negative, per_rate=True, reason=False),
    Family("AG", "M", _not_negative, per_rate=True, reason=False),
)


def _not_in_breakdown(family: Family) -> Callable[[Facts], Wrong]:
    code = family.code

    def not_exactly_once(facts: Facts) -> Wrong:
        found = facts.breakdown_codes.count(code)
        used = (
            found
            or code in facts.line_codes
            or _in(facts.allowance_vats, code)
            or _in(facts.charge_vats, code)
        )
        return {"found": str(found)} if used and found != 1 else None

    def not_both_or_neither(facts: Facts) -> Wrong:
        if family.code == "S":  # the published rule counts S whatever the tax scheme
            used = code in facts.used_codes
            found = any(one.vat and one.vat.code == code for one in facts.invoice.vat_breakdown)
        else:
            used = code in facts.line_codes or _in(facts.allowance_vats, code) or _in(facts.charge_vats, code)
            found = code in facts.breakdown_codes
        return {"found": "1" if found else "0"} if used != found else None

    return not_both_or_neither if family.per_rate else not_exactly_once


def _in(vats: list[VatCategory], code: str) -> bool:
    return any(vat.code == code for vat in vats)


def _vat_ids_missing(family: Family) -> Callable[[Facts], bool]:
    """Whether the VAT numbers that the category needs are not all there (for O: whether any is)."""

    def seller(facts: Facts, *, any_number: bool) -> bool:
        invoice = facts.invoice
        if any_number and invoice.seller and any(one.value is not None for one in invoice.seller.tax_ids):
            return True
        return has_vat_id(invoice.seller) or has_vat_id(invoice.tax_representative)

    def missing(facts: Facts) -> bool:
        buyer = facts.invoice.buyer
        match family.name:
            case "O":
                return seller(facts, any_number=False) or has_vat_id(buyer)
            case "G":
                return not seller(facts, any_number=False)
            case "IC":
                return not (seller(facts, any_number=False) and has_vat_id(buyer))
            case "AE":
                known = has_vat_id(buyer) or bool(buyer and buyer.legal_id)
                return not (seller(facts, any_number=True) and known)
            case _:
                return not seller(facts, any_number=True)

    return missing


def _vat_ids_for_lines(family: Family) -> Callable[[Facts], bool]:
    missing = _vat_ids_missing(family)

    def check(facts: Facts) -> bool:
        if family.code == "S" and "S" in facts.line_codes_any and "S" not in facts.line_codes:
            return True  # the published rule fails when S is used outside the tax scheme VAT
        return family.code in facts.line_codes and missing(facts)

    return check


def _taxable_amount(family: Family) -> Callable[[Facts, VatBreakdown], Wrong]:
    def per_rate(facts: Facts, one: VatBreakdown) -> Wrong:
        rate = one.vat.rate if one.vat else None
        if rate is None:
            return None
        key = (family.code, rate)
        reckoned = facts.base_by_rate.get(key, ZERO)
        covered = key in facts.used_rates if family.code == "S" else bool(facts.invoice.lines)
        if covered and one.taxable is not None and abs(one.taxable - reckoned) < _ONE:
            return None
        return {"stated": shown(one.taxable), "reckoned": shown(reckoned), "rate": shown(rate)}

    def exactly(facts: Facts, one: VatBreakdown) -> Wrong:
        reckoned = facts.base_by_code.get(family.code, ZERO)
        if facts.invoice.lines and one.taxable == reckoned:
            return None
        return {"stated": shown(one.taxable), "reckoned": shown(reckoned), "rate": "0"}

    return per_rate if family.per_rate else exactly


def _tax(family: Family) -> Callable[[Facts, VatBreakdown], Wrong]:
    def by_rate(facts: Facts, one: VatBreakdown) -> Wrong:
        rate = one.vat.rate if one.vat else None
        reckoned = None
        if rate is not None and one.taxable is not None:
            reckoned = facts.cents(abs(one.taxable) * rate / _HUNDRED)
            if one.tax is not None and abs(abs(one.tax) - reckoned) < _ONE:
                return None
        return {"stated": shown(one.tax), "reckoned": shown(reckoned), "rate": shown(rate)}

    def nothing(facts: Facts, one: VatBreakdown) -> Wrong:
        if one.tax is not None and one.tax == 0:
            return None
        return {"stated": shown(one.tax), "reckoned": "0", "rate": "0"}

    return by_rate if family.per_rate else nothing


def _reason(family: Family) -> Callable[[Facts, VatBreakdown], Wrong]:
    def check(facts: Facts, one: VatBreakdown) -> Wrong:
        given = one.vat is not None and (one.vat.reason is not None or one.vat.reason_code is not None)
        return given is not family.reason

    return check


def _each_breakdown(
    family: Family, check: Callable[[Facts, VatBreakdown], Wrong]
) -> Callable[[Facts], Wrong]:
    def every(facts: Facts) -> Wrong:
        if family.code not in facts.breakdown_codes:
            return None
        wrong: list[tuple[str, Values]] = []
        for index, one in enumerate(facts.invoice.vat_breakdown, 1):
            if one.vat and one.vat.code == family.code and is_vat(one.vat):
                found = check(facts, one)
                if found:
                    wrong.append((f"BG-23[{index}]", found if isinstance(found, dict) else {}))
        return wrong

    return every


def _rate_on_lines(family: Family) -> Callable[[Line, Facts], Wrong]:
    def check(line: Line, facts: Facts) -> Wrong:
        vat = line.vat
        if vat is None or vat.code != family.code or family.rate(vat.rate) or not is_vat(vat):
            return None
        return {"stated": shown(vat.rate)}

    return check


def _family(family: Family) -> list[Rule]:
    code, missing = family.code, _vat_ids_missing(family)

    def rule(number: str, where: str, check: Callable[..., Wrong], **more: Any) -> Rule:
        return Rule(f"BR-{family.name}-{number}", where, EN16931, check, **more)

    def rates(vats: list[VatCategory]) -> Wrong:
        wrong = [vat.rate for vat in vats if vat.code == code and not family.rate(vat.rate)]
        return {"stated": shown(wrong[0])} if wrong else None

    return [
        rule("01", "BG-23", _not_in_breakdown(family)),
        rule("02", "BT-31", _vat_ids_for_lines(family)),
        rule("03", "BT-31", lambda facts: _in(facts.allowance_vats, code) and missing(facts)),
        rule("04", "BT-31", lambda facts: _in(facts.charge_vats, code) and missing(facts)),
        rule("05", "BT-152", _rate_on_lines(family), per_line=True),
        rule("06", "BT-96", lambda facts: rates(facts.allowance_vats)),
        rule("07", "BT-103", lambda facts: rates(facts.charge_vats)),
        rule("08", "BT-116", _each_breakdown(family, _taxable_amount(family)), holds=True),
        rule("09", "BT-117", _each_breakdown(family, _tax(family)), holds=True),
        rule("10", "BT-120", _each_breakdown(family, _reason(family))),
    ]


def no_delivery_date(facts: Facts) -> Wrong:
    """BR-IC-11: goods of category K need a delivery date or a period."""
    if "K" not in facts.breakdown_codes:
        return False
    delivery, period = facts.invoice.delivery, facts.invoice.period
    return not (
        (delivery and delivery.delivered_on) or (period and (period.start or period.end or period.code))
    )


def no_delivery_country(facts: Facts) -> Wrong:
    """BR-IC-12: and a country they were delivered to."""
    delivery = facts.invoice.delivery
    country = delivery.address.country if delivery and delivery.address else None
    return "K" in facts.breakdown_codes and len(country or "") < 2


def _outside_scope_beside(others: Callable[[Facts], bool]) -> Callable[[Facts], Wrong]:
    return lambda facts: "O" in facts.breakdown_codes and others(facts)


RULES = (
    *(rule for family in FAMILIES for rule in _family(family)),
    Rule("BR-IC-11", "BT-72", EN16931, no_delivery_date),
    Rule("BR-IC-12", "BT-80", EN16931, no_delivery_country),
    Rule(
        "BR-O-11",
        "BG-23",
        EN16931,
        _outside_scope_beside(lambda f: any(c != "O" for c in f.breakdown_codes)),
    ),
    Rule(
        "BR-O-12",
        "BG-25",
        EN16931,
        _outside_scope_beside(lambda f: any(c != "O" for c in f.line_codes)),
    ),
    Rule(
        "BR-O-13",
        "BG-20",
        EN16931,
        _outside_scope_beside(lambda f: any(v.code != "O" for v in f.allowance_vats)),
    ),
    Rule(
        "BR-O-14",
        "BG-21",
        EN16931,
        _outside_scope_beside(lambda f: any(v.code != "O" for v in f.charge_vats)),
    ),
)
