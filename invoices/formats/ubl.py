"""UBL 2.x Invoice and CreditNote → Invoice.

One table for Peppol BIS Billing 3, NLCIUS / SI-UBL 2.0, XRechnung, SI-UBL 1.x and plain UBL: they differ in
what they demand, not in where things stand. Where an older document puts a thing elsewhere (a due date under
the payment means, the VAT category of a line under its TaxTotal) it is taken from there.
"""

from __future__ import annotations

import re
from typing import Any, cast

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

NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
A = "{" + NAMESPACE + "CommonAggregateComponents-2}"
B = "{" + NAMESPACE + "CommonBasicComponents-2}"
ROOTS = {"{" + NAMESPACE + kind + "-2}" + kind: kind for kind in ("Invoice", "CreditNote")}

_SUBJECT = re.compile(r"#([A-Z]{3})#(.*)", re.DOTALL)
_EMPTY = etree.XPath("//*[not(*) and not(normalize-space(.))]")
_INVOICED_OBJECT, _PROJECT = (
    "130",
    "50",
)  # document type codes that make a reference something else than a file


def _embedded(node: etree._Element, found: w.Found, notes: w.Notes) -> None:
    found.setdefault("content", node.text or "")
    found.setdefault("declared_type", node.get("mimeCode"))
    found.setdefault("filename", node.get("filename"))


def _vat_amount(node: etree._Element, found: w.Found, notes: w.Notes) -> None:
    found.setdefault("currency", node.get("currencyID"))
    _TAX_AMOUNT(node, found, notes)


def _means_code(node: etree._Element, found: w.Found, notes: w.Notes) -> None:
    found.setdefault("text", node.get("name"))
    found.setdefault("code", w.clean(node, notes))


def _classification(node: etree._Element, found: w.Found, notes: w.Notes) -> None:
    one = Classification(w.clean(node, notes), node.get("listID"), node.get("listVersionID"))
    found.setdefault("classifications", []).append(one)


_TAX_AMOUNT = w.number("amount")

ADDRESS: Table = {
    B + "StreetName": "street",
    B + "AdditionalStreetName": "additional",
    A + "AddressLine": {B + "Line": "third_line"},
    B + "BuildingNumber": "building_number",
    B + "CityName": "city",
    B + "PostalZone": "postcode",
    B + "CountrySubentity": "region",
    A + "Country": {B + "IdentificationCode": "country"},
}
TAX_SCHEME = {B + "ID": "scheme"}
_PARTY_BUT_NAMES: Table = {
    B + "EndpointID": w.identifier("endpoint"),
    A + "PartyIdentification": {B + "ID": w.identifiers("identifiers")},
    A + "PostalAddress": w.one("address", ADDRESS, Address),
    A + "PartyTaxScheme": w.many(
        "tax_ids", {B + "CompanyID": "value", A + "TaxScheme": TAX_SCHEME}, Identifier
    ),
    A + "Contact": w.one(
        "contact",
        {
            B + "Name": "name",
            B + "Telephone": "phone",
            B + "ElectronicMail": "email",
        },
        Contact,
    ),
}  # fmt: skip
PARTY: Table = {
    **_PARTY_BUT_NAMES,
    A + "PartyName": {B + "Name": "trading_name"},
    A + "PartyLegalEntity": {
        B + "RegistrationName": "name",
        B + "CompanyID": w.identifier("legal_id"),
        B + "CompanyLegalForm": "legal_form",
    },
}  # fmt: skip
# Payee and tax representative have one name, and UBL writes it where others have their trading name.
OTHER_PARTY: Table = {
    **_PARTY_BUT_NAMES,
    A + "PartyName": {B + "Name": "name"},
    A + "PartyLegalEntity": {B + "CompanyID": w.identifier("legal_id")},
}
_party = w.made(Party, "identifiers", "tax_ids")

VAT: Table = {
    B + "ID": "code",
    B + "Percent": w.number("rate"),
    B + "TaxExemptionReasonCode": "reason_code",
    B + "TaxExemptionReason": "reason",
    A + "TaxScheme": TAX_SCHEME,
}
ALLOWANCE: Table = {
    B + "ChargeIndicator": w.boolean("is_charge"),
    B + "AllowanceChargeReasonCode": "reason_code",
    B + "AllowanceChargeReason": "reason",
    B + "MultiplierFactorNumeric": w.number("percent"),
    B + "Amount": w.amount("amount"),
    B + "BaseAmount": w.amount("base"),
    A + "TaxCategory": w.one("vat", VAT, VatCategory),
}
PERIOD: Table = {
    B + "StartDate": w.date_of("start"),
    B + "EndDate": w.date_of("end"),
    B + "DescriptionCode": "code",
}
ITEM: Table = {
    B + "Description": "description",
    B + "Name": "name",
    A + "BuyersItemIdentification": {B + "ID": "buyer_id"},
    A + "SellersItemIdentification": {B + "ID": "seller_id"},
    A + "StandardItemIdentification": {B + "ID": w.identifier("standard_id")},
    A + "OriginCountry": {B + "IdentificationCode": "origin"},
    A + "CommodityClassification": {B + "ItemClassificationCode": _classification},
    A + "ClassifiedTaxCategory": w.one("vat", VAT, VatCategory),
    A + "AdditionalItemProperty": w.many("attributes", {B + "Name": "name", B + "Value": "value"}, Attribute),
}
PRICE: Table = {
    B + "PriceAmount": w.amount("net"),
    B + "BaseQuantity": w.quantity("base_quantity", "base_unit"),
    A + "AllowanceCharge": {B + "Amount": w.amount("discount"), B + "BaseAmount": w.amount("gross")},
}
LINE: Table = {
    B + "ID": "id",
    B + "Note": "note",
    B + "InvoicedQuantity": w.quantity("quantity", "unit"),
    B + "CreditedQuantity": w.quantity("quantity", "unit"),
    B + "LineExtensionAmount": w.amount("net"),
    B + "AccountingCost": "accounting_reference",
    A + "InvoicePeriod": w.one("period", PERIOD, Period),
    A + "OrderLineReference": {
        B + "LineID": "order_line",
        A + "OrderReference": {B + "ID": "order"},
    },
    A + "DespatchLineReference": {B + "LineID": "despatch_line"},
    A + "DocumentReference": {B + "ID": w.identifier("object_id")},
    A + "AllowanceCharge": w.many("allowances_charges", ALLOWANCE, AllowanceCharge),
    A + "Item": w.one("item", ITEM, dict),
    A + "Price": w.one("price", PRICE, Price),
    # UBL before EN 16931 taxed a line here
    A + "TaxTotal": {
        A + "TaxSubtotal": {A + "TaxCategory": w.one("vat", VAT, VatCategory)},
    },
}  # fmt: skip
DOCUMENT: Table = {
    B + "ID": w.identifier("id"),
    B + "DocumentTypeCode": "type_code",
    B + "DocumentType": "document_type",
    B + "DocumentDescription": "description",
    A + "Attachment": {
        B + "EmbeddedDocumentBinaryObject": _embedded,
        A + "ExternalReference": {B + "URI": "uri"},
    },
}  # fmt: skip
_ACCOUNT: Table = {
    B + "ID": "account",
    B + "Name": "account_name",
    A + "FinancialInstitutionBranch": {
        B + "ID": "branch",
        A + "FinancialInstitution": {B + "ID": "institution"},
    },
}  # fmt: skip
MEANS: Table = {
    B + "ID": "id",
    B + "PaymentMeansCode": _means_code,
    B + "PaymentDueDate": w.date_of("due_date"),
    B + "PaymentID": "reference",
    A + "CardAccount": {
        B + "PrimaryAccountNumberID": "card_number",
        B + "NetworkID": "card_network",
        B + "HolderName": "card_holder",
    },
    A + "PayeeFinancialAccount": _ACCOUNT,
    A + "PaymentMandate": {
        B + "ID": "mandate",
        A + "PayerFinancialAccount": {B + "ID": "debited_account"},
    },
}  # fmt: skip
TERMS: Table = {
    B + "Note": "note",
    B + "PaymentMeansID": "means_id",
    B + "Amount": w.amount("amount"),
}
_PRECEDING = w.many(
    "preceding", {B + "ID": "number", B + "IssueDate": w.date_of("issue_date")}, PrecedingInvoice
)
BREAKDOWN: Table = {
    B + "TaxableAmount": w.amount("taxable"),
    B + "TaxAmount": w.amount("tax"),
    B + "Percent": w.number("rate"),  # UBL 2.0
    A + "TaxCategory": w.one("vat", VAT, VatCategory),
}
TOTALS: Table = {
    B + "LineExtensionAmount": w.amount("lines"),
    B + "TaxExclusiveAmount": w.amount("without_vat"),
    B + "TaxInclusiveAmount": w.amount("with_vat"),
    B + "AllowanceTotalAmount": w.amount("allowances"),
    B + "ChargeTotalAmount": w.amount("charges"),
    B + "PrepaidAmount": w.amount("prepaid"),
    B + "PayableRoundingAmount": w.amount("rounding"),
    B + "PayableAmount": w.amount("payable"),
}


def _line(**inside: Any) -> Line:
    item = inside.pop("item", None)
    if "allowances_charges" in inside:
        inside["allowances_charges"] = tuple(inside["allowances_charges"])
    if item is not None:
        vat = item.pop("vat", None)
        if vat is not None:
            inside["vat"] = vat
        if item:
            inside["item"] = _item(**item)
    return Line(**inside)


def _means(**inside: Any) -> PaymentMeans:
    """BT-86 stands on the branch. SI-UBL 1.x had the BIC one level deeper, and something else on the branch."""
    branch, institution = inside.pop("branch", None), inside.pop("institution", None)
    return PaymentMeans(**inside, bic=institution or branch)


def _breakdown(**inside: Any) -> VatBreakdown:
    rate = inside.pop("rate", None)
    vat = inside.get("vat")
    if rate is not None and vat is not None and vat.rate is None:
        inside["vat"] = VatCategory(vat.code, rate, vat.scheme, vat.reason, vat.reason_code)
    return VatBreakdown(**inside)


_item = w.made(Item, "classifications", "attributes")

INVOICE: Table = {
    B + "CustomizationID": "specification",
    B + "ProfileID": "process",
    B + "ID": "number",
    B + "IssueDate": w.date_of("issue_date"),
    B + "DueDate": w.date_of("due_date"),
    B + "InvoiceTypeCode": "type_code",
    B + "CreditNoteTypeCode": "type_code",
    B + "Note": w.texts("notes"),
    B + "TaxPointDate": w.date_of("tax_point_date"),
    B + "DocumentCurrencyCode": "currency",
    B + "TaxCurrencyCode": "accounting_currency",
    B + "AccountingCost": "accounting_reference",
    B + "BuyerReference": "buyer_reference",
    A + "InvoicePeriod": w.one("period", PERIOD, Period),
    A + "OrderReference": {
        B + "ID": "purchase_order_reference",
        B + "SalesOrderID": "sales_order_reference",
    },
    A + "BillingReference": {
        A + "InvoiceDocumentReference": _PRECEDING,
        A + "CreditNoteDocumentReference": _PRECEDING,
    },
    A + "DespatchDocumentReference": {B + "ID": "despatch_advice_reference"},
    A + "ReceiptDocumentReference": {B + "ID": "receiving_advice_reference"},
    A + "OriginatorDocumentReference": {B + "ID": "tender_or_lot_reference"},
    A + "ContractDocumentReference": {B + "ID": "contract_reference"},
    A + "ProjectReference": {B + "ID": "project_reference"},
    A + "AdditionalDocumentReference": w.many("documents", DOCUMENT, dict),
    A + "AccountingSupplierParty": w.one("seller", {A + "Party": PARTY}, _party),
    A + "AccountingCustomerParty": w.one("buyer", {A + "Party": PARTY}, _party),
    A + "PayeeParty": w.one("payee", OTHER_PARTY, _party),
    A + "TaxRepresentativeParty": w.one("tax_representative", OTHER_PARTY, _party),
    A + "Delivery": w.one(
        "delivery",
        {
            B + "ActualDeliveryDate": w.date_of("delivered_on"),
            A + "DeliveryLocation": {
                B + "ID": w.identifier("location"),
                A + "Address": w.one("address", ADDRESS, Address),
            },
            A + "DeliveryParty": {A + "PartyName": {B + "Name": "name"}},
        },
        Delivery,
    ),
    A + "PaymentMeans": w.many("payment_means", MEANS, _means),
    A + "PaymentTerms": w.many("payment_terms", TERMS, PaymentTerms),
    A + "AllowanceCharge": w.many("allowances_charges", ALLOWANCE, AllowanceCharge),
    A + "TaxTotal": w.many(
        "tax_totals",
        {B + "TaxAmount": _vat_amount, A + "TaxSubtotal": w.many("breakdown", BREAKDOWN, _breakdown)},
        dict,
    ),
    A + "LegalMonetaryTotal": w.one("totals", TOTALS, dict),
    A + "InvoiceLine": w.many("lines", LINE, _line),
    A + "CreditNoteLine": w.many("lines", LINE, _line),
}  # fmt: skip


def read_ubl(root: etree._Element) -> Invoice:
    """The invoice in a tree with one of `ROOTS`. Never raises: what cannot be taken over becomes a Flaw."""
    found: w.Found = {"root": ROOTS[str(root.tag)]}
    notes = w.Notes()
    w.walk(root, INVOICE, found, notes)
    _put_documents(found)
    put_totals(found, notes)
    found["notes"] = tuple(_note(text) for text in found.get("notes", ()))
    if found.get("due_date") is None:
        found["due_date"] = next((m.due_date for m in found.get("payment_means", ()) if m.due_date), None)
    if ":nlcius:" in (found.get("specification") or ""):
        # Only here is emptiness a rule of its own (SI-UBL-2), and it counts what the tables do not know, too.
        notes.empty.update(w.local_name(node) for node in cast("list[etree._Element]", _EMPTY(root)))
    return settled(found, notes)


def _put_documents(found: w.Found) -> None:
    """Sorts additional documents: the invoiced object, the project of a credit note, attachments."""
    files = []
    for document in found.pop("documents", ()):
        identifier = document.pop("id", None)
        kind = document.get("type_code")
        if kind == _INVOICED_OBJECT and "invoiced_object" not in found:
            found["invoiced_object"] = identifier
        elif kind == _PROJECT and found["root"] == "CreditNote" and "project_reference" not in found:
            found["project_reference"] = identifier.value if identifier else None
        else:
            old_description = document.pop("document_type", None)
            document.setdefault("description", old_description)
            files.append({"id": identifier.value if identifier else None, **document})
    if files:
        found["attachments"] = attach(files)


def _note(text: str) -> Note:
    """BT-21 stands before the text between number signs, in UBL ("#AAI#Delivered late")."""
    match = _SUBJECT.match(text)
    return Note(match.group(2).strip(), match.group(1)) if match else Note(text)
