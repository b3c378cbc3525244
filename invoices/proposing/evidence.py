"""Why a line is proposed as it is, each piece of evidence as a sentence.

Evidence is kept as {"kind": …, values}; the words are made when somebody looks, in that person's language.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invoices.said import Said

SENTENCES: dict[str, Promise] = {
    "rule": _("Your rule “{name}” says so."),
    "same_text": _("Entry {entry} of {day} has the same line “{text}” on {account}, VAT {vat_code}."),
    "usual": _("{n} of the last {of} lines of this supplier went to {account}."),
    "last": _("The last entry of this supplier, {entry} of {day}, is on {account}."),
    "last_at_rate": _("The last entry at this VAT rate, {entry} of {day}, is on {account}, VAT {vat_code}."),
    "words": _("Lines of this supplier with “{words}” went to {account}: {n} of {of}."),
    "amount_from": _("From {threshold} on, this supplier's lines went to {account}: {n} of {of}."),
    "amount_below": _("Below {threshold}, this supplier's lines went to {account}: {n} of {of}."),
    "period": _("Lines of this supplier for such a period went to {account}: {n} of {of}."),
    "season": _("In this part of the year this supplier's lines went to {account}: {n} of {of}."),
    "vat_kind": _("Lines of this supplier with this kind of VAT went to {account}: {n} of {of}."),
    "against": _("Against it: entry {entry} of {day} went to {account}."),
    "client_words": _("Elsewhere in this administration such words went to {account}."),
    "client_usage": _(
        "Nothing is known of this supplier yet; {account} is what this administration uses most."
    ),
    "supplier_default": _("Exact's default account of this supplier is {account} {text}."),
    "firm": _("Other clients of your firm ({clients}) book this company on the equal of {account}."),
    "vat_default": _("Exact's default VAT code of this supplier is {vat_code}."),
    "reverse_charge": _(
        "The VAT is yours to pay (box {box}), so the code is {vat_code}, though the invoice has none."
    ),
    "not_deducted": _("The VAT of this supplier was never reclaimed here, so it is part of the costs."),
    "exempt": _("This client reclaims no VAT, so it is part of the costs."),
    "foreign_vat": _("VAT of another country: it cannot be reclaimed in the Dutch return."),
    "account_blocked": _("It would be {account}, but that account is blocked in Exact."),
    "spread": _("The costs are spread over {start} to {end}, the period on the invoice."),
    "person": _("A person chose this."),
    "rounding": _("The rounding on the invoice."),
    "difference": _("Cents that the invoice's own arithmetic leaves over."),
}


def sentence(one: Mapping[str, Any]) -> str:
    """One piece of evidence in words, in the active language; an unknown kind shows its values."""
    words = SENTENCES.get(one.get("kind", ""))
    if words is None:
        rest = ", ".join(f"{key}: {value}" for key, value in one.items() if key != "kind" and value)
        return f"{str(one.get('kind', '')).replace('_', ' ')} {rest}".strip()
    values = Said({key: value for key, value in one.items() if value not in (None, "")})
    values["day"] = values["date"]
    return str(words).format_map(values)


def sentences(evidence: Iterable[Mapping[str, Any]]) -> list[str]:
    return [sentence(one) for one in evidence]
