"""The digital mailbox: making it, keeping it in the right administration, and what becomes of a message."""

from functools import partial

from connections.remedies import paths
from connections.remedies.row import CHECK_AGAIN, MAILBOX, THIS_INVOICE, Remedy
from connections.remedies.text import Text
from connections.remedies.ticks import TICKS

_row = partial(
    Remedy,
    area="mailbox",
    blocks=MAILBOX,
    who_acts="client",
    severity="stops",
    resolves="probe",
    probe="mailbox",
)
_message = partial(Remedy, area="mailbox", blocks=THIS_INVOICE, severity="stops", resolves="next_success")

_TICK = TICKS["mailbox"]
_AS_DOCUMENT = Text(
    "Wilt u zonder brievenbus verder? Zet de aflevering van deze koppeling op “document”.",
    "Would you rather go on without a mailbox? Set the delivery of this connection to “document”.",
)

ROWS = (
    _row(
        code="mailbox_forbidden",
        title=Text("Geen recht op de digitale brievenbus", "No right to the digital mailbox"),
        cause=Text(
            "Exact weigert {exact_user} toegang tot {mailbox}: het recht ontbreekt, of het is een "
            "MijnKantoor-gebruiker.",
            "Exact refuses {exact_user} access to {mailbox}: the right is missing, or it is a MijnKantoor user.",
        ),
        steps=(
            Text(
                f"Open in Exact {paths.RIGHTS.nl} van {{exact_user}}.",
                f"In Exact, open {paths.RIGHTS.en} of {{exact_user}}.",
            ),
            Text(
                f"Zet op het tabblad {_TICK.tab.nl} een vinkje bij “{_TICK.right.nl}”.",
                f"On the tab {_TICK.tab.en}, tick “{_TICK.right.en}”.",
            ),
            Text(
                "Is het een MijnKantoor-gebruiker? Verbind dan opnieuw met een volledige Exact-gebruiker.",
                "Is it a MijnKantoor user? Then connect again with a full Exact user.",
            ),
            CHECK_AGAIN,
        ),
    ),
    _row(
        code="mailbox_bound_elsewhere",
        title=Text(
            "De brievenbus hoort bij een andere administratie",
            "The mailbox belongs to another administration",
        ),
        cause=Text(
            "{mailbox} bestaat al en is gekoppeld aan de administratie {other_division_name} (nummer "
            "{other_division}), niet aan de administratie {division_name} (nummer {division}).",
            "{mailbox} exists already and is linked to the administration {other_division_name} (number "
            "{other_division}), not to the administration {division_name} (number {division}).",
        ),
        steps=(
            Text(
                f"Ga in Exact naar {paths.MAILBOXES.nl} en open {{mailbox}}.",
                f"Go to {paths.MAILBOXES.en} in Exact and open {{mailbox}}.",
            ),
            Text(
                "Kies daar de administratie {division_name} (nummer {division}) en bewaar.",
                "Choose the administration {division_name} (number {division}) there and save.",
            ),
            Text(
                "Hoort de brievenbus wél bij die andere administratie? Kies die dan in het portaal.",
                "Does the mailbox rightly belong to that other administration? Then choose that one in the portal.",
            ),
            CHECK_AGAIN,
        ),
    ),
    _row(
        code="mailbox_exists",
        title=Text(
            "De brievenbus bestaat al, maar is niet te zien", "The mailbox exists already, but out of sight"
        ),
        cause=Text(
            "Exact zegt dat {mailbox} al bestaat, maar dat is voor {exact_user} niet te zien. Misschien hoort die "
            "bij een ander contract.",
            "Exact says that {mailbox} exists already, but does not show it to {exact_user}. It may "
            "belong to another contract.",
        ),
        steps=(
            Text(
                f"Kijk in Exact bij {paths.MAILBOXES.nl} of {{mailbox}} er staat.",
                f"See at {paths.MAILBOXES.en} in Exact whether {{mailbox}} is there.",
            ),
            Text(
                "Staat die er niet? Vraag wie de klant eerder aan een factuurdienst heeft gekoppeld om die te "
                "verwijderen.",
                "Is it not there? Ask whoever connected the client to an invoice service before to remove it.",
            ),
            _AS_DOCUMENT,
            CHECK_AGAIN,
        ),
    ),
    _row(
        code="mailbox_not_active",
        title=Text("De brievenbus wordt niet actief", "The mailbox does not become active"),
        cause=Text(
            "{mailbox} is aangemaakt. Dat duurt meestal een paar minuten, maar die werkt nog niet.",
            "{mailbox} has been made. That usually takes a few minutes, but it does not work yet.",
        ),
        steps=(
            Text(
                f"Kijk in Exact bij {paths.MAILBOXES.nl} of {{mailbox}} er staat en actief is.",
                f"See at {paths.MAILBOXES.en} in Exact whether {{mailbox}} is there and active.",
            ),
            _AS_DOCUMENT,
            CHECK_AGAIN,
        ),
    ),
    _message(
        code="document_not_found",
        title=Text("Afgeleverd, maar niet te vinden in Exact", "Delivered, but not to be found in Exact"),
        cause=Text(
            "Het bericht ligt in {mailbox}, maar het document is in de administratie {division_name} "
            "(nummer {division}) niet verschenen.",
            "The message is in {mailbox}, but the document has not appeared in the administration "
            "{division_name} (number {division}).",
        ),
        steps=(
            Text(
                "Zoek de factuur in Exact bij de binnengekomen documenten en de boekingsvoorstellen.",
                "Look for the invoice in Exact, among the incoming documents and the entry proposals.",
            ),
            Text(
                "Staat de factuur in een andere administratie? Koppel de brievenbus dan aan de juiste.",
                "Is it in another administration? Then link the mailbox to the right one.",
            ),
            Text(
                "Staat de factuur nergens? Kies bij de factuur “Opnieuw proberen”; er wordt eerst nog eens gekeken.",
                "Is it nowhere? Choose “Try again” at the invoice; it is looked up once more first.",
            ),
        ),
        who_acts="firm",
    ),
)
