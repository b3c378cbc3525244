"""Codes as words. A code that is not here is shown as it stands: the lists of EN 16931 have thousands."""

from functools import cache
from gettext import GNUTranslations, NullTranslations, translation

import pycountry
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

# UNTDID 1001, as far as invoices use it (BT-3)
TYPES: dict[str, Promise] = {
    "80": _("Debit note"), "82": _("Metered services invoice"), "84": _("Debit note"), "130": _("Invoice data sheet"),
    "202": _("Direct payment valuation"), "211": _("Interim application for payment"), "261": _("Self-billed credit note"),
    "325": _("Pro forma invoice"), "326": _("Partial invoice"), "380": _("Invoice"), "381": _("Credit note"),
    "383": _("Debit note"), "384": _("Corrected invoice"), "386": _("Prepayment invoice"), "388": _("Tax invoice"),
    "389": _("Self-billed invoice"), "393": _("Factored invoice"), "396": _("Factored credit note"),
    "480": _("Invoice out of scope of tax"), "503": _("Prepayment credit note"), "751": _("Invoice for accounting purposes"),
    "875": _("Partial construction invoice"), "876": _("Partial final construction invoice"),
    "877": _("Final construction invoice"),
}  # fmt: skip

# UNTDID 4461 (BT-81)
MEANS: dict[str, Promise] = {
    "1": _("as agreed"), "10": _("cash"), "20": _("cheque"), "30": _("credit transfer"), "31": _("debit transfer"),
    "42": _("payment to a bank account"), "48": _("bank card"), "49": _("direct debit"), "54": _("credit card"),
    "55": _("debit card"), "57": _("standing agreement"), "58": _("SEPA credit transfer"), "59": _("SEPA direct debit"),
    "68": _("online payment service"), "97": _("settled between partners"), "ZZZ": _("as agreed"),
}  # fmt: skip

# UNCL 5305 (BT-118, BT-151)
VAT: dict[str, Promise] = {
    "S": _("standard rate"), "Z": _("zero rate"), "E": _("exempt"), "AE": _("reverse charge"),
    "K": _("intra-community supply"), "G": _("export outside the EU"), "O": _("outside the scope of VAT"),
    "L": _("IGIC, Canary Islands"), "M": _("IPSI, Ceuta and Melilla"), "B": _("VAT transferred (Italy)"),
}  # fmt: skip

# UN/ECE recommendations 20 and 21, the ones that trade uses daily (BT-130)
UNITS: dict[str, Promise] = {
    "C62": pgettext_lazy("unit", "piece"), "H87": pgettext_lazy("unit", "piece"), "EA": pgettext_lazy("unit", "piece"),
    "NAR": pgettext_lazy("unit", "article"), "ZZ": pgettext_lazy("unit", "unit"), "XPP": pgettext_lazy("unit", "piece"),
    "PR": pgettext_lazy("unit", "pair"), "SET": pgettext_lazy("unit", "set"), "DZN": pgettext_lazy("unit", "dozen"),
    "HUR": pgettext_lazy("unit", "hour"), "MIN": pgettext_lazy("unit", "minute"), "SEC": pgettext_lazy("unit", "second"),
    "DAY": pgettext_lazy("unit", "day"), "WEE": pgettext_lazy("unit", "week"), "MON": pgettext_lazy("unit", "month"),
    "ANN": pgettext_lazy("unit", "year"), "QAN": pgettext_lazy("unit", "quarter"),
    "KGM": pgettext_lazy("unit", "kg"), "GRM": pgettext_lazy("unit", "g"), "TNE": pgettext_lazy("unit", "tonne"),
    "MTR": pgettext_lazy("unit", "m"), "CMT": pgettext_lazy("unit", "cm"), "MMT": pgettext_lazy("unit", "mm"),
    "KMT": pgettext_lazy("unit", "km"), "KTM": pgettext_lazy("unit", "km"), "MTK": pgettext_lazy("unit", "m²"),
    "MTQ": pgettext_lazy("unit", "m³"), "LTR": pgettext_lazy("unit", "litre"), "MLT": pgettext_lazy("unit", "ml"),
    "KWH": pgettext_lazy("unit", "kWh"), "MWH": pgettext_lazy("unit", "MWh"), "KWT": pgettext_lazy("unit", "kW"),
    "XBX": pgettext_lazy("unit", "box"), "BX": pgettext_lazy("unit", "box"), "XCT": pgettext_lazy("unit", "carton"),
    "XPK": pgettext_lazy("unit", "package"), "PK": pgettext_lazy("unit", "package"), "XPX": pgettext_lazy("unit", "pallet"),
    "XRO": pgettext_lazy("unit", "roll"), "XBG": pgettext_lazy("unit", "bag"), "XBO": pgettext_lazy("unit", "bottle"),
    "P1": pgettext_lazy("unit", "percent"), "LS": pgettext_lazy("unit", "lump sum"), "E48": pgettext_lazy("unit", "service"),
    "ACT": pgettext_lazy("unit", "activity"), "GB": pgettext_lazy("unit", "GB"), "4L": pgettext_lazy("unit", "MB"),
}  # fmt: skip

# Identifier schemes (ISO 6523, EAS): BT-29-1, BT-30-1, BT-34-1
SCHEMES: dict[str, Promise] = {
    "0106": _("KVK"), "0190": _("OIN"), "0088": _("GLN"), "9944": _("VAT number"), "0208": _("Belgian company number"),
    "9925": _("Belgian VAT number"), "9930": _("German VAT number"), "0204": _("Leitweg-ID"), "0060": _("DUNS"),
    "NL:KVK": _("KVK"), "NL:OIN": _("OIN"), "SEPA": _("SEPA creditor"), "GLN": _("GLN"), "EM": _("e-mail"),
}  # fmt: skip

# UNTDID 2005 (BT-8)
TAX_POINTS: dict[str, Promise] = {
    "3": _("invoice date"), "35": _("delivery date"), "432": _("payment date"),
    "5": _("invoice date"), "29": _("delivery date"), "72": _("payment date"),
}  # fmt: skip


def word(table: dict[str, Promise], code: str | None) -> str:
    """The word of a code, or the code itself; "" for none."""
    return str(table.get(code, code)) if code else ""


def unit(code: str | None) -> str:
    """A unit as a word; «each» and the like say nothing and are the empty word."""
    return word(UNITS, code)


@cache
def _countries(language: str) -> NullTranslations | GNUTranslations:
    return translation("iso3166-1", pycountry.LOCALES_DIR, [language], fallback=True)


def country(code: str | None) -> str:
    """A country's name in the active language, or the code as it stands."""
    known = pycountry.countries.get(alpha_2=code) if code else None
    if known is None:
        return code or ""
    name = getattr(known, "common_name", known.name)
    return _countries((get_language() or "nl")[:2]).gettext(name)
