"""invoices/ of the REST API."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import parsers, serializers
from rest_framework.response import Response

from connections.models import Connection, Supplier
from invoices import corrections, dispatch, intake, papers, pipeline, preflight, serialise, undo
from invoices.formats import Unreadable, check
from invoices.models import Document, Invoice
from portal.api.bodies import RawBody, too_large
from portal.api.fields import Id, Listing, Moment, as_id
from portal.api.problems import UNPROCESSABLE, Problem
from portal.api.views import FirmView, scoped
from portal.models import Organisation
from portal.tenancy import scope


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
    because = serializers.ListField(child=serializers.DictField(), read_only=True)


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
        },
        allow_null=True,
    )
    timeline = serializers.ListField(child=serializers.DictField())
    issue = serializers.CharField(allow_null=True)
    received_at = Moment()
    updated_at = Moment()


class InvoiceListing(Listing):
    status = serializers.CharField(required=False, help_text="One status, or several with commas between")
    organisation = Id(required=False)
    connection = Id(required=False)
    external_reference = serializers.CharField(required=False)
    number = serializers.CharField(required=False)
    received_after = Moment(required=False)


class Sending(serializers.Serializer[Any]):
    """The query of a document that is sent."""

    organisation = Id(required=False, help_text="For whom it is; without it the buyer's KVK number decides")
    external_reference = serializers.CharField(required=False, max_length=200, help_text="Yours; given back")

    @classmethod
    def of(cls, request: Any) -> dict[str, Any]:
        sent = {name: value for name, value in request.query_params.items() if value != ""}
        if not sent:
            return {}
        asked = cls(data=sent)
        asked.is_valid(raise_exception=True)
        return asked.validated_data


MULTIPART_BYTES = 64 * 1024  # what a form adds around its file


class InvoiceView(FirmView):
    scope = "invoices"

    def one(self, pk: Any, *, lock: bool = False) -> Invoice:
        found = Invoice.objects.select_related("document", "organisation", "supplier", "issue")
        if lock:
            found = found.select_for_update(no_key=True, of=("self",))
        return get_object_or_404(found, pk=pk)

    def shown(self, pk: Any, status: int = 200) -> Response:
        return Response(serialise.invoice(self.one(pk)), status=status)


def body_of(request: Any) -> tuple[bytes, str, str]:
    """The document in a request: (bytes, file name, media type), raw or as multipart `file`."""
    if "multipart" in (request.content_type or ""):
        file = request.FILES.get("file")
        if file is None:
            raise Problem(400, "file_missing", "Send the document as the multipart field «file».")
        return file.read(), file.name or "", ""
    data = request.data if isinstance(request.data, bytes) else b""
    return data, request.headers.get("X-Filename", ""), (request.content_type or "").split(";")[0]


DOCUMENT = {
    "application/xml": OpenApiTypes.BINARY,
    "application/pdf": OpenApiTypes.BINARY,
    "multipart/form-data": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    },
}


class DocumentView(InvoiceView):
    """Takes a document as its body: raw, or as the multipart field `file`."""

    parser_classes = [parsers.MultiPartParser, RawBody]
    max_bytes = settings.INTAKE_MAX_BYTES + MULTIPART_BYTES


class Invoices(DocumentView):
    @extend_schema(
        operation_id="invoices_list",
        parameters=[InvoiceListing],
        responses=InvoiceSerializer(many=True),
    )
    @scoped
    def get(self, request: Any) -> Response:
        asked = InvoiceListing.of(request)
        found = Invoice.objects.select_related("supplier", "proposal", "booking")
        if status := asked.get("status"):
            found = found.filter(status__in=status.split(","))
        for name, field in (
            ("organisation", "organisation_id"),
            ("connection", "organisation__connections"),
            ("external_reference", "external_reference"),
            ("number", "number"),
            ("received_after", "created_at__gt"),
            ("updated_after", "updated_at__gt"),
        ):
            if name in asked:
                found = found.filter(**{field: asked[name]})
        return self.paged(request, found, serialise.invoices)

    @extend_schema(
        operation_id="invoices_send",
        parameters=[Sending],
        request=DOCUMENT,
        responses={200: InvoiceSerializer, 201: InvoiceSerializer},
    )
    def post(self, request: Any) -> Response:
        asked = Sending.of(request)
        organisation_id = _organisation(request.firm_id, asked)
        data, filename, media_type = body_of(request)
        try:
            received = intake.receive(
                request.firm_id,
                data,
                channel=Document.Channel.API,
                organisation_id=organisation_id,
                filename=filename,
                media_type=media_type
                if media_type in ("application/xml", "application/pdf", "text/xml")
                else "",
                sender=str(request.user),
                external_reference=asked.get("external_reference", ""),
            )
        except intake.Refused as refused:
            raise Problem(
                413 if refused.code == "too_large" else 400, refused.code, refused.message
            ) from None
        if received.created and (problem := _unreadable(data)):
            # The bytes are kept all the same, as an invoice that cannot be read; whoever sent them should know now.
            pipeline.process(request.firm_id, received.invoice_id)
            raise Problem(
                UNPROCESSABLE,
                problem.code,
                f"{problem.message} The document is kept, but cannot be booked as it is.",
                invoice=str(received.invoice_id),
            )
        if received.invoice is not None:
            return Response(serialise.invoice(received.invoice), status=201)
        with scope(request.firm_id):
            return self.shown(received.invoice_id)


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


class InvoicePreflight(DocumentView):
    """What would become of a document. Nothing is stored."""

    @extend_schema(
        operation_id="invoices_preflight",
        parameters=[Sending],
        request=DOCUMENT,
        responses=PreflightSerializer,
    )
    def post(self, request: Any) -> Response:
        organisation_id = _organisation(request.firm_id, Sending.of(request))
        data, _, _ = body_of(request)
        if not data:
            raise Problem(400, "empty", "The body is empty. Send the document as it is.")
        if len(data) > settings.INTAKE_MAX_BYTES:
            raise too_large(settings.INTAKE_MAX_BYTES)
        return Response(preflight.preflight(request.firm_id, data, organisation_id))


def _unreadable(data: bytes) -> Unreadable | None:
    try:
        check(data)
    except Unreadable as problem:
        return problem
    return None


def _organisation(firm_id: UUID, asked: dict[str, Any]) -> UUID | None:
    if "organisation" not in asked:
        return None
    with scope(firm_id):
        return get_object_or_404(Organisation.objects, pk=asked["organisation"]).pk


class InvoiceChange(serializers.Serializer[Any]):
    organisation = Id(required=False)
    supplier = Id(required=False, help_text="The supplier's id in Exact")


class InvoiceDetail(InvoiceView):
    @extend_schema(operation_id="invoices_read", responses=InvoiceSerializer)
    @scoped
    def get(self, request: Any, pk: Any) -> Response:
        return self.shown(pk)

    @extend_schema(operation_id="invoices_change", request=InvoiceChange, responses=InvoiceSerializer)
    @scoped
    def patch(self, request: Any, pk: Any) -> Response:
        asked = InvoiceChange(data=request.data)
        asked.is_valid(raise_exception=True)
        row = self.one(pk, lock=True)
        with refusing():
            if key := asked.validated_data.get("organisation"):
                corrections.route(row, get_object_or_404(Organisation.objects, pk=key))
            if key := asked.validated_data.get("supplier"):
                connection = dispatch.connection_of(row)
                supplier = get_object_or_404(Supplier.objects, connection=connection, exact_id=key)
                corrections.choose_supplier(row, supplier)
        return self.shown(pk)


class InvoiceProposal(InvoiceView):
    @extend_schema(
        operation_id="invoices_propose",
        request=inline_serializer(
            "ProposalChange",
            {
                "lines": ProposalLineSerializer(many=True),
                "learn": serializers.BooleanField(required=False, default=True),
            },
        ),
        responses=InvoiceSerializer,
    )
    @scoped
    def put(self, request: Any, pk: Any) -> Response:
        asked = ProposalLineSerializer(data=fields_of(request).get("lines", []), many=True)
        asked.is_valid(raise_exception=True)
        row = self.one(pk, lock=True)
        try:
            with refusing():
                corrections.replace_lines(
                    row, asked.validated_data, learn=bool(fields_of(request).get("learn", True))
                )
        except corrections.Unbookable as reason:
            raise Problem(UNPROCESSABLE, reason.code, reason.message) from None
        return self.shown(pk)


class _Action(InvoiceView):
    """POST invoices/{id}/<verb>/: one thing that a person may ask."""

    def do(self, request: Any, pk: Any, act: Callable[[Invoice], None]) -> Response:
        with scope(request.firm_id), refusing():
            act(self.one(pk, lock=True))
        with scope(request.firm_id):
            return self.shown(pk)


class InvoiceApprove(_Action):
    @extend_schema(operation_id="invoices_approve", request=None, responses=InvoiceSerializer)
    def post(self, request: Any, pk: Any) -> Response:
        return self.do(request, pk, dispatch.approve)


class InvoiceReject(_Action):
    @extend_schema(
        operation_id="invoices_reject",
        request=inline_serializer("Reject", {"reason": serializers.CharField(required=False)}),
        responses=InvoiceSerializer,
    )
    def post(self, request: Any, pk: Any) -> Response:
        words = str(fields_of(request).get("reason", ""))[:400]
        return self.do(request, pk, lambda row: dispatch.reject(row, words))


class InvoiceRetry(_Action):
    @extend_schema(operation_id="invoices_retry", request=None, responses=InvoiceSerializer)
    def post(self, request: Any, pk: Any) -> Response:
        return self.do(request, pk, dispatch.retry)


class InvoiceUndo(_Action):
    @extend_schema(operation_id="invoices_undo", request=None, responses=InvoiceSerializer)
    def post(self, request: Any, pk: Any) -> Response:
        return self.do(request, pk, undo.ask)


class InvoiceRelease(_Action):
    @extend_schema(
        operation_id="invoices_release",
        request=inline_serializer(
            "Release",
            {
                "reason": serializers.ChoiceField(sorted(corrections.RELEASES)),
                "add_to_exact": serializers.BooleanField(
                    required=False, help_text="Also write the confirmed bank account to the supplier in Exact"
                ),
            },
        ),
        responses=InvoiceSerializer,
    )
    def post(self, request: Any, pk: Any) -> Response:
        reason = str(fields_of(request).get("reason", ""))
        if reason not in corrections.RELEASES:
            raise Problem(
                400, "reason_unknown", f"The reason is one of: {', '.join(sorted(corrections.RELEASES))}."
            )
        add = fields_of(request).get("add_to_exact") is True
        return self.do(request, pk, lambda row: corrections.release(row, reason, add_to_exact=add))


def fields_of(request: Any) -> dict[str, Any]:
    """The body as an object; an empty one when the client sent none, or something else."""
    return request.data if isinstance(request.data, dict) else {}


class InvoiceSource(InvoiceView):
    @extend_schema(operation_id="invoices_source", responses={(200, "application/xml"): OpenApiTypes.BINARY})
    @scoped
    def get(self, request: Any, pk: Any) -> HttpResponse:
        return source(self.one(pk))


def source(row: Invoice) -> HttpResponse:
    """The original bytes, as a download that no browser will run. Needs the scope."""
    answer = HttpResponse(intake.content(row.document_id), content_type="application/octet-stream")
    kind = row.document.media_type
    answer["Content-Type"] = (
        kind if kind in ("application/pdf", "application/xml", "text/xml") else "application/octet-stream"
    )
    extension = "pdf" if kind == "application/pdf" else "xml"
    answer["Content-Disposition"] = f'attachment; filename="{row.pk}.{extension}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


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


class InvoiceAttachments(InvoiceView):
    """The supporting documents inside an e-invoice."""

    @extend_schema(
        operation_id="invoices_attachments",
        responses=inline_serializer("Attachments", {"results": AttachmentSerializer(many=True)}),
    )
    @scoped
    def get(self, request: Any, pk: Any) -> Response:
        return Response({"results": serialise.attachments(self.one(pk))})


class InvoiceAttachment(InvoiceView):
    @extend_schema(
        operation_id="invoices_attachment",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @scoped
    def get(self, request: Any, pk: Any, index: int) -> HttpResponse:
        found = papers.paper(self.one(pk), index)
        if found is None:
            raise Problem(404, "not_found", "No attachment stands there, or it is one that is not offered.")
        return papers.download(found)


class OfferAgain(InvoiceView):
    """Book what came before the connection, or waited for its start date."""

    @extend_schema(
        operation_id="invoices_offer_again",
        request=inline_serializer(
            "OfferAgain",
            {"connection": serializers.CharField(), "received_after": Moment()},
        ),
        responses=inline_serializer("Offered", {"offered": serializers.IntegerField()}),
    )
    @scoped
    def post(self, request: Any) -> Response:
        connection = get_object_or_404(
            Connection.objects, pk=as_id(str(fields_of(request).get("connection", "")))
        )
        after = Moment().run_validation(fields_of(request).get("received_after"))
        return Response({"offered": corrections.offer_again(connection, after)})


class refusing:
    """NotNow → 409 with the invoice's status."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, dispatch.NotNow):
            raise Problem(409, "not_now", str(error), invoice_status=error.status) from None
