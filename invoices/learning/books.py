"""What a client does at large: the ground on which a supplier's own history stands, or a new supplier's lack of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from invoices.learning.lines import Booked, Line, Target, tokens
from invoices.learning.regimes import Spread

SLOTS = Target._fields
OTHER = 1.0  # bookings' worth of room for what was not seen yet
EMPTY = 0.99  # of that room, what is for «no cost centre»
MANY = 30  # values of a slot that are worth naming
MOST_WORDS = 4000
EXEMPT_FROM, EXEMPT_SHARE = 30, 0.97

# What speaks for a new supplier's account, and how loudly: Exact's default of the supplier, how the firm's other
# clients book this company, the words of the line as this client books them, what this client books on at all.
VOICES = {"default": 0.45, "firm": 0.30, "words": 0.20, "usage": 0.05}


class Books:
    """Counts over all suppliers of one division."""

    __slots__ = ("n", "slots", "vat", "words")

    def __init__(self) -> None:
        self.slots: dict[str, Counter[str]] = {slot: Counter() for slot in SLOTS}
        self.vat: dict[str, Counter[str]] = {}  # by kind of VAT
        self.words: dict[str, Counter[str]] = {}  # word → accounts
        self.n = 0

    def learn(self, booked: Booked) -> None:
        for slot, value in zip(SLOTS, booked.target, strict=True):
            self.slots[slot][value] += 1
        self.vat.setdefault(booked.line.kind, Counter())[booked.target.vat_code] += 1
        for word in tokens(booked.line.text):
            self.words.setdefault(word, Counter())[booked.target.account] += 1
        if len(self.words) > MOST_WORDS:
            del self.words[next(iter(self.words))]
        self.n += 1

    def usual(self, slot: str) -> list[str]:
        """The values of a slot that are worth naming, the most frequent first."""
        return [value for value, _ in self.slots[slot].most_common(MANY)]

    @property
    def reclaims_nothing(self) -> bool:
        """Whether this client books all VAT as cost, as one does who is exempt."""
        without = sum(sum(codes.values()) for kind, codes in self.vat.items() if kind == "none")
        return self.n >= EXEMPT_FROM and without / self.n >= EXEMPT_SHARE

    def priors(
        self, line: Line, default: str = "", firm: Mapping[str, float] | None = None
    ) -> dict[str, Spread]:
        """What to expect of a supplier of which nothing is known, for each slot."""
        priors = {slot: _shares(self.slots[slot]) for slot in SLOTS}
        for slot in SLOTS[2:]:  # who never used a cost centre will not begin with this line
            priors[slot][""] = priors[slot].get("", 0.0) + EMPTY / (self.n + OTHER)
        priors["vat_code"] = _shares(self.vat.get(line.kind, Counter()))
        voices = {
            "default": {default: 1.0} if default else {},
            "firm": dict(firm or {}),
            "words": self.by_words(line.text),
            "usage": priors["account"],
        }
        heard = {name: VOICES[name] for name, spread in voices.items() if spread}
        total = sum(heard.values())
        account: Spread = {}
        for name, loud in heard.items():
            for value, mass in voices[name].items():
                account[value] = account.get(value, 0.0) + loud / total * mass
        priors["account"] = account
        return priors

    def by_words(self, text: str) -> Spread:
        """The accounts that this client books such words on, each word as loud as it is decided."""
        spread: Spread = {}
        total = 0.0
        for word in tokens(text):
            accounts = self.words.get(word)
            if accounts:
                n = sum(accounts.values())
                loud = (max(accounts.values()) / n) ** 3 * n / (n + 2)
                total += loud
                for account, count in accounts.items():
                    spread[account] = spread.get(account, 0.0) + loud * count / n
        return {account: mass / total for account, mass in spread.items()} if total else {}

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "slots": {slot: dict(counts) for slot, counts in self.slots.items()},
            "vat": {kind: dict(counts) for kind, counts in self.vat.items()},
        }

    def words_json(self) -> dict[str, Any]:
        """Apart from the rest: it is large, and asked for only where a supplier is new."""
        return {word: dict(counts) for word, counts in self.words.items()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], words: Mapping[str, Any] | None = None) -> Books:
        self = cls()
        self.n = kept.get("n", 0)
        self.slots |= {slot: Counter(counts) for slot, counts in kept.get("slots", {}).items()}
        self.vat = {kind: Counter(counts) for kind, counts in kept.get("vat", {}).items()}
        self.words = {word: Counter(counts) for word, counts in (words or {}).items()}
        return self


def learnt(bookings: Iterable[Booked]) -> Books:
    """The books of these bookings."""
    books = Books()
    for booked in bookings:
        books.learn(booked)
    return books


def _shares(counts: Counter[str]) -> Spread:
    total = sum(counts.values()) + OTHER
    return {value: count / total for value, count in counts.most_common(MANY)}
