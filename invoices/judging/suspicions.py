"""A pair and what it means for the invoice; what people answered is not asked again."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from invoices.judging.pairs import SAME_DAY, Pair
from invoices.judging.verdicts import Verdict
from invoices.models import Invoice

MOST_SHOWN = 5
# What is certain comes before what is likely; what was rejected once comes last.
_RANK = {"same_content": 0, "another_form": 1, "pdf_twin": 1, "pdf_sent": 2, "rejected_before": 4}
_LIKELY, _SHOWN = 3, 9


@dataclass(frozen=True)
class Suspicion:
    """`verdict` is None when the pair is shown and stops nothing (yet)."""

    pair: Pair
    verdict: Verdict | None = None

    @property
    def rank(self) -> tuple[int, int]:
        order = _RANK.get(self.verdict.reason, _LIKELY) if self.verdict else _SHOWN
        return order, -self.pair.percent


def is_answered(invoice: Invoice, other: Invoice) -> bool:
    """Whether the pair was judged from the other side, or a person said that they are two.

    Judging goes by what stands in the database, not by what came first: an invoice that is judged again is held
    against later ones too, except those that were held because of it.
    """
    judged = any(pair["id"] == str(invoice.pk) for pair in other.duplicates)
    return judged or str(other.pk) in answered(invoice)


def answered(invoice: Invoice) -> set[str]:
    """The ids of invoices and entries that a person saw beside this one and called another."""
    return {_which(pair) for pair in invoice.duplicates if pair["settled"]}


def answer(invoice: Invoice) -> None:
    """A person says that it is none of those it was laid beside. What comes up later is asked anew."""
    invoice.duplicates = [{**pair, "settled": True} for pair in invoice.duplicates]
    invoice.save(update_fields=["duplicates", "updated_at"])


def keep(invoice: Invoice, found: Iterable[Suspicion], *, more: bool = False) -> Verdict | None:
    """Keep the pairs on the invoice, strongest first, and give the verdict of the strongest.

    Those that a person has answered stay; `more`: all others stay too.
    """
    strongest = sorted(found, key=lambda one: one.rank)
    before = [pair for pair in invoice.duplicates if pair["settled"] or more]
    pairs = [*(one.pair.as_json() for one in strongest), *before][:MOST_SHOWN]
    if pairs != invoice.duplicates:
        invoice.duplicates = pairs
        invoice.save(update_fields=["duplicates", "updated_at"])
    return strongest[0].verdict if strongest else None


def another_number(pair: Pair) -> Suspicion:
    """The same supplier, day and amount, but another number: two cars leased, or one invoice sent twice?

    A supplier numbers in one way. The next number of that way is another invoice, which is shown and stops nothing; a
    number of another make is asked about, once it is known whether this supplier does such things (`same_day`).
    """
    series = re.sub(r"\d+", "0", _bare(pair.this("number"))) == re.sub(
        r"\d+", "0", _bare(pair.that("number"))
    )
    return Suspicion(replace(pair, because="same_series" if series else SAME_DAY))


def _bare(number: str) -> str:
    return "".join(c for c in number.upper() if c.isalnum())


def _which(pair: dict[str, Any]) -> str:
    return str(pair["id"] or pair["entry"]["id"])


def of(other: Invoice, pair: Pair) -> dict[str, str]:
    """The values of a verdict about a pair."""
    return {"of": str(other.pk), "number": other.number, "percent": str(pair.percent)}


def rejected_before(other: Invoice) -> Verdict | None:
    """A person refused it: whoever sends it again, changed or not, does not get past that person unseen."""
    if other.status != Invoice.Status.REJECTED:
        return None
    values = {"of": str(other.pk), "number": other.number, "words": other.reason_values.get("words", "")}
    return Verdict("on_hold", "rejected_before", "duplicate_suspected", values)
