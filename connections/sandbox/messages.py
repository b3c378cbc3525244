"""The sentences with which Exact refuses a booking, in Dutch and English.

Their patterns are on record (picqer#161, #249, #325, #416, #515 and vendors' help pages); names of fields
that no report shows are the obvious ones.
"""

from __future__ import annotations

from .errors import Sentence

# Exact's names of the things in its messages: property → (nl, en)
LABELS = {
    "Journal": ("Dagboek", "Journal"),
    "Supplier": ("Leverancier", "Supplier"),
    "PurchaseEntryLines": ("Boekingsregels", "Entry lines"),
    "GLAccount": ("Grootboekrekening", "Ledger account"),
    "GLAccountPurchase": ("Grootboekrekening", "Ledger account"),
    "GLAP": ("Grootboekrekening", "Ledger account"),
    "AmountFC": ("Bedrag", "Amount"),
    "VATCode": ("Btw-code", "VAT code"),
    "PurchaseVATCode": ("Btw-code", "VAT code"),
    "VATAmountFC": ("Btw-bedrag", "VAT amount"),
    "VATPercentage": ("Btw-percentage", "VAT percentage"),
    "PaymentCondition": ("Betalingsconditie", "Payment condition"),
    "PaymentConditionPurchase": ("Betalingsconditie", "Payment condition"),
    "Currency": ("Valuta", "Currency"),
    "CostUnit": ("Kostendrager", "Cost unit"),
    "Project": ("Project", "Project"),
    "Document": ("Document", "Document"),
    "Account": ("Relatie", "Account"),
    "BankAccount": ("Bankrekening", "Bank account"),
    "Name": ("Naam", "Name"),
    "Code": ("Code", "Code"),
    "Description": ("Omschrijving", "Description"),
    "Subject": ("Onderwerp", "Subject"),
    "Type": ("Soort", "Type"),
    "Email": ("E-mail", "Email"),
    "Mailbox": ("Digitale brievenbus", "Digital mailbox"),
    "SenderMailboxID": ("Afzender", "Sender"),
    "RecipientMailboxID": ("Ontvanger", "Recipient"),
    "ForDivision": ("Divisie", "Division"),
    "Attachment": ("Bijlage", "Attachment"),
    "FileName": ("Bestandsnaam", "File name"),
    "AttachmentFileName": ("Bestandsnaam", "File name"),
    "MailMessageID": ("Bericht", "Message"),
    "EntryID": ("Boeking", "Entry"),
    "CallbackURL": ("Callback-URL", "Callback URL"),
    "Topic": ("Onderwerp", "Topic"),
    "EntryDate": ("Datum", "Date"),
    "YourRef": ("Uw ref.", "Your ref."),
}


def label(name: str) -> tuple[str, str]:
    return LABELS.get(name, (name, name))


def mandatory(name: str) -> Sentence:
    nl, en = label(name)
    return Sentence(f"Verplicht: {nl}", f"Mandatory: {en}")


def invalid(name: str, detail: str = "") -> Sentence:
    nl, en = label(name)
    return Sentence(f"Ongeldig: {nl}{detail}", f"Invalid: {en}{detail}")


def invalid_reference(name: str) -> Sentence:
    nl, en = label(name)
    return Sentence(f"Ongeldige referentie: {nl}", f"Invalid reference: {en}")


def blocked(name: str) -> Sentence:
    nl, en = label(name)
    return Sentence(f"Geblokkeerd: {nl}", f"Blocked: {en}")


def not_allowed(name: str) -> Sentence:
    nl, en = label(name)
    return Sentence(f"Niet toegestaan: {nl}", f"Not allowed: {en}")


def wrong_journal_type() -> Sentence:
    return Sentence("Ongeldig: Dagboek (Type)", "Invalid: Journal (type)")


def wrong_supplier_type() -> Sentence:
    return Sentence("Ongeldig: Leverancier (Type)", "Invalid: Supplier (Type)")


def wrong_account_type() -> Sentence:
    return Sentence("Ongeldig grootboekrekeningtype", "Invalid ledger account type")


def cost_center_link() -> Sentence:
    return Sentence("Ongeldig: Koppeling kostenplaats", "Invalid: Cost center link")


def period_closed(year: int, period: int) -> Sentence:
    return Sentence(f"Periode is afgesloten: {year} - {period}", f"Period is closed: {year} - {period}")


def unknown_year() -> Sentence:
    return Sentence("Onbekend: Boekjaar (Periode-datumtabel)", "Unknown: Financial year (Period-date table)")


def year_is_fixed() -> Sentence:
    return Sentence("Het boekjaar kan niet worden gewijzigd.", "The financial year cannot be changed.")


def entry_number_taken(number: int, journal: str) -> Sentence:
    return Sentence(
        "In gebruik: Boekstuknummer.", f"Already exists - Entry number: {number}, Journal: {journal}"
    )


def already_exists() -> Sentence:
    return Sentence("Gegeven bestaat reeds.", "Data already exists.")


def already_processed() -> Sentence:
    return Sentence("Reeds verwerkt", "Already processed")


def cannot_delete(what: str, used_in: tuple[str, str]) -> Sentence:
    return Sentence(
        f"Kan niet verwijderen: {what} - In gebruik: {used_in[0]}",
        f"Can't delete: {what} - Used in: {used_in[1]}",
    )


def vat_does_not_add_up(code: str) -> Sentence:
    return Sentence(
        f"Het bedrag van de BTW regel met BTW code {code} komt niet overeen met het totaal aan BTW-bedragen "
        "in de grondslagregels.",
        f"The amount of the VAT line with VAT code {code} does not correspond to the total of the VAT amounts "
        "in the base lines.",
    )


def mailbox_exists(other_division: bool) -> Sentence:
    if other_division:
        return Sentence(
            "Bestaat reeds: Digitale brievenbus; Ongeldig: Divisie",
            "Already exists: Digital mailbox; Invalid: Division",
        )
    return Sentence("Bestaat reeds: Digitale brievenbus", "Already exists: Digital mailbox")


def trial_licence() -> Sentence:
    return Sentence(
        "Dit account type heeft niet genoeg rechten om een digitale brievenbus aan te maken.",
        "This account type does not have sufficient rights to create a digital mailbox.",
    )
