"""Rows by the million: COPY into the tables of models, under a role of its own.

`COPY FROM` does not work under row security, so the maker has a role that is above it, and that no process of the
portal ever has. While it copies, the tables' triggers, foreign keys and plain indexes are away; each comes back
afterwards, and a foreign key that comes back looks at every row. All of it is one transaction: the data are whole, or
not there.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connections, models, transaction
from django.utils import timezone

MAKER = "portal_maker"
CHUNK = 5_000  # rows joined into one piece for the socket


class Copy:
    """How rows of a model are written: the columns that differ, all others as the model's defaults say.

    Args:
        model: whose table.
        columns: names of the columns that every row gives, in its order.
        constant: columns that are the same in all rows, beside the defaults.
    """

    def __init__(self, model: type[models.Model], *columns: str, **constant: Any) -> None:
        self.table = model._meta.db_table
        fields = {field.column: field for field in model._meta.concrete_fields}
        unknown = {*columns, *constant} - set(fields)
        assert not unknown, f"{self.table} has no {unknown}"
        first = [fields[name] for name in columns]
        rest = [field for name, field in fields.items() if name not in columns]
        fixed = [_text(field, constant.get(field.column, _default(field))) for field in rest]
        self.columns = [field.column for field in (*first, *rest)]
        self._line = "\t".join(["%s"] * len(first) + [value.replace("%", "%%") for value in fixed]) + "\n"

    def write(self, rows: Iterable[Sequence[Any]]) -> int:
        """Copy them; a value is its PostgreSQL text, without tabs, line ends and backslashes. How many there were."""
        names = ", ".join(f'"{name}"' for name in self.columns)
        count, line = 0, self._line
        with (
            connections["owner"].cursor() as cursor,
            cursor.copy(f'COPY "{self.table}" ({names}) FROM STDIN') as copy,  # type: ignore[attr-defined]
        ):
            for chunk in _chunks(rows):
                copy.write("".join([line % row for row in chunk]))
                count += len(chunk)
        return count


def _chunks(rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    yield chunk


def _default(field: models.Field) -> Any:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return timezone.now()
    return field.get_default()


def _text(field: models.Field, value: Any) -> str:
    """A value as COPY reads it."""
    if value is None:
        return "\\N"
    if isinstance(field, models.JSONField):
        import json

        value = json.dumps(value)
    elif isinstance(field, ArrayField):
        value = "{" + ",".join(map(str, value)) + "}"
    elif isinstance(value, bool):
        value = "t" if value else "f"
    elif hasattr(value, "isoformat"):
        value = value.isoformat()
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


@contextmanager
def loading(*tables: type[models.Model]) -> Iterator[None]:
    """Within: these tables are bare, and we are the maker. On leaving all stands again, or nothing was done."""
    names = [table._meta.db_table for table in tables]
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        _role(cursor, names)
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        constraints, indexes = _keys(cursor, names), _indexes(cursor, names)
        for name in names:
            cursor.execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
        for table, key, _ in constraints:
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{key}"')
        for index, _ in indexes:
            cursor.execute(f'DROP INDEX "{index}"')
        cursor.execute(f"SET LOCAL ROLE {MAKER}")
        yield
        cursor.execute("RESET ROLE")
        for _, definition in indexes:
            cursor.execute(definition)
        for table, key, definition in constraints:
            cursor.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{key}" {definition}')
        for name in names:
            cursor.execute(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')


def _role(cursor: Any, tables: list[str]) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [MAKER])
    if cursor.fetchone() is None:
        cursor.execute(f"CREATE ROLE {MAKER} NOLOGIN BYPASSRLS")
        cursor.execute(f"GRANT {MAKER} TO current_user")
    cursor.execute(f"GRANT USAGE ON SCHEMA public TO {MAKER}")
    for name in tables:
        cursor.execute(f'GRANT SELECT, INSERT ON "{name}" TO {MAKER}')


def _keys(cursor: Any, tables: list[str]) -> list[tuple[str, str, str]]:
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND conrelid = ANY(%s::text[]::regclass[]) AND conparentid = 0",
        [tables],
    )
    return [(table.strip('"'), key, definition) for table, key, definition in cursor.fetchall()]


def _indexes(cursor: Any, tables: list[str]) -> list[tuple[str, str]]:
    """Indexes that hold no constraint, of tables without partitions."""
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indrelid "
        "WHERE i.indrelid = ANY(%s::text[]::regclass[]) AND NOT i.indisunique AND c.relkind = 'r'",
        [tables],
    )
    return [(name.strip('"'), definition) for name, definition in cursor.fetchall()]
