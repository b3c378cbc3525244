"""What every tenant table has in common."""

from typing import Any
from uuid import UUID

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from uuid_utils.compat import uuid7

from portal.tenancy import TenantManager, current_firm
from portal.walls import SameFirm, TenantWall


def new_id() -> UUID:
    """An opaque id that sorts by time of making, so that a million rows stay together on disk."""
    return uuid7()


class Stamped(models.Model):
    """An id and when the row was made."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_index=False)

    class Meta:
        abstract = True


class JsonField(models.JSONField):
    """JSON that takes dates, UUIDs and decimals as text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("encoder", DjangoJSONEncoder)
        super().__init__(*args, **kwargs)


class TenantKey(models.ForeignKey):
    """A foreign key to another row of the same firm; give its model a `SameFirm` constraint for it."""

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)


class TenantModel(Stamped):
    """A row that belongs to one firm.

    `objects` raises outside a scope. `everyones` is the unguarded manager that Django itself uses (related
    access, admin, schema): there the database's wall stands alone, and gives no rows without a scope.
    """

    firm = models.ForeignKey("portal.Firm", models.PROTECT, related_name="+", editable=False)

    everyones = models.Manager()
    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "everyones"
        default_manager_name = "everyones"
        constraints = [
            TenantWall(name="%(app_label)s_%(class)s_wall"),
            models.UniqueConstraint(fields=["firm", "id"], name="%(app_label)s_%(class)s_in_firm"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's, but an UPDATE leaves the key columns out.

        A table with a trigger before UPDATE locks the row as if its key changed when `firm_id` or `id` stand in the
        SET list, even unchanged. Every insert of a row that points at it waits for that lock, and two of them made a
        deadlock of a token's refresh and a page of the ledger.
        """
        if self._state.adding:
            if self.firm_id is None:
                self.firm_id = current_firm()
        elif kwargs.get("update_fields") is None:
            keys = {"id", "firm", "created_at"}
            loaded = {field.name for field in self._meta.concrete_fields} - self.get_deferred_fields()
            kwargs["update_fields"] = sorted(loaded - keys)
        super().save(*args, **kwargs)


def same_firm(app_label: str, model: str, *fields: str) -> list[SameFirm]:
    """The `SameFirm` constraints of a model's `TenantKey` fields."""
    return [SameFirm(name=f"{app_label}_{model}_{field}_same_firm"[:63], field=field) for field in fields]


def transitions(name: str, field: str, allowed: dict[str, list[str]]) -> pgtrigger.FSM:
    """A trigger that refuses every change of a state but those named: {from: [to, …]}."""
    return pgtrigger.FSM(
        name=name,
        field=field,
        transitions=[(start, end) for start, ends in allowed.items() for end in ends],
    )


def unchanging(name: str, *columns: str) -> pgtrigger.Protect:
    """A trigger that refuses every change of these columns: all of a row but its firm.

    A client that moves takes its rows along as they are (`invoices.transfers`); the wall keeps everybody else from
    writing another firm's id into a row.
    """
    return pgtrigger.Protect(name=name, operation=pgtrigger.UpdateOf("id", "created_at", *columns))
