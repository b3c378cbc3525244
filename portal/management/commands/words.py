"""Collects every word that people read, and makes what the portal loads out of the translations.

    manage.py words             collect into portal/locale/nl/LC_MESSAGES/django.po, then compile
    manage.py words --compile   only compile

The admin theme ships no translations, so its words are ours: its templates and code are collected with our own.
"""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import unfold
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

THEME = "theme_words"  # the theme's package, for the time of collecting, under a name inside the project
IGNORED = [
    ".venv/*",
    "var/*",
    "tests/*",
    "docs/*",
    "*/migrations/*",
    "connections/sandbox/*",
    f"{THEME}/contrib/*",
]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--compile", action="store_true", help="only compile what is translated")

    def handle(self, *args: Any, **options: Any) -> None:
        os.chdir(settings.BASE_DIR)
        if not options["compile"]:
            self._collect()
        call_command("compilemessages", locale=["nl"], ignore_patterns=[".venv", "var"], verbosity=0)

    def _collect(self) -> None:
        theme = Path(THEME)
        theme.symlink_to(Path(unfold.__file__).parent)
        try:
            call_command(
                "makemessages",
                locale=["nl"],
                extensions=["html", "py", "txt"],
                ignore_patterns=IGNORED,
                symlinks=True,
                no_location=True,
                no_wrap=True,
                no_obsolete=True,
                verbosity=0,
            )
        finally:
            theme.unlink()
