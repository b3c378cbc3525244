"""`rotate_keys`: every stored secret under the newest of TOKEN_KEYS, without downtime."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models

from portal.encryption import is_readable, keys, secret_fields
from portal.people import mfa
from portal.tenancy import staff

BATCH = 200


class Command(BaseCommand):
    help = "Re-encrypt tokens and other secrets under the newest key, a few rows at a time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--leave-unreadable",
            action="store_true",
            help="A key is lost for good: rotate what can be read, and leave the rest as it is.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["leave_unreadable"]:
            _refuse_a_missing_key()
        for model, names in secret_fields():
            self.stdout.write(f"{model._meta.label}: {_rotate(model, names)} rows")
        self.stdout.write(f"second factors: {mfa.rotate(BATCH)} rows")


def _refuse_a_missing_key() -> None:
    """Look at everything before anything is changed: half a rotation would need both the old and the missing key."""
    counts = {model._meta.label: _unreadable(model, names) for model, names in secret_fields()}
    counts["second factors"] = mfa.unreadable(BATCH)
    found = [f"{name}: {count} rows" for name, count in counts.items() if count]
    if found:
        raise CommandError(
            "Nothing was changed: some secrets are under a key that is not among TOKEN_KEYS, and cannot be read.\n  "
            + "\n  ".join(found)
            + "\nPut the key they were made with at the end of TOKEN_KEYS everywhere, restart, and run rotate_keys "
            "again. If it is lost for good, so are these secrets (docs/operations.md, Keys, says who makes them anew): "
            "rotate_keys --leave-unreadable rotates the others."
        )


def _unreadable(model: type[models.Model], names: list[str]) -> int:
    return sum(
        not all(is_readable(secret.sealed) for secret in _secrets(row, names).values())
        for batch in _batches(model, lock=False)
        for row in batch
    )


def _rotate(model: type[models.Model], names: list[str]) -> int:
    done = 0
    for batch in _batches(model, lock=True):
        for row in batch:
            values = {name: one for name, one in _secrets(row, names).items() if is_readable(one.sealed)}
            for secret in values.values():
                secret.sealed = type(secret.sealed)(keys().rotate(secret.sealed.encode()).decode())
            if values:
                model._default_manager.using("staff").filter(pk=row.pk).update(**values)
                done += 1
    return done


def _batches(model: type[models.Model], *, lock: bool) -> Iterator[list[Any]]:
    """All rows, some at a time, each batch in a transaction of its own that lasts until the next is asked for."""
    last = None
    while True:
        with staff():
            rows = model._default_manager.using("staff").order_by("pk")
            if lock:
                rows = rows.select_for_update(no_key=True, of=("self",))
            batch = list((rows.filter(pk__gt=last) if last else rows)[:BATCH])
            if not batch:
                return
            last = batch[-1].pk
            yield batch


def _secrets(row: Any, names: list[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names if getattr(row, name)}
