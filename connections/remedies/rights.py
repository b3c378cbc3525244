"""What the Exact user may not do, one row per right, and the user who may do nothing: MijnKantoor."""

from connections.remedies import paths
from connections.remedies.row import ALL, BOOKING, CHECK_AGAIN, MAILBOX, PROPOSALS, SAME_CODE, Remedy
from connections.remedies.text import Text
from connections.remedies.ticks import TICKS

_OPEN_RIGHTS = Text(
    f"Open in Exact {paths.RIGHTS.nl} van {{exact_user}}.",
    f"In Exact, open {paths.RIGHTS.en} of {{exact_user}}.",
)
_LETTER = Text(
    "Beheert u Exact niet zelf? Geef de brief bij deze koppeling aan wie dat doet.",
    "Do you not manage Exact yourself? Give the letter at this connection to whoever does.",
)


def _right(code: str, title: Text, blocks: Text, checks: tuple[str, ...], probe: str) -> Remedy:
    """A missing right: the ticks of these checks, one step each."""
    ticks = tuple(dict.fromkeys(TICKS[check] for check in checks))
    reasons = list(dict.fromkeys(TICKS[check].why for check in checks))
    return Remedy(
        code=code,
        area="rights",
        title=title,
        cause=Text(
            f"{{exact_user}} mist een recht in Exact. Het is nodig voor: {'; '.join(why.nl for why in reasons)}.",
            f"{{exact_user}} lacks a right in Exact. It is needed to: {'; '.join(why.en for why in reasons)}.",
        ),
        steps=(
            _OPEN_RIGHTS,
            *(
                Text(
                    f"Zet op het tabblad {tick.tab.nl} een vinkje bij “{tick.right.nl}”.",
                    f"On the tab {tick.tab.en}, tick “{tick.right.en}”.",
                )
                for tick in ticks
            ),
            _LETTER,
            CHECK_AGAIN,
        ),
        blocks=blocks,
        who_acts="client",
        severity="stops",
        resolves="probe",
        probe=probe,
    )


ROWS = (
    _right(
        "right_missing_entries",
        Text("Recht ontbreekt: inkoopboekingen", "Right missing: purchase entries"),
        BOOKING,
        ("write_entries", "read_entries"),
        probe="write_entries",
    ),
    _right(
        "right_missing_documents",
        Text("Recht ontbreekt: documenten", "Right missing: documents"),
        BOOKING,
        ("write_documents",),
        probe="write_documents",
    ),
    _right(
        "right_missing_relations",
        Text("Recht ontbreekt: relaties", "Right missing: relations"),
        PROPOSALS,
        ("read_relations", "write_relations"),
        probe="read_relations",
    ),
    _right(
        "right_missing_mailbox",
        Text("Recht ontbreekt: digitale brievenbus", "Right missing: digital mailbox"),
        MAILBOX,
        ("mailbox", "write_mailbox"),
        probe="write_mailbox",
    ),
    _right(
        "right_missing_ledgers",
        Text("Recht ontbreekt: grootboekrekeningen", "Right missing: ledger accounts"),
        PROPOSALS,
        ("read_ledger_accounts",),
        probe="read_ledger_accounts",
    ),
    _right(
        "right_missing_vat",
        Text("Recht ontbreekt: btw-codes", "Right missing: VAT codes"),
        PROPOSALS,
        ("read_vat_codes",),
        probe="read_vat_codes",
    ),
    _right(
        "right_missing_journals",
        Text("Recht ontbreekt: dagboeken", "Right missing: journals"),
        PROPOSALS,
        ("read_journals",),
        probe="read_journals",
    ),
    _right(
        "right_missing_periods",
        Text("Recht ontbreekt: boekjaren en perioden", "Right missing: years and periods"),
        BOOKING,
        ("periods",),
        probe="periods",
    ),
    _right(
        "right_missing_payment_conditions",
        Text("Recht ontbreekt: betalingscondities", "Right missing: payment conditions"),
        PROPOSALS,
        ("payment_conditions",),
        probe="payment_conditions",
    ),
    Remedy(
        code="right_missing",
        area="rights",
        title=Text("Exact weigert: er ontbreekt een recht", "Exact refuses: a right is missing"),
        cause=Text(
            "{exact_user} mist het recht {right}. Exact zegt: “{raw}”.",
            "{exact_user} lacks the right {right}. Exact says: “{raw}”.",
        ),
        steps=(
            _OPEN_RIGHTS,
            Text(
                "Vergelijk de vinkjes met de brief bij deze koppeling: daar staat per tabblad wat nodig is.",
                "Compare the ticks with the letter at this connection: it lists tab by tab what is needed.",
            ),
            CHECK_AGAIN,
        ),
        blocks=SAME_CODE,
        who_acts="client",
        severity="stops",
        resolves="probe",
        probe="write_entries",
    ),
    Remedy(
        code="mijnkantoor_user",
        area="rights",
        title=Text("Dit is een MijnKantoor-gebruiker", "This is a MijnKantoor (client portal) user"),
        cause=Text(
            "{exact_user} is een gebruiker van het klantportaal van een kantoor. Zo'n gebruiker mag in Exact geen "
            "koppelingen maken.",
            "{exact_user} is a user of an accounting firm's client portal. Such a user may not make connections in "
            "Exact.",
        ),
        steps=(
            Text(
                "Verbind met een volledige Exact-gebruiker: van de klant als die een eigen licentie heeft, anders van "
                "het kantoor.",
                "Connect with a full Exact user: the client's, if it has a licence of its own, else the firm's.",
            ),
            Text(
                f"Een nieuwe gebruiker maakt de beheerder aan via {paths.USERS.nl}.",
                f"The administrator makes a new user at {paths.USERS.en}.",
            ),
            Text(
                "Kies daarna bij de koppeling “Opnieuw verbinden”.",
                "Then choose “Connect again” at the connection.",
            ),
        ),
        blocks=ALL,
        who_acts="client",
        severity="blocks",
        resolves="probe",
        probe="user",
    ),
    Remedy(
        code="user_not_full",
        area="rights",
        title=Text("Deze Exact-gebruiker is te beperkt", "This Exact user is too limited"),
        cause=Text(
            "{exact_user} is een gebruiker van een beperkte soort, zoals een starter of een medewerkersportaal.",
            "{exact_user} is a user of a limited kind, such as a starter or an employee self-service user.",
        ),
        steps=(
            Text(
                f"Geef in Exact een volledige gebruiker de rechten uit de brief: {paths.RIGHTS.nl}.",
                f"Give a full user in Exact the rights from the letter: {paths.RIGHTS.en}.",
            ),
            Text(
                "Kies bij de koppeling “Opnieuw verbinden” en log in als die gebruiker.",
                "Choose “Connect again” at the connection and sign in as that user.",
            ),
        ),
        blocks=ALL,
        who_acts="client",
        severity="blocks",
        resolves="probe",
        probe="user",
    ),
)
