"""A line as learning sees it: what is asked, where it may go, and where lines like it went before."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import NamedTuple

_MONTHS = (
    "jan januari january feb februari february mrt mar maart march apr april mei may jun juni june jul juli "
    "july aug augustus august sep sept september okt oct oktober october nov november dec december "
    "q1 q2 q3 q4 kwartaal quarter maand month week periode period"
)
_PARTICLES = "de het een en of van voor met per op in te a an the and or of for with to at"
MONTHS, EMPTY_WORDS = frozenset(_MONTHS.split()), frozenset(_PARTICLES.split())
_WORD = re.compile(r"[a-z0-9][a-z0-9.,'/-]*[a-z0-9]|[a-z0-9]")


class Target(NamedTuple):
    """Where a line goes: Exact's codes, "" for none."""

    account: str = ""
    vat_code: str = ""
    cost_center: str = ""
    cost_unit: str = ""
    project: str = ""


class Line(NamedTuple):
    """A line of an invoice or of a booked entry, as far as both are known alike.

    `amount` excludes VAT, signed. `kind` is what the buyer does with the VAT (`invoices.proposing.vat.Kind`) with the
    rate where one is charged: "input 21", "from_eu". `months` is the length of the invoiced period, 0 where none is
    named.
    """

    day: date
    text: str
    amount: float
    kind: str
    months: int = 0


class Booked(NamedTuple):
    """A line that was booked, and where. `entry` names the entry in Exact for whoever reads the evidence.

    `sure`: a person chose it in the portal, or approved it. What only stands in Exact may hold the slips that every
    ledger has. `spread`: its costs were spread over the period.
    """

    line: Line
    target: Target
    entry: str = ""
    sure: bool = False
    spread: bool = False


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """Lower case, without accents, single spaces."""
    bare = unicodedata.normalize("NFKD", text.lower())
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[str, ...]:
    """The words and numbers of a text that may tell what it is about: no months, no particles; each once, in order."""
    found = (w.strip(".,'/-") for w in _WORD.findall(folded(text)))
    return tuple(dict.fromkeys(w for w in found if len(w) > 1 and w not in MONTHS and w not in EMPTY_WORDS))


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """A text without what changes every time: «Abonnement maart 2026» and «Abonnement april 2026» are one."""
    return " ".join(w for w in tokens(text) if w.replace("-", "").replace(".", "").isalpha()) or folded(text)
