"""What has to be there before an invoice can be booked: number, date, currency, parties, totals, lines.

Of EN 16931's rules on presence these are the ones that a booking, a payment or a VAT return stands on. "Is there"
follows the published rules: some ask for content, others are content with an empty element.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..model import Invoice, Line
from .engine import Facts, Rule, Values, Wrong, has_vat_id, is_vat, shown
from .money import has_totals
from .profiles import EN16931

# The first two letters of VAT numbers: ISO 3166-1, EL for Greece, XI for Northern Ireland, 1A and XK for Kosovo.
_VAT_PREFIXES = frozenset(
    """
    1A AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV
    BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH EL ER ES
    ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL
    IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC
    MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA
    PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS
    ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF
    WS XI YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 - a list of one code per line would fill screens
)


def _document(rule: str, where: str, missing: Callable[[Invoice], bool], **more: Any) -> Rule:
    return Rule(rule, where, EN16931, lambda facts: missing(facts.invoice), **more)


def _line(rule: str, where: str, missing: Callable[[Line], bool]) -> Rule:
    return Rule(rule, where, EN16931, lambda line, facts: missing(line), per_line=True)


def _total(rule: str, where: str, name: str) -> Rule:
    return Rule(
        rule,
        where,
        EN16931,
        lambda facts: getattr(facts.invoice.totals, name) is None and has_totals(facts),
    )


def _amounts(rule: str, where: str, *, charge: bool) -> Rule:
    def check(facts: Facts) -> Wrong:
        found = facts.invoice.allowances_charges
        return any(one.is_charge is charge and one.amount is None for one in found)

    return Rule(rule, where, EN16931, check)


def _categories(rule: str, where: str, *, charge: bool) -> Rule:
    def check(facts: Facts) -> Wrong:
        found = facts.invoice.allowances_charges
        return any(
            one.is_charge is charge and not (is_vat(one.vat) and one.vat.code is not None) for one in found
        )

    return Rule(rule, where, EN16931, check)


def _line_amounts(rule: str, where: str, *, charge: bool) -> Rule:
    return _line(
        rule,
        where,
        lambda line: any(one.is_charge is charge and one.amount is None for one in line.allowances_charges),
    )


def _breakdown(rule: str, where: str, missing: Callable[..., bool]) -> Rule:
    def check(facts: Facts) -> Wrong:
        return [
            (f"BG-23[{index}]", {})
            for index, one in enumerate(facts.invoice.vat_breakdown, 1)
            if missing(one)
        ]

    return Rule(rule, where, EN16931, check)


def no_vat_accounting_total(facts: Facts) -> Wrong:
    """BT-6 promises BT-111. When it repeats the invoice currency, BT-110 is what it promises."""
    invoice, totals = facts.invoice, facts.invoice.totals
    if invoice.accounting_currency is None or totals.vat_in_accounting_currency is not None:
        return False
    return invoice.accounting_currency != invoice.currency or totals.vat is None


def two_tax_points(invoice: Invoice) -> bool:
    return invoice.tax_point_date is not None and invoice.tax_point_code is not None


def vat_ids_without_country(facts: Facts) -> Wrong:
    wrong: list[tuple[str, Values]] = []
    invoice = facts.invoice
    parties = (("BT-31", invoice.seller), ("BT-48", invoice.buyer), ("BT-63", invoice.tax_representative))
    for where, party in parties:
        for one in party.tax_ids if party else ():
            if (
                one.value
                and one.scheme
                and one.scheme.upper() == "VAT"
                and one.value[:2] not in _VAT_PREFIXES
            ):
                wrong.append((where, {"stated": one.value}))
    return wrong


def seller_without_number(facts: Facts) -> bool:
    seller = facts.invoice.seller
    if seller is None:
        return False
    return not (
        has_vat_id(seller)
        or seller.legal_id is not None
        or any(one.scheme != "SEPA" for one in seller.identifiers)
    )


def period_ends_before_it_starts(facts: Facts) -> Wrong:
    period = facts.invoice.period
    return bool(period and period.start and period.end and period.end < period.start)


def line_period_ends_before_it_starts(line: Line) -> bool:
    period = line.period
    return bool(period and period.start and period.end and period.end < period.start)


def transfer_without_account(facts: Facts) -> Wrong:
    """A credit transfer (30, 58) without an account number cannot be paid."""
    return any(one.code in ("30", "58") and one.account is None for one in facts.invoice.payment_means)


def no_price_or_negative(line: Line, facts: Facts) -> Wrong:
    net = line.price.net if line.price else None
    return {"stated": shown(net)} if net is None or net < 0 else None


RULES = (
    _document("BR-01", "BT-24", lambda i: not i.specification),
    _document("BR-02", "BT-1", lambda i: not i.number, holds=True, always=True),
    _document("BR-03", "BT-2", lambda i: not i.issue_date, holds=True, always=True),
    _document("BR-04", "BT-3", lambda i: not i.type_code),
    _document("BR-05", "BT-5", lambda i: not i.currency, holds=True, always=True),
    _document("BR-06", "BT-27", lambda i: not (i.seller and i.seller.name)),
    _document("BR-07", "BT-44", lambda i: not (i.buyer and i.buyer.name)),
    _document("BR-08", "BG-5", lambda i: not (i.seller and i.seller.address)),
    _document(
        "BR-09", "BT-40", lambda i: bool(i.seller and i.seller.address and not i.seller.address.country)
    ),
    _document("BR-10", "BG-8", lambda i: not (i.buyer and i.buyer.address)),
    _document("BR-11", "BT-55", lambda i: bool(i.buyer and i.buyer.address and not i.buyer.address.country)),
    _total("BR-12", "BT-106", "lines"),
    _total("BR-13", "BT-109", "without_vat"),
    _total("BR-14", "BT-112", "with_vat"),
    _total("BR-15", "BT-115", "payable"),
    _document("BR-16", "BG-25", lambda i: not i.lines),
    _line("BR-21", "BT-126", lambda line: not line.id),
    _line("BR-22", "BT-129", lambda line: line.quantity is None),
    _line("BR-23", "BT-130", lambda line: line.unit is None),
    _line("BR-24", "BT-131", lambda line: line.net is None),
    _line("BR-25", "BT-153", lambda line: not (line.item and line.item.name)),
    _line("BR-26", "BT-146", lambda line: line.price is None or line.price.net is None),
    Rule("BR-27", "BT-146", EN16931, no_price_or_negative, per_line=True),
    Rule("BR-29", "BG-14", EN16931, period_ends_before_it_starts),
    _line("BR-30", "BG-26", line_period_ends_before_it_starts),
    _amounts("BR-31", "BT-92", charge=False),
    _categories("BR-32", "BT-95", charge=False),
    _amounts("BR-36", "BT-99", charge=True),
    _categories("BR-37", "BT-102", charge=True),
    _line_amounts("BR-41", "BT-136", charge=False),
    _line_amounts("BR-43", "BT-141", charge=True),
    _breakdown("BR-45", "BT-116", lambda b: b.taxable is None),
    _breakdown("BR-46", "BT-117", lambda b: b.tax is None),
    _breakdown("BR-47", "BT-118", lambda b: not is_vat(b.vat) or b.vat.code is None),
    _breakdown("BR-48", "BT-119", lambda b: not is_vat(b.vat) or (b.vat.rate is None and b.vat.code != "O")),
    _document("BR-49", "BT-81", lambda i: any(m.code is None for m in i.payment_means)),
    Rule("BR-53", "BT-111", EN16931, no_vat_accounting_total),
    Rule("BR-61", "BT-84", EN16931, transfer_without_account),
    _document("BR-CO-03", "BT-7", two_tax_points),
    _line("BR-CO-04", "BT-151", lambda line: not (is_vat(line.vat) and line.vat.code is not None)),
    Rule("BR-CO-09", "BT-31", EN16931, vat_ids_without_country),
    _document("BR-CO-18", "BG-23", lambda i: not i.vat_breakdown),
    Rule("BR-CO-26", "BT-29", EN16931, seller_without_number),
)
