"""The packages that Exact Online is sold in: what works in them, and how much.

A package has a type (accounting, wholesale, …) and an edition (Essentials, Plus, Professional, Premium). The type
decides which modules there are; the edition decides the limits. Booking purchase invoices works in all of them:
the purchase entry belongs to the ledger, which every type has.

The limits are those in force since 1 January 2025 (Exact's API limits page; clickker.nl for the booking lines). Which
words Exact puts into `Me.PackageCode` and into the names of its features is not published, so `recognise` looks for
the words by which the packages are sold, says how sure it is, and never refuses anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connections.remedies.text import Text


class Confidence(StrEnum):
    """How we know."""

    NAMED = "named"
    """Exact's own package code says it."""
    INFERRED = "inferred"
    """The features of the licence, or the administration, point to it."""
    UNKNOWN = "unknown"
    """Nothing points anywhere; the smallest limits are taken."""


@dataclass(frozen=True, slots=True)
class Type:
    """What the package is for. `projects`: whether a line can go to a project. `words`: how it is called."""

    code: str
    name: Text
    adds: Text
    projects: bool
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """How large it is. Calls are counted per app and administration, `contract_day` over all apps.

    `day` None: no limit of its own, only that of the whole.
    """

    code: str
    name: str
    booking_lines_month: int
    minute: int
    day: int | None
    whole_day: int
    whole: Text
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """What we think this administration has. `mailbox`: whether its licence has a digital mailbox; None: unknown."""

    type: Type | None
    edition: Edition
    trial: bool
    mailbox: bool | None
    confidence: Confidence

    def to_json(self) -> dict[str, Any]:
        """As a connection keeps it: the codes, not the words."""
        return {
            "type": self.type.code if self.type else "",
            "edition": self.edition.code,
            "trial": self.trial,
            "mailbox": self.mailbox,
            "confidence": str(self.confidence),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Package:
        """What a connection keeps; of one that was never examined nothing is known."""
        return cls(
            type=next((kind for kind in TYPES if kind.code == kept.get("type")), None),
            edition=edition(kept.get("edition", "")),
            trial=bool(kept.get("trial")),
            mailbox=kept.get("mailbox"),
            confidence=Confidence(kept.get("confidence", Confidence.UNKNOWN)),
        )

    @property
    def name(self) -> str:
        kind = str(self.type.name) if self.type else "Exact Online"
        if self.confidence is Confidence.UNKNOWN:
            return kind
        return f"{kind} {self.edition.name}" + (f" ({TRIAL})" if self.trial else "")


TRIAL = Text("proeflicentie", "trial")

TYPES: tuple[Type, ...] = (
    Type(
        "accounting",
        Text("Boekhouden", "Accounting"),
        Text(
            "grootboek, inkoop- en verkoopboek, bank, btw", "ledger, purchase and sales journals, bank, VAT"
        ),
        False,
        ("boekhouden", "accounting", "finance", "financieel"),
    ),
    Type(
        "wholesale",
        Text("Handel", "Wholesale"),
        Text("ook voorraad, inkooporders en verkooporders", "also stock, purchase orders and sales orders"),
        False,
        ("handel", "wholesale", "trade", "distribution"),
    ),
    Type(
        "manufacturing",
        Text("Productie", "Manufacturing"),
        Text("ook stuklijsten en productieorders", "also bills of material and shop orders"),
        False,
        ("productie", "manufacturing"),
    ),
    Type(
        "projects",
        Text("Projectmanagement", "Project management"),
        Text(
            "ook projecten en uren; een regel kan op een project",
            "also projects and hours; a line can go to a project",
        ),
        True,
        ("project", "time & billing", "uren"),
    ),
    Type(
        "construction",
        Text("Bouw", "Construction"),
        Text("ook projecten, bestekken en de G-rekening", "also projects, specifications and the G-account"),
        True,
        ("bouw", "construction"),
    ),
    Type(
        "accountancy",
        Text("Accountancy (klantadministratie)", "Accountancy (client administration)"),
        Text(
            "het kantoor boekt mee; Exacts eigen boekingsvoorstellen zijn per administratie begrensd",
            "the firm books along; Exact's own entry proposals are limited per administration",
        ),
        False,
        ("accountancy", "accountant", "samenwerken", "collaboration"),
    ),
)

PER_CONTRACT = Text("per contract, over alle apps", "per contract, over all apps")
PER_DIVISION = Text("per administratie, over alle apps", "per administration, over all apps")

EDITIONS: tuple[Edition, ...] = (
    Edition("essentials", "Essentials", 10_000, 60, 5_000, 20_000, PER_CONTRACT, ("essential",)),
    Edition("plus", "Plus", 10_000, 60, 5_000, 20_000, PER_CONTRACT, ("plus",)),
    Edition("professional", "Professional", 10_000, 60, 5_000, 20_000, PER_CONTRACT, ("professional",)),
    Edition("premium", "Premium", 25_000, 60, None, 30_000, PER_DIVISION, ("premium",)),
    Edition("premium_1", "Premium + 1 volume pack", 50_000, 60, None, 35_000, PER_DIVISION, ()),
    Edition("premium_2", "Premium + 2 volume packs", 75_000, 60, None, 40_000, PER_DIVISION, ()),
)

_ACCOUNTANCY = TYPES[-1]
_TRIAL_WORDS = ("trial", "proef", "demo")
_MAILBOX_WORDS = ("mailbox", "brievenbus", "postbox")


@dataclass(frozen=True, slots=True)
class Access:
    """What can be done with a kind of sign-in, and the issue that says so where it is too little."""

    name: Text
    books: bool
    mailbox: bool
    remedy: str = ""


ACCESS: tuple[Access, ...] = (
    Access(Text("volledige gebruiker, betaalde licentie", "full user, paid licence"), True, True),
    Access(
        Text("volledige gebruiker, proeflicentie", "full user, trial licence"), True, False, "licence_trial"
    ),
    Access(
        Text("MijnKantoor-gebruiker", "MijnKantoor (client portal) user"), False, False, "mijnkantoor_user"
    ),
    Access(
        Text("gedeeld One Exact-account", "One Exact Identity account with several users"),
        False,
        False,
        "multi_user_identity",
    ),
)


def recognise(me: Mapping[str, Any], features: Iterable[str], division: Mapping[str, Any]) -> Package:
    """What Exact seems to have sold: from Me, the names of AvailableFeatures, and the row of system/Divisions.

    1. The package code, where its words name a type or an edition, is believed.
    2. Else the features are asked, and whether the division belongs to another customer than the user does.
    3. Else nothing is known, and the smallest limits are taken: they are never too generous.
    A volume pack cannot be told from Premium and counts as none.
    """
    code = str(me.get("PackageCode") or "").lower()
    names = [feature.lower() for feature in features]
    trial = _says(code, _TRIAL_WORDS) or any(_says(name, _TRIAL_WORDS) for name in names)
    mailbox = any(_says(name, _MAILBOX_WORDS) for name in names) if names else None
    kind, sold = _type_in(code), _edition_in(code)
    if kind or sold:
        confidence = Confidence.NAMED
    else:
        kind = next(filter(None, map(_type_in, names)), None) or _clients_firm(me, division)
        sold = next(filter(None, map(_edition_in, names)), None)
        confidence = Confidence.INFERRED if kind or sold else Confidence.UNKNOWN
    return Package(
        type=kind,
        edition=sold or EDITIONS[0],
        trial=trial,
        mailbox=False if trial else mailbox,
        confidence=confidence,
    )


def edition(code: str) -> Edition:
    """The edition of this code; the smallest one when it is not known."""
    return next((one for one in EDITIONS if one.code == code), EDITIONS[0])


def _says(text: str, words: Iterable[str]) -> bool:
    return any(re.search(rf"\b{word}", text) for word in words)


def _type_in(text: str) -> Type | None:
    """The last type named wins: «accounting» stands in the names of the larger ones too."""
    return next((kind for kind in reversed(TYPES) if _says(text, kind.words)), None)


def _edition_in(text: str) -> Edition | None:
    return next((edition for edition in reversed(EDITIONS) if _says(text, edition.words)), None)


def _clients_firm(me: Mapping[str, Any], division: Mapping[str, Any]) -> Type | None:
    """An administration of another customer than the user's own is a firm's client."""
    own, theirs = str(me.get("CustomerCode") or "").strip(), str(division.get("CustomerCode") or "").strip()
    return _ACCOUNTANCY if own and theirs and own != theirs else None
