"""How the administration is set up: journals, years and periods, payment conditions, cost centres."""

from functools import partial

from connections.remedies import paths
from connections.remedies.row import BOOKING, CHECK_AGAIN, JOURNAL, RETRY, SAME_CODE, THIS_INVOICE, Remedy
from connections.remedies.text import Text

_journal = partial(
    Remedy,
    area="ledger",
    blocks=JOURNAL,
    who_acts="client",
    severity="stops",
    resolves="probe",
    probe="purchase_journal",
)
_row = partial(Remedy, area="ledger", blocks=SAME_CODE, severity="stops", resolves="next_success")

_CHOOSE_JOURNAL = Text(
    "Of kies in het portaal, bij de koppeling, een ander inkoopboek.",
    "Or choose another purchase journal in the portal, at the connection.",
)

ROWS = (
    _journal(
        code="no_purchase_journal",
        title=Text("Er is geen inkoopboek", "There is no purchase journal"),
        cause=Text(
            "In de administratie {division_name} (nummer {division}) is geen dagboek van de soort Inkoop te zien.",
            "In the administration {division_name} (number {division}) no journal of the type Purchase is to be seen.",
        ),
        steps=(
            Text(
                f"Ga in Exact naar {paths.JOURNALS.nl} en maak een dagboek van de soort “Inkoop”.",
                f"Go to {paths.JOURNALS.en} in Exact and make a journal of the type “Purchase”.",
            ),
            Text(
                "Is er wel een? Dan mist de Exact-gebruiker het recht om dagboeken in te zien.",
                "Is there one after all? Then the Exact user lacks the right to view journals.",
            ),
            CHECK_AGAIN,
        ),
        blocks=BOOKING,
    ),
    _journal(
        code="journal_blocked",
        title=Text("Het inkoopboek is geblokkeerd", "The purchase journal is blocked"),
        cause=Text(
            "Dagboek {journal} is in Exact geblokkeerd voor nieuwe boekingen.",
            "Journal {journal} is blocked in Exact for new entries.",
        ),
        steps=(
            Text(
                f"Ga in Exact naar {paths.JOURNALS.nl}, open dagboek {{journal}} en haal de blokkade weg.",
                f"Go to {paths.JOURNALS.en} in Exact, open journal {{journal}} and lift the block.",
            ),
            _CHOOSE_JOURNAL,
            CHECK_AGAIN,
        ),
    ),
    _journal(
        code="journal_missing",
        title=Text("Er is geen dagboek gekozen", "No journal was chosen"),
        cause=Text(
            "De boeking had geen dagboek, en Exact vult er zelf geen in.",
            "The entry had no journal, and Exact fills in none by itself.",
        ),
        steps=(
            Text(
                "Kies in het portaal, bij de koppeling, in welk inkoopboek wordt geboekt.",
                "Choose in the portal, at the connection, in which purchase journal to book.",
            ),
            CHECK_AGAIN,
        ),
        who_acts="firm",
    ),
    _journal(
        code="journal_type",
        title=Text("Het dagboek is geen inkoopboek", "The journal is no purchase journal"),
        cause=Text(
            "Dagboek {journal} is van een andere soort dan “Inkoop”. Inkoopfacturen kunnen daar niet in.",
            "Journal {journal} is of another type than “Purchase”. Purchase invoices cannot go there.",
        ),
        steps=(
            Text(
                "Kies in het portaal, bij de koppeling, een dagboek van de soort “Inkoop”.",
                "Choose a journal of the type “Purchase” in the portal, at the connection.",
            ),
            CHECK_AGAIN,
        ),
        who_acts="firm",
    ),
    _journal(
        code="journal_unknown",
        title=Text("Het dagboek bestaat niet meer", "The journal no longer exists"),
        cause=Text(
            "Dagboek {journal} bestaat niet in deze administratie. Misschien is het hernoemd of verwijderd.",
            "Journal {journal} does not exist in this administration. It may have been renamed or removed.",
        ),
        steps=(
            Text(
                "Kies in het portaal, bij de koppeling, een ander inkoopboek.",
                "Choose another purchase journal in the portal, at the connection.",
            ),
            CHECK_AGAIN,
        ),
        who_acts="firm",
    ),
    _row(
        code="no_open_period",
        title=Text("Er staat geen enkele periode open", "Not a single period is open"),
        cause=Text(
            "In Exact zijn alle perioden van dit boekjaar gesloten voor het inkoopboek.",
            "In Exact all periods of this year are closed for the purchase journal.",
        ),
        steps=(
            Text(
                f"Ga in Exact naar {paths.PERIODS.nl} en open de periode waarin mag worden geboekt.",
                f"Go to {paths.PERIODS.en} in Exact and open the period in which may be booked.",
            ),
            CHECK_AGAIN,
        ),
        blocks=BOOKING,
        who_acts="firm",
        resolves="probe",
        probe="periods",
    ),
    _row(
        code="period_closed",
        title=Text("De periode is afgesloten", "The period is closed"),
        cause=Text(
            "Periode {period} is in Exact afgesloten, dus daarin kan niet meer worden geboekt.",
            "Period {period} is closed in Exact, so nothing more can be booked in it.",
        ),
        steps=(
            Text(
                "Kies bij de factuur een boekdatum in de eerste open periode. De factuurdatum blijft op het document "
                "staan.",
                "Choose at the invoice an entry date in the first open period. The invoice date stays on the document.",
            ),
            Text(
                f"Of open de periode in Exact: {paths.PERIODS.nl}.",
                f"Or open the period in Exact: {paths.PERIODS.en}.",
            ),
        ),
        blocks=THIS_INVOICE,
        who_acts="firm",
    ),
    _row(
        code="financial_year_unknown",
        title=Text("Het boekjaar bestaat niet in Exact", "The financial year does not exist in Exact"),
        cause=Text(
            "Voor de datum van deze factuur is in Exact geen boekjaar met perioden gemaakt.",
            "For the date of this invoice no financial year with periods has been made in Exact.",
        ),
        steps=(
            Text(
                f"Maak het boekjaar aan: {paths.PERIODS.nl}.",
                f"Make the financial year: {paths.PERIODS.en}.",
            ),
            Text(
                "Klopt de factuurdatum niet? Kies dan bij de factuur een andere boekdatum.",
                "Is the invoice date wrong? Then choose another entry date at the invoice.",
            ),
            RETRY,
        ),
        who_acts="firm",
    ),
    _row(
        code="financial_year_fixed",
        title=Text("Het boekjaar van de boeking ligt vast", "The entry's financial year is fixed"),
        cause=Text(
            "De boeking staat al in Exact, en het boekjaar ervan kan niet meer worden gewijzigd.",
            "The entry is in Exact already, and its financial year can no longer be changed.",
        ),
        steps=(
            Text(
                "Kies bij de factuur “Ongedaan maken” en boek de factuur daarna opnieuw in het juiste jaar.",
                "Choose “Undo” at the invoice and then book it again in the right year.",
            ),
        ),
        blocks=THIS_INVOICE,
        who_acts="firm",
    ),
    _row(
        code="payment_condition_missing",
        title=Text("Er is geen betalingsconditie", "There is no payment condition"),
        cause=Text(
            "{supplier} heeft in Exact geen betalingsconditie, en er is ook geen standaard.",
            "{supplier} has no payment condition in Exact, and there is no default either.",
        ),
        steps=(
            Text(
                f"Vul bij de leverancier een betalingsconditie in: {paths.RELATIONS.nl}.",
                f"Fill in a payment condition at the supplier: {paths.RELATIONS.en}.",
            ),
            RETRY,
        ),
        blocks=Text("De facturen van deze leverancier.", "The invoices of this supplier."),
        who_acts="firm",
    ),
    _row(
        code="payment_condition_unknown",
        title=Text("De betalingsconditie bestaat niet", "The payment condition does not exist"),
        cause=Text(
            "Betalingsconditie {payment_condition} bestaat niet in deze administratie.",
            "Payment condition {payment_condition} does not exist in this administration.",
        ),
        steps=(
            Text(
                f"Maak de conditie aan ({paths.CONDITIONS.nl}) of kies bij de leverancier een andere.",
                f"Make the condition ({paths.CONDITIONS.en}) or choose another one at the supplier.",
            ),
            RETRY,
        ),
        who_acts="firm",
    ),
    _row(
        code="payment_method_missing",
        title=Text("De betalingswijze ontbreekt", "The payment method is missing"),
        cause=Text(
            "Bij de betalingsconditie of {supplier} staat in Exact geen betalingswijze.",
            "Neither the payment condition nor {supplier} has a payment method in Exact.",
        ),
        steps=(
            Text(
                f"Vul de betalingswijze in: {paths.CONDITIONS.nl}.",
                f"Fill in the payment method: {paths.CONDITIONS.en}.",
            ),
            RETRY,
        ),
        who_acts="firm",
    ),
    _row(
        code="cost_center_link",
        title=Text("De kostenplaats past niet bij de rekening", "The cost centre does not fit the account"),
        cause=Text(
            "Kostenplaats {cost_center} is in Exact niet gekoppeld aan grootboekrekening {account}.",
            "Cost centre {cost_center} is not linked in Exact to the ledger account {account}.",
        ),
        steps=(
            Text(
                f"Koppel de kostenplaats aan de rekening: {paths.COST_CENTERS.nl}.",
                f"Link the cost centre to the account: {paths.COST_CENTERS.en}.",
            ),
            Text(
                "Of kies in het voorstel een andere kostenplaats.",
                "Or choose another cost centre in the proposal.",
            ),
            RETRY,
        ),
        who_acts="firm",
    ),
    _row(
        code="vat_code_not_allowed",
        title=Text("Deze btw-code mag hier niet", "This VAT code is not allowed here"),
        cause=Text(
            "Het dagboek of de grootboekrekening staat btw-code {vat_code} niet toe. Exact zegt: “{raw}”.",
            "The journal or the ledger account does not allow VAT code {vat_code}. Exact says: “{raw}”.",
        ),
        steps=(
            Text("Kies in het voorstel een andere btw-code.", "Choose another VAT code in the proposal."),
            Text(
                f"Of sta btw toe in het dagboek: {paths.JOURNALS.nl}.",
                f"Or allow VAT in the journal: {paths.JOURNALS.en}.",
            ),
            RETRY,
        ),
        who_acts="firm",
    ),
)
