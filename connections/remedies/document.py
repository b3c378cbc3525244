"""The written lists: `docs/issues.md`, `docs/issues.nl.md` and `docs/packages.md`, made from the data."""

from collections.abc import Iterable

from connections import packages
from connections.remedies import CATALOGUE, RESOLVES, SEVERITY, WHO, Remedy, Text
from connections.remedies.waits import REASONS

_TITLE = Text("Meldingen", "Issues")
_INTRO = Text(
    "Elke melding die het portaal kan geven, met de oorzaak, wie iets moet doen, en wat. Een code verandert nooit; de "
    "woorden kunnen beter worden. Woorden tussen { } vult het portaal in.",
    "Every issue that the portal can open, with its cause, who must act, and how. A code never changes; its words may "
    "get better. The portal fills in the words between { }.",
)
_MADE = Text(
    "Gemaakt uit de catalogus in `connections/remedies` met `manage.py issues_doc`.",
    "Made from the catalogue in `connections/remedies` by `manage.py issues_doc`.",
)
_LABELS = {
    "cause": Text("Oorzaak", "Cause"),
    "who": Text("Wie", "Who acts"),
    "weight": Text("Gevolg", "Effect"),
    "blocks": Text("Houdt op", "Holds up"),
    "over": Text("Sluit door", "Closes by"),
}
_AREAS = {
    "authorisation": Text("Toegang tot Exact", "Access to Exact"),
    "consent": Text("Toestemming geven", "Giving consent"),
    "division": Text("De administratie", "The administration"),
    "rights": Text("Rechten en gebruikers", "Rights and users"),
    "licence": Text("Licentie en limieten", "Licence and limits"),
    "mailbox": Text("De digitale brievenbus", "The digital mailbox"),
    "ledger": Text("Inrichting van de administratie", "Set-up of the administration"),
    "lines": Text("Boekingsregels", "Entry lines"),
    "suppliers": Text("Leveranciers", "Suppliers"),
    "invoices": Text("Facturen", "Invoices"),
    "exact": Text("Exact zelf", "Exact itself"),
    "ours": Text("Het portaal zelf", "The portal itself"),
}
_WAITS_TITLE = Text("Codes zonder melding", "Codes without an issue")
_WAITS_INTRO = Text(
    "Deze codes staan alleen in het logboek: het werk gaat vanzelf verder.",
    "These codes stand in the log only: the work goes on by itself.",
)


_PACKAGES = """\
# Exact's packages

What the portal can do in each package of Exact Online, and how much.
Made from `connections/packages.py` by `manage.py issues_doc`.

## Types

{types}

## Editions and limits

In force since 1 January 2025. A call by XML counts as 50; the portal makes none. The counters of a day start again at
midnight UTC. For Premium one source names 5,000 calls a day per app as well. What Exact says in its answers always goes
before this table.

{editions}

## Who signs in

{access}

## How the portal recognises a package

By the words in the user's package code, then by the names of the licence's features, then by whose customer the
administration is. Exact publishes neither list of names, so the answer says how it is known: named, inferred or
unknown. Nothing is refused because of it. It only chooses the limits that the forecasts count with; where nothing is
known these are the smallest.
"""


def issues(language: str) -> str:
    """The list of every issue, as Markdown, in "nl" or "en"."""

    def words(text: Text) -> str:
        return text.en if language == "en" else text.nl

    parts = [f"# {words(_TITLE)}", words(_INTRO), words(_MADE)]
    for area, name in _AREAS.items():
        rows = [row for row in CATALOGUE.values() if row.area == area]
        parts.append(f"## {words(name)}")
        parts.extend(_issue(row, language) for row in rows)
    parts += [f"## {words(_WAITS_TITLE)}", words(_WAITS_INTRO)]
    parts.append("\n".join(f"- `{code}`: {words(reason)}" for code, reason in REASONS.items()))
    return "\n\n".join(parts) + "\n"


def _issue(row: Remedy, language: str) -> str:
    def words(text: Text) -> str:
        return text.en if language == "en" else text.nl

    over = words(RESOLVES[row.resolves]) + (f" (`{row.probe}`)" if row.probe else "")
    facts = [
        (words(_LABELS["who"]), words(WHO[row.who_acts])),
        (words(_LABELS["weight"]), words(SEVERITY[row.severity])),
        (words(_LABELS["blocks"]), words(row.blocks)),
        (words(_LABELS["over"]), over),
    ]
    steps = "\n".join(f"{number}. {words(step)}" for number, step in enumerate(row.steps, 1))
    listed = "\n".join(f"- {label}: {fact}" for label, fact in facts)
    return f"### `{row.code}`\n\n**{words(row.title)}**\n\n{words(row.cause)}\n\n{steps}\n\n{listed}"


def exact_packages() -> str:
    """What Exact's packages can do and how much, as Markdown, in English."""
    types = _table(
        ("Type", "In Dutch", "What it has", "Book purchase entries", "Digital mailbox", "Projects on lines"),
        ((t.name.en, t.name.nl, t.adds.en, "yes", "yes", _yes(t.projects)) for t in packages.TYPES),
    )
    editions = _table(
        ("Edition", "Booking lines a month", "Calls a minute", "Calls a day, this app", "Calls a day in all"),
        (
            (
                e.name,
                f"{e.booking_lines_month:,}",
                f"{e.minute} per administration",
                f"{e.day:,} per administration" if e.day else "no limit of its own",
                f"{e.whole_day:,} {e.whole.en}",
            )
            for e in packages.EDITIONS
        ),
    )
    access = _table(
        ("Sign-in", "Book purchase entries", "Digital mailbox", "Issue"),
        (
            (a.name.en, _yes(a.books), _yes(a.mailbox), f"`{a.remedy}`" if a.remedy else "")
            for a in packages.ACCESS
        ),
    )
    return _PACKAGES.format(types=types, editions=editions, access=access)


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
