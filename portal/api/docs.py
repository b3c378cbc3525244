"""The schema, and the page that shows it: served by us alone, under a policy of its own."""

from typing import Any

from django.utils import translation
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.response import Response

# Swagger's own script sets styles on elements and draws with data: images; its start script is a file of its own.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


@extend_schema(exclude=True)
class Schema(SpectacularAPIView):
    """OpenAPI 3.1, as JSON, which may be asked for as `application/json` too; as YAML for who asks for it."""

    http_method_names = ["get", "head"]
    renderer_classes = [OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer]

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """In English, whatever language the reader's browser asks for: these are words of the API."""
        with translation.override("en"):
            return super().get(request, *args, **kwargs)


@extend_schema(exclude=True)
class Docs(SpectacularSwaggerSplitView):
    http_method_names = ["get", "head"]  # an answer to OPTIONS would need a template of its own

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().get(request, *args, **kwargs)
        answer["Content-Security-Policy"] = POLICY
        return answer
