"""Two of a kind, side by side: an invoice and another one, or an entry in Exact; who, number, date, amount.

What a person sees when asked «is this the same?», and what judging counts: number and supplier, or any three of the
four.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from connections.models import Entry
from connections.normal import normalise_number, plain_name
from invoices.models import Invoice

YOUR_REF_LENGTH = 30  # of Exact's YourRef, in which the invoice number stands
SAME_DAY = "same_day_and_amount"  # and the same supplier, but a number of another make
# How much each says, in percent. A number is a supplier's promise not to use it again; a day is shared by many.
WEIGHTS = {"number": 40, "supplier": 30, "amount": 20, "date": 10}
_SHORTEST_IBAN = (
    15  # Norway's; no KVK, VAT or OIN number among `seller_ids` that is an IBAN is shorter, nor longer
)
_OIN = 20


@dataclass(frozen=True)
class Side:
    """What is compared of one of the two. `amount` is signed: a credit note's is negative."""

    supplier: str
    number: str
    date: date | None
    amount: Decimal | None
    currency: str
    ibans: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Compared:
    """One field of both. `agrees` is None where one of them does not have it; `difference` is this − that."""

    name: str
    this: str
    that: str
    agrees: bool | None
    difference: str = ""


@dataclass(frozen=True)
class Pair:
    """Why two may be one, and how much of what counts agrees. `id` is the other invoice's, or `entry` Exact's."""

    because: str
    percent: int
    compared: tuple[Compared, ...]
    id: str = ""
    entry: dict[str, Any] = field(default_factory=dict)

    def agree(self, *names: str) -> bool:
        """Whether these fields are on both and equal."""
        return set(names) <= {one.name for one in self.compared if one.agrees}

    def differ(self, name: str) -> bool:
        """Whether the field is on both and not equal."""
        return any(one.name == name and one.agrees is False for one in self.compared)

    def this(self, name: str) -> str:
        """The invoice's value of a field, as shown."""
        return next((one.this for one in self.compared if one.name == name), "")

    def that(self, name: str) -> str:
        """The other's value of a field, as shown."""
        return next((one.that for one in self.compared if one.name == name), "")

    @property
    def counts(self) -> bool:
        """Supplier and number, or three of the four."""
        return self.agree("supplier", "number") or sum(self.agree(name) for name in WEIGHTS) >= 3

    def as_json(self) -> dict[str, Any]:
        return {"settled": False, **asdict(self), "compared": [asdict(one) for one in self.compared]}


def of_invoices(this: Invoice, that: Invoice, because: str) -> Pair:
    fields = _compare(_side(this), _side(that), same_supplier(this, that))
    return Pair(because, _percent(fields), fields, id=str(that.pk))


def of_picture(this: Invoice, that: Invoice, percent: int) -> Pair:
    """An e-invoice and a PDF, in either order: the PDF says nothing that we read but its name."""
    fields = _compare(_side(this), _side(that), None)
    file = Compared("file", this.document.filename, that.document.filename, None)
    return Pair("pdf_twin", percent, (*fields, file), id=str(that.pk))


def of_entry(this: Invoice, that: Entry, because: str) -> Pair:
    """An entry of this invoice's supplier."""
    name = this.supplier.name if this.supplier else ""
    side = Side(name, that.your_ref, that.entry_date, that.amount, that.currency)
    cut = this.number[:YOUR_REF_LENGTH]
    number = cut if normalise_number(cut) == that.your_ref_normalised else this.number
    fields = _compare(replace(_side(this), number=number), side, True)
    entry = {"id": str(that.exact_id), "number": that.entry_number, "journal": that.journal}
    return Pair(because, _percent(fields), fields, entry=entry)


def certain(this: Invoice, that: Invoice, because: str) -> Pair:
    """A pair that needs no counting: the same bytes, the same content."""
    found = of_invoices(this, that, because)
    return Pair(because, 100, found.compared, id=found.id)


def same_supplier(this: Invoice, that: Invoice) -> bool:
    """By the relation in Exact, else by an official number, else by name; never by bank account alone, which
    factoring companies share."""
    if this.supplier_id and this.supplier_id == that.supplier_id:
        return True
    one, other = (set(_official(row.seller_ids)) for row in (this, that))
    if one & other:
        return True
    numbered = bool(_kvk(one) and _kvk(other))
    name = plain_name(this.seller_name)
    return not numbered and bool(name) and name == plain_name(that.seller_name)


def accounts(seller_ids: Iterable[str]) -> frozenset[str]:
    """The bank accounts among the identifiers of a seller."""
    return frozenset(one for one in seller_ids if len(one) >= _SHORTEST_IBAN and not one.isdigit())


def _official(seller_ids: Iterable[str]) -> list[str]:
    return [one for one in seller_ids if len(one) < _SHORTEST_IBAN or (len(one) == _OIN and one.isdigit())]


def _kvk(official: Iterable[str]) -> list[str]:
    return [one for one in official if len(one) == 8 and one.isdigit()]


def _side(row: Invoice) -> Side:
    return Side(
        row.seller_name, row.number, row.issue_date, row.total, row.currency, accounts(row.seller_ids)
    )


def _compare(this: Side, that: Side, same_supplier: bool | None) -> tuple[Compared, ...]:
    number = _equal(normalise_number(this.number), normalise_number(that.number))
    day = _equal(this.date, that.date)
    days = f"{(this.date - that.date).days}" if this.date and that.date and not day else ""
    amount, difference = _amounts(this, that)
    compared = [
        Compared("supplier", this.supplier, that.supplier, same_supplier),
        Compared("number", this.number, that.number, number),
        Compared("date", _text(this.date), _text(that.date), day, days),
        Compared("amount", _money(this), _money(that), amount, difference),
    ]
    if this.ibans and that.ibans:
        same = this.ibans == that.ibans
        compared.append(Compared("iban", ", ".join(sorted(this.ibans)), ", ".join(sorted(that.ibans)), same))
    return tuple(compared)


def _equal(one: Any, other: Any) -> bool | None:
    return one == other if one and other else None


def _amounts(this: Side, that: Side) -> tuple[bool | None, str]:
    """Only amounts of one currency can be subtracted; those of two are not the same."""
    if this.amount is None or that.amount is None:
        return None, ""
    if this.currency and that.currency and this.currency != that.currency:
        return False, ""
    left = this.amount - that.amount
    return left == 0, f"{left:.2f}" if left else ""


def _percent(fields: Iterable[Compared]) -> int:
    return sum(WEIGHTS[one.name] for one in fields if one.agrees and one.name in WEIGHTS)


def _text(value: Any) -> str:
    return str(value) if value is not None else ""


def _money(side: Side) -> str:
    return f"{side.amount:.2f} {side.currency}".strip() if side.amount is not None else ""
