"""Questions asked before a firm is known: named functions in the database that know every firm and return ids.

Routing by KVK number, the sweep, Exact's callback and a partner's token all start without a firm. Each such
question is one SECURITY DEFINER function, owned by `portal_lookup` (a role that may read and nothing else),
made in a migration by `lookup()` and asked by `ask()`. They return ids (and yes or no), never contents.
"""

from typing import Any

from django.db import connections, migrations

from portal.walls import APP, LOOKUP, STAFF


def lookup(name: str, arguments: str, returns: str, body: str) -> migrations.RunSQL:
    """The migration operation that makes `name(arguments) RETURNS TABLE (returns)` out of one SELECT."""
    signature = f"{name}({arguments})"
    return migrations.RunSQL(
        f"""
        CREATE OR REPLACE FUNCTION {signature} RETURNS TABLE ({returns})
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $lookup$ {body} $lookup$;
        ALTER FUNCTION {signature} OWNER TO {LOOKUP};
        REVOKE ALL ON FUNCTION {signature} FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION {signature} TO {APP}, {STAFF};
        """,
        f"DROP FUNCTION IF EXISTS {signature}",
    )


def ask(name: str, *arguments: Any) -> list[tuple]:
    """The rows that the look-up of this name returns."""
    places = ", ".join(["%s"] * len(arguments))
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {name}({places})", arguments)  # noqa: S608 — names are ours
        return cursor.fetchall()
