"""How invoices look on the wire, for the schema; `invoices.serialise` makes them."""

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from invoices.models import Invoice
from portal.api.fields import Moment


class EvidenceSerializer(serializers.Serializer[Any]):
    """A piece of evidence: its kind, and what its sentence is made of (entry, account, day, n, of …)."""

    kind = serializers.CharField(help_text="rule, same_text, usual, last_at_rate, supplier_default …")
    text = serializers.CharField(help_text="The same as a sentence")


class CandidateSerializer(serializers.Serializer[Any]):
    """A supplier that it may be."""

    id = serializers.CharField(help_text="In Exact; for PATCH invoices/{id}/ {supplier}")
    name = serializers.CharField()
    code = serializers.CharField(allow_blank=True)


class FindingSerializer(serializers.Serializer[Any]):
    """A rule that the invoice breaks. Only what `holds` keeps it from being booked."""

    rule = serializers.CharField(help_text="The publisher's id (BR-CO-15, PEPPOL-EN16931-R120), or ours")
    text = serializers.CharField()
    source = serializers.ChoiceField(["portal", "full_check"])  # type: ignore[assignment]
    severity = serializers.CharField(required=False)
    holds = serializers.BooleanField(required=False)
    where = serializers.CharField(required=False, help_text="A business term or group: BT-106, BG-25[3]")
    values = serializers.DictField(required=False)


class TimelineEventSerializer(serializers.Serializer[Any]):
    at = Moment()
    event = serializers.CharField(help_text="A stable name: invoice.received, invoice.read, invoice.booked …")
    detail = serializers.DictField(help_text="What its sentence is made of")


class PriceSerializer(serializers.Serializer[Any]):
    net = serializers.CharField(required=False, help_text="BT-146, without VAT")
    gross = serializers.CharField(required=False, help_text="BT-148")
    discount = serializers.CharField(required=False, help_text="BT-147")
    base_quantity = serializers.CharField(required=False, help_text="BT-149: what the price is for")


class InvoiceLineSerializer(serializers.Serializer[Any]):
    """BG-25, as the supplier wrote it. What an invoice does not say is not there; further fields may be."""

    id = serializers.CharField(required=False, help_text="BT-126")
    note = serializers.CharField(required=False, help_text="BT-127")
    quantity = serializers.CharField(required=False, help_text="BT-129")
    unit = serializers.CharField(required=False, help_text="BT-130, a code of UN/ECE Rec. 20: C62 is a piece")
    net = serializers.CharField(required=False, help_text="BT-131: the line's amount without VAT")
    order = serializers.CharField(required=False)
    order_line = serializers.CharField(required=False, help_text="BT-132")
    price = PriceSerializer(required=False)
    vat = inline_serializer(
        "LineVat",
        {
            "code": serializers.CharField(required=False, help_text="UNCL 5305: S, Z, E, AE, K, G, O"),
            "rate": serializers.CharField(required=False, help_text="Percent"),
            "scheme": serializers.CharField(required=False),
        },
        required=False,
    )
    item = inline_serializer(
        "LineItem",
        {
            "name": serializers.CharField(required=False, help_text="BT-153"),
            "description": serializers.CharField(required=False, help_text="BT-154"),
            "seller_id": serializers.CharField(required=False, help_text="BT-155"),
        },
        required=False,
    )


class ProposalLineSerializer(serializers.Serializer[Any]):
    invoice_lines = serializers.ListField(child=serializers.IntegerField(), help_text="1-based positions")
    description = serializers.CharField(allow_blank=True, required=False, default="")
    amount = serializers.DecimalField(16, 2, help_text="Without VAT, signed")
    gl_account = serializers.CharField()
    vat_code = serializers.CharField()
    cost_center = serializers.CharField(allow_blank=True, allow_null=True, required=False, default="")
    cost_unit = serializers.CharField(allow_blank=True, allow_null=True, required=False, default="")
    vat_amount = serializers.DecimalField(16, 2, required=False)
    confidence = serializers.CharField(read_only=True)
    because = EvidenceSerializer(many=True, read_only=True, help_text="Up to five, the strongest first")


class ProposalSerializer(serializers.Serializer[Any]):
    confidence = serializers.CharField(read_only=True)
    decision = serializers.CharField(read_only=True)
    lines = ProposalLineSerializer(many=True)


class SupplierSerializer(serializers.Serializer[Any]):
    """Who sent it: as found in Exact, or as the invoice says while nobody was."""

    exact_id = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_blank=True)
    matched_by = serializers.CharField(allow_null=True, help_text="endpoint, kvk, vat, iban, name, person …")
    candidates = CandidateSerializer(many=True)


class PairSerializer(serializers.Serializer[Any]):
    """Another invoice, or an entry in Exact, that may be the same, side by side."""

    because = serializers.CharField()
    text = serializers.CharField()
    percent = serializers.IntegerField(help_text="How much of number, supplier, amount and date agrees")
    settled = serializers.BooleanField(help_text="A person said that they are two")
    id = serializers.CharField(allow_null=True, help_text="The other invoice's")
    entry = inline_serializer(
        "PairEntry",
        {
            "id": serializers.CharField(),
            "number": serializers.IntegerField(allow_null=True),
            "journal": serializers.CharField(),
        },
        allow_null=True,
    )
    compared = inline_serializer(
        "PairField",
        {
            "name": serializers.CharField(),
            "this": serializers.CharField(),
            "that": serializers.CharField(),
            "agrees": serializers.BooleanField(allow_null=True),
            "difference": serializers.CharField(help_text="this − that, of amounts and days"),
        },
        many=True,
    )


class InvoiceSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    firm = serializers.CharField()
    external_reference = serializers.CharField()
    status = serializers.ChoiceField(Invoice.Status.choices)
    reason = serializers.CharField(allow_null=True)
    reason_text = serializers.CharField(allow_null=True)
    organisation = serializers.CharField(allow_null=True)
    supplier = SupplierSerializer()
    number = serializers.CharField()
    issue_date = serializers.DateField(allow_null=True)
    due_date = serializers.DateField(allow_null=True)
    currency = serializers.CharField()
    total = serializers.CharField(allow_null=True, help_text="With VAT; negative for a credit note")
    lines = InvoiceLineSerializer(many=True)
    duplicates = PairSerializer(many=True)
    findings = FindingSerializer(many=True)
    full_check = serializers.ChoiceField(
        ["none", "pending", "not_judged", "done"],
        help_text="EN 16931 and Peppol in full, shown among `findings` and never enforced",
    )
    proposal = ProposalSerializer(allow_null=True)
    booking = inline_serializer(
        "BookingRef",
        {
            "entry_id": serializers.CharField(),
            "entry_number": serializers.IntegerField(allow_null=True),
            "booked_at": Moment(),
            "changed_at": Moment(allow_null=True, help_text="A person changed the entry in Exact"),
            "paid_at": Moment(allow_null=True, help_text="Exact says that it was paid"),
        },
        allow_null=True,
    )
    timeline = TimelineEventSerializer(many=True)
    issue = serializers.CharField(allow_null=True)
    received_at = Moment()
    updated_at = Moment()


class KnownPairSerializer(PairSerializer):
    """A pair, with how the other one stands."""

    number = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(
        Invoice.Status.choices, allow_null=True, help_text="null: an entry in Exact"
    )


class PreflightSerializer(serializers.Serializer[Any]):
    readable = serializers.BooleanField()
    status = serializers.ChoiceField(Invoice.Status.choices, help_text="What it would be")
    reason = serializers.CharField(allow_null=True)
    reason_text = serializers.CharField(allow_null=True)
    findings = FindingSerializer(many=True)
    organisation = serializers.CharField(allow_null=True)
    supplier = SupplierSerializer(allow_null=True)
    duplicates = KnownPairSerializer(many=True)
    proposal = ProposalSerializer(allow_null=True)
    exact_calls = serializers.IntegerField(help_text="What booking it would cost of the division's limits")


class AttachmentSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Its place; the address of its bytes ends with it")
    filename = serializers.CharField(allow_null=True, help_text="Cleaned; its suffix is that of the bytes")
    description = serializers.CharField(allow_null=True)
    media_type = serializers.CharField(allow_null=True, help_text="By its first bytes")
    size = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True)
    uri = serializers.CharField(
        allow_null=True, help_text="Where the sender says that it stands; never fetched"
    )
    problem = serializers.CharField(allow_null=True, help_text="Why it is not offered")
    offered = serializers.BooleanField()
