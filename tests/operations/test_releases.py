"""Releases without a pause: the code of the last release works on the schema of this one.

While a release goes out, `migrate` runs first and old processes work on for minutes. So what they read, insert and change
must go on working: their models, as the migrations of `docs/ops/released.json` leave them, are tried on today's tables,
table by table, with rows as a busy firm has them.
"""

import json
from typing import Any
from uuid import UUID, uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, IntegrityError, connections, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from psycopg.errors import NotNullViolation

from tests.cast import Cast
from tests.exact_sandbox import ExactSandbox
from tests.operations.released import OURS, PAGE
from tests.pages.firm import BusyFirm


def models_of_the_release() -> list[type[models.Model]]:
    loader = MigrationLoader(connections["owner"])
    nodes = list(json.loads(PAGE.read_text()).items())
    apps = loader.project_state(nodes).apps
    return [model for app in OURS for model in apps.get_app_config(app).get_models() if model._meta.managed]


def problems(model: type[models.Model]) -> list[str]:
    """What the old code could not do with its table: read it, add a row to it, change every column of one."""
    table, rows = model._meta.db_table, model._base_manager.using("owner")
    try:
        with transaction.atomic(using="owner"):
            row = rows.order_by("pk").first()
    except DatabaseError as error:
        return [f"{table} cannot be read: {error}"]
    found = []
    if row is None:
        row = model(
            **_anything(model)
        )  # an empty table: its columns are there, and what is missing shows all the same
    for name, write in (("added to", _insert), ("changed", _update)):
        try:
            with transaction.atomic(using="owner"):
                write(model, row)
                transaction.set_rollback(True, using="owner")
        except IntegrityError as error:
            if isinstance(error.__cause__, NotNullViolation):
                found.append(
                    f"{table} cannot be {name}: {error}. Give the new column null=True or db_default."
                )
        except DatabaseError as error:
            if "is refused" not in str(error) and "Cannot" not in str(
                error
            ):  # rows that are only ever added to
                found.append(f"{table} cannot be {name}: {error}")
    return found


FILLED: dict[type[models.Field], Any] = {
    models.DateTimeField: lambda: timezone.now(),
    models.DateField: lambda: timezone.now().date(),
    models.UUIDField: uuid4,
    models.ForeignKey: uuid4,
    models.CharField: lambda: "x",
    models.TextField: lambda: "x",
    models.JSONField: dict,
    ArrayField: list,
    models.BinaryField: lambda: b"x",
    models.BooleanField: lambda: False,
    models.IntegerField: lambda: 0,
    models.FloatField: lambda: 0,
    models.DecimalField: lambda: 0,
}


def _anything(model: type[models.Model]) -> dict[str, Any]:
    """Values for a row of an empty table; whether they fit together does not matter here."""
    found = {}
    for field in model._meta.concrete_fields:
        if not field.has_default() and not field.null:
            kind = next((kind for kind in FILLED if isinstance(field, kind)), None)
            if kind is not None:
                found[field.attname] = FILLED[kind]()
    return found


def _insert(model: type[models.Model], row: models.Model) -> None:
    values = {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}
    if isinstance(row.pk, UUID):
        values[str(model._meta.pk.attname)] = uuid4()
    model(**values).save(using="owner", force_insert=True)


def _update(model: type[models.Model], row: models.Model) -> None:
    columns = {
        field.attname: getattr(row, field.attname)
        for field in model._meta.concrete_fields
        if not field.primary_key
    }
    model._base_manager.using("owner").filter(pk=row.pk).update(**columns)


def test_the_code_of_the_last_release_works_on_todays_schema(
    cast: Cast, exact: ExactSandbox, worker: Any
) -> None:
    BusyFirm(cast, exact, worker)
    released = models_of_the_release()
    assert len(released) > 40
    assert [one for model in released for one in problems(model)] == []


def test_a_column_that_the_old_code_cannot_fill_is_found(cast: Cast) -> None:
    (firm,) = [model for model in models_of_the_release() if model._meta.db_table == "portal_firm"]
    assert problems(firm) == []
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE portal_firm ADD COLUMN colour text NOT NULL DEFAULT ''")
        cursor.execute(
            "ALTER TABLE portal_firm ALTER COLUMN colour DROP DEFAULT"
        )  # as Django's AddField leaves it
        assert ["portal_firm cannot be added to" in one for one in problems(firm)] == [True]
        cursor.execute("ALTER TABLE portal_firm DROP COLUMN colour")
        cursor.execute("ALTER TABLE portal_firm RENAME COLUMN brake TO halt")
        assert ["portal_firm cannot be read" in one for one in problems(firm)] == [True]
        transaction.set_rollback(True, using="owner")
