"""Where one piece of an invoice is booked, how sure that is, and why.

The ladder, from the strongest voice to the weakest, all weighed in one mixture (`invoices.learning`):
a rule → the same line text at this supplier → the last bookings per VAT rate → this client's history at this supplier →
the supplier's default in Exact → how the firm's other clients book this company → what the client does at large.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from math import prod
from typing import Any

from invoices.knowledge.history import months
from invoices.learning import Expected, Line, Target
from invoices.proposing import evidence_of, vat
from invoices.proposing.amounts import ZERO, Piece
from invoices.proposing.booking_rules import PLACES, Case, Ruling, rule_on
from invoices.proposing.ground import NEW, Ground
from invoices.proposing.vat import Kind

EVIDENCE = 5  # pieces of evidence that a line shows
RULED = Decimal("0.9900")  # a rule is a person's word, but for what it does not say
DOUBTFUL = 0.60  # what may be right but must be looked at
AS_COST = {"foreign_vat", "exempt", "not_deducted", "never_reclaimed"}  # why VAT is part of the costs
NEVER_RECLAIMED = 3  # bookings of a supplier without VAT, before VAT that it charges is taken for cost
SPREAD_FROM = 2  # months of a period that is worth spreading
COSTS = {111, 121, 122, 123, 125, 126}  # Exact's types of accounts that costs are booked on


@dataclass
class Choice:
    """Where a piece goes. `amount` and `vat` are as they will be booked: VAT that is not reclaimed is cost."""

    piece: Piece
    target: Target
    amount: Decimal
    vat: Decimal
    confidence: Decimal = ZERO
    because: list[dict[str, Any]] = field(default_factory=list)
    start: date | None = None
    end: date | None = None
    notes: set[str] = field(default_factory=set)  # account_blocked, held, or why VAT is part of the costs
    refused: str = ""  # the account it would be, were it not blocked
    rules: list[str] = field(default_factory=list)  # that had a say
    consents: bool = False  # a rule says that it may be booked unseen
    kind: str = ""  # of VAT, as learning has it


def place(ground: Ground, piece: Piece, day: date, total: Decimal) -> Choice:
    """Choose for one piece.

    1. What is its kind of VAT, and is the VAT reclaimed here at all?
    2. What do the rules say?
    3. What does the supplier's memory expect for the rest?
    4. How sure is that, by this client's calibration?
    """
    kind = vat.kind_of(piece.category, piece.rate, ground.seller.vat_country)
    choice, line = _reckoned(ground, piece, day, kind)
    case = Case(
        ground.seller.name, ground.seller.kvk, ground.seller.vat, piece.text, piece.amount, total, day
    )
    ruling = rule_on(ground.rules, case)
    fitting = _fitting(ground, choice, kind)
    expected = ground.memory.expect(line, _priors(ground, line, fitting), _usable(ground, fitting))
    choice.target = _ruled(ground, expected.target, ruling)
    if choice.target.account not in ground.accounts:
        choice.target = choice.target._replace(account="")
    if "account" in expected.refused and not ruling.value("account"):
        choice.notes.add("account_blocked")
        choice.refused = expected.refused["account"]
    if ruling.value("hold"):
        choice.notes.add("held")
    choice.rules = [rule.id for rule in ruling.rules]
    choice.consents = bool(ruling.value("consents"))
    choice.confidence = _confidence(ground, choice, expected, ruling)
    _spread(ground, choice, ruling)
    choice.because = evidence_of.because(ground, choice, line, ruling, kind)[:EVIDENCE]
    return choice


# --- VAT -------------------------------------------------------------------------------------------------


def _reckoned(ground: Ground, piece: Piece, day: date, kind: Kind) -> tuple[Choice, Line]:
    """The piece as it will be booked: its VAT is reclaimed, or it is part of the costs."""
    asked = vat.asked_kind(kind, piece.rate)
    choice = Choice(piece, Target(), piece.amount, piece.vat, kind=asked)
    note = _cost_because(ground, kind, asked)
    if note:
        choice.notes.add(note)
        choice.amount, choice.vat = piece.amount + piece.vat, ZERO
    if note == "exempt":
        choice.kind = Kind.NONE.value
    learnt = f"vat {asked}" in ground.memory.slots
    as_known = asked if learnt or not note else Kind.NONE.value
    return choice, Line(day, piece.text, float(choice.amount), as_known, months(piece.start, piece.end))


def _cost_because(ground: Ground, kind: Kind, asked: str) -> str:
    """Why the VAT of a piece is part of the costs; "" when it is reclaimed."""
    if kind is Kind.FOREIGN:
        return "foreign_vat"
    if kind is not Kind.INPUT:
        return ""
    if ground.books.reclaims_nothing:
        return "exempt"
    codes = ground.memory.values(f"vat {asked}")
    if codes:
        code = ground.vat_codes.get(codes[0])
        return "not_deducted" if code is not None and vat.kind_of_code(code) is Kind.NONE else ""
    # The ledger does not say whether those invoices charged any VAT; so a person looks at the first one.
    kinds = {one.line.kind for one in ground.memory.bookings}
    return "never_reclaimed" if ground.memory.n >= NEVER_RECLAIMED and kinds == {Kind.NONE.value} else ""


def _fitting(ground: Ground, choice: Choice, kind: Kind) -> list[str]:
    """The VAT codes that may book this piece, the plainest first."""
    kind = Kind.NONE if choice.notes & AS_COST else kind
    piece = choice.piece
    return [code.code for code in vat.choices(ground.vat_codes.values(), piece.category, piece.rate, kind)]


# --- What is known ---------------------------------------------------------------------------------------


def _priors(ground: Ground, line: Line, fitting: list[str]) -> dict[str, dict[str, float]]:
    """What to expect where the supplier's own history says nothing."""
    new = ground.memory.n < NEW
    default = ground.default_account
    books = ground.words if new else ground.books
    priors = books.priors(line, default.code if default else "", ground.firm[0] if new else None)
    usual = {code: mass for code, mass in priors["vat_code"].items() if code in fitting}
    own = ground.supplier.default_vat_code
    for code, mass in ((own, 0.5), *((code, 0.3 / (n + 1)) for n, code in enumerate(fitting))):
        if code in fitting and not usual:
            priors["vat_code"][code] = priors["vat_code"].get(code, 0.0) + mass
    return priors


def _usable(ground: Ground, fitting: list[str]) -> Any:
    def usable(slot: str, value: str) -> bool:
        return value in fitting if slot == "vat_code" else ground.usable(slot, value)

    return usable


def _ruled(ground: Ground, target: Target, ruling: Ruling) -> Target:
    """The target with what the rules say in place."""
    said = {slot: ruling.value(slot) for slot in PLACES if ruling.value(slot)}
    if ruling.value("account") or ruling.value("rgs"):
        said["account"] = ground.named(said.get("account", ""), ruling.value("rgs") or "")
    return target._replace(**{slot: value for slot, value in said.items() if ground.usable(slot, value)})


def _confidence(ground: Ground, choice: Choice, expected: Expected, ruling: Ruling) -> Decimal:
    """How sure the whole line is. What a rule says is sure; the rest is as sure as the calibration says."""
    if not choice.target.account or not choice.target.vat_code:
        return ZERO
    sure = ground.calibration.confidence(expected.facts)
    if any(ruling.value(slot) for slot in ("account", "rgs")):
        rest = [p for slot, p in expected.chances.items() if slot != "account" and not ruling.value(slot)]
        sure = float(RULED) * prod(rest)
    if choice.notes & {"foreign_vat", "never_reclaimed"}:
        sure = min(sure, DOUBTFUL)
    return Decimal(f"{sure:.4f}")


# --- Costs over a period ---------------------------------------------------------------------------------


def _spread(ground: Ground, choice: Choice, ruling: Ruling) -> None:
    """Spread the costs over the invoiced period where a rule says so, or where this supplier's always were."""
    piece = choice.piece
    if piece.start is None or piece.end is None:
        return
    said = ruling.value("spread")
    if said is None:
        before = [one for one in ground.memory.bookings if one.target.account == choice.target.account]
        said = bool(before) and sum(one.spread for one in before) * 2 > len(before)
        said = said and months(piece.start, piece.end) >= SPREAD_FROM
    account = ground.accounts.get(choice.target.account)
    if said and account is not None and account.type in COSTS:
        choice.start, choice.end = piece.start, piece.end


def follow_the_main(ground: Ground, choices: list[Choice]) -> list[Choice]:
    """Rounding and left-over cents go where the largest piece goes, under a code without VAT, on lines of their own."""
    odd = ("rounding", "difference")
    lines = [one for one in choices if one.piece.kind not in odd]
    main = max(lines, key=lambda one: abs(one.amount), default=None)
    if main is None or len(lines) == len(choices):
        return choices
    without = [code.code for code in vat.choices(ground.vat_codes.values(), "", None, Kind.NONE)]
    target = main.target._replace(vat_code=next(iter(without), main.target.vat_code))
    return [
        one
        if one.piece.kind not in odd
        else replace(
            one,
            target=target,
            confidence=main.confidence,
            because=[{"kind": one.piece.kind}],
            notes=set(),
            refused="",
        )
        for one in choices
    ]
