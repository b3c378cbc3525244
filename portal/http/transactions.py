"""No call while a transaction is open: a slow answer would hold rows locked, a rollback would forget what was done."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

TRANSACTION_EXCEPTIONS = frozenset({"token refresh"})
"""Who may call while a transaction is open. The refresh of an Exact token must hold its row lock during the
call."""


class HttpInsideTransaction(RuntimeError):
    """A call was about to leave while a database transaction was open. Always a mistake in the program."""


_exempt: ContextVar[str | None] = ContextVar("portal_http_exempt", default=None)


@contextmanager
def inside_transaction(reason: str) -> Iterator[None]:
    """Calls in this block may be made while a transaction is open. `reason` is one of
    `TRANSACTION_EXCEPTIONS`."""
    if reason not in TRANSACTION_EXCEPTIONS:
        raise ValueError(f"{reason!r} is no accepted reason for HTTP inside a transaction")
    mark = _exempt.set(reason)
    try:
        yield
    finally:
        _exempt.reset(mark)


def refuse_inside_transaction(url: str) -> None:
    from django.conf import settings

    if _exempt.get() is not None or not settings.configured:
        return
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        # The blocks that Django's TestCase and pytest-django open around a test are not the program's.
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise HttpInsideTransaction(
                f"A call to {urlsplit(url).hostname} inside an open transaction on {connection.alias!r}. "
                "Commit first: claim, call, record."
            )
