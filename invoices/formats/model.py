"""What an invoice says, in the words of EN 16931-1 (the European invoice), whatever syntax it came in.

Every part is a frozen dataclass; every field names its business term (`terms(Invoice)["number"] == "BT-1"`),
so that a viewer can show the number and a finding can point at it.

Absent and empty differ: None means the element was not there, "" that it was there and empty. Amounts are
`Decimal`, exactly as written (1.10 stays 1.10, five decimals stay five); dates are `date` without a time
zone.

**One sign for credit.** Suppliers write a credit in two ways: as a credit note (type 381) with positive
amounts, or as an invoice (type 380) with negative ones. Here both are the same thing: `kind` is
"credit_note", `is_credit` is true, and amounts and quantities are positive, i.e. those of a negative invoice
are turned round (`written_negative` remembers it; unit prices are positive in both and stay as they are).
What should be added up over invoices and credit notes takes `invoice.signed`: the totals with minus signs
when they are a credit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal, get_type_hints

Kind = Literal["invoice", "credit_note"]


@cache
def terms(part: type) -> dict[str, str]:
    """Field name → business term of a class below; fields that EN 16931 has no term for are left out."""
    hints = get_type_hints(part, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items() if hasattr(hint, "__metadata__")}


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value, and the scheme it is unique in ("0106" KvK, "0190" OIN, "0088" GLN, "VAT", "SEPA"), as written."""

    value: str | None = None
    scheme: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    street: Annotated[str | None, "BT-35"] = None
    additional: Annotated[str | None, "BT-36"] = None
    third_line: Annotated[str | None, "BT-162"] = None
    building_number: str | None = None  # UBL before EN 16931 (SI-UBL 1.x) wrote it apart from the street
    city: Annotated[str | None, "BT-37"] = None
    postcode: Annotated[str | None, "BT-38"] = None
    region: Annotated[str | None, "BT-39"] = None
    country: Annotated[str | None, "BT-40"] = None


@dataclass(frozen=True, slots=True)
class Contact:
    name: Annotated[str | None, "BT-41"] = None
    phone: Annotated[str | None, "BT-42"] = None
    email: Annotated[str | None, "BT-43"] = None


# The Dutch schemes as SI-UBL 1.x wrote them, and their numbers in the ISO 6523 / EAS lists of today.
_OLD_SCHEMES = {"NL:KVK": "0106", "NL:OIN": "0190", "NL:OINO": "0190", "NL:VAT": "9944", "GLN": "0088"}


@dataclass(frozen=True, slots=True)
class Party:
    """Seller (BG-4), buyer (BG-7), payee (BG-10) or the seller's tax representative (BG-11)."""

    name: Annotated[str | None, "BT-27"] = None
    trading_name: Annotated[str | None, "BT-28"] = None
    identifiers: Annotated[tuple[Identifier, ...], "BT-29"] = ()
    legal_id: Annotated[Identifier | None, "BT-30"] = None
    tax_ids: Annotated[
        tuple[Identifier, ...], "BT-31"
    ] = ()  # scheme "VAT" is BT-31/BT-48, any other is BT-32
    legal_form: Annotated[str | None, "BT-33"] = None
    endpoint: Annotated[Identifier | None, "BT-34"] = None
    address: Annotated[Address | None, "BG-5"] = None
    contact: Annotated[Contact | None, "BG-6"] = None

    @property
    def vat_id(self) -> str | None:
        """BT-31, BT-48 or BT-63: the first identifier under the scheme VAT."""
        return next((i.value for i in self.tax_ids if i.scheme and i.scheme.upper() == "VAT"), None)

    @property
    def tax_registration(self) -> str | None:
        """BT-32: a tax number that is not a VAT number."""
        return next((i.value for i in self.tax_ids if not i.scheme or i.scheme.upper() != "VAT"), None)

    @property
    def display_name(self) -> str:
        """The name to show: registered, else trading; "" when the document names nobody."""
        return self.name or self.trading_name or ""

    def identifier(self, scheme: str) -> str | None:
        """The value under `scheme` ("0106" …), wherever the party wrote it: legal id, endpoint, other
        identifiers.

        The names of SI-UBL 1.x ("NL:KVK") count as their numbers.
        """
        for one in (self.legal_id, self.endpoint, *self.identifiers):
            if one and one.value and one.scheme and _OLD_SCHEMES.get(one.scheme, one.scheme) == scheme:
                return one.value
        return None

    @property
    def kvk(self) -> str | None:
        """The number in the Dutch trade register, when it is written under its scheme."""
        return self.identifier("0106")


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about the whole invoice (BG-1)."""

    text: Annotated[str | None, "BT-22"] = None
    subject_code: Annotated[str | None, "BT-21"] = None


@dataclass(frozen=True, slots=True)
class PrecedingInvoice:
    """The invoice that this one corrects or credits (BG-3)."""

    number: Annotated[str | None, "BT-25"] = None
    issue_date: Annotated[date | None, "BT-26"] = None


@dataclass(frozen=True, slots=True)
class Period:
    """BG-14 of the invoice, BG-26 of a line. `code` (BT-8) says which date makes VAT due."""

    start: Annotated[date | None, "BT-73"] = None
    end: Annotated[date | None, "BT-74"] = None
    code: Annotated[str | None, "BT-8"] = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where and when goods or services were delivered (BG-13)."""

    name: Annotated[str | None, "BT-70"] = None
    location: Annotated[Identifier | None, "BT-71"] = None
    delivered_on: Annotated[date | None, "BT-72"] = None
    address: Annotated[Address | None, "BG-15"] = None


@dataclass(frozen=True, slots=True)
class PaymentMeans:
    """One way to pay (BG-16), with the account (BG-17), card (BG-18) or mandate (BG-19) it needs."""

    code: Annotated[str | None, "BT-81"] = None
    text: Annotated[str | None, "BT-82"] = None
    reference: Annotated[str | None, "BT-83"] = None
    account: Annotated[str | None, "BT-84"] = None
    account_name: Annotated[str | None, "BT-85"] = None
    bic: Annotated[str | None, "BT-86"] = None
    card_number: Annotated[str | None, "BT-87"] = None
    card_holder: Annotated[str | None, "BT-88"] = None
    card_network: str | None = None
    mandate: Annotated[str | None, "BT-89"] = None
    debited_account: Annotated[str | None, "BT-91"] = None
    due_date: Annotated[date | None, "BT-9"] = None  # where credit notes and SI-UBL 1.x write it
    id: str | None = None  # "GACCOUNT" marks the blocked account of the Dutch G-account extension


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """BT-20; the G-account extension says how much goes to which payment means (`means_id`, `amount`)."""

    note: Annotated[str | None, "BT-20"] = None
    means_id: str | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class VatCategory:
    """A UNCL 5305 code (S, Z, E, AE, K, G, O, L, M, B) and its rate in percent; reasons in the breakdown only."""

    code: Annotated[str | None, "BT-118"] = None
    rate: Annotated[Decimal | None, "BT-119"] = None
    scheme: str | None = None  # "VAT" in every invoice of EN 16931
    reason: Annotated[str | None, "BT-120"] = None
    reason_code: Annotated[str | None, "BT-121"] = None


@dataclass(frozen=True, slots=True)
class AllowanceCharge:
    """A discount or a surcharge, on the document (BG-20, BG-21) or on a line (BG-27, BG-28)."""

    is_charge: bool | None = None  # None: the document does not say, so nothing can be reckoned with it
    amount: Annotated[Decimal | None, "BT-92"] = None
    base: Annotated[Decimal | None, "BT-93"] = None
    percent: Annotated[Decimal | None, "BT-94"] = None
    vat: Annotated[VatCategory | None, "BT-95"] = None
    reason: Annotated[str | None, "BT-97"] = None
    reason_code: Annotated[str | None, "BT-98"] = None


@dataclass(frozen=True, slots=True)
class Price:
    """BG-29: what `base_quantity` units cost (1 when absent), VAT excluded, after `discount` off `gross`."""

    net: Annotated[Decimal | None, "BT-146"] = None
    discount: Annotated[Decimal | None, "BT-147"] = None
    gross: Annotated[Decimal | None, "BT-148"] = None
    base_quantity: Annotated[Decimal | None, "BT-149"] = None
    base_unit: Annotated[str | None, "BT-150"] = None


@dataclass(frozen=True, slots=True)
class Classification:
    code: Annotated[str | None, "BT-158"] = None
    scheme: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    name: Annotated[str | None, "BT-160"] = None
    value: Annotated[str | None, "BT-161"] = None


@dataclass(frozen=True, slots=True)
class Item:
    """What was sold (BG-31)."""

    name: Annotated[str | None, "BT-153"] = None
    description: Annotated[str | None, "BT-154"] = None
    seller_id: Annotated[str | None, "BT-155"] = None
    buyer_id: Annotated[str | None, "BT-156"] = None
    standard_id: Annotated[Identifier | None, "BT-157"] = None
    classifications: Annotated[tuple[Classification, ...], "BT-158"] = ()
    origin: Annotated[str | None, "BT-159"] = None
    attributes: Annotated[tuple[Attribute, ...], "BG-32"] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """BG-25. `net` is quantity × price ÷ base quantity, minus allowances, plus charges, VAT excluded."""

    id: Annotated[str | None, "BT-126"] = None
    note: Annotated[str | None, "BT-127"] = None
    object_id: Annotated[Identifier | None, "BT-128"] = None
    quantity: Annotated[Decimal | None, "BT-129"] = None
    unit: Annotated[str | None, "BT-130"] = None
    net: Annotated[Decimal | None, "BT-131"] = None
    order_line: Annotated[str | None, "BT-132"] = None
    order: str | None = None  # UBL lets a line name another order than the header's
    despatch_line: str | None = None
    accounting_reference: Annotated[str | None, "BT-133"] = None
    period: Annotated[Period | None, "BG-26"] = None
    allowances_charges: Annotated[tuple[AllowanceCharge, ...], "BG-27"] = ()
    price: Annotated[Price | None, "BG-29"] = None
    vat: Annotated[VatCategory | None, "BG-30"] = None
    item: Annotated[Item | None, "BG-31"] = None


@dataclass(frozen=True, slots=True)
class VatBreakdown:
    """One category at one rate (BG-23)."""

    taxable: Annotated[Decimal | None, "BT-116"] = None
    tax: Annotated[Decimal | None, "BT-117"] = None
    vat: Annotated[VatCategory | None, "BT-118"] = None


@dataclass(frozen=True, slots=True)
class Totals:
    """BG-22. All in the invoice currency, but `vat_in_accounting_currency`."""

    lines: Annotated[Decimal | None, "BT-106"] = None
    allowances: Annotated[Decimal | None, "BT-107"] = None
    charges: Annotated[Decimal | None, "BT-108"] = None
    without_vat: Annotated[Decimal | None, "BT-109"] = None
    vat: Annotated[Decimal | None, "BT-110"] = None
    vat_in_accounting_currency: Annotated[Decimal | None, "BT-111"] = None
    with_vat: Annotated[Decimal | None, "BT-112"] = None
    prepaid: Annotated[Decimal | None, "BT-113"] = None
    rounding: Annotated[Decimal | None, "BT-114"] = None
    payable: Annotated[Decimal | None, "BT-115"] = None

    def __neg__(self) -> Totals:
        return Totals(*(negated(getattr(self, f.name)) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Attachment:
    """A supporting document (BG-24): bytes inside the invoice, an address elsewhere (never fetched), or a name.

    `filename` is safe to store and to offer for download. `media_type` is what the bytes are by their first
    bytes, `declared_type` what the sender says. `problem` is None when the file may be shown; else one of
    "type_not_allowed", "type_differs", or, without content, "not_base64", "too_large", "too_many".
    """

    id: Annotated[str | None, "BT-122"] = None
    description: Annotated[str | None, "BT-123"] = None
    uri: Annotated[str | None, "BT-124"] = None
    content: Annotated[bytes | None, "BT-125"] = None
    filename: str | None = None
    declared_type: str | None = None
    media_type: str | None = None
    type_code: str | None = None
    size: int | None = None  # bytes
    sha256: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something in the document that could not be taken over as written.

    `code`: "not_a_number", "not_a_date", "not_a_boolean", "repeated" (only the first was taken),
    "too_long" (cut off), "negative_credit". `where`: the element or term; `text`: its first 100 characters.
    """

    code: str
    where: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice or credit note. See the module's text for the sign of amounts."""

    kind: Kind = "invoice"
    written_negative: bool = False
    root: str = "Invoice"  # Invoice and CreditNote are UBL, CrossIndustryInvoice is CII

    number: Annotated[str | None, "BT-1"] = None
    issue_date: Annotated[date | None, "BT-2"] = None
    type_code: Annotated[str | None, "BT-3"] = None
    currency: Annotated[str | None, "BT-5"] = None
    accounting_currency: Annotated[str | None, "BT-6"] = None
    tax_point_date: Annotated[date | None, "BT-7"] = None
    due_date: Annotated[date | None, "BT-9"] = None
    buyer_reference: Annotated[str | None, "BT-10"] = None
    project_reference: Annotated[str | None, "BT-11"] = None
    contract_reference: Annotated[str | None, "BT-12"] = None
    purchase_order_reference: Annotated[str | None, "BT-13"] = None
    sales_order_reference: Annotated[str | None, "BT-14"] = None
    receiving_advice_reference: Annotated[str | None, "BT-15"] = None
    despatch_advice_reference: Annotated[str | None, "BT-16"] = None
    tender_or_lot_reference: Annotated[str | None, "BT-17"] = None
    invoiced_object: Annotated[Identifier | None, "BT-18"] = None
    accounting_reference: Annotated[str | None, "BT-19"] = None
    notes: Annotated[tuple[Note, ...], "BG-1"] = ()
    process: Annotated[str | None, "BT-23"] = None
    specification: Annotated[str | None, "BT-24"] = None
    preceding: Annotated[tuple[PrecedingInvoice, ...], "BG-3"] = ()

    seller: Annotated[Party | None, "BG-4"] = None
    buyer: Annotated[Party | None, "BG-7"] = None
    payee: Annotated[Party | None, "BG-10"] = None
    tax_representative: Annotated[Party | None, "BG-11"] = None
    delivery: Annotated[Delivery | None, "BG-13"] = None
    period: Annotated[Period | None, "BG-14"] = None
    payment_means: Annotated[tuple[PaymentMeans, ...], "BG-16"] = ()
    payment_terms: Annotated[tuple[PaymentTerms, ...], "BT-20"] = ()
    allowances_charges: Annotated[tuple[AllowanceCharge, ...], "BG-20"] = ()
    totals: Annotated[Totals, "BG-22"] = Totals()
    vat_breakdown: Annotated[tuple[VatBreakdown, ...], "BG-23"] = ()
    attachments: Annotated[tuple[Attachment, ...], "BG-24"] = ()
    lines: Annotated[tuple[Line, ...], "BG-25"] = ()

    other_currencies: tuple[str, ...] = ()  # on amounts that should be in `currency`
    empty_elements: tuple[str, ...] = ()  # names of elements without content
    flaws: tuple[Flaw, ...] = ()

    @property
    def is_credit(self) -> bool:
        return self.kind == "credit_note"

    @property
    def tax_point_code(self) -> str | None:
        """BT-8: which date makes VAT due, as a UNTDID 2005 code."""
        return self.period.code if self.period else None

    @property
    def signed(self) -> Totals:
        """The totals as they change what the buyer owes: negative for a credit note."""
        return -self.totals if self.is_credit else self.totals

    @property
    def g_account(self) -> tuple[PaymentMeans, Decimal] | None:
        """The blocked account of the Dutch G-account extension, and how much of BT-115 has to be paid to it."""
        means = next((one for one in self.payment_means if one.id == "GACCOUNT"), None)
        amount = next((one.amount for one in self.payment_terms if one.means_id == "GACCOUNT"), None)
        return (means, amount) if means and amount is not None else None

    def without_content(self) -> Invoice:
        """The same invoice without the bytes of attachments (size and SHA-256 stay), to keep in a jsonb column."""
        return replace(self, attachments=tuple(replace(a, content=None) for a in self.attachments))


def negated(amount: Decimal | None) -> Decimal | None:
    """−amount, exactly (the minus operator rounds to the context's 28 digits); 0 stays 0, not −0."""
    return amount.copy_negate() if amount else amount
