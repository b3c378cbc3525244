"""What is looked at before a process takes work: that the database is reached in the way the tenant wall needs.

Settings alone cannot tell. A pooler may drop the sign-in's options, and the role with them: then the portal would run
as the tables' owner, whom no wall holds, and nobody would notice. A pooler that hands out a connection per transaction
would mix what belongs to a sign-in. So each process asks the database itself, and does not start when it hears wrong.
"""

import gc
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import structlog
from django.conf import settings
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

log = structlog.get_logger(__name__)

ROLES = {"default": "portal_app", "staff": "portal_staff"}
STRICT = {"default": "DATABASE_URL_APP", "staff": "DATABASE_URL_STAFF"}
LOOKS = 10

_fine = False


def refuse_if_wrong() -> None:
    """End this process with a sentence when the database must not be used as it is reached.

    A database that cannot be reached at all is no reason: it comes back, and until then /readyz says so.
    """
    try:
        found = problems()
    except OperationalError as error:
        log.warning("database_away_at_start", error=str(error).splitlines()[0])
        return
    if found:
        sys.exit("The portal does not start:\n" + "\n".join(f"- {one}" for one in found))


def settle() -> None:
    """What is loaded by now stays until the process ends: the garbage collector does not walk it again.

    Django, its pages and the API are some two hundred thousand objects. Each full collection walked them all, in the
    middle of somebody's request: one page in twenty took a fifth of a second longer, whatever it showed.
    """
    import_module(settings.ROOT_URLCONF)  # else the first request loads it
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000)


def is_fine() -> bool:
    """Whether the looks at the start found nothing wrong; looked again until they did once."""
    global _fine
    _fine = _fine or not problems()
    return _fine


def problems() -> list[str]:
    """What is wrong with the ways to the database, each as a sentence that says what to do."""
    found = []
    for alias, role in ROLES.items():
        found += _of_role(connections[alias], alias, role)
    if not found and multiplexed(lambda: connections["default"].copy()):
        found.append(
            "DATABASE_URL leads to a pooler that gives every transaction another connection. The role that the "
            "tenant wall binds belongs to the sign-in, so that is refused: use its session mode, or none."
        )
    return found


def _of_role(connection: BaseDatabaseWrapper, alias: str, role: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT current_user, r.rolsuper OR r.rolbypassrls,
                      pg_has_role(session_user, d.datdba, 'MEMBER'),
                      (SELECT bool_or(pg_has_role(session_user, c.relowner, 'MEMBER')) FROM pg_class c
                       WHERE c.relname = 'django_migrations'),
                      (SELECT array_agg(o.rolname::text) FROM pg_roles o
                       WHERE o.rolname IN ('portal_app', 'portal_staff', 'portal_lookup')
                         AND pg_has_role(session_user, o.oid, 'MEMBER'))
               FROM pg_roles r, pg_database d
               WHERE r.rolname = current_user AND d.datname = current_database()"""
        )
        here, above, owns_database, owns_tables, others = cursor.fetchone()
    if here != role:
        return [
            f"The connection {alias!r} runs as {here} and not as {role}: something between us and PostgreSQL drops "
            f"the sign-in's options. Let a pooler pass `options`, or sign in by {STRICT[alias]} with a role whose "
            f"default is {role} (docs/operations.md)."
        ]
    if above:
        return [f"{role} may bypass row level security: ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS."]
    if getattr(settings, STRICT[alias]) and (owns_database or owns_tables or set(others or []) != {role}):
        return [
            f"{STRICT[alias]} signs in as somebody who can be more than {role}: let it be a role of its own, "
            f"a member of {role} and of nothing else (docs/operations.md)."
        ]
    return []


def multiplexed(connect: Callable[[], Any]) -> bool:
    """Whether two connections of ours are one of PostgreSQL's: the second transaction is served where the first was.

    A pooler that frees its connection at the end of a transaction gives the next one to whoever asks; a direct
    connection, or one that is ours for the whole session, has a process of its own over there.
    """
    one, other = connect(), connect()
    try:
        return any(_process(one) == _process(other) for _ in range(LOOKS))
    finally:
        one.close()
        other.close()


def _process(connection: BaseDatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
