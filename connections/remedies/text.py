"""A sentence in Dutch and in English, with named places for values.

The pair stands together in the code, so that a cause or a step is written, read and changed in both languages at
once. Which one is shown is decided when it is shown: by the active Django language, or by the one asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from portal.templatetags.ui import iban

LANGUAGES = ("nl", "en")
_PLACE = re.compile(r"\{(\w+)\}")
_LONGEST = 500  # Exact's own words can be a page long


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence, twice. `str()` gives it in the active language, with neutral words in the open places."""

    nl: str
    en: str

    def __str__(self) -> str:
        return self.render()

    def render(self, values: Mapping[str, Any] | None = None, language: str | None = None) -> str:
        """The sentence with `values` in its places; a missing or empty value becomes a neutral word.

        Never raises: a value that nobody thought of must not hide the remedy it stands in. The answer is plain
        text, so a template escapes it as it escapes everything.
        """
        language = spoken(language)
        given = values or {}
        sentence = self.en if language == "en" else self.nl

        def fill(place: re.Match[str]) -> str:
            name = place[1]
            value = given.get(name)
            shown = "" if value is None else " ".join(str(value).split())
            if name == "iban":
                shown = iban(shown)
            if name == "raw" or sentence[place.end() :].startswith("."):
                shown = shown.rstrip(".")  # Exact's sentence stands inside ours, and so does «Jansen B.V.»
            if not shown:
                word = NEUTRAL[name].render(language=language) if name in NEUTRAL else "…"
                begins = not sentence[: place.start()] or sentence[: place.start()].endswith(
                    (". ", "? ", "! ")
                )
                return word[:1].upper() + word[1:] if begins else word
            return shown[:_LONGEST]

        return _PLACE.sub(fill, sentence)

    def places(self) -> tuple[frozenset[str], frozenset[str]]:
        """The names of the open places, in Dutch and in English."""
        return frozenset(_PLACE.findall(self.nl)), frozenset(_PLACE.findall(self.en))


def spoken(language: str | None = None) -> str:
    """The language asked for, else the active one, as "nl" or "en"."""
    return "en" if (language or get_language() or "nl").lower().startswith("en") else "nl"


NEUTRAL: dict[str, Text] = {
    "organisation": Text("deze klant", "this client"),
    "exact_user": Text("de Exact-gebruiker", "the Exact user"),
    "division": Text("onbekend", "unknown"),
    "division_name": Text("van deze klant", "of this client"),
    "current": Text("onbekend", "unknown"),
    "other_division": Text("onbekend", "unknown"),
    "other_division_name": Text("buiten deze koppeling", "outside this connection"),
    "mailbox": Text("de digitale brievenbus", "the digital mailbox"),
    "supplier": Text("deze leverancier", "this supplier"),
    "sender": Text("een onbekende afzender", "an unknown sender"),
    "about": Text("geen onderwerp", "no subject"),
    "iban": Text("(niet vermeld)", "(not given)"),
    "contract": Text("(niet vermeld)", "(not given)"),
    "clients": Text("onbekend", "unknown"),
    "clients_same": Text("onbekend", "unknown"),
    "account": Text("van deze regel", "of this line"),
    "vat_code": Text("van deze regel", "of this line"),
    "cost_center": Text("van deze regel", "of this line"),
    "project": Text("van deze regel", "of this line"),
    "currency": Text("van deze factuur", "of this invoice"),
    "journal": Text("van deze koppeling", "of this connection"),
    "period": Text("van deze factuur", "of this invoice"),
    "payment_condition": Text("van deze leverancier", "of this supplier"),
    "file": Text("bij deze factuur", "of this invoice"),
    "raw": Text("geen uitleg", "no explanation"),
    "scope": Text("die nodig is", "that is needed"),
    "right": Text("dat nodig is", "that is needed"),
    "resets_at": Text("middernacht (UTC)", "midnight (UTC)"),
}
"""What stands in a place whose value is not known, worded so that «administratie {division_name} (nummer
{division})» still reads as a sentence."""
