"""The trip to Exact's consent page, from the link to the answer, and where it can end early."""

from functools import partial

from connections.remedies.row import CONNECTING, Remedy
from connections.remedies.text import Text

_consent = partial(
    Remedy, area="consent", blocks=CONNECTING, who_acts="client", severity="stops", resolves="next_success"
)
_NEW_LINK = Text(
    "Vraag het kantoor om een nieuwe link, of kies in het portaal “Opnieuw verbinden”.",
    "Ask the accounting firm for a new link, or choose “Connect again” in the portal.",
)
_ONE_GO = Text(
    "Open de link en maak het in één keer af, in dezelfde browser.",
    "Open the link and finish in one go, in the same browser.",
)

ROWS = (
    _consent(
        code="consent_denied",
        title=Text("De toestemming is niet gegeven", "The consent was not given"),
        cause=Text(
            "Op de pagina van Exact is niet voor “Toestaan” gekozen. Er is niets veranderd.",
            "On Exact's page “Allow” was not chosen. Nothing has changed.",
        ),
        steps=(
            Text(
                "Was dit een vergissing? Begin dan opnieuw en kies “Toestaan”.",
                "Was it a slip? Then begin again and choose “Allow”.",
            ),
            Text(
                "Twijfelt u over wat u geeft? Op de pagina van de link staat precies wat het kantoor ermee doet.",
                "In doubt about what you give? The link's page says exactly what the firm does with it.",
            ),
        ),
    ),
    _consent(
        code="consent_link_unknown",
        title=Text("Deze link bestaat niet", "This link does not exist"),
        cause=Text(
            "De link is onvolledig, of door een nieuwere vervangen.",
            "The link is incomplete, or a newer one has replaced it.",
        ),
        steps=(
            Text("Kopieer de hele link uit de laatste mail.", "Copy the whole link from the last mail."),
            _NEW_LINK,
        ),
    ),
    _consent(
        code="consent_link_used",
        title=Text("Deze link is al gebruikt", "This link was used already"),
        cause=Text(
            "Een link werkt één keer. Misschien is de koppeling al gelukt.",
            "A link works once. Perhaps the connection has been made already.",
        ),
        steps=(
            Text(
                "Kijk in het portaal of de koppeling werkt.",
                "See in the portal whether the connection works.",
            ),
            _NEW_LINK,
        ),
    ),
    _consent(
        code="consent_link_expired",
        title=Text("Deze link is verlopen", "This link has expired"),
        cause=Text(
            "Een link werkt een beperkte tijd, en die is voorbij.",
            "A link works for a limited time, and that is over.",
        ),
        steps=(_NEW_LINK,),
    ),
    _consent(
        code="consent_state_unknown",
        title=Text("Dit antwoord van Exact is al verwerkt", "This answer from Exact was dealt with already"),
        cause=Text(
            "De pagina is opnieuw geladen of een tweede keer geopend.",
            "The page was loaded again or opened a second time.",
        ),
        steps=(
            Text(
                "Kijk in het portaal of de koppeling werkt.",
                "See in the portal whether the connection works.",
            ),
            _NEW_LINK,
        ),
    ),
    _consent(
        code="consent_other_browser",
        title=Text("Begonnen in een andere browser", "Begun in another browser"),
        cause=Text(
            "Uit veiligheid moet de toestemming eindigen in de browser waarin die begon.",
            "For safety the consent has to end in the browser in which it began.",
        ),
        steps=(_NEW_LINK, _ONE_GO),
    ),
    _consent(
        code="consent_trip_too_long",
        title=Text("Het inloggen duurde te lang", "Signing in took too long"),
        cause=Text(
            "Tussen de knop en het antwoord van Exact zat meer dan een half uur.",
            "More than half an hour passed between the button and Exact's answer.",
        ),
        steps=(_NEW_LINK, _ONE_GO),
    ),
    _consent(
        code="consent_exchange_failed",
        title=Text("Exact gaf na het inloggen geen toegang", "Exact gave no access after the sign-in"),
        cause=Text(
            "U bent ingelogd, maar Exact gaf de sleutel niet. Meestal duurde het te lang of haperde Exact.",
            "You signed in, but Exact did not hand out the key. Usually it took too long, or Exact faltered.",
        ),
        steps=(
            Text(
                "Begin opnieuw en wacht niet tussen de stappen.",
                "Begin again and do not wait between the steps.",
            ),
            Text(
                "Lukt het drie keer niet? Vraag de helpdesk.",
                "Three times without success? Ask the helpdesk.",
            ),
        ),
    ),
)
