"""What Prometheus may know: how old the oldest thing that waits is, what stops, what is left, how much comes and goes.

Nearly all of it stands in our tables, so it is asked there (as `portal_staff`, over all firms, in numbers only) and is
the same whichever process answers. Each room has a module `metrics` that registers its questions; each answer is kept
for some seconds, so that no number of scrapers costs more than one. What only a process knows, its requests, is counted
in files that the web processes of a machine share.
"""

import hmac
import ipaddress
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, connections
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import autodiscover_modules
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from portal.addresses import client_address
from portal.tenancy import staff

log = structlog.get_logger(__name__)

KEPT_SECONDS = 15.0
PRIVATE = [ipaddress.ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
SLOWEST_MS = 5_000
LATELY_SECONDS = 300
"""What came in and went out is counted over the last five minutes, as gauges: rows are the truth, and a counter in a
process would forget what was done by one that is gone."""

Values = list[tuple[tuple[str, ...], float]]
"""A metric's values by its labels: [(("autopilot",), 12.0), …]."""


@dataclass(frozen=True)
class Gauge:
    """A metric that is asked of the database.

    Args:
        name, says: as Prometheus shows them.
        labels: names of its labels.
        ask: runs within staff().
        kept: for how many seconds an answer is good enough.
    """

    name: str
    says: str
    ask: Callable[[], Values]
    labels: tuple[str, ...] = ()
    kept: float = KEPT_SECONDS


@dataclass
class _Known:
    at: float = float("-inf")
    values: Values = field(default_factory=list)


_gauges: dict[str, Gauge] = {}
_known: dict[str, _Known] = {}
_asking = Lock()


def register(*gauges: Gauge) -> None:
    """Add metrics; called by a room's module `metrics` when it is loaded."""
    for gauge in gauges:
        _gauges[gauge.name] = gauge


def rows(sentence: str, *values: Any) -> Values:
    """A SELECT whose last column is the value and whose others are the labels, in order. Within staff()."""
    with connections["staff"].cursor() as cursor:
        cursor.execute(sentence, values)
        return [(tuple(str(one) for one in row[:-1]), float(row[-1] or 0)) for row in cursor.fetchall()]


def lately() -> UUID:
    """The smallest id of a row made in the last five minutes: ids sort by time, so no further index is needed."""
    return UUID(int=(int((time.time() - LATELY_SECONDS) * 1000) & ((1 << 48) - 1)) << 80)


class Tables:
    """All that the database knows, as a collector of prometheus_client."""

    def collect(self) -> Iterator[Metric]:
        failed = 0
        for gauge in list(_gauges.values()):
            family = GaugeMetricFamily(gauge.name, gauge.says, labels=gauge.labels)
            try:
                for labels, value in _values(gauge):
                    family.add_metric(labels, value)
            except DatabaseError as error:
                failed += 1
                log.warning("metric_failed", metric=gauge.name, error=str(error).splitlines()[0])
            yield family
        yield GaugeMetricFamily("portal_metrics_failed", "Metrics that could not be asked", value=failed)


def _values(gauge: Gauge) -> Values:
    known = _known.setdefault(gauge.name, _Known())
    with _asking:
        if time.monotonic() - known.at > gauge.kept:
            with staff():
                with connections["staff"].cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = {SLOWEST_MS}")
                known.values = gauge.ask()
            known.at = time.monotonic()
    return known.values


# --- What only a process knows ------------------------------------------------------------------------------

REQUESTS = Counter("portal_http_requests", "Requests answered", ["kind", "method", "status"])
SECONDS = Histogram(
    "portal_http_seconds",
    "How long answering took",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
KINDS = {
    "/api/": "api",
    "/identity/": "token",
    "/static/": "static",
    "/hooks/": "hook",
    "/connect/": "consent",
}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that counts; outermost, so that what others refuse is counted too."""

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = get_response(request)
        kind = next((name for start, name in KINDS.items() if request.path.startswith(start)), "page")
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(kind, method, str(response.status_code)).inc()
        SECONDS.labels(kind).observe(time.perf_counter() - started)
        return response

    return middleware


# --- The page ------------------------------------------------------------------------------------------------


def page(request: HttpRequest) -> HttpResponse:
    """`/metrics`. For whoever knows METRICS_TOKEN; where that is not set, for this machine and private networks."""
    if not _may_see(request):
        raise Http404
    autodiscover_modules("metrics")
    registry = CollectorRegistry()
    registry.register(Tables())
    if settings.METRICS_DIR:
        MultiProcessCollector(registry, path=str(settings.METRICS_DIR))
    else:
        registry.register(_Own())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Own:
    """The counts of this process alone, where none are shared."""

    def collect(self) -> Iterable[Metric]:
        return [*REQUESTS.collect(), *SECONDS.collect()]


def _may_see(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    if "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXIES:
        return False  # a proxy on this machine makes everybody look like this machine
    try:
        here = ipaddress.ip_address(client_address(request))
    except ValueError:
        return False
    return here.is_loopback or any(here in network for network in PRIVATE)


def oldest(table: str, where: str = "true") -> Callable[[], Values]:
    """How many seconds ago the oldest due row of this table came due; 0 when none is."""

    def ask() -> Values:
        return rows(
            f"SELECT greatest(0, extract(epoch FROM now() - min(due_at))) FROM {table} "  # noqa: S608
            f"WHERE due_at IS NOT NULL AND due_at <= now() AND {where}"
        )

    return ask


def waits(kind: str, table: str, where: str = "true") -> None:
    """Rows of this kind become due and are worked: how old the oldest is, and how many are due."""
    _waiting[kind] = table, where


_waiting: dict[str, tuple[str, str]] = {}


def _oldest() -> Values:
    return [((kind,), oldest(*where)()[0][1]) for kind, where in _waiting.items()]


def _due() -> Values:
    counting = "SELECT count(*) FROM {} WHERE due_at IS NOT NULL AND due_at <= now() AND {}"
    return [((kind,), rows(counting.format(*where))[0][1]) for kind, where in _waiting.items()]


waits("webhook", "portal_webhookdelivery")
waits("job", "portal_job")
register(
    Gauge("portal_due_oldest_seconds", "Age of the oldest row that is due", _oldest, ("kind",)),
    Gauge("portal_due_rows", "Rows that are due", _due, ("kind",)),
    Gauge(
        "portal_brake_on",
        "Whether the whole installation's brake is on",
        lambda: rows("SELECT count(*) FROM portal_installation WHERE brake"),
    ),
    Gauge(
        "portal_audit_link_age_seconds",
        "Age of the newest digest of the audit trail",
        lambda: rows("SELECT extract(epoch FROM now() - max(at)) FROM portal_auditdigest"),
        kept=300,
    ),
    Gauge(
        "portal_database_bytes",
        "Size of the database",
        lambda: rows("SELECT pg_database_size(current_database())"),
        kept=300,
    ),
    Gauge(
        "portal_database_connections",
        "Connections to the database, by what they do",
        lambda: rows(
            "SELECT coalesce(state, 'background'), count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() GROUP BY 1"
        ),
        ("state",),
    ),
    Gauge(
        "portal_database_longest_transaction_seconds",
        "Age of the longest transaction that is open",
        lambda: rows(
            "SELECT extract(epoch FROM now() - min(xact_start)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ),
    ),
)
