"""What a person, or software for one, may ask of an invoice: correct, approve, reject, retry, undo, release."""

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from connections.models import Connection
from invoices.api.base import InvoiceView, fields_of, refusing
from invoices.api.shapes import InvoiceSerializer, ProposalLineSerializer
from invoices.booking import undo
from invoices.deciding import corrections, dispatch, questions
from invoices.models import Invoice
from portal.api.fields import Moment, as_id
from portal.api.problems import UNPROCESSABLE, Problem
from portal.api.views import scoped
from portal.tenancy import in_scope, scope


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
        """Replace how it would be booked. The lines must add up to the invoice without VAT; with `learn` the
        next invoice of this supplier follows.
        """
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
        with refusing():
            in_scope(request.firm_id, lambda: act(self.one(pk, lock=True)))
        with scope(request.firm_id):
            return self.shown(pk)


class InvoiceApprove(_Action):
    @extend_schema(operation_id="invoices_approve", request=None, responses=InvoiceSerializer)
    def post(self, request: Any, pk: Any) -> Response:
        """Book it as proposed. One that is held over a question is released first: 409 until then."""
        return self.do(request, pk, dispatch.approve)


class InvoiceReject(_Action):
    @extend_schema(
        operation_id="invoices_reject",
        request=inline_serializer("Reject", {"reason": serializers.CharField(required=False)}),
        responses=InvoiceSerializer,
    )
    def post(self, request: Any, pk: Any) -> Response:
        """Do not book it. Its supplier hears the reason where the organisation answers by Peppol."""
        words = str(fields_of(request).get("reason", ""))[:400]
        return self.do(request, pk, lambda row: dispatch.reject(row, words))


class InvoiceRetry(_Action):
    @extend_schema(operation_id="invoices_retry", request=None, responses=InvoiceSerializer)
    def post(self, request: Any, pk: Any) -> Response:
        """Try again what failed."""
        return self.do(request, pk, dispatch.retry)


class InvoiceUndo(_Action):
    @extend_schema(operation_id="invoices_undo", request=None, responses=InvoiceSerializer)
    def post(self, request: Any, pk: Any) -> Response:
        """Take the booking back in Exact; the invoice is in `review` afterwards."""
        return self.do(request, pk, undo.ask)


class InvoiceRelease(_Action):
    @extend_schema(
        operation_id="invoices_release",
        request=inline_serializer(
            "Release",
            {
                "reason": serializers.ChoiceField(sorted(questions.RELEASES)),
                "add_to_exact": serializers.BooleanField(
                    required=False, help_text="Also write the confirmed bank account to the supplier in Exact"
                ),
            },
        ),
        responses=InvoiceSerializer,
    )
    def post(self, request: Any, pk: Any) -> Response:
        """End a hold: what it was held for is in order, for the reason named."""
        reason = str(fields_of(request).get("reason", ""))
        if reason not in questions.RELEASES:
            raise Problem(
                400, "reason_unknown", f"The reason is one of: {', '.join(sorted(questions.RELEASES))}."
            )
        add = fields_of(request).get("add_to_exact") is True
        return self.do(request, pk, lambda row: corrections.release(row, reason, add_to_exact=add))


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
