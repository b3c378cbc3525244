"""What uploads are compared to: the barest DRF view with the same authentication that inserts the same bytes.

A WSGI application of its own for gunicorn, on the portal's settings with nothing but this one path.
"""

# ruff: noqa: E402 — the settings are changed before anything reads them
import os
from typing import Any
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

settings.ROOT_URLCONF = "tests.bench.bare"
django.setup(set_prefix=False)

from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from invoices.models import HeldArrival
from portal.api.bodies import RawBody


class Insert(APIView):
    parser_classes = [RawBody]
    permission_classes: list[Any] = []

    def post(self, request: Any) -> Response:
        assert request.user is not None
        row = HeldArrival.objects.create(
            kvk_number="12345678", channel="api", identity=uuid4().hex, raw=request.data
        )
        return Response({"id": str(row.pk)}, status=201)


urlpatterns = [path("bare/", Insert.as_view())]
application = WSGIHandler()
