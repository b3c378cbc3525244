"""Exact itself: away, at fault, or saying something that nobody has explained to us yet."""

from functools import partial

from connections.remedies.row import ALL, NOTHING, RETRY, SAME_CODE, THIS_INVOICE, Remedy
from connections.remedies.text import Text

_row = partial(
    Remedy, area="exact", blocks=SAME_CODE, who_acts="firm", severity="stops", resolves="next_success"
)

_LOOK = Text(
    "Lees wat Exact zegt en verbeter het in Exact of in het voorstel.",
    "Read what Exact says and correct it in Exact or in the proposal.",
)
_TELL = Text(
    "Komt u er niet uit? Stuur deze melding door aan de helpdesk.",
    "Are you stuck? Pass this issue on to the helpdesk.",
)

ROWS = (
    _row(
        code="exact_down",
        title=Text("Exact is niet bereikbaar", "Exact is not available"),
        cause=Text(
            "Exact heeft een storing of onderhoud. Uw facturen worden bewaard.",
            "Exact has an outage or maintenance. Your invoices are kept.",
        ),
        steps=(
            Text(
                "U hoeft niets te doen: alles gaat vanzelf verder zodra Exact er weer is.",
                "You need not do anything: everything goes on by itself as soon as Exact is back.",
            ),
        ),
        blocks=ALL,
        who_acts="exact",
        resolves="by_itself",
    ),
    _row(
        code="exact_fault",
        title=Text("Exact loopt vast op deze factuur", "Exact fails on this invoice"),
        cause=Text(
            "Exact geeft bij deze factuur steeds een interne fout. Exact zegt: “{raw}”.",
            "Exact answers this invoice with an internal fault every time. Exact says: “{raw}”.",
        ),
        steps=(
            Text(
                "Kijk of het voorstel iets ongewoons heeft: een lege regel, een oude rekening, een bijzonder teken.",
                "See whether the proposal has something unusual: an empty line, an old account, a special character.",
            ),
            RETRY,
            Text(
                "Blijft het? Meld het bij Exact, met de aanroepen uit het logboek van de factuur.",
                "Does it stay? Report it to Exact, with the calls from the invoice's log.",
            ),
        ),
        blocks=THIS_INVOICE,
        who_acts="helpdesk",
    ),
    _row(
        code="exact_unknown",
        title=Text(
            "Exact weigert om een reden die wij niet kennen", "Exact refuses for a reason that we do not know"
        ),
        cause=Text("Exact zegt: “{raw}”.", "Exact says: “{raw}”."),
        steps=(_LOOK, RETRY, _TELL),
    ),
    _row(
        code="mandatory_field",
        title=Text("Exact mist een verplicht gegeven", "Exact misses a required value"),
        cause=Text(
            "In deze administratie is een gegeven verplicht dat de boeking niet heeft. Exact zegt: “{raw}”.",
            "In this administration a value is required that the entry does not have. Exact says: “{raw}”.",
        ),
        steps=(_LOOK, RETRY, _TELL),
    ),
    _row(
        code="reference_unknown",
        title=Text(
            "De boeking verwijst naar iets dat er niet is", "The entry refers to something that is not there"
        ),
        cause=Text(
            "Iets waar de boeking naar verwijst, bestaat in deze administratie niet. Exact zegt: “{raw}”.",
            "Something that the entry refers to does not exist in this administration. Exact says: “{raw}”.",
        ),
        steps=(_LOOK, RETRY, _TELL),
    ),
    _row(
        code="value_invalid",
        title=Text("Exact keurt een gegeven af", "Exact refuses a value"),
        cause=Text(
            "Een gegeven in de boeking mag in deze administratie niet. Exact zegt: “{raw}”.",
            "A value in the entry is not allowed in this administration. Exact says: “{raw}”.",
        ),
        steps=(_LOOK, RETRY, _TELL),
    ),
    _row(
        code="webhook_callback_refused",
        title=Text("Exact kan ons geen berichten sturen", "Exact cannot send us messages"),
        cause=Text(
            "Exact kon het adres voor meldingen van het portaal niet bereiken. Wijzigingen in Exact zien we daardoor "
            "later. Exact zegt: “{raw}”.",
            "Exact could not reach the portal's address for notices. So we see changes in Exact later. Exact says: "
            "“{raw}”.",
        ),
        steps=(
            Text(
                "Kijk na of SITE_URL van buitenaf bereikbaar is, met https en een geldig certificaat.",
                "Check that SITE_URL can be reached from outside, with https and a valid certificate.",
            ),
            Text(
                "Kies daarna bij een koppeling “Opnieuw controleren”.",
                "Then choose “Check again” at a connection.",
            ),
        ),
        blocks=NOTHING,
        who_acts="helpdesk",
        severity="warns",
        resolves="probe",
        probe="webhooks",
    ),
)
