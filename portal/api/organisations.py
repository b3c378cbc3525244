"""organisations/: the client companies of a firm."""

from typing import Any

from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import parsers, serializers
from rest_framework.response import Response

from portal import imports, jobs, numbers
from portal.api.bodies import RawBody
from portal.api.fields import Listing, Moment
from portal.api.jobs import JobRef, started
from portal.api.problems import Problem
from portal.api.views import FirmView, scoped
from portal.models import Organisation
from portal.tenancy import scope

EXAMPLE = OpenApiExample(
    "A bakery",
    value={
        "name": "Bakkerij De Korenaar",
        "kvk_number": "12345678",
        "vat_number": "NL004495445B01",
        "iban": "NL91ABNA0417164300",
    },
    request_only=True,
)


class OrganisationSerializer(serializers.ModelSerializer[Organisation]):
    id = serializers.CharField(read_only=True)
    firm = serializers.CharField(source="firm_id", read_only=True)
    kvk_number = serializers.RegexField(r"^\s*([0-9]\s*){8}$", max_length=24, help_text="8 digits")
    created_at = Moment(read_only=True)
    updated_at = Moment(read_only=True)

    class Meta:
        model = Organisation
        fields = ["id", "firm", "name", "kvk_number", "vat_number", "iban", "created_at", "updated_at"]

    def validate_kvk_number(self, value: str) -> str:
        return "".join(value.split())

    def validate_vat_number(self, value: str) -> str:
        return numbers.vat(value)

    def validate_iban(self, value: str) -> str:
        return numbers.iban(value)


class OrganisationListing(Listing):
    kvk_number = serializers.CharField(required=False)


def kvk_taken(kvk_number: str) -> Problem:
    return Problem(409, "kvk_taken", f"This firm already has an organisation with KVK number {kvk_number}.")


def _saved(asked: OrganisationSerializer) -> None:
    asked.is_valid(raise_exception=True)
    try:
        with transaction.atomic():
            asked.save()
    except IntegrityError:
        raise kvk_taken(asked.validated_data["kvk_number"]) from None


class Organisations(FirmView):
    scope = "organisations"

    @extend_schema(
        operation_id="organisations_list",
        parameters=[OrganisationListing],
        responses=OrganisationSerializer(many=True),
    )
    @scoped
    def get(self, request: Any) -> Response:
        """The firm's client companies, newest first."""
        asked = OrganisationListing.of(request)
        found = Organisation.objects.all()
        if kvk := asked.get("kvk_number"):
            found = found.filter(kvk_number="".join(kvk.split()))
        if after := asked.get("updated_after"):
            found = found.filter(updated_at__gt=after)
        return self.paged(request, found, lambda rows: OrganisationSerializer(rows, many=True).data)  # type: ignore[arg-type,return-value]

    @extend_schema(
        operation_id="organisations_create",
        request=OrganisationSerializer,
        responses={201: OrganisationSerializer},
        examples=[EXAMPLE],
    )
    @scoped
    def post(self, request: Any) -> Response:
        """Make a client company. A KVK number that the firm has already is 409 `kvk_taken`. VAT number and IBAN are
        kept as your books have them; their check digits are not looked at.
        """
        asked = OrganisationSerializer(data=request.data)
        _saved(asked)
        return Response(asked.data, status=201)


class OrganisationDetail(FirmView):
    scope = "organisations"

    @extend_schema(operation_id="organisations_read", responses=OrganisationSerializer)
    @scoped
    def get(self, request: Any, pk: Any) -> Response:
        """One client company."""
        return Response(OrganisationSerializer(get_object_or_404(Organisation.objects, pk=pk)).data)

    @extend_schema(
        operation_id="organisations_change",
        request=OrganisationSerializer(partial=True),
        responses=OrganisationSerializer,
        examples=[OpenApiExample("Another name", value={"name": "De Korenaar B.V."}, request_only=True)],
    )
    @scoped
    def patch(self, request: Any, pk: Any) -> Response:
        """Change what is named; the rest stays."""
        row = get_object_or_404(Organisation.objects.select_for_update(no_key=True), pk=pk)
        asked = OrganisationSerializer(row, data=request.data, partial=True)
        _saved(asked)
        return Response(asked.data)


class OrganisationImport(FirmView):
    """Many organisations at once: a JSON list, or CSV with a first line of headings (`;`, `,` or tabs)."""

    scope = "organisations"
    parser_classes = [parsers.MultiPartParser, RawBody]

    @extend_schema(
        operation_id="organisations_import",
        request={
            "application/json": OrganisationSerializer(many=True),
            "text/csv": OpenApiTypes.STR,
        },
        responses={202: JobRef},
        examples=[
            OpenApiExample("CSV", value="name;kvk\nBakkerij De Korenaar;12345678\n", media_type="text/csv"),
        ],
    )
    def post(self, request: Any) -> Response:
        data = request.data
        if not isinstance(data, bytes):
            file = request.FILES.get("file")
            if file is None:
                raise Problem(400, "file_missing", "Send the list as the multipart field «file».")
            data = file.read()
        try:
            rows = imports.rows_of(data, request.content_type or "")
        except imports.Unreadable as problem:
            raise Problem(400, "list_unreadable", str(problem)) from None
        if not 0 < len(rows) <= jobs.MOST_ROWS:
            raise Problem(
                400, "list_size", f"A list has 1 to {jobs.MOST_ROWS} rows; this one has {len(rows)}."
            )
        with scope(request.firm_id):
            return started(jobs.start(imports.KIND, rows))
