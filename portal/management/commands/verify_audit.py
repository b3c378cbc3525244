"""`verify_audit [--heads] [--against FILE]`: whether the audit trail is what was recorded."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal import digests


class Command(BaseCommand):
    help = "Recompute the digests over every firm's audit trail; ends with 1 when something was changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--heads", action="store_true", help="print the last link of each chain as JSON")
        parser.add_argument("--against", type=Path, metavar="FILE", help="heads that were kept elsewhere")
        parser.add_argument("--now", action="store_true", help="first add a link over what is settled")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["now"]:
            digests.chain_all()
        if options["heads"]:
            self.stdout.write(json.dumps(digests.heads(), indent=1))
            return
        kept = json.loads(options["against"].read_text()) if options["against"] else {}
        faults = digests.verify_all({firm: (number, sha256) for firm, (number, sha256) in kept.items()})
        for fault in faults:
            self.stdout.write(f"{fault.firm_id or 'installation'} link {fault.link}: {fault.what}")
        if faults:
            sys.exit(1)
        self.stdout.write(f"The audit trail is whole ({len(digests.heads())} chains).")
