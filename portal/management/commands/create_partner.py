"""`create_partner NAME --firm ID`: an OAuth2 client that works for a firm."""

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.models import Firm
from portal.partners import create_partner
from portal.tenancy import scope


class Command(BaseCommand):
    help = "Make an OAuth2 client with all scopes on a firm; prints its secret once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--firm", required=True, metavar="ID", type=UUID)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        with scope(options["firm"]):
            if not Firm.objects.filter(pk=options["firm"]).exists():
                raise CommandError(
                    f"There is no firm {options['firm']}. `create_firm` makes one and prints its id."
                )
        made = create_partner(options["name"], options["firm"])
        if options["json"]:
            self.stdout.write(json.dumps({"client_id": made.client_id, "client_secret": made.client_secret}))
        else:
            self.stdout.write(f"client_id     {made.client_id}\nclient_secret {made.client_secret}")
