"""Booking rules: how they read, whether they fit, and what they make of a line. Pure; the rows are in `models.rules`.

Conditions (all that are given must hold; texts compare without case and accents)
    supplier      {"kvk", "vat", "name"}: any of them; the name may stand anywhere in the seller's
    text          words that the line must hold, in any order
    not_text      words of which it may hold none
    amount_from, amount_to      of the line, without VAT, its size whatever its sign
    total_from, total_to        of the invoice, with VAT
    date_from, date_to          of the invoice
    credit        true or false

Actions
    account or rgs              a ledger account by its code, or by its reference code (RGS), which fits several charts
    vat_code, cost_center, cost_unit, project
    spread        true or false: the costs over the invoiced period
    supplier      the code of the relation that such sellers are booked on («diverse leveranciers»)
    hold          true: a person looks at it
    consents      true: may be booked without anybody looking, though the supplier is new
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from invoices.learning.lines import folded

CONDITIONS = {
    "supplier", "text", "not_text", "amount_from", "amount_to", "total_from", "total_to", "date_from", "date_to",
    "credit",
}  # fmt: skip
PLACES = ("account", "vat_code", "cost_center", "cost_unit", "project")
ACTIONS = {*PLACES, "rgs", "spread", "supplier", "hold", "consents"}


class BadRule(ValueError):
    """A rule that cannot be kept; the message says what to change."""


@dataclass(frozen=True)
class Rule:
    """One rule, read. `id` and `version` name it in the evidence."""

    id: str
    version: int
    name: str
    conditions: Mapping[str, Any]
    actions: Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """What a rule is asked of: a line of an invoice."""

    seller_name: str
    seller_kvk: str
    seller_vat: str
    text: str
    amount: Decimal
    total: Decimal
    day: date


@dataclass
class Ruling:
    """What the rules that fit say of a line: {slot: (value, the rule that said so)}."""

    slots: dict[str, tuple[Any, Rule]] = field(default_factory=dict)

    def value(self, slot: str) -> Any:
        found = self.slots.get(slot)
        return found[0] if found else None

    @property
    def rules(self) -> list[Rule]:
        return list({rule.id: rule for _, rule in self.slots.values()}.values())


def check(conditions: Mapping[str, Any], actions: Mapping[str, Any]) -> None:
    """Raise BadRule for one that could not be read later, or that does nothing."""
    if unknown := sorted((set(conditions) - CONDITIONS) | (set(actions) - ACTIONS)):
        raise BadRule(f"A rule has no {', '.join(unknown)}.")
    if not conditions:
        raise BadRule("A rule without conditions would hold for every line.")
    if not any(actions.get(name) not in (None, "") for name in ACTIONS - {"consents"}):
        raise BadRule("A rule says what to do: an account, a VAT code, a cost centre, a hold …")
    for name in ("amount_from", "amount_to", "total_from", "total_to"):
        if name in conditions:
            try:
                Decimal(str(conditions[name]))
            except InvalidOperation:
                raise BadRule(f"{name} is not an amount.") from None
    for name in ("date_from", "date_to"):
        if name in conditions:
            try:
                date.fromisoformat(str(conditions[name]))
            except ValueError:
                raise BadRule(f"{name} is not a date (2026-12-31).") from None
    if "supplier" in conditions and not any((conditions["supplier"] or {}).values()):
        raise BadRule("Name the supplier by KVK number, VAT number or name.")


def fits(rule: Rule, case: Case) -> bool:
    """Whether every condition of the rule holds."""
    asked = rule.conditions
    return (
        _supplier(asked.get("supplier"), case)
        and _words(asked.get("text"), asked.get("not_text"), case.text)
        and _between(asked.get("amount_from"), abs(case.amount), asked.get("amount_to"))
        and _between(asked.get("total_from"), abs(case.total), asked.get("total_to"))
        and (not asked.get("date_from") or str(asked["date_from"]) <= case.day.isoformat())
        and (not asked.get("date_to") or case.day.isoformat() <= str(asked["date_to"]))
        and (asked.get("credit") is None or asked["credit"] is (case.total < 0))
    )


def _supplier(asked: Mapping[str, str] | None, case: Case) -> bool:
    if not asked:
        return True
    name = folded(asked.get("name") or "")
    return (
        (bool(asked.get("kvk")) and asked["kvk"] == case.seller_kvk)
        or (bool(asked.get("vat")) and asked["vat"].upper() == case.seller_vat)
        or (bool(name) and name in folded(case.seller_name))
    )


def _words(asked: str | None, refused: str | None, text: str) -> bool:
    said = folded(text)
    return all(word in said for word in folded(asked or "").split()) and not any(
        word in said for word in folded(refused or "").split()
    )


def _between(low: Any, value: Decimal, high: Any) -> bool:
    return (low in (None, "") or Decimal(str(low)) <= value) and (
        high in (None, "") or value <= Decimal(str(high))
    )


def rule_on(rules: Sequence[Rule], case: Case) -> Ruling:
    """What the rules, in their order, say of a line: of each slot the first that speaks."""
    ruling = Ruling()
    for rule in rules:
        if fits(rule, case):
            for slot, value in rule.actions.items():
                if value not in (None, ""):
                    ruling.slots.setdefault(slot, (value, rule))
    return ruling
