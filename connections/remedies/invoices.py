"""The invoice itself: whose it is, whether it can be read, and what became of its entry."""

from functools import partial

from connections.remedies.row import RETRY, THIS_INVOICE, Remedy
from connections.remedies.text import Text

_row = partial(
    Remedy, area="invoices", blocks=THIS_INVOICE, who_acts="firm", severity="stops", resolves="person"
)

_REJECT = Text("Of wijs de factuur af, met een reden.", "Or reject the invoice, with a reason.")
_COMPARE = Text(
    "Open de factuur: beide staan naast elkaar.",
    "Open the invoice: both stand side by side.",
)
_NOT_DOUBLE = Text(
    "Is het een andere factuur? Kies “Geen dubbele”. Is het dezelfde? Kies “Dubbel”.",
    "Is it another invoice? Choose “Not a duplicate”. Is it the same one? Choose “Duplicate”.",
)

ROWS = (
    _row(
        code="unrouted_document",
        title=Text("Voor welke klant is deze factuur?", "Which client is this invoice for?"),
        cause=Text(
            "Het KVK-nummer of btw-nummer van de ontvanger hoort bij geen van uw organisaties, of staat er niet op.",
            "The receiver's KVK or VAT number belongs to none of your organisations, or is not there.",
        ),
        steps=(
            Text("Kies de organisatie bij het document.", "Choose the organisation at the document."),
            Text(
                "Komt dit vaker voor? Vul bij de organisatie het KVK-nummer en het btw-nummer in.",
                "Does it come back? Fill in the KVK number and the VAT number at the organisation.",
            ),
        ),
    ),
    _row(
        code="kvk_claimed_twice",
        title=Text("Dit KVK-nummer is vaker aangemeld", "This KVK number was registered more than once"),
        cause=Text(
            "Facturen voor dit KVK-nummer worden vastgehouden, omdat niet zeker is wie ze mag ontvangen.",
            "Invoices for this KVK number are held, because it is not certain who may receive them.",
        ),
        steps=(
            Text(
                "Vraag de overdracht aan bij de organisatie, met een bewijs dat u deze klant bedient.",
                "Ask for the transfer at the organisation, with proof that you serve this client.",
            ),
            Text(
                "De helpdesk beslist; daarna gaan de vastgehouden facturen vanzelf verder.",
                "The helpdesk decides; the invoices that were held then go on by themselves.",
            ),
        ),
        blocks=Text(
            "Facturen voor dit KVK-nummer uit mail en Peppol.",
            "Invoices for this KVK number from mail and Peppol.",
        ),
        who_acts="helpdesk",
    ),
    _row(
        code="mail_not_authentic",
        title=Text("Deze mail is misschien niet van de afzender", "This mail may not be from its sender"),
        cause=Text(
            "Een mail van {sender} aan {organisation} wordt vastgehouden: niet bewezen is dat de afzender hem stuurde "
            "(DMARC). Het onderwerp is “{about}”.",
            "A mail from {sender} to {organisation} is held: it is not proven that its sender sent it (DMARC). Its "
            "subject is “{about}”.",
        ),
        steps=(
            Text(
                "Vraag de afzender, langs een weg die u kent, of de mail echt is.",
                "Ask the sender, in a way that you know, whether the mail is real.",
            ),
            Text(
                "Neem de mail in, of gooi hem weg, op de pagina ‘Aanleveren’ van deze klant.",
                "Take the mail in, or throw it away, on this client's page “Ways in”.",
            ),
        ),
        blocks=Text("De facturen in deze mail.", "The invoices in this mail."),
    ),
    _row(
        code="unreadable_document",
        title=Text("Dit bestand kan niet worden gelezen", "This file cannot be read"),
        cause=Text(
            "Het bestand {file} is geen factuur die wij kunnen lezen. Waarom niet, staat erbij.",
            "The file {file} is no invoice that we can read. Why not stands with it.",
        ),
        steps=(
            Text(
                "Vraag de leverancier om een e-factuur (UBL) of een PDF met tekst.",
                "Ask the supplier for an e-invoice (UBL) or a PDF with text.",
            ),
            Text(
                "Is het geen factuur? Wijs het document af.",
                "Is it no invoice? Reject the document.",
            ),
        ),
    ),
    _row(
        code="duplicate_suspected",
        title=Text("Deze factuur lijkt dubbel", "This invoice looks like a duplicate"),
        cause=Text(
            "Er is al een factuur of boeking van {supplier} die hier sterk op lijkt.",
            "There is an invoice or entry of {supplier} already that is much like it.",
        ),
        steps=(_COMPARE, _NOT_DOUBLE),
    ),
    _row(
        code="totals_do_not_add_up",
        title=Text("De bedragen tellen niet op", "The amounts do not add up"),
        cause=Text(
            "De regels, de btw en het totaal op de factuur kloppen niet met elkaar.",
            "The lines, the VAT and the total on the invoice do not agree.",
        ),
        steps=(
            Text(
                "Open de factuur en kijk welk bedrag afwijkt; het staat bij de bevindingen.",
                "Open the invoice and see which amount differs; it stands with the findings.",
            ),
            Text(
                "Vraag de leverancier om een verbeterde factuur, of pas het voorstel aan en keur het goed.",
                "Ask the supplier for a corrected invoice, or adjust the proposal and approve it.",
            ),
        ),
    ),
    _row(
        code="invoice_incomplete",
        title=Text("Op de factuur ontbreekt iets", "Something is missing on the invoice"),
        cause=Text(
            "Het nummer, de datum of een bedrag ontbreekt op de factuur, of is niet te lezen.",
            "The number, the date or an amount is missing on the invoice, or cannot be read.",
        ),
        steps=(
            Text(
                "Open de factuur: wat ontbreekt, staat bij de bevindingen.",
                "Open the invoice: what is missing stands with the findings.",
            ),
            Text(
                "Vraag de leverancier om een volledige factuur, en wijs deze af als die er is.",
                "Ask the supplier for a complete invoice, and reject this one when it has come.",
            ),
        ),
    ),
    _row(
        code="wrong_direction",
        title=Text(
            "Deze factuur is niet aan de klant gericht", "This invoice is not addressed to the client"
        ),
        cause=Text(
            "Op deze factuur is {organisation} niet de koper.",
            "On this invoice {organisation} is not the buyer.",
        ),
        steps=(
            Text(
                "Kies de juiste organisatie als de factuur voor een andere klant is.",
                "Choose the right organisation if the invoice is for another client.",
            ),
            _REJECT,
        ),
    ),
    _row(
        code="sales_invoice",
        title=Text("Dit is een verkoopfactuur", "This is a sales invoice"),
        cause=Text(
            "{organisation} is op deze factuur de verkoper. Die hoort niet bij de inkoop.",
            "{organisation} is the seller on this invoice. It does not belong with the purchases.",
        ),
        steps=(
            Text(
                "Autopilot voor Exact Online boekt alleen inkoop. Verkoopfacturen gaan via Peppol, op het platform.",
                "Autopilot for Exact Online books purchases only. Send sales invoices through the platform by Peppol.",
            ),
            Text(
                "Of mail de XML naar het adres dat verkoopfacturen automatisch verstuurt.",
                "Or mail the XML to the address that sends sales invoices automatically.",
            ),
            Text(
                "Staat de factuur al in Exact? Wijs haar hier af. Is het toch inkoop? Kies “Toch inkoop”.",
                "Is it in Exact already? Reject it here. Is it a purchase after all? Choose “A purchase after all”.",
            ),
        ),
    ),
    _row(
        code="self_billing",
        title=Text("De klant schreef deze verkoopfactuur", "The customer wrote this sales invoice"),
        cause=Text(
            "De afnemer maakte deze factuur namens {organisation} (self-billing). {organisation} is de verkoper.",
            "The buyer wrote this invoice for {organisation} (self-billing). {organisation} is the seller.",
        ),
        steps=(
            Text("Boek de factuur in Exact bij de verkoop.", "Book it in Exact with the sales."),
            Text(
                "Wijs haar daarna hier af. Is het toch inkoop? Kies “Toch inkoop”.",
                "Then reject it here. Is it a purchase after all? Choose “A purchase after all”.",
            ),
        ),
    ),
    _row(
        code="unknown_currency",
        title=Text("Deze valuta kan niet worden geboekt", "This currency cannot be booked"),
        cause=Text(
            "De valuta {currency} is in Exact niet bekend, of het inkoopboek staat die niet toe.",
            "The currency {currency} is not known in Exact, or the purchase journal does not allow it.",
        ),
        steps=(
            Text(
                "Sta in Exact de valuta toe in het inkoopboek, of kies bij de koppeling een ander dagboek.",
                "Allow the currency in the purchase journal in Exact, or choose another journal at the connection.",
            ),
            RETRY,
        ),
        resolves="next_success",
    ),
    _row(
        code="duplicate_entry_number",
        title=Text(
            "Exact heeft al een boeking met dit nummer", "Exact has an entry with this number already"
        ),
        cause=Text(
            "Het boekstuknummer is in Exact al in gebruik, en het is niet onze boeking. Exact zegt: “{raw}”.",
            "The entry number is in use in Exact already, and the entry is not ours. Exact says: “{raw}”.",
        ),
        steps=(
            Text(
                "Zoek het boekstuk in Exact en vergelijk het.", "Look up the entry in Exact and compare it."
            ),
            Text(
                "Is het deze factuur? Kies “Dubbel”. Is het een andere? Kies “Opnieuw proberen”.",
                "Is it this invoice? Choose “Duplicate”. Is it another one? Choose “Try again”.",
            ),
        ),
    ),
    _row(
        code="already_processed",
        title=Text("In Exact al verwerkt", "Processed in Exact already"),
        cause=Text(
            "Exact zegt dat dit document al is verwerkt. Misschien heeft iemand het in Exact zelf geboekt.",
            "Exact says that this document was processed already. Perhaps somebody booked it in Exact.",
        ),
        steps=(
            Text("Zoek de boeking in Exact.", "Look up the entry in Exact."),
            Text(
                "Klopt die boeking? Kies “Dubbel”. Klopt die niet? Verwijder de boeking in Exact en kies “Opnieuw "
                "proberen”.",
                "Is it right? Choose “Duplicate”. Is it not? Remove it in Exact and choose “Try again”.",
            ),
        ),
    ),
    _row(
        code="already_exists",
        title=Text("Dit bestaat al in Exact", "This exists in Exact already"),
        cause=Text(
            "Exact zegt dat het er al is, maar het is niet teruggevonden. Exact zegt: “{raw}”.",
            "Exact says that it is there already, but it was not found again. Exact says: “{raw}”.",
        ),
        steps=(
            Text("Zoek het in Exact op.", "Look it up in Exact."),
            Text(
                "Is deze factuur al geboekt? Kies “Dubbel”. Anders: kies “Opnieuw proberen”.",
                "Is this invoice booked already? Choose “Duplicate”. Otherwise choose “Try again”.",
            ),
        ),
    ),
    _row(
        code="request_too_large",
        title=Text("De factuur is te groot voor Exact", "The invoice is too large for Exact"),
        cause=Text(
            "Exact neemt per keer hoogstens 10 MB aan, en dit bestand is groter.",
            "Exact takes at most 10 MB at a time, and this file is larger.",
        ),
        steps=(
            Text("Vraag de leverancier om een kleiner bestand.", "Ask the supplier for a smaller file."),
            Text(
                "Of zet de aflevering op “document”: dan gaat de factuur zonder het grote bestand.",
                "Or set the delivery to “document”: the invoice then goes without the large file.",
            ),
        ),
    ),
    _row(
        code="in_use",
        title=Text("Exact laat dit niet verwijderen", "Exact does not let this be removed"),
        cause=Text(
            "De boeking is in Exact al betaald, verwerkt of gekoppeld. Exact zegt: “{raw}”.",
            "The entry has been paid, processed or linked in Exact already. Exact says: “{raw}”.",
        ),
        steps=(
            Text(
                "Maak in Exact eerst de betaling of de koppeling los.",
                "First undo the payment or the link in Exact.",
            ),
            Text(
                "Of boek in Exact een tegenboeking en laat deze boeking staan.",
                "Or book a reversal in Exact and let this entry stand.",
            ),
        ),
    ),
    _row(
        code="entry_lost",
        title=Text("De boeking is in Exact verwijderd", "The entry was removed in Exact"),
        cause=Text(
            "Deze factuur was geboekt, maar de boeking staat niet meer in Exact.",
            "This invoice was booked, but the entry is no longer in Exact.",
        ),
        steps=(
            Text(
                "Moest dat? Wijs de factuur af. Was het een vergissing? Kies “Opnieuw proberen”.",
                "Was that meant? Reject the invoice. Was it a slip? Choose “Try again”.",
            ),
        ),
    ),
)
