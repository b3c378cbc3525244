"""`erase_person EMAIL`: forget a person; what they did stays, without their name."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import audit
from portal.models import User
from portal.people import erasure


class Command(BaseCommand):
    help = "Forget a person: sign-ins, memberships, and their name in the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"].strip()).first()
        if user is None:
            raise CommandError("Nobody signs in with this address.")
        try:
            with audit.acting(audit.operator()):
                count = erasure.erase_person(user)
        except erasure.Held as held:
            raise CommandError(str(held)) from None
        self.stdout.write(f"Forgotten; {count} audit events keep their act and lose their person.")
