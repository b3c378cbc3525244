"""Whether this process lives, and whether what it needs does."""

import time

from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from kombu.exceptions import OperationalError

from portal.celery import app
from portal.operations import startup

BROKER_EVERY_SECONDS = 5.0

_migrated = False
_broker, _broker_asked = False, float("-inf")


def healthz(request: HttpRequest) -> JsonResponse:
    """This process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers under the app's own role, behind no pooler that breaks it, and its tables are this code's.

    Without the broker the portal takes in and shows all the same, and works a little later: that is told, no reason to
    take no visitors.
    """
    checks = {"database": False, "migrations": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            checks["database"] = cursor.fetchone() == ("portal_app",) and startup.is_fine()
        checks["migrations"] = _is_migrated()
    except DatabaseError:
        connections.close_all()
    ready = all(checks.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", "checks": checks, "broker": _broker_answers()},
        status=200 if ready else 503,
    )


def _is_migrated() -> bool:
    """Looked up until it is so; a running process's code does not change under it."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _broker_answers() -> bool:
    """Asked at most once in some seconds, and never waited for long."""
    global _broker, _broker_asked
    if time.monotonic() - _broker_asked > BROKER_EVERY_SECONDS:
        _broker_asked = time.monotonic()
        try:
            with app.connection(connect_timeout=2) as broker:
                broker.ensure_connection(max_retries=1, timeout=2)
            _broker = True
        except (OSError, OperationalError):
            _broker = False
    return _broker
