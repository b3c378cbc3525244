"""The run's database: migrated once, then copied by every run until a migration, or what migrations use, has changed.

Migrating takes a good ten seconds of a processor; a copy takes one. The one that is copied stands on the same server, under
a name that says what it was made of.
"""

import fcntl
import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error

from tests.environment import FOLDER

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "portal_migrated_"
USED = (
    "requirements.lock", "portal/audited.py", "portal/base.py", "portal/encryption.py", "portal/lookups.py",
    "portal/roles.py", "portal/walls.py", "connections/recorder.py",
)  # fmt: skip


def make(owner: Any) -> None:
    """Make the test database of the connection `owner`, and lead it there. One process at a time: what the first has
    migrated the others copy."""
    with (FOLDER / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make(owner)


def _make(owner: Any) -> None:
    name, whole = owner.settings_dict["TEST"]["NAME"], PREFIX + _digest()
    with owner.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        there = {row[0] for row in cursor.fetchall()}
        if whole in there:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{whole}"')
    if whole in there:
        owner.close()
        settings.DATABASES["owner"]["NAME"] = owner.settings_dict["NAME"] = name
        return
    owner.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    owner.close()
    with owner.creation._nodb_cursor() as cursor:
        for statement in (
            *(f'DROP DATABASE IF EXISTS "{old}"' for old in there),
            f'CREATE DATABASE "{whole}" TEMPLATE "{name}"',
        ):
            with suppress(Error):  # another run is copying the old one, or made the new one a moment ago
                cursor.execute(statement)


def _digest() -> str:
    """Of every migration and what they import, by name and content."""
    found = hashlib.sha256()
    migrations = [
        path
        for room in ("portal", "connections", "invoices")
        for path in (ROOT / room).glob("migrations/*.py")
    ]
    for path in sorted([*migrations, *(ROOT / one for one in USED)]):
        found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return found.hexdigest()[:16]
