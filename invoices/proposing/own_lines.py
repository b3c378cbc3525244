"""A person's own lines for an entry: checked against the division, with the VAT that belongs to each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from connections.models import Connection, CostCode, LedgerAccount, VatCode
from invoices.formats.model import Invoice as Content
from invoices.models import ProposalLine
from invoices.proposing.amounts import CENT, ZERO, Piece, pieces, total_of


class Unbookable(Exception):
    """Lines that cannot be an entry; `message` says what to change."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class _Known:
    accounts: set[str]
    codes: dict[str, VatCode]
    costs: dict[str, set[str]]


def read(connection: Connection, content: Content, lines: Sequence[dict[str, Any]]) -> list[ProposalLine]:
    """The lines as they will be booked. Raises Unbookable. Needs the scope.

    A line's VAT is what it says (`vat_amount`), else that of the invoice lines it stands for. Under a code without VAT
    the VAT of those lines is part of the costs, whether the amount was given with it or without.
    """
    if not lines:
        raise Unbookable("no_lines", "An entry has at least one line.")
    known = _known(connection)
    for line in lines:
        _check(line, known)
    parts = pieces(content)
    made = [_line(position, line, parts, known) for position, line in enumerate(lines, 1)]
    _settle(made, parts, total_of(content) or ZERO)
    return made


def _known(connection: Connection) -> _Known:
    costs: dict[str, set[str]] = {kind: set() for kind in CostCode.Kind.values}
    rows = CostCode.objects.filter(connection=connection, gone_at__isnull=True, blocked=False)
    for kind, code, key in rows.values_list("kind", "code", "exact_id"):
        costs[kind] |= {code, str(key)}
    usable = {"connection": connection, "gone_at__isnull": True, "blocked": False}
    return _Known(
        set(LedgerAccount.objects.filter(**usable).values_list("code", flat=True)),
        {code.code: code for code in VatCode.objects.filter(**usable)},
        costs,
    )


def _text(line: dict[str, Any], name: str) -> str:
    return str(line.get(name) or "").strip()


def _check(line: dict[str, Any], known: _Known) -> None:
    if _text(line, "gl_account") not in known.accounts:
        raise Unbookable(
            "account_unknown", f"Ledger account {line['gl_account']} does not exist or is blocked."
        )
    if _text(line, "vat_code") not in known.codes:
        raise Unbookable("vat_code_unknown", f"VAT code {line['vat_code']} does not exist or is blocked.")
    for name, kind in (("cost_center", "center"), ("cost_unit", "unit"), ("project", "project")):
        value = _text(line, name)
        if value and value not in known.costs[kind]:
            raise Unbookable(f"{name}_unknown", f"{value} does not exist in Exact or is blocked.")


def _line(position: int, line: dict[str, Any], parts: Iterable[Piece], known: _Known) -> ProposalLine:
    code = known.codes[_text(line, "vat_code")]
    amount, tax = _with_vat(line, parts, code)
    return ProposalLine(
        position=position,
        invoice_lines=line["invoice_lines"],
        description=_text(line, "description")[:400],
        amount=amount,
        vat_amount=tax,
        account=_text(line, "gl_account"),
        vat_code=code.code,
        cost_center=_text(line, "cost_center"),
        cost_unit=_text(line, "cost_unit"),
        project=_text(line, "project"),
        from_date=_day(line.get("from_date")),
        to_date=_day(line.get("to_date")),
        confidence=Decimal(1),
        because=[{"kind": "person"}],
    )


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else value or None


def _with_vat(line: dict[str, Any], parts: Iterable[Piece], code: VatCode) -> tuple[Decimal, Decimal]:
    """(amount, VAT) of a line."""
    amount, asked = Decimal(line["amount"]), line.get("vat_amount")
    if asked is not None:
        return amount, Decimal(asked)
    covered = [part for part in parts if part.position and part.position in line["invoice_lines"]]
    net = sum((part.amount for part in covered), ZERO)
    tax = sum((part.vat for part in covered), ZERO)
    if not code.charged and not code.percentage:
        return (amount + tax if covered and amount == net else amount), ZERO
    if covered and amount == net:
        return amount, tax
    return amount, ZERO if code.charged else (amount * code.percentage).quantize(CENT)


def _settle(made: list[ProposalLine], parts: Sequence[Piece], total: Decimal) -> None:
    """Amounts must be the invoice's; what is left of the VAT by rounding goes to the line with the most of it."""
    base = sum((part.amount for part in parts), ZERO)
    tax = total - base
    left = total - sum((line.amount + line.vat_amount for line in made), ZERO)
    if not left:
        return
    bearing = [line for line in made if line.vat_amount]
    as_cost = sum((line.amount for line in made), ZERO) - base
    if as_cost == ZERO and bearing:
        largest = max(bearing, key=lambda line: abs(line.vat_amount))
        largest.vat_amount += left
    elif as_cost == ZERO:
        raise Unbookable("vat_left_over", f"The invoice has {tax} of VAT; choose a VAT code that takes it.")
    else:
        raise Unbookable(
            "amounts_differ",
            f"The lines must add up to {base}, the invoice's amount without VAT; with their VAT, to {total}.",
        )
