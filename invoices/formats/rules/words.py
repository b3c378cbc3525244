"""What each rule says to people: one sentence in Dutch and in English, with the values filled in.

`*` stands for the name of a VAT category family, whose ten rules share their sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

# rule id → (Dutch, English)
WORDS: dict[str, tuple[str, str]] = {
    "not_judged": (
        "De volledige controle is niet gedaan: {reason}.",
        "The full check was not done: {reason}.",
    ),
    "BUYER-NAME": (
        "De afnemer op de factuur is “{stated}”, zonder nummer: niet te zien is of dat deze organisatie is.",
        "The buyer on the invoice is “{stated}”, without a number: it does not show whether that is this organisation.",
    ),
    "READ-TOTALS": ("De factuur noemt geen totalen.", "The invoice states no totals."),
    "READ-CURRENCY": (
        "De factuur is in {currency}, maar er staan ook bedragen in {others} op.",
        "The invoice is in {currency}, but it also has amounts in {others}.",
    ),
    "READ-NUMBER": (
        "In {where} staat “{stated}”, en dat is geen getal.",
        "{where} says “{stated}”, which is not a number.",
    ),
    "READ-DATE": (
        "In {where} staat “{stated}”, en dat is geen datum.",
        "{where} says “{stated}”, which is not a date.",
    ),
    "READ-BOOLEAN": (
        "In {where} staat “{stated}”, zodat niet te zien is of het een korting of een toeslag is.",
        "{where} says “{stated}”, so that a discount cannot be told from a surcharge.",
    ),
    "READ-REPEATED": (
        "{where} staat er meer dan eens; alleen de eerste is gebruikt, niet “{stated}”.",
        "{where} is there more than once; only the first is used, not “{stated}”.",
    ),
    "READ-LONG": (
        "{where} is te lang; alleen het begin is bewaard.",
        "{where} is too long; only its beginning is kept.",
    ),
    "READ-CREDIT": (
        "Dit is een creditnota met een negatief totaal ({stated}): onduidelijk is of u geld krijgt of moet betalen.",
        "This is a credit note with a negative total ({stated}): it is unclear whether you receive money or owe it.",
    ),
    "BR-01": ("De factuur noemt geen specificatie.", "The invoice names no specification."),
    "BR-02": ("De factuur heeft geen factuurnummer.", "The invoice has no number."),
    "BR-03": ("De factuur heeft geen (leesbare) factuurdatum.", "The invoice has no (readable) date."),
    "BR-04": ("De factuur noemt geen soort (factuur of creditnota).", "The invoice does not name its type."),
    "BR-05": ("De factuur noemt geen valuta.", "The invoice names no currency."),
    "BR-06": ("De naam van de leverancier ontbreekt.", "The seller’s name is missing."),
    "BR-07": ("De naam van de afnemer ontbreekt.", "The buyer’s name is missing."),
    "BR-08": ("Het adres van de leverancier ontbreekt.", "The seller’s address is missing."),
    "BR-09": ("Het land van de leverancier ontbreekt.", "The seller’s country is missing."),
    "BR-10": ("Het adres van de afnemer ontbreekt.", "The buyer’s address is missing."),
    "BR-11": ("Het land van de afnemer ontbreekt.", "The buyer’s country is missing."),
    "BR-12": ("Het totaal van de regels ontbreekt.", "The sum of the lines is missing."),
    "BR-13": ("Het totaal exclusief btw ontbreekt.", "The total without VAT is missing."),
    "BR-14": ("Het totaal inclusief btw ontbreekt.", "The total with VAT is missing."),
    "BR-15": ("Het te betalen bedrag ontbreekt.", "The amount due is missing."),
    "BR-16": ("De factuur heeft geen regels.", "The invoice has no lines."),
    "BR-21": ("Regel {line} heeft geen regelnummer.", "Line {line} has no identifier."),
    "BR-22": ("Regel {line} heeft geen aantal.", "Line {line} has no quantity."),
    "BR-23": ("Het aantal op regel {line} heeft geen eenheid.", "The quantity on line {line} has no unit."),
    "BR-24": ("Regel {line} heeft geen bedrag.", "Line {line} has no net amount."),
    "BR-25": ("Regel {line} noemt geen artikel of dienst.", "Line {line} does not name an item."),
    "BR-26": ("Regel {line} heeft geen prijs.", "Line {line} has no price."),
    "BR-27": (
        "De prijs op regel {line} is niet nul of meer ({stated}).",
        "The price on line {line} is not zero or more ({stated}).",
    ),
    "BR-29": (
        "De factuurperiode eindigt voordat zij begint.",
        "The invoicing period ends before it starts.",
    ),
    "BR-30": (
        "De periode van regel {line} eindigt voordat zij begint.",
        "The period of line {line} ends before it starts.",
    ),
    "BR-31": ("Een korting heeft geen bedrag.", "A discount has no amount."),
    "BR-32": ("Een korting heeft geen btw-code.", "A discount has no VAT category."),
    "BR-36": ("Een toeslag heeft geen bedrag.", "A surcharge has no amount."),
    "BR-37": ("Een toeslag heeft geen btw-code.", "A surcharge has no VAT category."),
    "BR-41": ("Een korting op regel {line} heeft geen bedrag.", "A discount on line {line} has no amount."),
    "BR-43": ("Een toeslag op regel {line} heeft geen bedrag.", "A surcharge on line {line} has no amount."),
    "BR-45": (
        "De btw-specificatie ({where}) noemt geen grondslag.",
        "The VAT breakdown ({where}) has no taxable amount.",
    ),
    "BR-46": (
        "De btw-specificatie ({where}) noemt geen btw.",
        "The VAT breakdown ({where}) has no VAT amount.",
    ),
    "BR-47": (
        "De btw-specificatie ({where}) noemt geen btw-code.",
        "The VAT breakdown ({where}) has no category.",
    ),
    "BR-48": ("De btw-specificatie ({where}) noemt geen tarief.", "The VAT breakdown ({where}) has no rate."),
    "BR-49": ("Een betaalwijze heeft geen code.", "A means of payment has no code."),
    "BR-53": (
        "De btw in de valuta van de btw-aangifte van de leverancier ontbreekt.",
        "The VAT in the seller’s accounting currency is missing.",
    ),
    "BR-61": (
        "De factuur vraagt om een overboeking, maar noemt geen rekeningnummer.",
        "The invoice asks for a transfer, but names no account.",
    ),
    "BR-CL-04": (
        "“{stated}” is geen bestaande valuta (ISO 4217).",
        "“{stated}” is not a currency of ISO 4217.",
    ),
    "BR-CO-03": (
        "De factuur noemt zowel een btw-datum als een code daarvoor.",
        "The invoice has both a VAT point date and a code for it.",
    ),
    "BR-CO-04": ("Regel {line} heeft geen btw-code.", "Line {line} has no VAT category."),
    "BR-CO-09": (
        "Het btw-nummer “{stated}” begint niet met een landcode.",
        "The VAT number “{stated}” does not begin with a country code.",
    ),
    "BR-CO-10": (
        "Het totaal van de regels is {stated}, maar de regels zijn samen {reckoned} (verschil {difference}).",
        "The sum of the lines is stated as {stated}, but the lines come to {reckoned} (difference {difference}).",
    ),
    "BR-CO-11": (
        "Het totaal van de kortingen is {stated}, maar ze zijn samen {reckoned} (verschil {difference}).",
        "The discounts are stated as {stated}, but come to {reckoned} (difference {difference}).",
    ),
    "BR-CO-12": (
        "Het totaal van de toeslagen is {stated}, maar ze zijn samen {reckoned} (verschil {difference}).",
        "The surcharges are stated as {stated}, but come to {reckoned} (difference {difference}).",
    ),
    "BR-CO-13": (
        "Het totaal exclusief btw is {stated}, maar regels, kortingen en toeslagen geven {reckoned}"
        " (verschil {difference}).",
        "The total without VAT is {stated}, but lines, discounts and surcharges give {reckoned}"
        " (difference {difference}).",
    ),
    "BR-CO-14": (
        "De btw is {stated}, maar de btw-specificatie komt op {reckoned} (verschil {difference}).",
        "The VAT is {stated}, but the breakdown comes to {reckoned} (difference {difference}).",
    ),
    "BR-CO-15": (
        "Het totaal inclusief btw is {stated}, maar totaal exclusief btw plus btw is {reckoned}"
        " (verschil {difference}).",
        "The total with VAT is {stated}, but total plus VAT is {reckoned} (difference {difference}).",
    ),
    "BR-CO-16": (
        "Te betalen is {stated}, maar totaal, vooruitbetaling en afronding geven {reckoned}"
        " (verschil {difference}).",
        "The amount due is {stated}, but total, prepayment and rounding give {reckoned}"
        " (difference {difference}).",
    ),
    "BR-CO-17": (
        "De btw in {where} is {stated}, maar grondslag × {rate}% is {reckoned} (verschil {difference}).",
        "The VAT in {where} is {stated}, but the taxable amount × {rate}% is {reckoned}"
        " (difference {difference}).",
    ),
    "BR-CO-18": ("De factuur heeft geen btw-specificatie.", "The invoice has no VAT breakdown."),
    "BR-CO-26": (
        "De leverancier heeft geen KVK-, btw- of ander nummer.",
        "The seller has no registration, VAT or other number.",
    ),
    "BR-*-01": (
        "De btw-code {category} staat {found} keer in de btw-specificatie en past niet bij de regels.",
        "The VAT category {category} is {found} times in the breakdown, which does not fit the lines.",
    ),
    "BR-*-02": (
        "De btw-nummers passen niet bij regels met btw-code {category}.",
        "The VAT numbers do not fit lines of VAT category {category}.",
    ),
    "BR-*-03": (
        "De btw-nummers passen niet bij een korting met btw-code {category}.",
        "The VAT numbers do not fit a discount of VAT category {category}.",
    ),
    "BR-*-04": (
        "De btw-nummers passen niet bij een toeslag met btw-code {category}.",
        "The VAT numbers do not fit a surcharge of VAT category {category}.",
    ),
    "BR-*-05": (
        "Het btw-tarief van regel {line} ({stated}%) past niet bij btw-code {category}.",
        "The VAT rate of line {line} ({stated}%) does not fit VAT category {category}.",
    ),
    "BR-*-06": (
        "Het btw-tarief van een korting ({stated}%) past niet bij btw-code {category}.",
        "The VAT rate of a discount ({stated}%) does not fit VAT category {category}.",
    ),
    "BR-*-07": (
        "Het btw-tarief van een toeslag ({stated}%) past niet bij btw-code {category}.",
        "The VAT rate of a surcharge ({stated}%) does not fit VAT category {category}.",
    ),
    "BR-*-08": (
        "De grondslag voor {category} {rate}% is {stated}, maar de regels geven {reckoned}.",
        "The taxable amount of {category} at {rate}% is {stated}, but the lines give {reckoned}.",
    ),
    "BR-*-09": (
        "De btw voor {category} {rate}% is {stated}, maar moet {reckoned} zijn.",
        "The VAT of {category} at {rate}% is {stated}, but should be {reckoned}.",
    ),
    "BR-*-10": (
        "Bij btw-code {category} ontbreekt de reden van vrijstelling, of staat er ten onrechte een.",
        "VAT category {category} lacks a reason for exemption, or has one it should not have.",
    ),
    "BR-IC-11": (
        "Bij een intracommunautaire levering ontbreekt de leverdatum of periode.",
        "An intra-community supply has no delivery date or period.",
    ),
    "BR-IC-12": (
        "Bij een intracommunautaire levering ontbreekt het land van levering.",
        "An intra-community supply has no country of delivery.",
    ),
    "BR-O-11": (
        "“Buiten de btw” (O) staat naast een andere btw-code in de specificatie.",
        "“Outside the scope of VAT” (O) stands beside another category in the breakdown.",
    ),
    "BR-O-12": (
        "“Buiten de btw” (O) geldt voor de hele factuur, maar een regel heeft een andere code.",
        "“Outside the scope of VAT” (O) covers the whole invoice, but a line has another category.",
    ),
    "BR-O-13": (
        "“Buiten de btw” (O) geldt voor de hele factuur, maar een korting heeft een andere code.",
        "“Outside the scope of VAT” (O) covers the whole invoice, but a discount has another category.",
    ),
    "BR-O-14": (
        "“Buiten de btw” (O) geldt voor de hele factuur, maar een toeslag heeft een andere code.",
        "“Outside the scope of VAT” (O) covers the whole invoice, but a surcharge has another category.",
    ),
    "PEPPOL-EN16931-R003": (
        "Er staat geen referentie van de afnemer en geen ordernummer op.",
        "There is no buyer reference and no order number.",
    ),
    "PEPPOL-EN16931-R051": (
        "De factuur is in {currency}, maar er staan bedragen in {others} op.",
        "The invoice is in {currency}, but has amounts in {others}.",
    ),
    "PEPPOL-EN16931-R120": (
        "Regel {line} is {stated}, maar aantal × prijs geeft {reckoned} (verschil {difference}).",
        "Line {line} is {stated}, but quantity × price gives {reckoned} (difference {difference}).",
    ),
    "PEPPOL-EN16931-R121": (
        "De prijs op regel {line} geldt per {stated} stuks; dat moet meer dan nul zijn.",
        "The price on line {line} is per {stated}; that must be more than zero.",
    ),
    "PEPPOL-EN16931-P0100": (
        "Factuursoort {stated} kan niet over Peppol.",
        "Invoices of type {stated} are not allowed on Peppol.",
    ),
    "PEPPOL-EN16931-P0101": (
        "Creditnotasoort {stated} kan niet over Peppol.",
        "Credit notes of type {stated} are not allowed on Peppol.",
    ),
    "PEPPOL-EN16931-P0112": (
        "Factuursoort {stated} mag over Peppol alleen binnen Duitsland.",
        "On Peppol, type {stated} is for invoices within Germany only.",
    ),
    "NL-R-001": (
        "De creditnota noemt geen factuur waar zij bij hoort.",
        "The credit note does not name the invoice it corrects.",
    ),
    "NL-R-007": (
        "Er is een bedrag te betalen, maar er staat niet op hoe.",
        "Money is owed, but the invoice does not say how to pay it.",
    ),
    "BR-NL-2": (
        "Er staat geen referentie van de afnemer en geen ordernummer op.",
        "There is no buyer reference and no order number.",
    ),
    "BR-NL-7": (
        "Factuursoort {stated} kent NLCIUS niet (wel 380, 381, 384 en 389).",
        "NLCIUS does not know type {stated} (but 380, 381, 384 and 389).",
    ),
    "BR-NL-8": (
        "Soort en vorm spreken elkaar tegen: 381 hoort bij een creditnota, andere bij een factuur.",
        "Type and form disagree: 381 belongs to a credit note, others to an invoice.",
    ),
    "BR-NL-9": (
        "De gecorrigeerde factuur (384) noemt niet welke factuur zij corrigeert.",
        "The corrected invoice (384) does not name the invoice it corrects.",
    ),
    "BR-NL-19": ("Een tweede valuta voor btw is niet gewenst.", "A VAT accounting currency is discouraged."),
    "BR-NL-20": ("Een btw-datum is niet gewenst.", "A VAT point date is discouraged."),
    "BR-NL-21": ("Een code voor de btw-datum is niet gewenst.", "A VAT point date code is discouraged."),
    "BR-NL-24": (
        "De datum van de eerdere factuur is niet gewenst.",
        "The date of the preceding invoice is discouraged.",
    ),
    "BR-NL-25": (
        "Een fiscaal nummer naast het btw-nummer is niet gewenst.",
        "A non-VAT tax number is discouraged.",
    ),
    "BR-NL-26": (
        "Aanvullende juridische tekst is niet gewenst.",
        "Additional legal information is discouraged.",
    ),
    "BR-NL-27": ("Een derde adresregel is niet gewenst.", "A third address line is discouraged."),
    "BR-NL-28": ("Een provincie in het adres is niet gewenst.", "A country subdivision is discouraged."),
    "BR-NL-29": (
        "Een tekst bij de betaalwijze is niet gewenst.",
        "A text for the payment means is discouraged.",
    ),
    "BR-NL-30": ("Een naam bij de rekening is niet gewenst.", "A payment account name is discouraged."),
    "BR-NL-31": (
        "Een BIC bij een SEPA-betaling is niet gewenst.",
        "A BIC for a SEPA payment is discouraged.",
    ),
    "BR-NL-32": (
        "Een redencode bij korting of toeslag is niet gewenst.",
        "A reason code for a discount or surcharge is discouraged.",
    ),
    "BR-NL-33": ("Btw in een tweede valuta is niet gewenst.", "VAT in a second currency is discouraged."),
    "BR-NL-35": (
        "Een code voor de btw-vrijstelling is niet gewenst.",
        "A VAT exemption code is discouraged.",
    ),
    "SI-UBL-2": ("Er zijn lege elementen: {names}.", "There are empty elements: {names}."),
    "BR-GA-1": (
        "Een factuur met G-rekening heeft precies twee betalingsvoorwaarden.",
        "An invoice with a G-account has exactly two payment terms.",
    ),
    "BR-GA-2": (
        "Een factuur met G-rekening heeft precies twee rekeningen.",
        "An invoice with a G-account has exactly two payment means.",
    ),
    "BR-GA-3": (
        "Te betalen is {stated}, maar de delen voor G-rekening en gewone rekening zijn samen {reckoned}.",
        "The amount due is {stated}, but the parts for G-account and ordinary account come to {reckoned}.",
    ),
    "BR-GA-4": (
        "Een deel van de betaling noemt niet op welke rekening het moet.",
        "A part of the payment does not name its account.",
    ),
    "BR-GA-5": (
        "Een rekening heeft geen naam om naar te verwijzen.",
        "A payment means has no name to refer to.",
    ),
    "BR-GA-6": (
        "Een deel van de betaling verwijst naar een rekening die er niet (of vaker) is.",
        "A part of the payment refers to an account that is not there, or there more than once.",
    ),
    "BR-GA-7": (
        "Niet precies één van de rekeningen is de G-rekening.",
        "Not exactly one of the accounts is the G-account.",
    ),
}

# What NLCIUS and Peppol both ask of Dutch parties.
_DUTCH = {
    ("BR-NL-1", "NL-R-003"): (
        "De Nederlandse leverancier heeft geen KVK-nummer (0106) of OIN (0190).",
        "The Dutch seller has no KvK number (0106) or OIN (0190).",
    ),
    ("BR-NL-3", "NL-R-002"): (
        "Het adres van de Nederlandse leverancier mist straat, plaats of postcode.",
        "The Dutch seller’s address lacks street, city or postcode.",
    ),
    ("BR-NL-4", "NL-R-004"): (
        "Het adres van de Nederlandse afnemer mist straat, plaats of postcode.",
        "The Dutch buyer’s address lacks street, city or postcode.",
    ),
    ("BR-NL-5", "NL-R-006"): (
        "Het adres van de Nederlandse fiscaal vertegenwoordiger mist straat, plaats of postcode.",
        "The Dutch tax representative’s address lacks street, city or postcode.",
    ),
    ("BR-NL-10", "NL-R-005"): (
        "De Nederlandse afnemer heeft geen KVK-nummer (0106) of OIN (0190).",
        "The Dutch buyer has no KvK number (0106) or OIN (0190).",
    ),
    ("BR-NL-12", "NL-R-008"): (
        "Betaalwijze {stated} is in Nederland niet toegestaan.",
        "Means of payment {stated} is not allowed in the Netherlands.",
    ),
    ("BR-NL-13", "NL-R-009"): (
        "Een regel noemt een orderregel, maar de factuur noemt geen order.",
        "A line names an order line, but the invoice names no order.",
    ),
}
WORDS |= {rule: words for rules, words in _DUTCH.items() for rule in rules}
WORDS["BR-NL-11"] = WORDS["NL-R-007"]

_CATEGORIES = {
    "S": ("S (belast)", "S (standard rate)"),
    "Z": ("Z (nultarief)", "Z (zero rate)"),
    "E": ("E (vrijgesteld)", "E (exempt)"),
    "AE": ("AE (verlegd)", "AE (reverse charge)"),
    "IC": ("K (intracommunautair)", "K (intra-community)"),
    "G": ("G (uitvoer)", "G (export)"),
    "O": ("O (buiten de btw)", "O (outside scope)"),
    "AF": ("L (IGIC, Canarische Eilanden)", "L (IGIC, Canary Islands)"),
    "AG": ("M (IPSI, Ceuta en Melilla)", "M (IPSI, Ceuta and Melilla)"),
}
_LANGUAGES = {"nl": 0, "en": 1}


# Why the full check has no answer. It does not mean that nothing is wrong.
_NOT_JUDGED = {
    "cii": ("de regels bestaan alleen voor UBL", "its rules exist for UBL only"),
    "too_large": (
        "het document heeft meer dan 1.000 regels of 2 MB",
        "the document has more than 1,000 lines or 2 MB",
    ),
    "timeout": ("het duurde te lang", "it took too long"),
    "aborted": ("de controle brak af", "it broke off"),
    "no_xml": ("er is geen XML", "there is no XML"),
}

# The full check has over a thousand rules and speaks English only. In Dutch its sentence stands behind what kind of
# thing is wrong, which is what a bookkeeper wants to know of it.
_KINDS = (
    ("UBL-XSD", "Het bestand volgt het UBL-schema niet"),
    ("UBL-CR-", "Er staat een onderdeel in dat de norm niet gebruikt; het telt niet mee"),
    ("UBL-DT-", "Een waarde is anders opgeschreven dan de norm wil"),
    ("UBL-SR-", "Iets staat er vaker in dan de norm toestaat"),
    ("BR-CL-", "Een code staat niet in de lijst van de norm"),
    ("BR-DEC-", "Een bedrag heeft meer dan twee decimalen"),
    ("BR-", "De factuur volgt een regel van EN 16931 niet"),
    ("PEPPOL-COMMON-", "Een nummer heeft niet de vorm die erbij hoort"),
    ("PEPPOL-", "De factuur volgt een regel van Peppol niet"),
    ("NL-R-", "De factuur volgt een Nederlandse regel van Peppol niet"),
    ("", "De factuur volgt een regel van een ander land niet"),
)


_AMOUNT = re.compile(r"-?[0-9]+\.[0-9]+")
_MARKS = str.maketrans(",.", ".,")


class _Filled(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def sentence(rule: str, language: str, where: str, values: Mapping[str, str]) -> str:
    """The rule's sentence; KeyError for a rule without words or a language we do not speak."""
    index = _LANGUAGES[language]
    if rule not in WORDS and "text" in values:
        return _of_full_check(rule, language, values["text"])
    if rule == "not_judged":
        reason = values.get("reason", "")
        values = {"reason": _NOT_JUDGED[reason][index] if reason in _NOT_JUDGED else reason}
    words = WORDS.get(rule)
    category = ""
    if words is None and rule.startswith("BR-NL-"):
        words = WORDS[rule.rpartition("-")[0]]  # BR-NL-27-3 is one of four addresses
    elif words is None:
        _, family, number = rule.split("-")
        words, category = WORDS[f"BR-*-{number}"], _CATEGORIES[family][index]
    values = {name: _grouped(value, language) for name, value in values.items()}
    return words[index].format_map(_Filled(values, where=where, category=category))


def _grouped(value: str, language: str) -> str:
    """«1140.00» as it is written: 1.140,00 in Dutch, 1,140.00 in English; whatever is no amount stays as it is."""
    if not _AMOUNT.fullmatch(str(value)):
        return value
    english = f"{Decimal(value):,}"
    return english.translate(_MARKS) if language == "nl" else english


def _of_full_check(rule: str, language: str, text: str) -> str:
    if language == "en":
        return text
    kind = next(words for beginning, words in _KINDS if rule.startswith(beginning))
    return f"{kind}: {text}"
