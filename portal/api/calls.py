"""A partner's calls, for its developers and the helpdesk: what was asked when, how it ended, under which request id.

Written a second later and in batches by a thread of each process: a log must not cost every call a transaction. A
process that is killed loses its last second of it, which nobody was promised.
"""

import atexit
import threading
from collections import deque
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import connections, transaction

from portal.models import ApiCall
from portal.tenancy import scope

log = structlog.get_logger(__name__)

MOST = 10_000  # what is kept when the database is away; the oldest go first

_waiting: deque[ApiCall] = deque(maxlen=MOST)
_wake = threading.Event()
_thread: threading.Thread | None = None
_lock = threading.Lock()


def note(request: Any, response: Any, *, started: datetime, seconds: float) -> None:
    """Put one call in line."""
    document = response.data if isinstance(getattr(response, "data", None), dict) else {}
    _waiting.append(
        ApiCall(
            firm_id=request.firm_id,
            partner_id=request.user.pk,
            at=started,
            method=request.method,
            path=request.path[:400],
            status=response.status_code,
            code=str(document.get("code", ""))[:60] if response.status_code >= 400 else "",
            seconds=seconds,
            request_id=getattr(request._request, "request_id", "")[:128],
        )
    )
    if settings.API_LOG_EVERY_SECONDS:
        _start()


def flush() -> None:
    """Write down what waits, now."""
    rows: dict[Any, list[ApiCall]] = {}
    while _waiting:
        row = _waiting.popleft()
        rows.setdefault(row.firm_id, []).append(row)
    for firm_id, some in rows.items():
        with scope(firm_id), transaction.atomic():
            ApiCall.objects.bulk_create(some, batch_size=500)


def _start() -> None:
    global _thread
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="api-calls", daemon=True)
            _thread.start()


def _run() -> None:
    while _waiting:
        _wake.wait(settings.API_LOG_EVERY_SECONDS)
        try:
            flush()
        except Exception as error:
            log.warning("api_calls_not_written", error=str(error))
        finally:
            connections.close_all()


atexit.register(_wake.set)
