"""The Exact user's consent: the tokens, the user behind them, and our registration at Exact.

Reconnecting is always the same act: the same person signs in at Exact once more, and every connection on that
authorisation goes on with its rules and its history. Nothing is removed and made again. Where the token itself is
dead (`probe="token"`) only that act mends it; where Exact refuses a user whose token lives, a check may find it mended.
"""

from functools import partial

from connections.remedies import paths
from connections.remedies.row import ALL, NOTHING, Remedy
from connections.remedies.text import Text

_row = partial(
    Remedy,
    area="authorisation",
    blocks=ALL,
    who_acts="client",
    severity="blocks",
    resolves="probe",
    probe="token",
)

_RECONNECT = (
    Text(
        "Open de koppeling in het portaal en kies “Opnieuw verbinden”, of stuur de klant de link.",
        "Open the connection in the portal and choose “Connect again”, or send the client the link.",
    ),
    Text(
        "Log bij Exact in als {exact_user} en geef toestemming.",
        "Sign in at Exact as {exact_user} and give consent.",
    ),
    Text(
        "Meer hoeft niet: alle koppelingen van deze gebruiker gaan daarna vanzelf verder.",
        "That is all: every connection of this user then goes on by itself.",
    ),
)
_OTHER_USER = (
    Text(
        f"Laat in Exact nakijken of de gebruiker nog bestaat en actief is: {paths.USERS.nl}.",
        f"Have somebody check in Exact that the user still exists and is active: {paths.USERS.en}.",
    ),
    Text(
        "Werkt deze gebruiker hier niet meer? Verbind dan opnieuw als een andere volledige Exact-gebruiker.",
        "Does this user no longer work here? Then connect again as another full Exact user.",
    ),
    Text(
        "Voeg een tweede Exact-gebruiker als reserve toe; die neemt het een volgende keer over.",
        "Add a second Exact user as a spare; next time that one takes over.",
    ),
)

ROWS = (
    _row(
        code="authorisation_expired",
        title=Text("De toestemming bij Exact is verlopen", "The consent at Exact has expired"),
        cause=Text(
            "Exact vergeet een toestemming die 30 dagen niet is gebruikt. Dat is met die van {exact_user} gebeurd.",
            "Exact forgets a consent that was not used for 30 days. That has happened to the one of {exact_user}.",
        ),
        steps=_RECONNECT,
    ),
    _row(
        code="authorisation_revoked",
        title=Text("De toestemming bij Exact is ingetrokken", "The consent at Exact was withdrawn"),
        cause=Text(
            "Exact laat ons niet meer toe als {exact_user}. Meestal is de toestemming in Exact ingetrokken, of is het "
            "wachtwoord of de tweestapsverificatie gewijzigd.",
            "Exact no longer lets us in as {exact_user}. Usually the consent was withdrawn in Exact, or the password "
            "or the two-step verification was changed.",
        ),
        steps=_RECONNECT,
    ),
    _row(
        code="token_revoked",
        title=Text("Exact heeft de toegang ingetrokken", "Exact has withdrawn the access"),
        cause=Text(
            "Midden in het werk zei Exact dat de toegang van {exact_user} is ingetrokken. Exact zegt: “{raw}”.",
            "In the middle of the work Exact said that the access of {exact_user} was withdrawn. Exact says: “{raw}”.",
        ),
        steps=_RECONNECT,
    ),
    _row(
        code="token_refused",
        title=Text("Exact herkent de toegang niet", "Exact does not recognise the access"),
        cause=Text(
            "Exact weigert de toegang van {exact_user}, terwijl die nog geldig hoorde te zijn.",
            "Exact refuses the access of {exact_user}, although it ought to be valid still.",
        ),
        steps=_RECONNECT,
        probe="user",
    ),
    _row(
        code="authorisation_reused",
        title=Text("De sleutel van Exact was al gebruikt", "Exact's key had been used already"),
        cause=Text(
            "Exact geeft bij elk gebruik een nieuwe sleutel. Die van {exact_user} is op een andere plaats al "
            "gebruikt, en daarmee vervalt de toestemming.",
            "Exact hands out a new key at every use. The one of {exact_user} was used somewhere else already, and "
            "with that the consent ends.",
        ),
        steps=_RECONNECT,
    ),
    _row(
        code="chain_broken",
        title=Text("Een tweede inlog heeft de koppeling verbroken", "A second sign-in broke the connection"),
        cause=Text(
            "Exact houdt per gebruiker één toestemming tegelijk in leven. Na die van {exact_user} is er nog een "
            "gegeven, en de oude telt niet meer.",
            "Exact keeps one consent per user alive at a time. After the one of {exact_user} another was given, and "
            "the old one no longer counts.",
        ),
        steps=_RECONNECT,
    ),
    _row(
        code="authorisation_taken_over",
        title=Text("De Exact-gebruiker is elders verbonden", "The Exact user was connected elsewhere"),
        cause=Text(
            "{exact_user} heeft dezelfde toestemming vanuit een andere omgeving gegeven. Exact kent er per gebruiker "
            "maar één, dus deze is vervallen.",
            "{exact_user} gave the same consent from another place. Exact knows only one per user, so this one has "
            "ended.",
        ),
        steps=(
            Text(
                "Spreek af in welke omgeving deze Exact-gebruiker verbonden blijft.",
                "Agree in which place this Exact user stays connected.",
            ),
            Text(
                "Verbind hier opnieuw, liefst met een eigen Exact-gebruiker alleen voor deze koppeling.",
                "Connect again here, preferably with an Exact user of its own for this connection.",
            ),
        ),
    ),
    _row(
        code="client_moved",
        title=Text(
            "De klant is overgekomen; log in bij Exact", "The client has moved here; sign in at Exact"
        ),
        cause=Text(
            "{organisation} is met de hele historie van een ander kantoor overgekomen. Toestemming bij Exact verhuist "
            "niet mee: die gaf iemand aan dat kantoor.",
            "{organisation} has come from another firm with its whole history. Consent at Exact does not move along: "
            "somebody gave it to that firm.",
        ),
        steps=(
            Text(
                "Open de koppeling en kies “Opnieuw verbinden”, of stuur de klant de link.",
                "Open the connection and choose “Connect again”, or send the client the link.",
            ),
            Text(
                "Log bij Exact in als een volledige gebruiker die administratie {division} mag openen.",
                "Sign in at Exact as a full user who may open administration {division}.",
            ),
            Text(
                "Wat wachtte, gaat daarna vanzelf verder.",
                "What waited then goes on by itself.",
            ),
        ),
        who_acts="firm",
        resolves="next_success",
        probe="",
    ),
    _row(
        code="user_inactive",
        title=Text("De Exact-gebruiker is niet meer actief", "The Exact user is no longer active"),
        cause=Text(
            "De koppeling werkt als {exact_user}, en Exact zegt dat deze gebruiker niet meer actief is.",
            "The connection works as {exact_user}, and Exact says that this user is no longer active.",
        ),
        steps=_OTHER_USER,
    ),
    _row(
        code="user_blocked",
        title=Text("De Exact-gebruiker is geblokkeerd", "The Exact user is blocked"),
        cause=Text(
            "De koppeling werkt als {exact_user}, en Exact heeft deze gebruiker geblokkeerd.",
            "The connection works as {exact_user}, and Exact has blocked this user.",
        ),
        steps=_OTHER_USER,
        probe="user",
    ),
    _row(
        code="multi_user_identity",
        title=Text("De Exact-login hoort bij meer gebruikers", "The Exact login belongs to several users"),
        cause=Text(
            "Het One Exact-account van {exact_user} is aan meer gebruikers gekoppeld. Exact staat voor zo'n account "
            "geen koppelingen toe.",
            "The One Exact Identity account of {exact_user} is linked to several users. Exact allows no connections "
            "for such an account.",
        ),
        steps=(
            Text(
                "Laat de beheerder in Exact één gebruiker een eigen e-mailadres geven, los van het gedeelde account: "
                f"{paths.USERS.nl}.",
                "Have the administrator give one user in Exact an e-mail address of its own, apart from the shared "
                f"account: {paths.USERS.en}.",
            ),
            Text("Verbind daarna opnieuw als die gebruiker.", "Then connect again as that user."),
        ),
        probe="user",
    ),
    _row(
        code="one_exact_user_left",
        title=Text("Nog maar één Exact-gebruiker werkt", "Only one Exact user is left"),
        cause=Text(
            "Deze koppeling heeft twee Exact-gebruikers, en {exact_user} werkt niet meer. De andere doet het werk; "
            "valt die ook weg, dan staat de koppeling stil.",
            "This connection has two Exact users, and {exact_user} no longer works. The other one does the work; "
            "if that one goes too, the connection stands still.",
        ),
        steps=(
            Text(
                "Laat {exact_user} opnieuw inloggen: kies bij de koppeling “Reservegebruiker toevoegen”.",
                "Let {exact_user} sign in once more: choose “Add a spare user” at the connection.",
            ),
            Text(
                "Werkt deze gebruiker hier niet meer? Laat dan een andere volledige Exact-gebruiker inloggen.",
                "Does this user no longer work here? Then let another full Exact user sign in.",
            ),
        ),
        blocks=NOTHING,
        who_acts="firm",
        severity="warns",
        resolves="next_success",
        probe="",
    ),
    _row(
        code="wrong_client",
        title=Text("Exact kent het portaal niet", "Exact does not know the portal"),
        cause=Text(
            "Exact weigert de app-registratie van het portaal zelf. Aan de toestemming van de klant mankeert niets.",
            "Exact refuses the portal's own app registration. Nothing is wrong with the client's consent.",
        ),
        steps=(
            Text(
                "Vergelijk EXACT_CLIENT_ID en EXACT_CLIENT_SECRET met de registratie in het App Center van Exact.",
                "Compare EXACT_CLIENT_ID and EXACT_CLIENT_SECRET with the registration in Exact's App Center.",
            ),
            Text(
                "Zet de juiste waarden, herstart, en verbind één klant als proef. De rest gaat vanzelf verder.",
                "Set the right values, restart, and connect one client as a trial. The rest goes on by itself.",
            ),
        ),
        who_acts="helpdesk",
        severity="stops",
        resolves="next_success",
        probe="",
    ),
    _row(
        code="token_calls_used_up",
        title=Text("Te vaak een nieuwe sleutel gevraagd vandaag", "Too many new keys were asked for today"),
        cause=Text(
            "Exact geeft {exact_user} per dag een vast aantal sleutels. Dat aantal is bereikt.",
            "Exact hands {exact_user} a fixed number of keys a day. That number is reached.",
        ),
        steps=(
            Text(
                "Wacht tot {resets_at}; dan gaat alles vanzelf verder.",
                "Wait until {resets_at}; then everything goes on by itself.",
            ),
            Text(
                "Komt dit vaker voor? Laat de helpdesk nakijken waarom er zoveel sleutels nodig zijn.",
                "Does it come back? Let the helpdesk find out why so many keys are needed.",
            ),
        ),
        who_acts="helpdesk",
        severity="stops",
        resolves="by_itself",
        probe="",
    ),
)
