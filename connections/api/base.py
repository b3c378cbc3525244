"""What every view of one connection has in common."""

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework.response import Response

from connections.api.shapes import connections_json
from connections.models import Connection
from portal.api.views import FirmView


class ConnectionView(FirmView):
    scope = "connections"

    def one(self, pk: Any) -> Connection:
        return get_object_or_404(Connection.objects.select_related("organisation", "authorisation"), pk=pk)

    def shown(self, row: Connection, status: int = 200, **more: Any) -> Response:
        row.refresh_from_db()
        return Response({**connections_json([row])[0], **more}, status=status)
