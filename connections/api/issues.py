"""issues/: what is wrong, who must act, and «is it mended?»."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from connections import contracts, rechecks
from connections.api.shapes import IssueSerializer, issues_json
from connections.models import Connection, Issue
from portal.api.fields import Id, Listing
from portal.api.views import FirmView, scoped
from portal.tenancy import scope


class IssueListing(Listing):
    status = serializers.ChoiceField(["open", "resolved"], required=False)
    connection = Id(required=False)
    code = serializers.CharField(required=False)


class Issues(FirmView):
    scope = "connections"

    @extend_schema(
        operation_id="issues_list",
        parameters=[IssueListing],
        responses=IssueSerializer(many=True),
    )
    @scoped
    def get(self, request: Any) -> Response:
        """What is wrong or was, newest first: cause, steps, and who must act."""
        asked = IssueListing.of(request)
        found = Issue.objects.all()
        if "status" in asked:
            found = found.filter(resolved_at__isnull=asked["status"] == "open")
        if "connection" in asked:
            found = found.filter(contracts.concerning(Connection.objects.filter(pk=asked["connection"])))
        if "code" in asked:
            found = found.filter(code=asked["code"])
        if after := asked.get("updated_after"):
            found = found.filter(updated_at__gt=after)
        return self.paged(request, found, issues_json)


class IssueDetail(FirmView):
    scope = "connections"

    @extend_schema(operation_id="issues_read", responses=IssueSerializer)
    @scoped
    def get(self, request: Any, pk: Any) -> Response:
        """One issue."""
        return Response(issues_json([get_object_or_404(Issue.objects, pk=pk)])[0])


class IssueRecheck(FirmView):
    """Look again whether it is mended; what waited goes on by itself when it is."""

    scope = "connections"

    @extend_schema(operation_id="issues_recheck", request=None, responses=IssueSerializer)
    def post(self, request: Any, pk: Any) -> Response:
        rechecks.recheck(request.firm_id, pk)
        with scope(request.firm_id):
            return Response(issues_json([get_object_or_404(Issue.objects, pk=pk)])[0])
