"""Whose rows a piece of code may see: the one place that enters a scope.

Every tenant table carries `firm_id` and a row level security policy (`portal.walls`). A scope is a short
transaction in which PostgreSQL knows the firm; outside one the database gives no rows, and the `objects`
managers raise before asking it. A scope never outlives its transaction: a session-level setting would be
inherited by the next borrower of a pooled connection.

The ways in, all of them:

- `scope(firm_id)` — a firm's rows, as `portal_app`; `in_scope(firm_id, act)` for what a person asked;
- `staff()` — the helpdesk's view over all firms, as `portal_staff`, on a connection of its own;
- `portal.lookups` — named functions in the database that know every firm and return ids only.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar
from uuid import UUID

from django.db import OperationalError, connections, models, transaction
from psycopg.errors import DeadlockDetected

_firm: ContextVar[UUID | None] = ContextVar("firm", default=None)
_alias: ContextVar[str] = ContextVar("alias", default="default")


T = TypeVar("T")

_who: Callable[[], str] = str


def tell_actor(who: Callable[[], str]) -> None:
    """Who is acting, as JSON, for the triggers that record changes (`portal.audited`); asked at every scope."""
    global _who
    _who = who


def tell_again() -> None:
    """The actor changed within a scope: tell its transaction, unless that is lost already."""
    connection = connections[_alias.get()]
    if (_firm.get() is not None or is_staff_scope()) and not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('portal.actor', %s, true)", [_who()])


class NoScope(RuntimeError):
    """A tenant table was asked for outside a scope."""


class ScopeInScope(RuntimeError):
    """A scope was entered within a transaction: its work would not be committed when the caller thinks it is."""


def current_firm() -> UUID | None:
    """The firm whose scope is entered, or None."""
    return _firm.get()


def is_staff_scope() -> bool:
    """Whether the running code sees all firms, as the helpdesk does."""
    return _alias.get() == "staff"


@contextmanager
def scope(firm_id: UUID) -> Iterator[None]:
    """A transaction in which PostgreSQL shows and takes this firm's rows only.

    It commits on leaving and is durable: it refuses to start inside another transaction, so that «recorded»
    always means committed. Keep it short and never talk HTTP inside (`portal.http` refuses).
    """
    if transaction.get_connection("default").in_atomic_block:
        raise ScopeInScope("scope() opens a transaction of its own; leave the outer one first.")
    with transaction.atomic(using="default", durable=True):
        _tell(firm_id)
        firm, alias = _firm.set(firm_id), _alias.set("default")
        try:
            yield
        finally:
            _firm.reset(firm)
            _alias.reset(alias)


def in_scope(firm_id: UUID, act: Callable[[], T]) -> T:
    """What a person or a program asked, in a scope; once more where the database ended it.

    Whoever ends a connection has its lane and wants its invoices, whoever approves an invoice has that and wants the
    lane. When two wait for each other the database ends one, of which nothing is left then.
    """
    try:
        with scope(firm_id):
            return act()
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected):
            raise
    with scope(firm_id):
        return act()


def _tell(firm_id: UUID) -> None:
    """Tell PostgreSQL the firm and who acts for it; BEGIN and this go out in one trip."""
    connection = connections["default"]
    with connection.cursor() as cursor, connection.wrap_database_errors, connection.connection.pipeline():
        cursor.execute(
            "SELECT set_config('portal.firm', %s, true), set_config('portal.actor', %s, true)",
            [str(firm_id), _who()],
        )


@contextmanager
def staff() -> Iterator[None]:
    """A transaction in which the helpdesk sees every firm. Loud on purpose: only `portal.helpdesk` enters it."""
    with transaction.atomic(using="staff"):
        firm, alias = _firm.set(None), _alias.set("staff")
        try:
            tell_again()
            yield
        finally:
            _firm.reset(firm)
            _alias.reset(alias)


class Router:
    """Sends every query to the sign-in of the scope; only the owner migrates."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        return _alias.get()

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        return _alias.get()

    def allow_relation(self, one: models.Model, other: models.Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"


M = TypeVar("M", bound=models.Model, covariant=True)


class TenantManager(models.Manager[M]):
    """`Model.objects`: raises outside a scope, where an empty answer would look like «there is nothing»."""

    def get_queryset(self) -> models.QuerySet[M]:
        if _firm.get() is None and not is_staff_scope():
            raise NoScope(
                f"{self.model.__name__}.objects was used outside a scope: the database would show no rows. "
                "Enter portal.tenancy.scope(firm) first."
            )
        return super().get_queryset()


class StaffManager(models.Manager[M]):
    """`objects` of the helpdesk's own tables: raises outside `staff()`, where the database would show nothing."""

    def get_queryset(self) -> models.QuerySet[M]:
        if not is_staff_scope():
            raise NoScope(
                f"{self.model.__name__}.objects is the helpdesk's: enter portal.tenancy.staff() first."
            )
        return super().get_queryset()
