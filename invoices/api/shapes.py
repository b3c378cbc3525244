"""How invoices look on the wire, for the schema; `invoices.serialise` makes them."""

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from invoices.models import Invoice
from portal.api.fields import Moment


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
    because = serializers.ListField(
        child=serializers.DictField(),
        read_only=True,
        help_text="Up to five, the strongest first; `text` says it in words",
    )


class ProposalSerializer(serializers.Serializer[Any]):
    confidence = serializers.CharField(read_only=True)
    decision = serializers.CharField(read_only=True)
    lines = ProposalLineSerializer(many=True)


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
    supplier = inline_serializer(
        "SupplierRef",
        {
            "exact_id": serializers.CharField(allow_null=True),
            "name": serializers.CharField(),
            "matched_by": serializers.CharField(allow_null=True),
            "candidates": serializers.ListField(child=serializers.DictField()),
        },
    )
    number = serializers.CharField()
    issue_date = serializers.DateField(allow_null=True)
    due_date = serializers.DateField(allow_null=True)
    currency = serializers.CharField()
    total = serializers.CharField(allow_null=True, help_text="With VAT; negative for a credit note")
    lines = serializers.ListField(child=serializers.DictField())
    duplicates = PairSerializer(many=True)
    findings = serializers.ListField(child=serializers.DictField())
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
    timeline = serializers.ListField(child=serializers.DictField())
    issue = serializers.CharField(allow_null=True)
    received_at = Moment()
    updated_at = Moment()


class PreflightSerializer(serializers.Serializer[Any]):
    readable = serializers.BooleanField()
    status = serializers.ChoiceField(Invoice.Status.choices, help_text="What it would be")
    reason = serializers.CharField(allow_null=True)
    reason_text = serializers.CharField(allow_null=True)
    findings = serializers.ListField(child=serializers.DictField())
    organisation = serializers.CharField(allow_null=True)
    supplier = serializers.DictField(allow_null=True)
    duplicates = serializers.ListField(child=serializers.DictField())
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
