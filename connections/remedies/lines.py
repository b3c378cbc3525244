"""What Exact refuses about one line of an entry, and the entry's sums."""

from functools import partial

from connections.remedies import paths
from connections.remedies.row import RETRY, THIS_INVOICE, Remedy
from connections.remedies.text import Text

_row = partial(
    Remedy, area="lines", blocks=THIS_INVOICE, who_acts="firm", severity="stops", resolves="next_success"
)

_OTHER_ACCOUNT = Text(
    "Kies in het voorstel een andere grootboekrekening.",
    "Choose another ledger account in the proposal.",
)
_OTHER_VAT = Text("Kies in het voorstel een andere btw-code.", "Choose another VAT code in the proposal.")

ROWS = (
    _row(
        code="ledger_account_blocked",
        title=Text("De grootboekrekening is geblokkeerd", "The ledger account is blocked"),
        cause=Text(
            "Grootboekrekening {account} is in Exact geblokkeerd.",
            "Ledger account {account} is blocked in Exact.",
        ),
        steps=(
            _OTHER_ACCOUNT,
            Text(f"Of haal de blokkade weg: {paths.LEDGER.nl}.", f"Or lift the block: {paths.LEDGER.en}."),
            RETRY,
        ),
    ),
    _row(
        code="ledger_account_type",
        title=Text("Deze grootboekrekening mag hier niet", "This ledger account is not allowed here"),
        cause=Text(
            "Grootboekrekening {account} is van een soort die niet op een inkoopregel mag staan, zoals bank of btw.",
            "Ledger account {account} is of a type that may not stand on a purchase line, such as bank or VAT.",
        ),
        steps=(_OTHER_ACCOUNT, RETRY),
    ),
    _row(
        code="ledger_account_missing",
        title=Text("Een regel heeft geen grootboekrekening", "A line has no ledger account"),
        cause=Text(
            "Voor minstens één regel is nog geen grootboekrekening gekozen.",
            "For at least one line no ledger account has been chosen yet.",
        ),
        steps=(
            Text(
                "Kies in het voorstel voor elke regel een grootboekrekening. De keuze wordt onthouden.",
                "Choose a ledger account for every line in the proposal. The choice is remembered.",
            ),
            RETRY,
        ),
    ),
    _row(
        code="ledger_account_unknown",
        title=Text("De grootboekrekening bestaat niet", "The ledger account does not exist"),
        cause=Text(
            "Grootboekrekening {account} bestaat niet (meer) in deze administratie.",
            "Ledger account {account} does not exist in this administration (any more).",
        ),
        steps=(_OTHER_ACCOUNT, RETRY),
    ),
    _row(
        code="vat_code_unknown",
        title=Text("De btw-code bestaat niet of is geblokkeerd", "The VAT code does not exist or is blocked"),
        cause=Text(
            "Btw-code {vat_code} is in deze administratie niet te gebruiken.",
            "VAT code {vat_code} cannot be used in this administration.",
        ),
        steps=(
            _OTHER_VAT,
            Text(f"Of zet de code aan: {paths.VAT.nl}.", f"Or switch the code on: {paths.VAT.en}."),
            RETRY,
        ),
    ),
    _row(
        code="vat_percentage_invalid",
        title=Text("Het btw-tarief past niet bij de code", "The VAT rate does not fit the code"),
        cause=Text(
            "Bij btw-code {vat_code} hoort in Exact een ander percentage dan op de factuur staat.",
            "In Exact another percentage belongs to VAT code {vat_code} than the invoice states.",
        ),
        steps=(
            _OTHER_VAT,
            Text(
                f"Of kijk het percentage van de code na: {paths.VAT.nl}.",
                f"Or check the code's percentage: {paths.VAT.en}.",
            ),
            RETRY,
        ),
    ),
    _row(
        code="vat_amount_mismatch",
        title=Text("Het btw-bedrag klopt niet met de code", "The VAT amount does not fit the code"),
        cause=Text(
            "Exact rekent met deze btw-code een ander bedrag uit dan op de factuur staat. Soms rekent de code "
            "inclusief btw in plaats van exclusief.",
            "With this VAT code Exact reckons another amount than the invoice states. Sometimes the code reckons "
            "including VAT instead of excluding.",
        ),
        steps=(
            Text(
                f"Kijk bij {paths.VAT.nl} of de code “exclusief” rekent.",
                f"See at {paths.VAT.en} whether the code reckons “excluding”.",
            ),
            _OTHER_VAT,
            RETRY,
        ),
    ),
    _row(
        code="cost_center_invalid",
        title=Text("De kostenplaats of kostendrager klopt niet", "The cost centre or cost unit is not right"),
        cause=Text(
            "Kostenplaats of kostendrager {cost_center} bestaat niet, is geblokkeerd, of is verplicht en leeg.",
            "The cost centre or cost unit {cost_center} does not exist, is blocked, or is required and empty.",
        ),
        steps=(
            Text(
                f"Kies in het voorstel een andere, of leg die vast: {paths.COST_CENTERS.nl}.",
                f"Choose another one in the proposal, or record it: {paths.COST_CENTERS.en}.",
            ),
            RETRY,
        ),
    ),
    _row(
        code="project_invalid",
        title=Text("Het project klopt niet", "The project is not right"),
        cause=Text(
            "Project {project} bestaat niet, is afgesloten, of is verplicht en leeg.",
            "Project {project} does not exist, is closed, or is required and empty.",
        ),
        steps=(
            Text(
                f"Kies in het voorstel een ander project, of open het in Exact: {paths.PROJECTS.nl}.",
                f"Choose another project in the proposal, or open it in Exact: {paths.PROJECTS.en}.",
            ),
            RETRY,
        ),
    ),
    _row(
        code="entry_not_balanced",
        title=Text("De boeking is niet in evenwicht", "The entry does not balance"),
        cause=Text(
            "De regels en de btw zijn samen niet gelijk aan het totaal, vaak door een cent afronding. Exact zegt: "
            "“{raw}”.",
            "The lines and the VAT together do not equal the total, often by a cent of rounding. Exact says: “{raw}”.",
        ),
        steps=(
            Text(
                "Verbeter in het voorstel het bedrag of het btw-bedrag van één regel, zodat het totaal klopt.",
                "Correct the amount or the VAT amount of one line in the proposal, so that the total is right.",
            ),
            RETRY,
        ),
    ),
)
