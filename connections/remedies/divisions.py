"""Which administration: reachable, given to this app, the right client's, and only once."""

from functools import partial

from connections.remedies import paths
from connections.remedies.row import ALL, CHECK_AGAIN, CONNECTING, Remedy
from connections.remedies.text import Text

_row = partial(
    Remedy,
    area="division",
    blocks=ALL,
    who_acts="client",
    severity="blocks",
    resolves="probe",
    probe="division",
)
_choose = partial(
    Remedy, area="division", blocks=CONNECTING, who_acts="firm", severity="stops", resolves="person"
)

_GIVE_TO_USER = Text(
    f"Open {{exact_user}} in Exact: {paths.USERS.nl}. Ga naar {paths.COMPANY_ACCESS.nl} en voeg de "
    "administratie toe.",
    f"Open {{exact_user}} in Exact: {paths.USERS.en}. Go to {paths.COMPANY_ACCESS.en} and add the "
    "administration.",
)
_GIVE_TO_APP = Text(
    f"Log bij Exact in als {{exact_user}} en ga naar {paths.APP_PERMISSIONS.nl}. Zet de administratie bij de gekozen "
    "administraties.",
    f"Sign in at Exact as {{exact_user}} and go to {paths.APP_PERMISSIONS.en}. Move the administration to the "
    "selected ones.",
)
_GIVE_TO_APP_ELSEWHERE = Text(
    f"Kan het daar niet worden gewijzigd? Probeer dan, via de naam van de administratie, {paths.APP_LIST.nl}.",
    f"Can it not be changed there? Then try, from the administration's name, {paths.APP_LIST.en}.",
)

ROWS = (
    _row(
        code="no_division_access",
        title=Text(
            "De gebruiker mag niet in deze administratie", "The user may not open this administration"
        ),
        cause=Text(
            "{exact_user} heeft in Exact geen toegang tot de administratie {division_name} (nummer {division}).",
            "{exact_user} has no access in Exact to the administration {division_name} (number {division}).",
        ),
        steps=(_GIVE_TO_USER, CHECK_AGAIN),
    ),
    _row(
        code="division_out_of_scope",
        title=Text("De app mag niet in deze administratie", "The app may not open this administration"),
        cause=Text(
            "Bij de toestemming is de app tot bepaalde administraties beperkt. De administratie {division_name} "
            "(nummer {division}) zit daar niet bij.",
            "With the consent the app was limited to certain administrations. The administration {division_name} "
            "(number {division}) is not among them.",
        ),
        steps=(_GIVE_TO_APP, _GIVE_TO_APP_ELSEWHERE, CHECK_AGAIN),
    ),
    _row(
        code="division_blocked",
        title=Text("De administratie is geblokkeerd", "The administration is blocked"),
        cause=Text(
            "Exact heeft de administratie {division_name} (nummer {division}) geblokkeerd of gearchiveerd.",
            "Exact has blocked or archived the administration {division_name} (number {division}).",
        ),
        steps=(
            Text(
                "Vraag wie het contract met Exact beheert om de blokkade op te heffen.",
                "Ask whoever manages the contract with Exact to have the block lifted.",
            ),
            Text(
                "Is de klant overgestapt naar een andere administratie? Kies die dan in het portaal.",
                "Has the client moved to another administration? Then choose that one in the portal.",
            ),
            CHECK_AGAIN,
        ),
    ),
    _choose(
        code="division_unknown",
        title=Text("Deze administratie staat niet in de lijst", "This administration is not in the list"),
        cause=Text(
            "{exact_user} ziet in Exact geen administratie met nummer {division}.",
            "{exact_user} sees no administration with number {division} in Exact.",
        ),
        steps=(
            Text(
                "Vergelijk het nummer met dat in het adres van de Exact-pagina.",
                "Compare the number with the one in the address of the Exact page.",
            ),
            _GIVE_TO_USER,
            _GIVE_TO_APP,
        ),
    ),
    _choose(
        code="divisions_not_listed",
        title=Text("Exact toont geen administraties", "Exact shows no administrations"),
        cause=Text(
            "Exact geeft {exact_user} geen lijst van administraties. De gebruiker staat nu in administratie {current}.",
            "Exact gives {exact_user} no list of administrations. The user is in administration {current} now.",
        ),
        steps=(
            Text(
                "Open de juiste administratie in Exact. Haar nummer staat in het adres van de pagina. Typ het in het "
                "portaal en bevestig het.",
                "Open the right administration in Exact. Its number stands in the page's address. Type it in the "
                "portal and confirm it.",
            ),
            _GIVE_TO_USER,
            _GIVE_TO_APP,
        ),
    ),
    _choose(
        code="no_division_matches",
        title=Text("Geen administratie met dit KVK-nummer", "No administration with this KVK number"),
        cause=Text(
            "Geen van de administraties die {exact_user} ziet, heeft het KVK-nummer van {organisation}.",
            "None of the administrations that {exact_user} sees has the KVK number of {organisation}.",
        ),
        steps=(
            Text(
                "Staat de juiste administratie in de lijst? Kies die, en vul in Exact het KVK-nummer aan.",
                "Is the right administration in the list? Choose it, and fill in the KVK number in Exact.",
            ),
            _GIVE_TO_USER,
            _GIVE_TO_APP,
        ),
    ),
    _choose(
        code="several_divisions_match",
        title=Text("Meer administraties met dit KVK-nummer", "Several administrations with this KVK number"),
        cause=Text(
            "In Exact staat het KVK-nummer van {organisation} bij meer dan één administratie.",
            "In Exact the KVK number of {organisation} stands with more than one administration.",
        ),
        steps=(
            Text(
                "Kies in het portaal de administratie waarin de inkoopfacturen horen.",
                "Choose in the portal the administration where the purchase invoices belong.",
            ),
        ),
    ),
    _choose(
        code="division_other_kvk",
        title=Text(
            "De administratie heeft een ander KVK-nummer", "The administration has another KVK number"
        ),
        cause=Text(
            "Het KVK-nummer van de administratie {division_name} (nummer {division}) is niet dat van {organisation}.",
            "The KVK number of the administration {division_name} (number {division}) is not that of {organisation}.",
        ),
        steps=(
            Text(
                "Kijk na of dit de administratie van deze klant is.",
                "Make sure that this is the administration of this client.",
            ),
            Text(
                "Klopt het? Bevestig het dan in het portaal. Klopt het niet? Kies een andere.",
                "Is it right? Then confirm it in the portal. Is it not? Choose another one.",
            ),
        ),
    ),
    _choose(
        code="division_taken",
        title=Text(
            "Deze administratie heeft al een koppeling", "This administration has a connection already"
        ),
        cause=Text(
            "De administratie {division_name} (nummer {division}) is al gekoppeld. Twee koppelingen zouden dubbel "
            "boeken.",
            "The administration {division_name} (number {division}) is connected already. Two connections would book "
            "twice.",
        ),
        steps=(
            Text(
                "Kijk of een andere organisatie in uw kantoor deze administratie gebruikt, en beëindig die koppeling.",
                "See whether another organisation in your firm uses this administration, and end that connection.",
            ),
            Text(
                "Staat die nergens bij u? Vraag de helpdesk om de overdracht te regelen.",
                "Is it nowhere with you? Ask the helpdesk to arrange the transfer.",
            ),
        ),
    ),
    _choose(
        code="not_connected",
        title=Text("Er komen facturen binnen zonder koppeling", "Invoices arrive without a connection"),
        cause=Text(
            "{organisation} ontvangt facturen, maar is nog niet met Exact verbonden. Ze worden bewaard.",
            "{organisation} receives invoices, but is not connected with Exact yet. They are kept.",
        ),
        steps=(
            Text(
                "Kies bij de organisatie “Verbinden met Exact”, of stuur de klant de link.",
                "Choose “Connect with Exact” at the organisation, or send the client the link.",
            ),
            Text(
                "Daarna gaan de bewaarde facturen vanzelf verder.",
                "The invoices that were kept then go on by themselves.",
            ),
        ),
        blocks=Text("De facturen van deze klant.", "The invoices of this client."),
        resolves="next_success",
    ),
)
