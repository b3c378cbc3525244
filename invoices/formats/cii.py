"""UN/CEFACT Cross Industry Invoice (D16B) → Invoice: Factur-X, ZUGFeRD 2, XRechnung and plain EN 16931.

The same walk as for UBL over another tree. What CII says once for the whole invoice and the model says per
payment means (remittance reference, mandate) is handed to each of them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from lxml import etree

from . import walk as w
from .attachments import attach
from .model import (
    Address,
    AllowanceCharge,
    Attribute,
    Classification,
    Contact,
    Delivery,
    Identifier,
    Invoice,
    Item,
    Line,
    Note,
    Party,
    PaymentMeans,
    PaymentTerms,
    Period,
    PrecedingInvoice,
    Price,
    VatBreakdown,
    VatCategory,
)  # fmt: skip
from .settle import put_totals, settled
from .walk import Table

NAMESPACE = "urn:un:unece:uncefact:data:standard:"
R = "{" + NAMESPACE + "ReusableAggregateBusinessInformationEntity:100}"
M = "{" + NAMESPACE + "CrossIndustryInvoice:100}"
_U = "{" + NAMESPACE + "UnqualifiedDataType:100}"
_Q = "{" + NAMESPACE + "QualifiedDataType:100}"
ROOT = M + "CrossIndustryInvoice"

_NOT_A_LINE = {"GROUP", "INFORMATION"}  # subtotals and remarks between the lines of the EXTENDED profile


def _stamp(key: str) -> Table:
    """Dates stand one level deeper, as CCYYMMDD (format 102) or as ISO 8601."""
    return {
        name: w.converted(key, _stamp_day, "not_a_date")
        for name in (
            _U + "DateTimeString",
            _U + "DateString",
            _Q + "DateTimeString",
            _U + "DateTime",
            _U + "Date",
        )
    }


def _stamp_day(text: str) -> date | None:
    return w.day(f"{text[:4]}-{text[4:6]}-{text[6:8]}" if text[:8].isdigit() else text)


def _tax_id(node: etree._Element, found: w.Found, notes: w.Notes) -> None:
    scheme = node.get("schemeID")
    one = Identifier(w.clean(node, notes), "VAT" if scheme == "VA" else scheme)
    found.setdefault("tax_ids", []).append(one)


def _vat_total(node: etree._Element, found: w.Found, notes: w.Notes) -> None:
    inside: w.Found = {"currency": node.get("currencyID")}
    _AMOUNT(node, inside, notes)
    found.setdefault("vat_totals", []).append(inside)


def _class_code(node: etree._Element, found: w.Found, notes: w.Notes) -> None:
    one = Classification(w.clean(node, notes), node.get("listID"), node.get("listVersionID"))
    found.setdefault("classifications", []).append(one)


def _embedded(node: etree._Element, found: w.Found, notes: w.Notes) -> None:
    found.setdefault("content", node.text or "")
    found.setdefault("declared_type", node.get("mimeCode"))
    found.setdefault("filename", node.get("filename"))


_AMOUNT = w.number("amount")
_item = w.made(Item, "classifications", "attributes")
_party = w.made(Party, "identifiers", "tax_ids")

_amount = partial(w.amount, unnamed=None)  # CII names the currency once

ADDRESS: Table = {
    R + "PostcodeCode": "postcode",
    R + "LineOne": "street",
    R + "LineTwo": "additional",
    R + "LineThree": "third_line",
    R + "CityName": "city",
    R + "CountryID": "country",
    R + "CountrySubDivisionName": "region",
}
PARTY: Table = {
    R + "ID": w.identifiers("identifiers"),
    R + "GlobalID": w.identifiers("identifiers"),
    R + "Name": "name",
    R + "Description": "legal_form",
    R + "SpecifiedLegalOrganization": {
        R + "ID": w.identifier("legal_id"),
        R + "TradingBusinessName": "trading_name",
    },
    R + "DefinedTradeContact": w.one(
        "contact",
        {
            R + "PersonName": "name",
            R + "DepartmentName": "department",
            R + "TelephoneUniversalCommunication": {R + "CompleteNumber": "phone"},
            R + "EmailURIUniversalCommunication": {R + "URIID": "email"},
        },
        lambda department=None, name=None, **rest: Contact(name or department, **rest),
    ),
    R + "PostalTradeAddress": w.one("address", ADDRESS, Address),
    R + "URIUniversalCommunication": {R + "URIID": w.identifier("endpoint")},
    R + "SpecifiedTaxRegistration": {R + "ID": _tax_id},
}
VAT: Table = {
    R + "TypeCode": "scheme",
    R + "CategoryCode": "code",
    R + "RateApplicablePercent": w.number("rate"),
    R + "ExemptionReason": "reason",
    R + "ExemptionReasonCode": "reason_code",
}
ALLOWANCE: Table = {
    R + "ChargeIndicator": {_U + "Indicator": w.boolean("is_charge")},
    R + "CalculationPercent": w.number("percent"),
    R + "BasisAmount": _amount("base"),
    R + "ActualAmount": _amount("amount"),
    R + "ReasonCode": "reason_code",
    R + "Reason": "reason",
    R + "CategoryTradeTax": w.one("vat", VAT, VatCategory),
}
PERIOD: Table = {R + "StartDateTime": _stamp("start"), R + "EndDateTime": _stamp("end")}
ITEM: Table = {
    R + "GlobalID": w.identifier("standard_id"),
    R + "SellerAssignedID": "seller_id",
    R + "BuyerAssignedID": "buyer_id",
    R + "Name": "name",
    R + "Description": "description",
    R + "ApplicableProductCharacteristic": w.many(
        "attributes", {R + "Description": "name", R + "Value": "value"}, Attribute
    ),
    R + "DesignatedProductClassification": {R + "ClassCode": _class_code},
    R + "OriginTradeCountry": {R + "ID": "origin"},
}
LINE: Table = {
    R + "AssociatedDocumentLineDocument": {
        R + "LineID": "id",
        R + "LineStatusReasonCode": "status",
        R + "IncludedNote": {R + "Content": "note"},
    },
    R + "SpecifiedTradeProduct": w.one("item", ITEM, _item),
    R + "SpecifiedLineTradeAgreement": {
        R + "BuyerOrderReferencedDocument": {R + "LineID": "order_line", R + "IssuerAssignedID": "order"},
        R + "GrossPriceProductTradePrice": w.one(
            "gross",
            {
                R + "ChargeAmount": _amount("gross"),
                R + "BasisQuantity": w.quantity("base_quantity", "base_unit"),
                R + "AppliedTradeAllowanceCharge": {R + "ActualAmount": _amount("discount")},
            },
            dict,
        ),
        R + "NetPriceProductTradePrice": w.one(
            "price",
            {
                R + "ChargeAmount": _amount("net"),
                R + "BasisQuantity": w.quantity("base_quantity", "base_unit"),
            },
            dict,
        ),
    },
    R + "SpecifiedLineTradeDelivery": {
        R + "BilledQuantity": w.quantity("quantity", "unit"),
        R + "DespatchAdviceReferencedDocument": {R + "LineID": "despatch_line"},
    },
    R + "SpecifiedLineTradeSettlement": {
        R + "ApplicableTradeTax": w.one("vat", VAT, VatCategory),
        R + "BillingSpecifiedPeriod": w.one("period", PERIOD, Period),
        R + "SpecifiedTradeAllowanceCharge": w.many("allowances_charges", ALLOWANCE, AllowanceCharge),
        R + "SpecifiedTradeSettlementLineMonetarySummation": {R + "LineTotalAmount": _amount("net")},
        R + "AdditionalReferencedDocument": w.many(
            "objects",
            {R + "IssuerAssignedID": "value", R + "ReferenceTypeCode": "scheme", R + "TypeCode": "type_code"},
            dict,
        ),
        R + "ReceivableSpecifiedTradeAccountingAccount": {R + "ID": "accounting_reference"},
    },
}
DOCUMENT: Table = {
    R + "IssuerAssignedID": "id",
    R + "URIID": "uri",
    R + "TypeCode": "type_code",
    R + "Name": "description",
    R + "AttachmentBinaryObject": _embedded,
    R + "ReferenceTypeCode": "scheme",
}
AGREEMENT: Table = {
    R + "BuyerReference": "buyer_reference",
    R + "SellerTradeParty": w.one("seller", PARTY, _party),
    R + "BuyerTradeParty": w.one("buyer", PARTY, _party),
    R + "SellerTaxRepresentativeTradeParty": w.one("tax_representative", PARTY, _party),
    R + "SellerOrderReferencedDocument": {R + "IssuerAssignedID": "sales_order_reference"},
    R + "BuyerOrderReferencedDocument": {R + "IssuerAssignedID": "purchase_order_reference"},
    R + "ContractReferencedDocument": {R + "IssuerAssignedID": "contract_reference"},
    R + "AdditionalReferencedDocument": w.many("documents", DOCUMENT, dict),
    R + "SpecifiedProcuringProject": {R + "ID": "project_reference"},
}
DELIVERY: Table = {
    R + "ShipToTradeParty": {
        R + "ID": w.identifier("ship_to"),
        R + "GlobalID": w.identifier("ship_to_global"),
        R + "Name": "ship_to_name",
        R + "PostalTradeAddress": w.one("ship_to_address", ADDRESS, Address),
    },
    R + "ActualDeliverySupplyChainEvent": {R + "OccurrenceDateTime": _stamp("delivered_on")},
    R + "DespatchAdviceReferencedDocument": {R + "IssuerAssignedID": "despatch_advice_reference"},
    R + "ReceivingAdviceReferencedDocument": {R + "IssuerAssignedID": "receiving_advice_reference"},
}
MEANS: Table = {
    R + "TypeCode": "code",
    R + "Information": "text",
    R + "ApplicableTradeSettlementFinancialCard": {
        R + "ID": "card_number",
        R + "CardholderName": "card_holder",
    },
    R + "PayerPartyDebtorFinancialAccount": {R + "IBANID": "debited_account"},
    R + "PayeePartyCreditorFinancialAccount": {
        R + "IBANID": "account",
        R + "ProprietaryID": "other_account",
        R + "AccountName": "account_name",
    },
    R + "PayeeSpecifiedCreditorFinancialInstitution": {R + "BICID": "bic"},
}
BREAKDOWN: Table = {
    **VAT,
    R + "CalculatedAmount": _amount("tax"),
    R + "BasisAmount": _amount("taxable"),
    R + "TaxPointDate": _stamp("tax_point_date"),
    R + "DueDateTypeCode": "tax_point_code",
}
TERMS: Table = {
    R + "Description": "note",
    R + "DueDateDateTime": _stamp("due_date"),
    R + "DirectDebitMandateID": "mandate",
}
SETTLEMENT: Table = {
    R + "CreditorReferenceID": "creditor_id",
    R + "PaymentReference": "payment_reference",
    R + "TaxCurrencyCode": "accounting_currency",
    R + "InvoiceCurrencyCode": "currency",
    R + "PayeeTradeParty": w.one("payee", PARTY, _party),
    R + "SpecifiedTradeSettlementPaymentMeans": w.many("payment_means", MEANS, dict),
    R + "ApplicableTradeTax": w.many("breakdown", BREAKDOWN, dict),
    R + "BillingSpecifiedPeriod": w.one("period", PERIOD, Period),
    R + "SpecifiedTradeAllowanceCharge": w.many("allowances_charges", ALLOWANCE, AllowanceCharge),
    R + "SpecifiedTradePaymentTerms": w.many("terms", TERMS, dict),
    R + "SpecifiedTradeSettlementHeaderMonetarySummation": w.one(
        "totals",
        {
            R + "LineTotalAmount": _amount("lines"),
            R + "ChargeTotalAmount": _amount("charges"),
            R + "AllowanceTotalAmount": _amount("allowances"),
            R + "TaxBasisTotalAmount": _amount("without_vat"),
            R + "TaxTotalAmount": _vat_total,
            R + "RoundingAmount": _amount("rounding"),
            R + "GrandTotalAmount": _amount("with_vat"),
            R + "TotalPrepaidAmount": _amount("prepaid"),
            R + "DuePayableAmount": _amount("payable"),
        },
        dict,
    ),
    R + "InvoiceReferencedDocument": w.many(
        "preceding",
        {R + "IssuerAssignedID": "number", R + "FormattedIssueDateTime": _stamp("issue_date")},
        PrecedingInvoice,
    ),
    R + "ReceivableSpecifiedTradeAccountingAccount": {R + "ID": "accounting_reference"},
}


def _line(**inside: Any) -> Line | None:
    """None for what stands between the lines without being one."""
    if inside.pop("status", None) in _NOT_A_LINE:
        return None
    price = {**inside.pop("gross", {}), **inside.pop("price", {})}
    if price:
        inside["price"] = Price(**price)
    objects = [o for o in inside.pop("objects", ()) if o.get("type_code") in (None, "130")]
    if objects:
        inside["object_id"] = Identifier(objects[0].get("value"), objects[0].get("scheme"))
    if "allowances_charges" in inside:
        inside["allowances_charges"] = tuple(inside["allowances_charges"])
    return Line(**inside)


INVOICE: Table = {
    M + "ExchangedDocumentContext": {
        R + "BusinessProcessSpecifiedDocumentContextParameter": {R + "ID": "process"},
        R + "GuidelineSpecifiedDocumentContextParameter": {R + "ID": "specification"},
    },
    M + "ExchangedDocument": {
        R + "ID": "number",
        R + "TypeCode": "type_code",
        R + "IssueDateTime": _stamp("issue_date"),
        R + "IncludedNote": w.many("notes", {R + "Content": "text", R + "SubjectCode": "subject_code"}, Note),
    },
    M + "SupplyChainTradeTransaction": {
        R + "IncludedSupplyChainTradeLineItem": w.many("lines", LINE, _line),
        R + "ApplicableHeaderTradeAgreement": AGREEMENT,
        R + "ApplicableHeaderTradeDelivery": DELIVERY,
        R + "ApplicableHeaderTradeSettlement": SETTLEMENT,
    },
}


def read_cii(root: etree._Element) -> Invoice:
    """The invoice in a tree whose root is `ROOT`. Never raises: what cannot be taken over becomes a Flaw."""
    found: w.Found = {"root": "CrossIndustryInvoice"}
    notes = w.Notes()
    w.walk(root, INVOICE, found, notes)
    found["lines"] = [line for line in found.get("lines", ()) if line is not None]
    found["notes"] = tuple(found.get("notes", ()))
    _put_delivery(found)
    _put_breakdown(found)
    _put_payment(found)
    _put_documents(found)
    put_totals(found, notes)
    return settled(found, notes)


def _put_delivery(found: w.Found) -> None:
    place, global_place = found.pop("ship_to", None), found.pop("ship_to_global", None)
    delivery = Delivery(
        found.pop("ship_to_name", None),
        global_place or place,
        found.pop("delivered_on", None),
        found.pop("ship_to_address", None),
    )
    if delivery != Delivery():
        found["delivery"] = delivery


def _put_breakdown(found: w.Found) -> None:
    """The breakdown also says when VAT is due (BT-7, BT-8), which the model keeps for the whole invoice."""
    breakdown = []
    for one in found.pop("breakdown", ()):
        point, code = one.pop("tax_point_date", None), one.pop("tax_point_code", None)
        if point:
            found.setdefault("tax_point_date", point)
        if code and not (found.get("period") and found["period"].code):
            found["period"] = replace(found.get("period", Period()), code=code)
        taxable, tax = one.pop("taxable", None), one.pop("tax", None)
        breakdown.append(VatBreakdown(taxable, tax, VatCategory(**one)))
    totals = found.setdefault("totals", {})
    vat_totals = totals.pop("vat_totals", None) or [{}]
    vat_totals[0]["breakdown"] = breakdown
    if breakdown or vat_totals[0].get("amount") is not None:
        found["tax_totals"] = vat_totals


def _put_payment(found: w.Found) -> None:
    terms = found.pop("terms", [])
    found["payment_terms"] = [PaymentTerms(t["note"]) for t in terms if t.get("note")]
    found.setdefault("due_date", next((t["due_date"] for t in terms if t.get("due_date")), None))
    common = {
        "reference": found.pop("payment_reference", None),
        "mandate": next((t["mandate"] for t in terms if t.get("mandate")), None),
    }
    means = found.get("payment_means") or ([{}] if any(common.values()) else [])
    for one in means:
        other = one.pop("other_account", None)
        one.setdefault("account", other)
    found["payment_means"] = [PaymentMeans(**one, **common) for one in means]
    creditor = found.pop("creditor_id", None)
    if creditor:
        seller = found.get("seller", Party())
        identifiers = (*seller.identifiers, Identifier(creditor, "SEPA"))
        found["seller"] = replace(seller, identifiers=identifiers)


def _put_documents(found: w.Found) -> None:
    """Type code 130 is the invoiced object, 50 the tender or lot; the rest are attachments."""
    files = []
    for document in found.pop("documents", ()):
        scheme, kind = document.pop("scheme", None), document.get("type_code")
        if kind == "130" and "invoiced_object" not in found:
            found["invoiced_object"] = Identifier(document.get("id"), scheme)
        elif kind == "50" and "tender_or_lot_reference" not in found:
            found["tender_or_lot_reference"] = document.get("id")
        else:
            files.append(document)
    if files:
        found["attachments"] = attach(files)
