"""Invoice → UBL 2.1, as Peppol BIS Billing 3 and NLCIUS want it: for demonstrations, tests and examples.

`ubl(invoice)` writes what the model holds, in the order of the schema, and adds nothing: whether the result is valid
depends on what the invoice says (totals.py makes the sums of a correct one).
"""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import cast

from lxml import etree

from .model import (
    Address,
    AllowanceCharge,
    Attachment,
    Identifier,
    Invoice,
    Item,
    Line,
    Party,
    PaymentMeans,
    Period,
    Price,
    VatCategory,
)  # fmt: skip
from .settle import opposite
from .ubl import NAMESPACE, A, B

PEPPOL_SPECIFICATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PEPPOL_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
NLCIUS_SPECIFICATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:nen.nl:nlcius:v1.0"
GACCOUNT_SPECIFICATION = NLCIUS_SPECIFICATION + "#conformant#urn:fdc:nen.nl:gaccount:v1.0"


def ubl(invoice: Invoice) -> bytes:
    """The document, in UTF-8. A credit note becomes a CreditNote, unless it was written as a negative invoice."""
    if invoice.written_negative:
        return _Writer(opposite(invoice), "Invoice").document()
    return _Writer(invoice, "CreditNote" if invoice.is_credit else "Invoice").document()


class _Writer:
    """One document in the making. Methods follow the schema from top to bottom; None writes nothing."""

    def __init__(self, invoice: Invoice, kind: str) -> None:
        self.invoice = invoice
        self.kind = kind
        namespace = f"{NAMESPACE}{kind}-2"
        prefixes = cast("dict[str, str]", {None: namespace, "cac": A[1:-1], "cbc": B[1:-1]})
        self.root = etree.Element(f"{{{namespace}}}{kind}", nsmap=prefixes)

    def document(self) -> bytes:
        self.header()
        self.references()
        self.parties()
        self.payment()
        self.totals()
        for line in self.invoice.lines:
            self.line(line)
        return etree.tostring(self.root, encoding="utf-8", xml_declaration=True, pretty_print=True)

    # -- the smallest parts ------------------------------------------------------------------------------------

    @staticmethod
    def group(parent: etree._Element, name: str) -> etree._Element:
        return etree.SubElement(parent, A + name)

    @staticmethod
    def put(
        parent: etree._Element, tag: str, value: str | Decimal | date | None, /, **attributes: str | None
    ) -> None:
        if value is None:
            return
        written = {key: text for key, text in attributes.items() if text is not None}
        element = etree.SubElement(parent, B + tag, written)
        element.text = format(value, "f") if isinstance(value, Decimal) else str(value)

    def amount(
        self, parent: etree._Element, name: str, value: Decimal | None, currency: str | None = None
    ) -> None:
        self.put(parent, name, value, currencyID=currency or self.invoice.currency)

    def identifier(self, parent: etree._Element, name: str, value: Identifier | None) -> None:
        if value is not None:
            self.put(parent, name, value.value, schemeID=value.scheme)

    def wrapped(self, parent: etree._Element, wrapper: str, name: str, value: str | None) -> None:
        if value is not None:
            self.put(self.group(parent, wrapper), name, value)

    # -- header ------------------------------------------------------------------------------------------------

    def header(self) -> None:
        invoice, root = self.invoice, self.root
        self.put(root, "CustomizationID", invoice.specification)
        self.put(root, "ProfileID", invoice.process)
        self.put(root, "ID", invoice.number)
        self.put(root, "IssueDate", invoice.issue_date)
        if self.kind == "Invoice":
            self.put(root, "DueDate", invoice.due_date)
            self.put(root, "InvoiceTypeCode", invoice.type_code)
            self.notes()
            self.put(root, "TaxPointDate", invoice.tax_point_date)
        else:  # BT-9 stands with the payment means, and the schema has another order
            self.put(root, "TaxPointDate", invoice.tax_point_date)
            self.put(root, "CreditNoteTypeCode", invoice.type_code)
            self.notes()
        self.put(root, "DocumentCurrencyCode", invoice.currency)
        self.put(root, "TaxCurrencyCode", invoice.accounting_currency)
        self.put(root, "AccountingCost", invoice.accounting_reference)
        self.put(root, "BuyerReference", invoice.buyer_reference)
        self.period(root, invoice.period)

    def notes(self) -> None:
        for note in self.invoice.notes:
            subject = f"#{note.subject_code}#" if note.subject_code else ""
            self.put(self.root, "Note", subject + (note.text or ""))

    def period(self, parent: etree._Element, period: Period | None) -> None:
        if period is not None:
            group = self.group(parent, "InvoicePeriod")
            self.put(group, "StartDate", period.start)
            self.put(group, "EndDate", period.end)
            self.put(group, "DescriptionCode", period.code)

    def references(self) -> None:
        invoice, root = self.invoice, self.root
        if invoice.purchase_order_reference is not None or invoice.sales_order_reference is not None:
            order = self.group(root, "OrderReference")
            self.put(order, "ID", invoice.purchase_order_reference)
            self.put(order, "SalesOrderID", invoice.sales_order_reference)
        for one in invoice.preceding:
            reference = self.group(self.group(root, "BillingReference"), "InvoiceDocumentReference")
            self.put(reference, "ID", one.number)
            self.put(reference, "IssueDate", one.issue_date)
        self.wrapped(root, "DespatchDocumentReference", "ID", invoice.despatch_advice_reference)
        self.wrapped(root, "ReceiptDocumentReference", "ID", invoice.receiving_advice_reference)
        if self.kind == "Invoice":
            self.wrapped(root, "OriginatorDocumentReference", "ID", invoice.tender_or_lot_reference)
            self.wrapped(root, "ContractDocumentReference", "ID", invoice.contract_reference)
            self.documents()
            self.wrapped(root, "ProjectReference", "ID", invoice.project_reference)
        else:
            self.wrapped(root, "ContractDocumentReference", "ID", invoice.contract_reference)
            self.documents()
            self.wrapped(root, "OriginatorDocumentReference", "ID", invoice.tender_or_lot_reference)

    def documents(self) -> None:
        if self.invoice.invoiced_object is not None:
            group = self.group(self.root, "AdditionalDocumentReference")
            self.identifier(group, "ID", self.invoice.invoiced_object)
            self.put(group, "DocumentTypeCode", "130")
        if self.kind == "CreditNote" and self.invoice.project_reference is not None:
            group = self.group(self.root, "AdditionalDocumentReference")
            self.put(group, "ID", self.invoice.project_reference)
            self.put(group, "DocumentTypeCode", "50")
        for one in self.invoice.attachments:
            self.attachment(one)

    def attachment(self, one: Attachment) -> None:
        group = self.group(self.root, "AdditionalDocumentReference")
        self.put(group, "ID", one.id)
        self.put(group, "DocumentTypeCode", one.type_code)
        self.put(group, "DocumentDescription", one.description)
        if one.content is None and one.uri is None:
            return
        inside = self.group(group, "Attachment")
        if one.content is not None:
            content = base64.b64encode(one.content).decode("ascii")
            self.put(
                inside,
                "EmbeddedDocumentBinaryObject",
                content,
                mimeCode=one.declared_type,
                filename=one.filename,
            )
        if one.uri is not None:
            self.put(self.group(inside, "ExternalReference"), "URI", one.uri)

    # -- parties -----------------------------------------------------------------------------------------------

    def parties(self) -> None:
        invoice, root = self.invoice, self.root
        for name, party in (
            ("AccountingSupplierParty", invoice.seller),
            ("AccountingCustomerParty", invoice.buyer),
        ):
            if party is not None:
                self.party(self.group(self.group(root, name), "Party"), party, party.trading_name)
        for name, party in (
            ("PayeeParty", invoice.payee),
            ("TaxRepresentativeParty", invoice.tax_representative),
        ):
            if party is not None:
                self.party(self.group(root, name), replace(party, name=None), party.name)
        delivery = invoice.delivery
        if delivery is None:
            return
        group = self.group(root, "Delivery")
        self.put(group, "ActualDeliveryDate", delivery.delivered_on)
        if delivery.location is not None or delivery.address is not None:
            location = self.group(group, "DeliveryLocation")
            self.identifier(location, "ID", delivery.location)
            self.address(location, "Address", delivery.address)
        if delivery.name is not None:
            self.wrapped(self.group(group, "DeliveryParty"), "PartyName", "Name", delivery.name)

    def party(self, group: etree._Element, party: Party, shown_name: str | None) -> None:
        self.identifier(group, "EndpointID", party.endpoint)
        for one in party.identifiers:
            self.identifier(self.group(group, "PartyIdentification"), "ID", one)
        self.wrapped(group, "PartyName", "Name", shown_name)
        self.address(group, "PostalAddress", party.address)
        for one in party.tax_ids:
            scheme = self.group(group, "PartyTaxScheme")
            self.put(scheme, "CompanyID", one.value)
            self.wrapped(scheme, "TaxScheme", "ID", one.scheme)
        if party.name is not None or party.legal_id is not None or party.legal_form is not None:
            legal = self.group(group, "PartyLegalEntity")
            self.put(legal, "RegistrationName", party.name)
            self.identifier(legal, "CompanyID", party.legal_id)
            self.put(legal, "CompanyLegalForm", party.legal_form)
        if party.contact is not None:
            contact = self.group(group, "Contact")
            self.put(contact, "Name", party.contact.name)
            self.put(contact, "Telephone", party.contact.phone)
            self.put(contact, "ElectronicMail", party.contact.email)

    def address(self, parent: etree._Element, name: str, address: Address | None) -> None:
        if address is None:
            return
        group = self.group(parent, name)
        self.put(group, "StreetName", address.street)
        self.put(group, "AdditionalStreetName", address.additional)
        self.put(group, "BuildingNumber", address.building_number)
        self.put(group, "CityName", address.city)
        self.put(group, "PostalZone", address.postcode)
        self.put(group, "CountrySubentity", address.region)
        self.wrapped(group, "AddressLine", "Line", address.third_line)
        self.wrapped(group, "Country", "IdentificationCode", address.country)

    # -- payment, allowances, totals ---------------------------------------------------------------------------

    def payment(self) -> None:
        for means in self.invoice.payment_means:
            self.means(means)
        for terms in self.invoice.payment_terms:
            group = self.group(self.root, "PaymentTerms")
            self.put(group, "PaymentMeansID", terms.means_id)
            self.put(group, "Note", terms.note)
            self.amount(group, "Amount", terms.amount)
        for one in self.invoice.allowances_charges:
            self.allowance(self.root, one)

    def means(self, means: PaymentMeans) -> None:
        group = self.group(self.root, "PaymentMeans")
        self.put(group, "ID", means.id)
        self.put(group, "PaymentMeansCode", means.code, name=means.text)
        self.put(group, "PaymentDueDate", means.due_date)
        self.put(group, "PaymentID", means.reference)
        if means.card_number is not None:
            card = self.group(group, "CardAccount")
            self.put(card, "PrimaryAccountNumberID", means.card_number)
            self.put(card, "NetworkID", means.card_network)
            self.put(card, "HolderName", means.card_holder)
        if means.account is not None:
            account = self.group(group, "PayeeFinancialAccount")
            self.put(account, "ID", means.account)
            self.put(account, "Name", means.account_name)
            self.wrapped(account, "FinancialInstitutionBranch", "ID", means.bic)
        if means.mandate is not None or means.debited_account is not None:
            mandate = self.group(group, "PaymentMandate")
            self.put(mandate, "ID", means.mandate)
            self.wrapped(mandate, "PayerFinancialAccount", "ID", means.debited_account)

    def allowance(self, parent: etree._Element, one: AllowanceCharge) -> None:
        group = self.group(parent, "AllowanceCharge")
        self.put(group, "ChargeIndicator", None if one.is_charge is None else str(one.is_charge).lower())
        self.put(group, "AllowanceChargeReasonCode", one.reason_code)
        self.put(group, "AllowanceChargeReason", one.reason)
        self.put(group, "MultiplierFactorNumeric", one.percent)
        self.amount(group, "Amount", one.amount)
        self.amount(group, "BaseAmount", one.base)
        self.vat(group, "TaxCategory", one.vat)

    def vat(self, parent: etree._Element, name: str, vat: VatCategory | None) -> None:
        if vat is None:
            return
        group = self.group(parent, name)
        self.put(group, "ID", vat.code)
        self.put(group, "Percent", vat.rate)
        self.put(group, "TaxExemptionReasonCode", vat.reason_code)
        self.put(group, "TaxExemptionReason", vat.reason)
        self.wrapped(group, "TaxScheme", "ID", vat.scheme)

    def totals(self) -> None:
        invoice, totals = self.invoice, self.invoice.totals
        if totals.vat is not None or invoice.vat_breakdown:
            group = self.group(self.root, "TaxTotal")
            self.amount(group, "TaxAmount", totals.vat)
            for one in invoice.vat_breakdown:
                subtotal = self.group(group, "TaxSubtotal")
                self.amount(subtotal, "TaxableAmount", one.taxable)
                self.amount(subtotal, "TaxAmount", one.tax)
                self.vat(subtotal, "TaxCategory", one.vat)
        if totals.vat_in_accounting_currency is not None:
            group = self.group(self.root, "TaxTotal")
            self.amount(group, "TaxAmount", totals.vat_in_accounting_currency, invoice.accounting_currency)
        group = self.group(self.root, "LegalMonetaryTotal")
        self.amount(group, "LineExtensionAmount", totals.lines)
        self.amount(group, "TaxExclusiveAmount", totals.without_vat)
        self.amount(group, "TaxInclusiveAmount", totals.with_vat)
        self.amount(group, "AllowanceTotalAmount", totals.allowances)
        self.amount(group, "ChargeTotalAmount", totals.charges)
        self.amount(group, "PrepaidAmount", totals.prepaid)
        self.amount(group, "PayableRoundingAmount", totals.rounding)
        self.amount(group, "PayableAmount", totals.payable)

    # -- lines -------------------------------------------------------------------------------------------------

    def line(self, line: Line) -> None:
        group = self.group(self.root, f"{self.kind}Line")
        quantity = "InvoicedQuantity" if self.kind == "Invoice" else "CreditedQuantity"
        self.put(group, "ID", line.id)
        self.put(group, "Note", line.note)
        self.put(group, quantity, line.quantity, unitCode=line.unit)
        self.amount(group, "LineExtensionAmount", line.net)
        self.put(group, "AccountingCost", line.accounting_reference)
        self.period(group, line.period)
        if line.order_line is not None:
            reference = self.group(group, "OrderLineReference")
            self.put(reference, "LineID", line.order_line)
            self.wrapped(reference, "OrderReference", "ID", line.order)
        self.wrapped(group, "DespatchLineReference", "LineID", line.despatch_line)
        if line.object_id is not None:
            reference = self.group(group, "DocumentReference")
            self.identifier(reference, "ID", line.object_id)
            self.put(reference, "DocumentTypeCode", "130")
        for one in line.allowances_charges:
            self.allowance(group, one)
        self.item(group, line.item, line.vat)
        self.price(group, line.price)

    def item(self, parent: etree._Element, item: Item | None, vat: VatCategory | None) -> None:
        if item is None and vat is None:
            return
        group = self.group(parent, "Item")
        item = item or Item()
        self.put(group, "Description", item.description)
        self.put(group, "Name", item.name)
        self.wrapped(group, "BuyersItemIdentification", "ID", item.buyer_id)
        self.wrapped(group, "SellersItemIdentification", "ID", item.seller_id)
        if item.standard_id is not None:
            self.identifier(self.group(group, "StandardItemIdentification"), "ID", item.standard_id)
        self.wrapped(group, "OriginCountry", "IdentificationCode", item.origin)
        for one in item.classifications:
            code = self.group(group, "CommodityClassification")
            self.put(code, "ItemClassificationCode", one.code, listID=one.scheme, listVersionID=one.version)
        self.vat(group, "ClassifiedTaxCategory", vat)
        for attribute in item.attributes:
            pair = self.group(group, "AdditionalItemProperty")
            self.put(pair, "Name", attribute.name)
            self.put(pair, "Value", attribute.value)

    def price(self, parent: etree._Element, price: Price | None) -> None:
        if price is None:
            return
        group = self.group(parent, "Price")
        self.amount(group, "PriceAmount", price.net)
        self.put(group, "BaseQuantity", price.base_quantity, unitCode=price.base_unit)
        if price.discount is not None or price.gross is not None:
            allowance = self.group(group, "AllowanceCharge")
            self.put(allowance, "ChargeIndicator", "false")
            self.amount(allowance, "Amount", price.discount)
            self.amount(allowance, "BaseAmount", price.gross)
