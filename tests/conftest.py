"""What every test may ask for: a real database, the Exact sandbox on a real port, the cast, and a worker."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import Error, connections, transaction

from tests import made
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.work import work

# A slow hash is the point of a password hasher, and a quarter of a second for every member of the cast.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "portal.partners.ClientSecrets"]

KEPT = {"django_migrations", "django_content_type", "auth_permission"}


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """One database for the run, made by the owner; all sign-ins use it under their own roles."""
    with django_db_blocker.unblock():
        owner = connections["owner"]
        made.make(owner)
        for alias in ("default", "staff"):
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = owner.settings_dict["NAME"]
        yield
        owner.close()
        with owner.creation._nodb_cursor() as cursor:
            # By force: those that a browser's event loop opened in this thread are not seen from here.
            cursor.execute(f'DROP DATABASE "{settings.DATABASES["owner"]["NAME"]}" WITH (FORCE)')


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Real transactions, committed, on an empty database."""
    with django_db_blocker.unblock():
        _empty()
        cache.clear()
        yield
        for connection in connections.all(initialized_only=True):
            _leave_as_new(connection)


def _leave_as_new(connection: Any) -> None:
    """The next test gets this session with nothing left in it. A new one would first have to learn our tables from the
    catalogue, which takes the server longer than most tests take.

    Not DISCARD ALL, which also throws away the plans of the foreign keys.
    """
    if connection.connection is None or connection.in_atomic_block:
        connection.close()
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE; RESET ALL; SELECT pg_advisory_unlock_all(); UNLISTEN *; CLOSE ALL")
            cursor.execute("DISCARD TEMP")
        connection.init_connection_state()
    except Error:  # its test ended it
        connection.close()


def _forget() -> None:
    """A child that a test forks opens sessions of its own. Those that are kept for the next test came along with it, and
    two processes that speak through one session wait for each other for ever."""
    for connection in connections.all(initialized_only=True):
        connection.connection = None


os.register_at_fork(after_in_child=_forget)


def _empty() -> None:
    """Delete what the last test left. TRUNCATE would make hundreds of files anew, for tables that are empty already."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall() if name not in KEPT]
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables)
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{name}"')  # foreign keys are deferred: the order does not matter


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExactSandbox]:
    sandbox = ExactSandbox(Path(tmp_path_factory.mktemp("exact")))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def exact(sandbox_process: ExactSandbox, monkeypatch: pytest.MonkeyPatch) -> ExactSandbox:
    """The Exact sandbox with a small fresh world, and the portal's settings pointing at it."""
    sandbox_process.reset()
    site = {
        "base_url": sandbox_process.url,
        "client_id": sandbox_process.client_id,
        "client_secret": sandbox_process.client_secret,
    }
    monkeypatch.setitem(settings.EXACT_SITES, "nl", site)
    return sandbox_process


@pytest.fixture
def cast(database: None) -> Cast:
    """Alice owns a firm, Bob works there, Charlie owns the firm next door."""
    return Cast()


@pytest.fixture
def worker(database: None) -> Any:
    """`worker()` does everything that is due, found by the sweeps alone, as if every message had been lost."""
    return work
