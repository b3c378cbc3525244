"""The evidence for where a piece goes, the strongest first: bookings, rules and facts that anybody can look up."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from invoices.learning import Booked, Line, plain, tokens
from invoices.learning.mixing import Mixture
from invoices.learning.views import VIEWS
from invoices.proposing.booking_rules import Ruling
from invoices.proposing.ground import NEW, Ground
from invoices.proposing.vat import Kind

if TYPE_CHECKING:
    from invoices.proposing.placing import Choice

SAME = 2  # bookings of the same text that are shown
LOUD = 0.04  # share of what speaks for an account, from which a view is worth naming
LATELY = 20  # bookings that «the last lines» means
BOXES = {Kind.DOMESTIC_REVERSE: "2a", Kind.FROM_EU: "4b", Kind.FROM_OUTSIDE: "4a"}

Evidence = dict[str, Any]


def because(ground: Ground, choice: "Choice", line: Line, ruling: Ruling, kind: Kind) -> list[Evidence]:
    """All there is to say, the strongest first. What speaks against is said as well."""
    found = [
        *(
            {"kind": "rule", "rule": rule.id, "version": rule.version, "name": rule.name}
            for rule in ruling.rules
        ),
        *_vat(ground, choice, kind),
        *_views(ground, choice, line),
        *_blocked(choice),
        *_elsewhere(ground, choice),
        *_spread(choice),
    ]
    distinct = {str(sorted(one.items(), key=str)): one for one in found}
    return list(distinct.values())


def _vat(ground: Ground, choice: "Choice", kind: Kind) -> Iterator[Evidence]:
    code = choice.target.vat_code
    if kind in BOXES and code:
        yield {"kind": "reverse_charge", "box": BOXES[kind], "vat_code": code}
    for note, name in (
        ("foreign_vat", "foreign_vat"), ("exempt", "exempt"), ("not_deducted", "not_deducted"),
        ("never_reclaimed", "not_deducted"),
    ):  # fmt: skip
        if note in choice.notes:
            yield {"kind": name}


def _views(ground: Ground, choice: "Choice", line: Line) -> Iterator[Evidence]:
    """What the supplier's history says, view by view as loud as each is."""
    memory, account = ground.memory, choice.target.account
    if not memory.bookings or not account:
        return
    told: set[str] = set()
    for name, share in memory.reasons(line, choice.target, ground.books.priors(line)):
        show = _SHOWN.get(name)
        if share < LOUD or show is None or show in told:
            continue
        told.add(show)
        yield from _SHOW[show](ground, line, account, name)
    last = memory.bookings[-1]
    if last.target.account != account:
        yield _of("against", last)
    elif not told & {"text"}:
        yield _of("last", last)


def _of(kind: str, one: Booked, **more: Any) -> Evidence:
    return {
        "kind": kind,
        "entry": one.entry,
        "date": one.line.day.isoformat(),
        "text": one.line.text[:80],
        "account": one.target.account,
        "vat_code": one.target.vat_code,
        **more,
    }


def _same_text(ground: Ground, line: Line, account: str, name: str) -> Iterator[Evidence]:
    wanted = plain(line.text)
    same = [one for one in reversed(ground.memory.bookings) if plain(one.line.text) == wanted]
    for one in [one for one in same if one.target.account == account][:SAME]:
        yield _of("same_text", one)
    for one in same[:1]:
        if one.target.account != account:
            yield _of("against", one)


def _usual(ground: Ground, line: Line, account: str, name: str) -> Iterator[Evidence]:
    last = ground.memory.bookings[-LATELY:]
    n = sum(one.target.account == account for one in last)
    yield {"kind": "usual", "n": n, "of": len(last), "account": account}


def _words(ground: Ground, line: Line, account: str, name: str) -> Iterator[Evidence]:
    """The words that parted this supplier's lines best."""
    slot = ground.memory.slots.get("account")
    found = [word for word in tokens(line.text) if word in ground.memory.words]
    if not isinstance(slot, Mixture) or not found:
        return
    best = max(found, key=slot.gain_of)
    yield from _counted(ground, account, "words", lambda one: best in tokens(one.line.text), words=best)


def _amount(ground: Ground, line: Line, account: str, name: str) -> Iterator[Evidence]:
    slot = ground.memory.slots.get("account")
    scope = plain(line.text) if name == "text_amount" else ""
    known = slot.amounts.get(scope) if isinstance(slot, Mixture) else None
    cut = known.cut() if known else None
    if cut is None:
        return
    threshold, below, above = cut
    low = abs(line.amount) < threshold
    side = below if low else above
    yield {
        "kind": "amount_below" if low else "amount_from",
        "threshold": f"{threshold:.2f}",
        "account": account,
        "n": side[account],
        "of": sum(side.values()),
    }


def _grouped(kind: str) -> Callable[..., Iterator[Evidence]]:
    """Evidence of a view that groups by something simple: the period, the season, the kind of VAT."""

    def show(ground: Ground, line: Line, account: str, name: str) -> Iterator[Evidence]:
        view = next(view for view in VIEWS if view.name == name)
        key = view.key(line, "")
        yield from _counted(ground, account, kind, lambda one: view.key(one.line, "") == key)

    return show


def _counted(
    ground: Ground, account: str, kind: str, alike: Callable[[Booked], bool], **more: Any
) -> Iterator[Evidence]:
    group = [one for one in ground.memory.bookings if alike(one)]
    if group:
        n = sum(one.target.account == account for one in group)
        yield {"kind": kind, "account": account, "n": n, "of": len(group), **more}


def _blocked(choice: "Choice") -> Iterator[Evidence]:
    if choice.refused:
        yield {"kind": "account_blocked", "account": choice.refused}


def _elsewhere(ground: Ground, choice: "Choice") -> Iterator[Evidence]:
    """What is known beside the supplier's own history; said where that is short."""
    account = choice.target.account
    if ground.memory.n >= NEW or not account:
        return
    default = ground.default_account
    if default is not None and default.code == account:
        yield {"kind": "supplier_default", "account": account, "text": default.description}
    spread, clients = ground.firm
    if account in spread:
        yield {"kind": "firm", "account": account, "clients": clients}
    said = ground.words.by_words(choice.piece.text)
    if said and max(said, key=lambda code: said[code]) == account:
        yield {"kind": "client_words", "account": account}
    elif not ground.memory.n and account not in spread and not (default and default.code == account):
        yield {"kind": "client_usage", "account": account}
    if ground.supplier.default_vat_code and ground.supplier.default_vat_code == choice.target.vat_code:
        yield {"kind": "vat_default", "vat_code": choice.target.vat_code}


def _spread(choice: "Choice") -> Iterator[Evidence]:
    if choice.start and choice.end:
        yield {"kind": "spread", "start": choice.start.isoformat(), "end": choice.end.isoformat()}


_SHOWN = {
    "text": "text", "whole_text": "text", "text_kind": "text", "text_period": "text", "account_text": "text",
    "supplier": "usual", "words": "words", "amount": "amount", "text_amount": "amount", "period": "period",
    "month": "season", "season": "season", "quarter": "season", "kind": "vat_kind",
}  # fmt: skip
_SHOW: dict[str, Callable[..., Iterator[Evidence]]] = {
    "text": _same_text, "usual": _usual, "words": _words, "amount": _amount, "period": _grouped("period"),
    "season": _grouped("season"), "vat_kind": _grouped("vat_kind"),
}  # fmt: skip
