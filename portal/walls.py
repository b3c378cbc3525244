"""The tenant wall as constraints: what a model's Meta declares, migrations carry into PostgreSQL.

Both are subclasses of Django's BaseConstraint so that `makemigrations` notices a table that lacks its wall;
a tenant model inherits them from `portal.base.TenantModel` and cannot forget.
"""

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

APP, STAFF, LOOKUP = "portal_app", "portal_staff", "portal_lookup"


class _SqlConstraint(models.BaseConstraint):
    """A constraint that is a few statements, run once its table stands."""

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        """Nothing inside CREATE TABLE; the statements follow when it stands."""
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return ""

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """The database holds it; nothing to say beforehand."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.deconstruct() == other.deconstruct()

    __hash__ = models.BaseConstraint.__hash__


class TenantWall(_SqlConstraint):
    """Row level security: the app's role sees the scope's firm, staff see all, look-ups may read.

    One policy per role. A single policy with an OR («this firm, or staff») turned every query into a
    sequential scan. `nullif` because the setting reads '' after a transaction that had set it, not NULL.
    """

    def __init__(self, *, name: str, column: str = "firm_id") -> None:
        super().__init__(name=name)
        self.column = column

    def create_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        table = f'"{model._meta.db_table}"'
        own = f"{self.column} = nullif(current_setting('portal.firm', true), '')::uuid"
        return (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY; "
            f"CREATE POLICY app ON {table} TO {APP} USING ({own}) WITH CHECK ({own}); "
            f"CREATE POLICY staff ON {table} TO {STAFF} USING (true) WITH CHECK (true); "
            f"CREATE POLICY lookup ON {table} FOR SELECT TO {LOOKUP} USING (true)"
        )

    def remove_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        table = f'"{model._meta.db_table}"'
        drops = "; ".join(f"DROP POLICY {role} ON {table}" for role in ("app", "staff", "lookup"))
        off = (
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
        )
        return f"{drops}; {off}"

    def deconstruct(self) -> tuple[str, tuple, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, tuple(args), {**kwargs, "column": self.column}


class StaffWall(_SqlConstraint):
    """Row level security for what is the helpdesk's own: no firm's request can read it, whatever it asks.

    `shown`: the app may read it too (an announcement), and still change nothing.
    """

    def __init__(self, *, name: str, shown: bool = False) -> None:
        super().__init__(name=name)
        self.shown = shown

    def create_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        table = f'"{model._meta.db_table}"'
        read = f"; CREATE POLICY app ON {table} FOR SELECT TO {APP} USING (true)" if self.shown else ""
        return (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY; "
            f"CREATE POLICY staff ON {table} TO {STAFF} USING (true) WITH CHECK (true){read}"
        )

    def remove_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        table = f'"{model._meta.db_table}"'
        return (
            f"DROP POLICY staff ON {table}; DROP POLICY IF EXISTS app ON {table}; "
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
        )

    def deconstruct(self) -> tuple[str, tuple, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, tuple(args), {**kwargs, "shown": self.shown}


class SameFirm(_SqlConstraint):
    """A foreign key that carries the firm: (firm_id, x_id) → (firm_id, id).

    Row level security does not look at foreign keys: without this a row of one firm could point at another's.
    Deferred, as Django's own foreign keys are; it replaces theirs (`TenantKey` makes none).
    """

    def __init__(self, *, name: str, field: str) -> None:
        super().__init__(name=name)
        self.field = field

    def create_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        field = model._meta.get_field(self.field)
        target = field.related_model._meta.db_table
        return (
            f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{self.name}" '
            f'FOREIGN KEY (firm_id, "{field.column}") REFERENCES "{target}" (firm_id, id) '
            "DEFERRABLE INITIALLY DEFERRED"
        )

    def remove_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        return f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{self.name}"'

    def deconstruct(self) -> tuple[str, tuple, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, tuple(args), {**kwargs, "field": self.field}
