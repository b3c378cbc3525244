"""`create_firm NAME --owner EMAIL`: a firm and the person who owns it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.people.firms import create_firm


class Command(BaseCommand):
    help = "Make a firm and its owner; prints the password once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--sandbox", action="store_true", help="works against the Exact sandbox only")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        made = create_firm(options["name"], options["owner"], sandbox=options["sandbox"])
        if options["json"]:
            values = {
                "id": str(made.firm_id),
                "name": made.name,
                "owner": made.owner,
                "password": made.password,
            }
            self.stdout.write(json.dumps(values))
        else:
            self.stdout.write(
                f"{made.name}: {made.firm_id}\n{made.owner} signs in with: {made.password or '(as before)'}"
            )
