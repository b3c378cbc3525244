"""The supplier of an invoice: found, usable, and with the bank account that belongs to it."""

from functools import partial

from connections.remedies import paths
from connections.remedies.row import RETRY, SUPPLIER, THIS_INVOICE, Remedy
from connections.remedies.text import Text

_row = partial(
    Remedy, area="suppliers", blocks=SUPPLIER, who_acts="firm", severity="stops", resolves="person"
)

_CALL = Text(
    "Bel de leverancier op een nummer dat u al kent, niet op dat van de factuur, en vraag of de rekening klopt.",
    "Call the supplier on a number that you knew already, not the one on the invoice, and ask if the account is right.",
)
_CONFIRM = Text(
    "Klopt het? Kies “IBAN bevestigd”: alle facturen die hierop wachten, gaan verder. Zo niet: wijs de factuur af.",
    "Is it right? Choose “IBAN confirmed”: all invoices that wait for it go on. Is it not? Reject the invoice.",
)
_ELSEWHERE = Text(
    "Andere klanten van uw kantoor met deze leverancier: {clients}; met dit rekeningnummer: {clients_same}.",
    "Other clients of your firm with this supplier: {clients}; with this account: {clients_same}.",
)

ROWS = (
    _row(
        code="supplier_unknown",
        title=Text("De leverancier staat niet in Exact", "The supplier is not in Exact"),
        cause=Text(
            "{supplier} is in deze administratie niet gevonden, ook niet op KVK-nummer, btw-nummer of IBAN.",
            "{supplier} was not found in this administration, not by KVK number, VAT number or IBAN either.",
        ),
        steps=(
            Text(
                "Kies bij de factuur de juiste leverancier, of laat het portaal er een maken in Exact.",
                "Choose the right supplier at the invoice, or let the portal make one in Exact.",
            ),
            Text(
                "Vul in Exact het KVK-nummer of het btw-nummer aan; dan gaat het de volgende keer vanzelf.",
                "Fill in the KVK or VAT number in Exact; then it goes by itself next time.",
            ),
        ),
    ),
    _row(
        code="supplier_ambiguous",
        title=Text("Meer leveranciers passen bij deze factuur", "Several suppliers fit this invoice"),
        cause=Text(
            "Meer dan één relatie in Exact past bij {supplier}. Er is niets gekozen.",
            "More than one relation in Exact fits {supplier}. Nothing was chosen.",
        ),
        steps=(
            Text("Kies bij de factuur de juiste leverancier.", "Choose the right supplier at the invoice."),
            Text(
                f"Staat dezelfde leverancier er dubbel in? Blokkeer er één: {paths.RELATIONS.nl}.",
                f"Is the same supplier there twice? Block one of them: {paths.RELATIONS.en}.",
            ),
        ),
    ),
    _row(
        code="supplier_blocked",
        title=Text("De leverancier is geblokkeerd", "The supplier is blocked"),
        cause=Text(
            "{supplier} is in Exact geblokkeerd.",
            "{supplier} is blocked in Exact.",
        ),
        steps=(
            Text(
                f"Haal de blokkade weg als de factuur terecht is: {paths.RELATIONS.nl}.",
                f"Lift the block if the invoice is justified: {paths.RELATIONS.en}.",
            ),
            Text("Of wijs de factuur af.", "Or reject the invoice."),
            RETRY,
        ),
        resolves="next_success",
    ),
    _row(
        code="supplier_not_supplier",
        title=Text("Deze relatie is geen leverancier", "This relation is not a supplier"),
        cause=Text(
            "{supplier} staat in Exact wel als relatie, maar niet als leverancier.",
            "{supplier} is a relation in Exact, but not a supplier.",
        ),
        steps=(
            Text(
                f"Open de relatie ({paths.RELATIONS.nl}) en vink “Leverancier” aan.",
                f"Open the relation ({paths.RELATIONS.en}) and tick “Supplier”.",
            ),
            RETRY,
        ),
        resolves="next_success",
    ),
    _row(
        code="supplier_missing",
        title=Text("De boeking heeft geen leverancier", "The entry has no supplier"),
        cause=Text(
            "De boeking ging zonder leverancier naar Exact, en Exact wil er een.",
            "The entry went to Exact without a supplier, and Exact wants one.",
        ),
        steps=(
            Text("Kies bij de factuur de leverancier.", "Choose the supplier at the invoice."),
            RETRY,
        ),
        blocks=THIS_INVOICE,
    ),
    _row(
        code="iban_changed",
        title=Text("Het rekeningnummer is veranderd", "The bank account has changed"),
        cause=Text(
            "Op de factuur van {supplier} staat IBAN {iban}. In Exact staat voor deze leverancier een ander nummer.",
            "The invoice of {supplier} bears the IBAN {iban}. Exact has another number for this supplier.",
        ),
        steps=(_ELSEWHERE, _CALL, _CONFIRM),
    ),
    _row(
        code="iban_new",
        title=Text("Een rekeningnummer dat nog niet bekend is", "A bank account that is not known yet"),
        cause=Text(
            "Op de factuur van {supplier} staat IBAN {iban}. In Exact staat voor deze leverancier nog geen nummer.",
            "The invoice of {supplier} bears the IBAN {iban}. Exact has no number for this supplier yet.",
        ),
        steps=(_ELSEWHERE, _CALL, _CONFIRM),
    ),
)
