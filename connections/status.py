"""Where a connection stands: changed here and nowhere else, so that whoever wants to know is told.

A connection's row is locked before its issues are counted. Two issues that are mended in the same moment would
otherwise each see the other one still open, and leave the connection blocked with nothing that blocks it.
"""

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from connections.models import Connection

log = structlog.get_logger(__name__)

_on_change: list[Callable[[Connection, str], None]] = []


def register(tell: Callable[[Connection, str], None]) -> None:
    """Be told of every change: (connection, the status before). It runs in the transaction that changes it."""
    if tell not in _on_change:
        _on_change.append(tell)


def lock(connection_id: UUID) -> str:
    """Hold this connection's status until the transaction ends; the status. Needs the scope."""
    # NO KEY: rows that point at the connection (calls, chores, invoices) are still added meanwhile.
    held = Connection.objects.select_for_update(no_key=True).filter(pk=connection_id)
    return str(held.values_list("status", flat=True).get())


def move(connection: Connection, to: str, *, only_from: Collection[str] | None = None, **fields: Any) -> bool:
    """Change the status (and `fields` with it). False: it stood elsewhere, or there already. Needs the scope."""
    before = lock(connection.pk)
    connection.status = before
    if before == to or (only_from is not None and before not in only_from):
        return False
    changes = {"status": to, **fields, "updated_at": timezone.now()}
    Connection.objects.filter(pk=connection.pk).update(**changes)
    for name, value in changes.items():
        setattr(connection, name, value)
    log.info("connection_moved", connection=str(connection.pk), before=before, to=to)
    for tell in _on_change:
        tell(connection, before)
    return True
