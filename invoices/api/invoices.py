"""invoices/ and invoices/{id}/: sent, listed, read, and pointed at their client or supplier."""

from typing import Any

from django.db.models import Subquery
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from connections.models import Connection, Supplier
from connections.normal import normalise_number
from invoices import serialise
from invoices.api.base import InvoiceView, refusing
from invoices.api.sending import DOCUMENT, DocumentView, Sending, receive
from invoices.api.shapes import InvoiceSerializer
from invoices.deciding import corrections, dispatch
from invoices.models import Invoice
from portal.api.fields import Id, Listing, Moment
from portal.api.views import scoped
from portal.models import Organisation
from portal.tenancy import scope


class InvoiceListing(Listing):
    status = serializers.CharField(required=False, help_text="One status, or several with commas between")
    organisation = Id(required=False)
    connection = Id(required=False)
    external_reference = serializers.CharField(required=False)
    number = serializers.CharField(required=False)
    received_after = Moment(required=False)

    def validate_status(self, value: str) -> list[str]:
        """A status that is misspelt is no question whose answer is «none»."""
        asked = value.split(",")
        if unknown := sorted(set(asked) - set(Invoice.Status.values)):
            raise serializers.ValidationError(f"An invoice is never {', '.join(unknown)}.")
        return asked


class Invoices(DocumentView):
    @extend_schema(
        operation_id="invoices_list",
        parameters=[InvoiceListing],
        responses=InvoiceSerializer(many=True),
    )
    @scoped
    def get(self, request: Any) -> Response:
        """Purchase invoices, newest first."""
        asked = InvoiceListing.of(request)
        found = Invoice.objects.select_related("supplier", "proposal", "booking")
        if status := asked.get("status"):
            found = found.filter(status__in=status)
        if connection := asked.get("connection"):
            # Its client first: joined, every invoice of the firm was looked at for whether it is that client's.
            client = Connection.objects.filter(pk=connection).values("organisation")
            found = found.filter(organisation=Subquery(client))
        if number := asked.get("number"):
            # To the letter, and found by what the letters come to, which has an index.
            found = found.filter(number=number, number_normalised=normalise_number(number)[:200])
        for name, field in (
            ("organisation", "organisation_id"),
            ("external_reference", "external_reference"),
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
        """Send a document: UBL or CII as XML, or a PDF, raw or as the multipart field `file`. 201: it is
        committed. The same bytes again are 200 with the first invoice. What cannot be read is kept and
        answered 422.
        """
        received = receive(request)
        if received.invoice is not None:
            return Response(serialise.invoice(received.invoice), status=201)
        with scope(request.firm_id):
            return self.shown(received.invoice_id)


class InvoiceChange(serializers.Serializer[Any]):
    organisation = Id(required=False)
    supplier = Id(required=False, help_text="The supplier's id in Exact")


class InvoiceDetail(InvoiceView):
    @extend_schema(operation_id="invoices_read", responses=InvoiceSerializer)
    @scoped
    def get(self, request: Any, pk: Any) -> Response:
        """One invoice: what it says, how it would be booked and why, what became of it."""
        return self.shown(pk)

    @extend_schema(operation_id="invoices_change", request=InvoiceChange, responses=InvoiceSerializer)
    @scoped
    def patch(self, request: Any, pk: Any) -> Response:
        """Say for which organisation it is, or which of the suppliers in Exact sent it."""
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
