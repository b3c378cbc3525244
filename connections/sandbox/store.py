"""Where the sandbox keeps its world: rows in memory, every change in SQLite before it is answered.

A `Table` holds the rows of one endpoint in one scope (a division's code, or 0 for what is not a division's).
Tables are read from disk when first touched, so that a large world starts at once. `Store.unit()` groups changes:
they are committed together, and taken back in memory if anything fails. SQLite runs without fsync: a killed process
loses nothing, only a machine that loses power does.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from .schema import ENTITIES, Row

GLOBAL = 0

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS rows (scope INTEGER, resource TEXT, key TEXT, body TEXT,
    PRIMARY KEY (scope, resource, key));
CREATE TABLE IF NOT EXISTS blobs (key TEXT PRIMARY KEY, data BLOB);
CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY, at REAL, method TEXT, path TEXT, endpoint TEXT,
    division INTEGER, user TEXT, app TEXT, status INTEGER, request_bytes INTEGER, response_bytes INTEGER,
    milliseconds REAL, minute_remaining INTEGER, day_remaining INTEGER, fault TEXT, note TEXT);
CREATE TABLE IF NOT EXISTS spent (name TEXT, window INTEGER, n INTEGER, PRIMARY KEY (name, window));
"""


def _folded(value: Any) -> Any:
    """Text compares without its trailing blanks, as SQL Server does it."""
    return value.rstrip() if isinstance(value, str) else value


class Table:
    """Rows by key in the order of their creation, with hash indexes that come into being when first asked for."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._position: dict[str, int] = {}
        self._next = 0
        self._indexes: dict[str, dict[Any, dict[str, None]]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def get(self, key: str | None) -> Row | None:
        return self.rows.get(key) if key is not None else None

    def position(self, key: str) -> int:
        """When the row came, also for one that is gone: pages go on where they stopped."""
        return self._position.get(key, -1)

    def put(self, key: str, row: Row) -> None:
        old = self.rows.get(key)
        if key not in self._position:
            self._position[key] = self._next
            self._next += 1
        self.rows[key] = row
        for name, index in self._indexes.items():
            if old is not None:
                index.get(_folded(old.get(name)), {}).pop(key, None)
            index.setdefault(_folded(row.get(name)), {})[key] = None

    def remove(self, key: str) -> None:
        old = self.rows.pop(key)
        for name, index in self._indexes.items():
            index.get(_folded(old.get(name)), {}).pop(key, None)

    def find(self, name: str, value: Any) -> list[Row]:
        """Rows whose property `name` equals `value`, in order of creation."""
        index = self._indexes.get(name)
        if index is None:
            index = self._indexes[name] = {}
            for key, row in self.rows.items():
                index.setdefault(_folded(row.get(name)), {})[key] = None
        keys = index.get(_folded(value), {})
        return [self.rows[key] for key in sorted(keys, key=self._position.__getitem__)]

    def first(self, name: str, value: Any) -> Row | None:
        found = self.find(name, value)
        return found[0] if found else None


def _encode(row: Row) -> str:
    return json.dumps(row, separators=(",", ":"), default=str)


class Store:
    """All tables, the binary contents, the log of calls and the spent budgets."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._db = sqlite3.connect(folder / "sandbox.sqlite3", check_same_thread=False, isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._tables: dict[tuple[int, str], Table] = {}
        self._undo: list[Callable[[], None]] | None = None
        self._after: list[Callable[[], None]] = []
        self._depth = 0
        self._doubles = {
            path: [p.name for p in entity.properties.values() if p.kind == "D"]
            for path, entity in ENTITIES.items()
        }
        version = self.table(GLOBAL, "_version").get("version")
        self._version: int = version["n"] if version else 100_000

    def close(self) -> None:
        with self.lock:
            self._db.close()

    # Reading

    def table(self, scope: int, resource: str) -> Table:
        found = self._tables.get((scope, resource))
        if found is None:
            found = self._tables[scope, resource] = Table()
            doubles = self._doubles.get(resource, [])
            for key, body in self._db.execute(
                "SELECT key, body FROM rows WHERE scope = ? AND resource = ? ORDER BY rowid",
                (scope, resource),
            ):
                row = json.loads(body)
                for name in doubles:
                    if name in row:
                        row[name] = Decimal(row[name])
                found.put(key, row)
        return found

    def blob(self, key: str) -> bytes | None:
        row = self._db.execute("SELECT data FROM blobs WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    @property
    def empty(self) -> bool:
        return self._db.execute("SELECT 1 FROM rows LIMIT 1").fetchone() is None

    @property
    def version(self) -> int:
        """The latest rowversion given out."""
        return self._version

    # Writing

    @contextmanager
    def unit(self) -> Iterator[None]:
        """All that is written inside is committed at its end, or not at all. Nests."""
        with self.lock:
            if self._depth:
                yield
                return
            self._depth, self._undo, self._after = 1, [], []
            self._db.execute("BEGIN")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                for step in reversed(self._undo):
                    step()
                self._db.execute("ROLLBACK")
                raise
            finally:
                self._depth, self._undo = 0, None
            for step in self._after:
                step()

    def after_commit(self, step: Callable[[], None]) -> None:
        """Do this once the unit at work has been committed; never if it is taken back."""
        if self._depth:
            self._after.append(step)
        else:
            step()

    def put(self, scope: int, resource: str, key: str, row: Row) -> Row:
        with self.unit():
            table = self.table(scope, resource)
            old = table.get(key)
            table.put(key, row)
            assert self._undo is not None
            if old is None:
                self._undo.append(lambda: table.remove(key))
            else:
                self._undo.append(lambda: table.put(key, old))
            # Not REPLACE: that would give the row a new place in the order.
            self._db.execute(
                "INSERT INTO rows VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
                (scope, resource, key, _encode(row)),
            )
        return row

    def put_many(self, scope: int, resource: str, rows: Iterable[tuple[str, Row]]) -> None:
        """New rows at once, for building worlds."""
        with self.unit():
            table = self.table(scope, resource)
            written = []
            for key, row in rows:
                table.put(key, row)
                written.append((scope, resource, key, _encode(row)))
            assert self._undo is not None
            self._undo.append(lambda: self._forget(scope, resource))
            self._db.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)", written)

    def _forget(self, scope: int, resource: str) -> None:
        """Read this table from disk again when it is next asked for."""
        self._tables.pop((scope, resource), None)

    def change(self, scope: int, resource: str, key: str, **values: Any) -> Row:
        """A copy of the row with some values replaced (None takes a value away)."""
        row = {**self.table(scope, resource).rows[key], **values}
        return self.put(
            scope, resource, key, {name: value for name, value in row.items() if value is not None}
        )

    def remove(self, scope: int, resource: str, key: str) -> None:
        with self.unit():
            table = self.table(scope, resource)
            old = table.rows[key]
            table.remove(key)
            assert self._undo is not None
            self._undo.append(lambda: table.put(key, old))
            self._db.execute(
                "DELETE FROM rows WHERE scope = ? AND resource = ? AND key = ?", (scope, resource, key)
            )

    def put_blob(self, key: str, data: bytes) -> None:
        with self.unit():
            self._db.execute("INSERT OR REPLACE INTO blobs VALUES (?, ?)", (key, data))

    def next_version(self) -> int:
        """The next rowversion: one counter for all, as a SQL Server database has."""
        with self.unit():
            self._version += 1
            self.put(GLOBAL, "_version", "version", {"n": self._version})
            return self._version

    def next_versions(self, n: int) -> range:
        with self.unit():
            first = self._version + 1
            self._version += n
            self.put(GLOBAL, "_version", "version", {"n": self._version})
            return range(first, self._version + 1)

    def clear(self) -> None:
        """Forget everything."""
        with self.unit():
            for name in ("rows", "blobs", "calls", "spent"):
                self._db.execute(f"DELETE FROM {name}")
            self._tables.clear()
            version, self._version = self._version, 100_000
            assert self._undo is not None
            self._undo.append(lambda: self._reread(version))

    def _reread(self, version: int) -> None:
        """Trust the disk again, after a failed rebuilding."""
        self._tables.clear()
        self._version = version

    # Log and budgets

    def log_call(self, call: Row) -> int:
        with self.unit():
            cursor = self._db.execute(
                f"INSERT INTO calls ({', '.join(call)}) VALUES ({', '.join('?' * len(call))})",
                list(call.values()),
            )
            return int(cursor.lastrowid or 0)

    def calls(self, where: str = "1", values: Iterable[Any] = (), limit: int = 1000) -> list[Row]:
        with self.lock:
            cursor = self._db.execute(
                f"SELECT * FROM calls WHERE {where} ORDER BY id DESC LIMIT ?", (*values, limit)
            )
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def count_calls(
        self, columns: str, where: str = "1", values: Iterable[Any] = ()
    ) -> list[tuple[Any, ...]]:
        with self.lock:
            return list(
                self._db.execute(
                    f"SELECT {columns}, count(*) FROM calls WHERE {where} GROUP BY {columns} ORDER BY {columns}",
                    tuple(values),
                )
            )

    def spend(self, name: str, window: int, n: int = 1) -> None:
        with self.unit():
            self._db.execute(
                "INSERT INTO spent VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
                (name, window, n),
            )

    def set_spent(self, name: str, window: int, n: int) -> None:
        with self.unit():
            self._db.execute("INSERT OR REPLACE INTO spent VALUES (?, ?, ?)", (name, window, n))

    def spent(self, name: str, window: int) -> int:
        row = self._db.execute("SELECT n FROM spent WHERE name = ? AND window = ?", (name, window)).fetchone()
        return row[0] if row else 0
