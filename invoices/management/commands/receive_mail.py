"""`receive_mail [--port N] [--bind ADDRESS] [--smtp]`: the mail server process."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from invoices.channels import server


class Command(BaseCommand):
    help = "Take mail for <kvk>@INBOUND_MAIL_DOMAIN by LMTP (or SMTP) until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8024)
        parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS")
        parser.add_argument(
            "--smtp", action="store_true", help="speak SMTP: there is no mail server in front"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        def ready(port: int) -> None:
            self.stdout.write(f"mail: ready at {options['bind']}:{port}")
            self.stdout.flush()

        asyncio.run(server.serve(options["bind"], options["port"], smtp=options["smtp"], ready=ready))
