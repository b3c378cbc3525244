"""`python -m tests.operations.released`: this code is released; the next one's schema must carry it.

Writes the last migration of each app into docs/ops/released.json. `tests/operations/test_releases.py` reads it.
"""

import json
import os
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "ops" / "released.json"
OURS = ("portal", "connections", "invoices")


def leaves() -> dict[str, str]:
    """{app: its last migration}."""
    from django.db.migrations.loader import MigrationLoader

    return {app: name for app, name in MigrationLoader(None).graph.leaf_nodes() if app in OURS}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    import django

    django.setup()
    PAGE.write_text(json.dumps(leaves(), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
