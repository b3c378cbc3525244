"""What only we can mend: a mistake in this program, and the brake that a person pulled."""

from functools import partial

from connections.remedies.row import SAME_CODE, Remedy
from connections.remedies.text import Text

_row = partial(
    Remedy, area="ours", blocks=SAME_CODE, who_acts="helpdesk", severity="stops", resolves="person"
)

_NOT_YOU = Text(
    "U hoeft niets te doen; dit ligt aan het portaal. Wat wacht, is bewaard.",
    "You need not do anything; this is the portal's doing. What waits is kept.",
)
_FIX = Text(
    "Helpdesk: geef deze code en de aanroepen uit het logboek door aan de makers.",
    "Helpdesk: pass this code and the calls from the log on to the makers.",
)
_ONCE_FIXED = Text(
    "Na de verbetering: kies “Opnieuw controleren”; wat wachtte gaat verder.",
    "Once it is mended: choose “Check again”; what waited goes on.",
)


def _bug(code: str, title: Text, cause: Text) -> Remedy:
    return _row(code=code, title=title, cause=cause, steps=(_NOT_YOU, _FIX, _ONCE_FIXED))


ROWS = (
    _bug(
        "our_bug",
        Text("Een fout in het portaal", "A mistake in the portal"),
        Text(
            "Het portaal deed iets dat Exact niet aanneemt. Uw gegevens zijn in orde. Exact zegt: “{raw}”.",
            "The portal did something that Exact does not take. Your data are in order. Exact says: “{raw}”.",
        ),
    ),
    _bug(
        "request_refused",
        Text("Exact neemt de vraag van het portaal niet aan", "Exact does not take the portal's request"),
        Text(
            "Exact vindt de vraag ongeldig. Exact zegt: “{raw}”.",
            "Exact finds the request invalid. Exact says: “{raw}”.",
        ),
    ),
    _bug(
        "query_syntax",
        Text(
            "Exact begrijpt de vraag van het portaal niet", "Exact does not understand the portal's request"
        ),
        Text(
            "De vraag is verkeerd geschreven. Exact zegt: “{raw}”.",
            "The request is written wrongly. Exact says: “{raw}”.",
        ),
    ),
    _bug(
        "select_missing",
        Text("De vraag van het portaal noemt geen velden", "The portal's request names no fields"),
        Text(
            "Exact wil horen welke velden nodig zijn, en dat ontbrak.",
            "Exact wants to hear which fields are needed, and that was missing.",
        ),
    ),
    _bug(
        "filter_mandatory",
        Text("De vraag van het portaal heeft geen filter", "The portal's request has no filter"),
        Text(
            "Exact wil op deze plaats een filter. Exact zegt: “{raw}”.",
            "Exact wants a filter here. Exact says: “{raw}”.",
        ),
    ),
    _bug(
        "filter_not_supported",
        Text("Exact kent dit filter niet", "Exact does not know this filter"),
        Text(
            "Het portaal filtert op iets dat Exact hier niet kan. Exact zegt: “{raw}”.",
            "The portal filters by something that Exact cannot do here. Exact says: “{raw}”.",
        ),
    ),
    _bug(
        "field_unknown",
        Text("Exact kent een veld niet", "Exact does not know a field"),
        Text(
            "Het portaal noemt een veld dat Exact niet (meer) heeft. Exact zegt: “{raw}”.",
            "The portal names a field that Exact does not have (any more). Exact says: “{raw}”.",
        ),
    ),
    _bug(
        "payload_invalid",
        Text("Exact kan het bericht van het portaal niet lezen", "Exact cannot read the portal's message"),
        Text(
            "Het bericht heeft een onbekend veld of een waarde van de verkeerde soort. Exact zegt: “{raw}”.",
            "The message has an unknown field or a value of the wrong kind. Exact says: “{raw}”.",
        ),
    ),
    _bug(
        "not_found",
        Text("Het portaal zoekt iets dat er niet is", "The portal looks for something that is not there"),
        Text(
            "Wat het portaal zoekt, bestaat in Exact niet. Misschien is het daar verwijderd.",
            "What the portal looks for does not exist in Exact. It may have been removed there.",
        ),
    ),
    _bug(
        "not_implemented",
        Text("Exact biedt dit niet aan", "Exact does not offer this"),
        Text(
            "Het portaal vraagt iets dat Exact hier niet aanbiedt. Exact zegt: “{raw}”.",
            "The portal asks for something that Exact does not offer here. Exact says: “{raw}”.",
        ),
    ),
    _bug(
        "answer_unreadable",
        Text("Het portaal begrijpt Exact niet", "The portal does not understand Exact"),
        Text(
            "Het antwoord van Exact heeft een vorm die het portaal niet kent.",
            "Exact's answer has a shape that the portal does not know.",
        ),
    ),
    _bug(
        "link_foreign",
        Text("Een verwijzing wijst weg van Exact", "A link points away from Exact"),
        Text(
            "In een antwoord stond een adres buiten Exact. Voor de veiligheid is het niet gevolgd.",
            "An answer held an address outside Exact. For safety it was not followed.",
        ),
    ),
)
