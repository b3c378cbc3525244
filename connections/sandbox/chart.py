"""The master data of a new administration: a Dutch chart of accounts, VAT codes, journals, conditions, periods.

ReportingCode is the RGS code (the Dutch reference classification system) of a ledger account.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from .documents import TYPES
from .schema import Row

_SPACE = uuid.UUID("2f0c7a3e-8a51-4f0e-b1f2-5d6c1d6f9a01")

# code, description, Exact's account type, side, balance or profit and loss, RGS code, default VAT code
LEDGER = (
    ("0150", "Inventaris", 30, "D", "B", "BMvaBei", None),
    ("0160", "Afschrijving inventaris", 32, "C", "B", "BMvaBeiCae", None),
    ("0170", "Vervoermiddelen", 30, "D", "B", "BMvaVer", None),
    ("1000", "Kas", 10, "D", "B", "BLimKas", None),
    ("1010", "Bank", 12, "D", "B", "BLimBan", None),
    ("1300", "Debiteuren", 20, "D", "B", "BVorDeb", None),
    ("1400", "Vooruitbetaalde kosten", 26, "D", "B", "BVorOvaVbk", None),
    ("1500", "Te betalen btw hoog", 24, "C", "B", "BSchBepBtwOhd", None),
    ("1502", "Te betalen btw verlegd", 24, "C", "B", "BSchBepBtwOvl", None),
    ("1520", "Te vorderen btw hoog", 24, "D", "B", "BSchBepBtwVoh", None),
    ("1521", "Te vorderen btw laag", 24, "D", "B", "BSchBepBtwVol", None),
    ("1600", "Crediteuren", 22, "C", "B", "BSchCre", None),
    ("1700", "Nog te betalen kosten", 26, "C", "B", "BSchOvsNtb", None),
    ("1990", "Betalingsverschillen", 26, "D", "B", "BLimKru", None),
    ("4000", "Brutolonen", 121, "D", "W", "WPerLes", None),
    ("4030", "Opleidingskosten", 121, "D", "W", "WBedOvpOpl", "2"),
    ("4040", "Reiskosten", 121, "D", "W", "WBedOvpRei", "1"),
    ("4050", "Kantinekosten", 121, "D", "W", "WBedOvpKan", "1"),
    ("4100", "Huur bedrijfspand", 121, "D", "W", "WBedHuiHuu", "2"),
    ("4110", "Gas, water en elektra", 121, "D", "W", "WBedHuiGwe", "2"),
    ("4120", "Schoonmaakkosten", 121, "D", "W", "WBedHuiSch", "2"),
    ("4130", "Onderhoud pand", 121, "D", "W", "WBedHuiOnd", "2"),
    ("4200", "Reclame en advertenties", 121, "D", "W", "WBedVkkRea", "2"),
    ("4210", "Representatiekosten", 121, "D", "W", "WBedVkkRep", "2"),
    ("4300", "Brandstof", 121, "D", "W", "WBedAutBra", "2"),
    ("4310", "Onderhoud auto's", 121, "D", "W", "WBedAutRep", "2"),
    ("4320", "Leasekosten auto's", 121, "D", "W", "WBedAutLea", "2"),
    ("4330", "Verzekering auto's", 121, "D", "W", "WBedAutAss", "0"),
    ("4400", "Kantoorbenodigdheden", 121, "D", "W", "WBedKanKan", "2"),
    ("4410", "Telefoon en internet", 121, "D", "W", "WBedKanTef", "2"),
    ("4420", "Porti", 121, "D", "W", "WBedKanPor", "2"),
    ("4430", "Automatiseringskosten", 121, "D", "W", "WBedKanAut", "2"),
    ("4440", "Abonnementen en contributies", 121, "D", "W", "WBedKanCon", "1"),
    ("4500", "Accountantskosten", 121, "D", "W", "WBedAeaAea", "2"),
    ("4510", "Advieskosten", 121, "D", "W", "WBedAeaAdv", "2"),
    ("4520", "Verzekeringen", 121, "D", "W", "WBedAssOva", "0"),
    ("4530", "Bankkosten", 121, "D", "W", "WBedAdlBan", "0"),
    ("4600", "Kleine aanschaffingen", 121, "D", "W", "WBedEemKaf", "2"),
    ("4990", "Overige kosten", 121, "D", "W", "WBedAdlOvk", "2"),
    ("7000", "Inkoopwaarde handelsgoederen", 111, "D", "W", "WKprInhInh", "2"),
    ("7010", "Inkoop uit EU", 111, "D", "W", "WKprInhIeu", "8"),
    ("7100", "Uitbesteed werk", 111, "D", "W", "WKprUikUik", "2"),
    ("8000", "Omzet hoog", 110, "C", "W", "WOmzNohOlh", "20"),
    ("9990", "Vraagposten", 120, "D", "B", "BVraVra", None),
)

# code, description, type, fraction, transaction, reverse charge, to claim, to pay
VAT = (
    ("0", "Geen btw", "N", "0", "B", False, None, None),
    ("1", "Btw laag tarief, exclusief", "E", "0.09", "P", False, "1521", None),
    ("2", "Btw hoog tarief, exclusief", "E", "0.21", "P", False, "1520", None),
    ("3", "Btw laag tarief, inclusief", "I", "0.09", "P", False, "1521", None),
    ("4", "Btw hoog tarief, inclusief", "I", "0.21", "P", False, "1520", None),
    ("5", "Btw nultarief", "E", "0", "P", False, None, None),
    ("6", "Vrijgesteld van btw", "E", "0", "P", False, None, None),
    ("7", "Btw verlegd binnenland", "E", "0.21", "P", True, "1520", "1502"),
    ("8", "Verwerving goederen binnen EU", "E", "0.21", "P", True, "1520", "1502"),
    ("9", "Diensten van binnen EU", "E", "0.21", "P", True, "1520", "1502"),
    ("10", "Invoer van buiten EU", "E", "0.21", "P", True, "1520", "1502"),
    ("11", "Btw verlegd binnenland laag", "E", "0.09", "P", True, "1521", "1502"),
    ("20", "Verkoop hoog tarief", "E", "0.21", "S", False, None, "1500"),
)

JOURNALS = (
    ("10", "Kas", 10, "1000"),
    ("20", "Bank", 12, "1010"),
    ("50", "Verkoopboek", 20, "1300"),
    ("70", "Inkoopboek", 22, "1600"),
    ("90", "Memoriaal", 90, None),
)
CONDITIONS = (
    ("00", "Direct", 0, "B"), ("14", "14 dagen", 14, "B"), ("30", "30 dagen", 30, "B"), ("60", "60 dagen", 60, "B"),
    ("IN", "Automatische incasso", 0, "I"),
)  # fmt: skip
COST_CENTERS = (("ALG", "Algemeen"), ("KAN", "Kantoor"), ("VRK", "Verkoop"), ("PRD", "Productie"))
COST_UNITS = (("P100", "Product 100"), ("P200", "Product 200"), ("DIENST", "Diensten"))
CURRENCIES = (
    ("EUR", "Euro"), ("USD", "Amerikaanse dollar"), ("GBP", "Brits pond"), ("CHF", "Zwitserse frank"),
    ("PLN", "Poolse zloty"),
)  # fmt: skip


def guid(*parts: object) -> str:
    """The same parts give the same id in every world, so that tests can know it."""
    return str(uuid.uuid5(_SPACE, "/".join(map(str, parts))))


def _ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def masters(code: int, stamp: Row, today: date) -> dict[str, list[Row]]:
    """All master data of one division, by endpoint. `stamp` holds Created, Creator and so on."""
    common = stamp | {"Division": code}

    def gl(number: str | None) -> str | None:
        return guid(code, "gl", number) if number else None

    def clean(row: Row) -> Row:
        return {name: value for name, value in (common | row).items() if value is not None}

    tables: dict[str, list[Row]] = {
        "financial/GLAccounts": [
            clean({
                "ID": gl(number), "Code": number, "Description": text, "Type": kind, "BalanceSide": side,
                "BalanceType": balance, "ReportingCode": rgs, "VATCode": vat, "IsBlocked": False,
                "SearchCode": text.upper()[:20], "UseCostcenter": 1 if balance == "W" else 0, "UseCostunit": 0,
            })
            for number, text, kind, side, balance, rgs, vat in LEDGER
        ],
        "vat/VATCodes": [
            clean({
                "ID": guid(code, "vat", number), "Code": number, "Description": text, "Type": kind,
                "Percentage": Decimal(fraction), "VATTransactionType": transaction, "Charged": charged,
                "GLToClaim": gl(claim), "GLToClaimCode": claim, "GLToPay": gl(pay), "GLToPayCode": pay,
                "IsBlocked": False, "Country": "NL", "IntraStat": number == "8", "CalculationBasis": 0,
            })
            for number, text, kind, fraction, transaction, charged, claim, pay in VAT
        ],
        "vat/VatPercentages": [
            clean({
                "ID": guid(code, "vat percentage", row[0]), "VATCodeID": guid(code, "vat", row[0]), "LineNumber": 1,
                "Percentage": Decimal(row[3]), "StartDate": _ms(date(2019, 1, 1)), "Type": 0,
            })
            for row in VAT
        ],
        "financial/Journals": [
            clean({
                "ID": guid(code, "journal", number), "Code": number, "Description": text, "Type": kind,
                "Currency": "EUR", "CurrencyDescription": "Euro", "IsBlocked": False, "AllowVariableCurrency": True,
                "AllowVariableExchangeRate": True, "AllowVAT": kind != 90, "GLAccount": gl(account),
                "GLAccountCode": account,
            })
            for number, text, kind, account in JOURNALS
        ],
        "cashflow/PaymentConditions": [
            clean({
                "ID": guid(code, "condition", number), "Code": number, "Description": text, "PaymentDays": days,
                "PaymentMethod": method, "Percentage": Decimal(1), "PaymentEndOfMonths": 0,
            })
            for number, text, days, method in CONDITIONS
        ],
        "hrm/Costcenters": [
            clean({"ID": guid(code, "cc", number), "Code": number, "Description": text, "Active": True})
            for number, text in COST_CENTERS
        ],
        "hrm/Costunits": [
            clean({"ID": guid(code, "cu", number), "Code": number, "Description": text}) for number, text in COST_UNITS
        ],
        "project/Projects": [
            clean({"ID": guid(code, "project", "PRJ1"), "Code": "PRJ1", "Description": "Verbouwing", "Type": 2})
        ],
        "documents/DocumentTypes": [
            clean({
                "ID": number, "Description": text, "DocumentIsCreatable": True, "DocumentIsDeletable": True,
                "DocumentIsUpdatable": True, "DocumentIsViewable": True, "TypeCategory": 1,
            })
            for number, text in TYPES.items()
        ],
        "financial/FinancialPeriods": [
            clean(_period(code, year, month))
            for year in (today.year - 1, today.year, today.year + 1)
            for month in range(1, 13)
        ],
    }  # fmt: skip
    return tables


def _period(code: int, year: int, month: int) -> Row:
    following = date(year + month // 12, month % 12 + 1, 1)
    return {
        "ID": guid(code, "period", year, month), "FinYear": year, "FinPeriod": month,
        "StartDate": _ms(date(year, month, 1)), "EndDate": _ms(following - timedelta(days=1)),
    }  # fmt: skip
