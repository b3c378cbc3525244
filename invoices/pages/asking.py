"""What a held invoice asks of a person: the question, what lies beside it to compare, and the answers there are.

An answer is a release (`questions.RELEASES`) or a rejection with its reason; who only looks gets no answers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from invoices import reasons
from invoices.deciding import questions
from invoices.models import Invoice
from invoices.pages.listing import HEAVY, mine, uuid
from portal.templatetags.ui import iban, money
from portal.web import FirmRequest

FIELDS: dict[str, Promise] = {
    "supplier": gettext_lazy("Supplier"),
    "number": gettext_lazy("Number"),
    "date": gettext_lazy("Date"),
    "amount": gettext_lazy("Amount"),
    "iban": gettext_lazy("IBAN"),
    "file": gettext_lazy("File"),
}
TITLES: dict[str, Promise] = {
    "iban_confirmed": gettext_lazy("Is this really the supplier's account?"),
    "other_buyer": gettext_lazy("Is this invoice for this client?"),
    "is_a_purchase": gettext_lazy("Is this a purchase after all?"),
    "findings": gettext_lazy("Book it although it does not add up?"),
    "not_a_duplicate": gettext_lazy("Is this the same invoice?"),
}


@dataclass(frozen=True)
class Row:
    """One field of both. `agrees` is None where one of them does not have it."""

    label: str
    this: str
    that: str
    agrees: bool | None
    difference: str


@dataclass(frozen=True)
class Beside:
    """The other invoice (None when this reader may not see it, or it is an entry in Exact), and what was compared."""

    why: str
    percent: int
    rows: tuple[Row, ...]
    other: Invoice | None = None
    entry: str = ""


@dataclass(frozen=True)
class Answer:
    """A button. `act` is what the page does (release or reject), `reason` what it sends along."""

    act: str
    reason: str
    label: str
    icon: str = ""
    primary: bool = False


@dataclass(frozen=True)
class Question:
    title: str
    text: str = ""
    accounts: Mapping[str, Any] | None = None
    answers: tuple[Answer, ...] = field(default=())


def question(invoice: Invoice) -> Question | None:
    """What is asked about this invoice; None when nothing is that a person could answer here."""
    wanted = questions.ANSWERS.get(invoice.reason)
    if wanted is None or invoice.status not in questions.RELEASABLE:
        return None
    title = str(TITLES[wanted])
    if wanted == "iban_confirmed":
        known = _accounts(invoice)
        return Question(title, accounts=known, answers=(_confirmed(primary=not known["invalid"]),))
    if wanted == "other_buyer":
        return Question(
            title, answers=(Answer("release", wanted, _("It is for this client"), "check", True),)
        )
    if wanted == "is_a_purchase":
        return Question(
            title,
            _("Nothing is booked of it. Where sales invoices go instead stands with the issue."),
            answers=(
                Answer("reject", _("Not a purchase"), _("Not a purchase: reject"), "x", True),
                Answer("release", wanted, _("A purchase after all")),
            ),
        )
    if wanted == "findings":
        if invoice.reason == "unknown_currency":
            title = _("Book it although its currency is unknown?")
        if invoice.reason == "invoice_incomplete":
            title = _("Book it although something is missing?")
        text = _("What is wrong stands with the findings; amounts that differ also beside the totals.")
        return Question(title, text, answers=(Answer("release", wanted, _("Book it all the same")),))
    return Question(title, answers=_same_or_not(invoice))


def _confirmed(*, primary: bool) -> Answer:
    return Answer("release", "iban_confirmed", _("IBAN confirmed"), "shield", primary)


def _same_or_not(invoice: Invoice) -> tuple[Answer, ...]:
    another = Answer("release", "not_a_duplicate", _("Not a duplicate"))
    if invoice.status == Invoice.Status.DUPLICATE:
        return (another,)
    return (Answer("release", "is_a_duplicate", _("Duplicate"), "copy", True), another)


def _accounts(invoice: Invoice) -> dict[str, Any]:
    """What is known of the account, in numbers only: whose clients pay it is nobody's business here."""
    values = invoice.reason_values
    elsewhere = ""
    if clients := values.get("clients"):
        elsewhere = ngettext(
            "%(n)s other client of yours has this supplier; with this account: %(same)s.",
            "%(n)s other clients of yours have this supplier; with this account: %(same)s.",
            clients,
        ) % {"n": clients, "same": values.get("clients_same", 0)}
    return {
        "asked": _grouped(values.get("iban", "")),
        "known": _grouped(values.get("known", "")),
        "elsewhere": elsewhere,
        "invalid": values.get("valid") is False,
        "payee": values.get("payee", ""),
    }


def beside(request: FirmRequest, invoice: Invoice) -> list[Beside]:
    """Everything that this invoice may be the same as, strongest first; what a person answered is left out.

    One query for all of them.
    """
    pairs = [one for one in invoice.duplicates if not one["settled"]]
    keys = [key for one in pairs if (key := uuid(one["id"]))]
    found = mine(request).select_related("document").defer(*HEAVY).filter(pk__in=keys) if keys else ()
    others = {str(one.pk): one for one in found}
    return [
        Beside(
            why=reasons.pair(one),
            percent=one["percent"],
            rows=tuple(_rows(one["compared"])),
            other=others.get(one["id"]),
            entry=str(one["entry"].get("number") or "–") if one["entry"] else "",
        )
        for one in pairs
    ]


def _rows(compared: Iterable[Mapping[str, Any]]) -> Iterable[Row]:
    for one in compared:
        if one["this"] or one["that"]:
            yield Row(
                str(FIELDS.get(one["name"], one["name"])),
                _shown(one["name"], one["this"]),
                _shown(one["name"], one["that"]),
                one["agrees"],
                _difference(one["name"], one["difference"]),
            )


def _shown(name: str, text: str) -> str:
    if name == "date" and text:
        return date_format(date.fromisoformat(text), "j F Y")
    if name == "amount" and text:
        amount, _blank, currency = text.partition(" ")
        return money(Decimal(amount), currency)
    if name == "iban":
        return _grouped(text) or "–"
    return text or "–"


def _grouped(accounts: str) -> str:
    return ", ".join(iban(one) for one in accounts.split(", "))


def _difference(name: str, text: str) -> str:
    if not text:
        return ""
    if name == "date":
        days = abs(int(text))
        return ngettext("%(n)s day apart", "%(n)s days apart", days) % {"n": days}
    return _("%(amount)s apart") % {"amount": money(abs(Decimal(text)))}
