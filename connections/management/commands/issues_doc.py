"""Write `docs/issues.md`, `docs/issues.nl.md` and `docs/packages.md` from the catalogue; `--check` only compares."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from connections.remedies import document


def files() -> dict[Path, str]:
    """Each written list and what has to stand in it."""
    docs = Path(settings.BASE_DIR) / "docs"
    return {
        docs / "issues.md": document.issues("en"),
        docs / "issues.nl.md": document.issues("nl"),
        docs / "packages.md": document.exact_packages(),
    }


class Command(BaseCommand):
    help = "Writes the lists of issues and of Exact's packages from the catalogue."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail when a list is out of date"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        wanted = files()
        stale = [p for p, text in wanted.items() if not p.exists() or p.read_text(encoding="utf-8") != text]
        if check and stale:
            names = ", ".join(path.name for path in stale)
            raise CommandError(f"Out of date: {names}. Run `manage.py issues_doc` and commit what it writes.")
        for path in stale:
            path.write_text(wanted[path], encoding="utf-8")
            self.stdout.write(f"{path.relative_to(settings.BASE_DIR)} written")
