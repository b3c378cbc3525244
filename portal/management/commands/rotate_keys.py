"""`rotate_keys`: every stored secret under the newest of TOKEN_KEYS, without downtime."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.encryption import keys, secret_fields
from portal.people import mfa
from portal.tenancy import staff

BATCH = 200


class Command(BaseCommand):
    help = "Re-encrypt tokens and other secrets under the newest key, a few rows at a time."

    def handle(self, *args: Any, **options: Any) -> None:
        for model, names in secret_fields():
            done, last = 0, None
            while True:
                with staff():
                    rows = (
                        model._default_manager.using("staff")
                        .select_for_update(no_key=True, of=("self",))
                        .order_by("pk")
                    )
                    batch = list((rows.filter(pk__gt=last) if last else rows)[:BATCH])
                    for row in batch:
                        values = {n: getattr(row, n) for n in names if getattr(row, n)}
                        for secret in values.values():
                            secret.sealed = type(secret.sealed)(
                                keys().rotate(secret.sealed.encode()).decode()
                            )
                        if values:
                            model._default_manager.using("staff").filter(pk=row.pk).update(**values)
                            done += 1
                if not batch:
                    break
                last = batch[-1].pk
            self.stdout.write(f"{model._meta.label}: {done} rows")
        self.stdout.write(f"second factors: {mfa.rotate(BATCH)} rows")
