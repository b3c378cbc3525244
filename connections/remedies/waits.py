"""Codes that nobody is shown: they only say when to try again, and the work goes on by itself."""

from connections.remedies.text import Text

REASONS: dict[str, Text] = {
    "budget_minute": Text(
        "De aanroepen van deze minuut zijn op; de volgende minuut gaat het verder.",
        "This minute's calls are used up; it goes on in the next minute.",
    ),
    "budget_learning": Text(
        "De rest van de aanroepen van vandaag is voor facturen; na middernacht (UTC) wordt er verder gelezen.",
        "The rest of today's calls is kept for invoices; reading goes on after midnight (UTC).",
    ),
    "budget_errors": Text(
        "Een deel van Exact gaf te veel weigeringen; het rust een uur. De weigeringen zelf hebben een melding.",
        "A part of Exact gave too many refusals; it rests for an hour. The refusals themselves have an issue.",
    ),
    "timeout": Text(
        "Exact deed er te lang over; het gaat nog eens.", "Exact took too long; it goes once more."
    ),
    "unreachable": Text(
        "Er was geen verbinding met Exact; houdt dat aan, dan wordt het exact_down.",
        "There was no connection with Exact; if that lasts, it becomes exact_down.",
    ),
    "connection_lost": Text(
        "De verbinding brak af; eerst wordt opgezocht of het al gelukt was.",
        "The connection broke off; first it is looked up whether it had succeeded.",
    ),
    "answer_cut_off": Text(
        "Het antwoord brak af; eerst wordt opgezocht of het al gelukt was.",
        "The answer broke off; first it is looked up whether it had succeeded.",
    ),
    "no_time_left": Text(
        "De beurt van deze administratie was om; in de volgende beurt gaat het verder.",
        "This administration's turn was over; it goes on in the next turn.",
    ),
    "token_too_early": Text(
        "Exact vindt het te vroeg voor een nieuwe sleutel; de oude is nog goed.",
        "Exact finds it too early for a new key; the old one is still good.",
    ),
    "token_hiccup": Text(
        "De tokendienst van Exact haperde; het gaat straks nog eens.",
        "Exact's token service faltered; it goes once more shortly.",
    ),
}

WAITS = frozenset(REASONS)
