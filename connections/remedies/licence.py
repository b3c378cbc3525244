"""The contract with Exact: what it contains, how much of it is used, and what our app may do with it."""

from functools import partial

from connections.remedies import paths
from connections.remedies.row import (
    ALL,
    ALL_OF_CONTRACT,
    BOOKING,
    CHECK_AGAIN,
    MAILBOX,
    NOTHING,
    SAME_CODE,
    Remedy,
)
from connections.remedies.text import Text

_row = partial(Remedy, area="licence", who_acts="client", resolves="probe", probe="division")

ROWS = (
    _row(
        code="licence_trial",
        title=Text("Proeflicentie van Exact", "Trial licence of Exact"),
        cause=Text(
            "Met een proeflicentie staat Exact geen digitale brievenbus toe.",
            "With a trial licence Exact allows no digital mailbox.",
        ),
        steps=(
            Text(
                f"Zet de proeflicentie om in een betaald abonnement: {paths.SUBSCRIPTION.nl}.",
                f"Turn the trial into a paid subscription: {paths.SUBSCRIPTION.en}.",
            ),
            Text(
                "Wilt u nu al beginnen? Zet de aflevering van deze koppeling op “document”.",
                "Would you like to begin now? Set the delivery of this connection to “document”.",
            ),
            CHECK_AGAIN,
        ),
        blocks=MAILBOX,
        severity="stops",
        probe="mailbox",
    ),
    _row(
        code="licence_expired",
        title=Text("De licentie van Exact is verlopen", "The Exact licence has expired"),
        cause=Text(
            "Exact zegt dat de licentie van deze administratie is verlopen.",
            "Exact says that the licence of this administration has expired.",
        ),
        steps=(
            Text(
                f"Verleng het abonnement: {paths.SUBSCRIPTION.nl}, of bel Exact.",
                f"Renew the subscription: {paths.SUBSCRIPTION.en}, or call Exact.",
            ),
            CHECK_AGAIN,
        ),
        blocks=ALL,
        severity="blocks",
    ),
    _row(
        code="customer_blocked",
        title=Text("Exact heeft de klant geblokkeerd", "Exact has blocked the customer"),
        cause=Text(
            "Exact heeft het contract waar deze administratie bij hoort geblokkeerd.",
            "Exact has blocked the contract that this administration belongs to.",
        ),
        steps=(
            Text(
                "Neem contact op met Exact; alleen Exact kan deze blokkade opheffen.",
                "Contact Exact; only Exact can lift this block.",
            ),
            CHECK_AGAIN,
        ),
        blocks=ALL,
        severity="blocks",
    ),
    _row(
        code="licence_feature_missing",
        title=Text("Niet in het Exact-pakket", "Not in the Exact package"),
        cause=Text(
            "Het pakket van de klant mist een onderdeel dat hiervoor nodig is. Exact zegt: “{raw}”.",
            "The client's package lacks a part that this needs. Exact says: “{raw}”.",
        ),
        steps=(
            Text(
                f"Kijk welk pakket de klant heeft: {paths.SUBSCRIPTION.nl}.",
                f"See which package the client has: {paths.SUBSCRIPTION.en}.",
            ),
            Text(
                "Breid het pakket uit. Gaat het om de brievenbus? Zet de aflevering dan op “document”.",
                "Extend the package. Is it about the mailbox? Then set the delivery to “document”.",
            ),
            CHECK_AGAIN,
        ),
        blocks=SAME_CODE,
        severity="stops",
        probe="mailbox",
    ),
    _row(
        code="app_scope_missing",
        title=Text("De app van het portaal mist een scope", "The portal's app lacks a scope"),
        cause=Text(
            "De registratie van de app bij Exact mist de scope {scope}. De klant kan dit niet oplossen. Exact zegt: "
            "“{raw}”.",
            "The app's registration at Exact lacks the scope {scope}. The client cannot mend this. Exact says: "
            "“{raw}”.",
        ),
        steps=(
            Text(
                "Zet de scope aan in het App Center van Exact, bij de registratie van de app.",
                "Switch the scope on in Exact's App Center, at the app's registration.",
            ),
            Text(
                "Wacht op de goedkeuring van Exact en vraag daarna één klant om opnieuw te verbinden, als proef.",
                "Wait for Exact's approval and then ask one client to connect again, as a trial.",
            ),
        ),
        blocks=SAME_CODE,
        who_acts="helpdesk",
        severity="stops",
        resolves="next_success",
        probe="",
    ),
    _row(
        code="budget_day",
        title=Text("De aanroepen van vandaag raken op", "Today's calls are running out"),
        cause=Text(
            "Exact staat per administratie een vast aantal aanroepen per dag toe, en dat raakt hier op. Het werk gaat "
            "verder om {resets_at}.",
            "Exact allows a fixed number of calls per administration and day, and here it is running out. The work "
            "goes on at {resets_at}.",
        ),
        steps=(
            Text(
                "U hoeft niets te doen: wat wacht, wordt dan in volgorde afgemaakt.",
                "You need not do anything: what waits is then finished in order.",
            ),
            Text(
                "Gebeurt dit vaak? Bespreek met Exact een groter pakket.",
                "Does it happen often? Discuss a larger package with Exact.",
            ),
        ),
        blocks=ALL,
        severity="stops",
        resolves="by_itself",
        probe="",
    ),
    _row(
        code="budget_contract",
        title=Text(
            "De aanroepen van vandaag zijn op voor een contract", "Today's calls of a contract are used up"
        ),
        cause=Text(
            "Exact staat per contract een vast aantal aanroepen per dag toe, voor alle administraties samen. Voor "
            "contract {contract} is dat aantal bereikt. Het werk gaat verder om {resets_at}.",
            "Exact allows a fixed number of calls per contract and day, over all its administrations. For contract "
            "{contract} that number is reached. The work goes on at {resets_at}.",
        ),
        steps=(
            Text(
                "U hoeft niets te doen: wat wacht, wordt dan in volgorde afgemaakt.",
                "You need not do anything: what waits is then finished in order.",
            ),
            Text(
                "Gebeurt dit vaak? Bespreek met Exact een volumepakket voor dit contract, of Premium.",
                "Does it happen often? Discuss a volume pack for this contract with Exact, or Premium.",
            ),
        ),
        blocks=ALL_OF_CONTRACT,
        severity="stops",
        resolves="by_itself",
        probe="",
    ),
    _row(
        code="booking_lines_low",
        title=Text("De boekingsregels van deze maand raken op", "This month's booking lines are running out"),
        cause=Text(
            "Het pakket van de klant heeft een maximum aan boekingsregels per maand, en dat komt in zicht.",
            "The client's package has a maximum of booking lines a month, and it is coming into sight.",
        ),
        steps=(
            Text(
                "Overleg met de klant of een groter pakket of een volumepakket nodig is.",
                "Discuss with the client whether a larger package or a volume pack is needed.",
            ),
        ),
        blocks=NOTHING,
        who_acts="firm",
        severity="warns",
        resolves="by_itself",
        probe="",
    ),
    _row(
        code="booking_lines_used_up",
        title=Text("De boekingsregels van deze maand zijn op", "This month's booking lines are used up"),
        cause=Text(
            "Het pakket van de klant heeft een maximum aan boekingsregels per maand, en dat is bereikt.",
            "The client's package has a maximum of booking lines a month, and it is reached.",
        ),
        steps=(
            Text(
                f"Neem bij Exact een groter pakket of een volumepakket: {paths.SUBSCRIPTION.nl}.",
                f"Take a larger package or a volume pack at Exact: {paths.SUBSCRIPTION.en}.",
            ),
            Text(
                "Of wacht tot de eerste van de maand; dan gaat het boeken vanzelf verder.",
                "Or wait until the first of the month; then booking goes on by itself.",
            ),
        ),
        blocks=BOOKING,
        severity="stops",
        resolves="by_itself",
        probe="",
    ),
)
