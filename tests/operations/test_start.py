"""No process takes work before the database was seen to hold the wall; and /readyz tells the truth."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from portal.operations import checks, health, startup

ROOT = Path(__file__).resolve().parents[2]


class Pooled:
    """A client of a pooler that keeps one connection for all: what PgBouncer's transaction mode looks like."""

    def close(self) -> None:
        """The pooler keeps it."""

    def cursor(self) -> Any:
        return connections["default"].cursor()


def test_a_direct_connection_is_nobody_elses(database: None) -> None:
    assert not startup.multiplexed(lambda: connections["default"].copy())
    assert startup.problems() == []


def test_a_pooler_that_shares_connections_is_refused(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "copy", Pooled)
    (problem,) = startup.problems()
    assert "session mode" in problem
    with pytest.raises(SystemExit, match="session mode"):
        startup.refuse_if_wrong()


def test_a_sign_in_whose_role_got_lost_is_refused(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pooler that ignores `options` would make us the owner, whom no wall holds."""
    monkeypatch.setitem(startup.ROLES, "owner", "portal_app")
    monkeypatch.setitem(startup.STRICT, "owner", "DATABASE_URL_APP")
    (problem,) = startup.problems()
    assert "drops the sign-in's options" in problem


def test_a_database_that_is_away_is_waited_for(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> list[str]:
        raise startup.OperationalError("connection refused")

    monkeypatch.setattr(startup, "problems", away)
    startup.refuse_if_wrong()


@pytest.fixture
def strict(database: None) -> Iterator[str]:
    """A sign-in of its own for the app, as docs/operations.md makes it; its address."""
    name = settings.DATABASES["owner"]["NAME"]
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE ROLE test_portal_web LOGIN NOINHERIT IN ROLE portal_app")
        cursor.execute("ALTER ROLE test_portal_web SET role = 'portal_app'")
    parameters = connections["owner"].get_connection_params()
    address = psycopg.conninfo.make_conninfo(
        user="test_portal_web", host=parameters.get("host", ""), port=parameters.get("port", ""), dbname=name
    )
    yield address
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP ROLE test_portal_web")


ESCAPES = [
    "SET ROLE NONE; SELECT count(*) FROM portal_organisation",
    "SET ROLE portal_staff",
    "SET ROLE portal_lookup",
    "ALTER TABLE portal_organisation DISABLE ROW LEVEL SECURITY",
    "DROP POLICY app ON portal_organisation",
]


@pytest.mark.parametrize("sentence", ESCAPES)
def test_a_sign_in_of_its_own_cannot_leave_its_role(strict: str, sentence: str) -> None:
    with psycopg.connect(strict) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("portal_app",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(sentence)


def test_the_owners_sign_in_can_leave_it_which_is_why_there_is_the_other(database: None) -> None:
    """What docs/threat-model.md says of the plain set-up, kept true."""
    connection = connections["default"].copy()
    try:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == ("portal_app",)
            cursor.execute("SET ROLE NONE")
            cursor.execute("SELECT current_user = session_user")
            assert cursor.fetchone() == (True,)
    finally:
        connection.close()


def test_a_strict_sign_in_that_is_the_owner_after_all_is_refused(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DATABASE_URL_APP", "postgresql://somebody@/portal")
    (problem,) = startup.problems()
    assert "DATABASE_URL_APP signs in as somebody who can be more" in problem


def test_ready_means_that_the_database_answers_as_the_app_with_our_tables(database: None) -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": True, "migrations": True}


def test_not_ready_while_a_migration_is_missing(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations WHERE app = 'portal')"
            " RETURNING name, applied"
        )
        name, applied = cursor.fetchone()
        try:
            answer = Client().get("/readyz")
        finally:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('portal', %s, %s)",
                [name, applied],
            )
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": True, "migrations": False}


def test_not_ready_while_the_database_is_away_and_alive_all_the_same(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections["default"].close()
    monkeypatch.setitem(connections["default"].settings_dict, "PORT", "1")
    monkeypatch.setitem(connections["default"].settings_dict, "HOST", "127.0.0.1")
    assert Client().get("/readyz").status_code == 503
    assert Client().get("/healthz").status_code == 200
    connections["default"].close()


@pytest.mark.parametrize("module", ["portal.wsgi", "portal.celery"])
def test_web_and_workers_look_before_they_work(database: None, module: str) -> None:
    """Real processes, told by their environment that the app signs in apart, while it is the owner who does."""
    what = {
        "portal.wsgi": "import portal.wsgi",
        "portal.celery": "import django; django.setup(); import portal.celery as c; c._look_first()",
    }[module]
    done = subprocess.run(
        [sys.executable, "-c", what],
        cwd=ROOT,
        env=_owners(DATABASE_URL_APP=_owners()["DATABASE_URL"]),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "The portal does not start" in done.stderr


def test_any_host_is_refused_in_production(settings: Any) -> None:
    """A reset's mail would lead to whatever host the request for it named."""
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["*"]
    (error,) = checks.hosts_are_named()
    assert error.id == "portal.E009"
    settings.ALLOWED_HOSTS = ["portal.example.nl"]
    assert checks.hosts_are_named() == []


def test_what_a_web_process_loaded_is_not_walked_by_the_garbage_collector(database: None) -> None:
    say = "import gc, portal.wsgi; print(gc.get_freeze_count())"
    done = subprocess.run(
        [sys.executable, "-c", say], cwd=ROOT, env=_owners(), capture_output=True, text=True, timeout=60
    )
    assert int(done.stdout) > 100_000, done.stderr


def _owners(**more: str) -> dict[str, str]:
    """The environment of a process beside this one, on the same database."""
    address = connections["owner"].get_connection_params()
    host = address.get("host", "")
    url = f"postgresql://{address.get('user', '')}@/{settings.DATABASES['owner']['NAME']}?host={host}&port={address.get('port', '')}"
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "portal.settings", **more}
