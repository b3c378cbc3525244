"""Sentry and OpenTelemetry, where the environment asks for them; neither is a dependency of ours.

`SENTRY_DSN` sends errors, without local variables (a traceback's hold tokens) and scrubbed as the logs are.
`OTEL_EXPORTER_OTLP_ENDPOINT` sends traces of requests, tasks and queries, without the values in a query.
"""

import importlib.util
from typing import Any

from django.conf import settings

from portal.operations.logs import scrub

SENTRY = ("sentry_sdk",)
OTEL = (
    "opentelemetry.sdk",
    "opentelemetry.exporter.otlp.proto.http",
    "opentelemetry.instrumentation.django",
    "opentelemetry.instrumentation.celery",
    "opentelemetry.instrumentation.psycopg",
)


def missing(modules: tuple[str, ...]) -> list[str]:
    """Those that are not installed."""
    return [name for name in modules if not _is_there(name)]


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # the package above it is missing
        return False


def start() -> None:
    """Begin to send what is asked for; `portal.operations.checks` has refused what is not installed."""
    if settings.SENTRY_DSN and not missing(SENTRY):
        _sentry()
    if settings.OTEL_ENDPOINT and not missing(OTEL):
        _otel()


def _sentry() -> None:
    import sentry_sdk

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=before_send,
        before_breadcrumb=before_send,
    )


def before_send(event: Any, hint: Any = None) -> Any:
    """An event as it may leave: without the request's body, cookies and query, and scrubbed."""
    request = event.get("request")
    if isinstance(request, dict):
        event["request"] = {name: request[name] for name in ("url", "method") if name in request}
    return scrub(None, "", event)


def _otel() -> None:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "portal"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    for instrumentor in (DjangoInstrumentor(), CeleryInstrumentor(), PsycopgInstrumentor()):
        instrumentor.instrument()
