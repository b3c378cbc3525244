"""`brake on|off [--firm ID] [--connection ID]`: stop all booking, or let it go on. Without either: everywhere."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from portal.brake import set_brake


class Command(BaseCommand):
    help = "Stop all booking within seconds, or let it go on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("state", choices=["on", "off"])
        parser.add_argument("--firm", type=UUID, metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["state"] == "on"
        set_brake(on, firm_id=options["firm"])
        where = f"for firm {options['firm']}" if options["firm"] else "for the whole installation"
        self.stdout.write(f"Booking {'is stopped' if on else 'goes on'} {where}.")
