"""`export_audit --firm ID [--since DATE]`: a firm's audit trail as lines of JSON, with the chain's links in between."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from portal import trail


class Command(BaseCommand):
    help = "Write a firm's audit trail to standard output, one JSON document a line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--firm", required=True, type=UUID, metavar="ID")
        parser.add_argument("--since", type=datetime.fromisoformat, metavar="DATE")

    def handle(self, *args: Any, **options: Any) -> None:
        since = options["since"]
        if since is not None and timezone.is_naive(since):
            since = timezone.make_aware(since)
        for values in trail.lines(options["firm"], since=since):
            self.stdout.write(json.dumps(values, default=str))
