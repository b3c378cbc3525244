"""Calls to Exact, one partition a day (see `connections.recorder`)."""

from datetime import UTC, datetime, timedelta

from django.db import migrations, models

from connections.recorder import make_sql
from portal.walls import SameFirm, TenantWall

COLUMNS = "id, created_at, firm_id, connection_id, subject, at, method, endpoint, url, status, seconds, request, answer, error, minute_left, day_left"


def by_day(apps, schema_editor):
    """What was recorded lately is kept; PostgreSQL cannot turn a table into a partitioned one in place.

    The owner is bound by forced row level security too, unless it may bypass it: hence NO FORCE before it reads.
    """
    execute, model = schema_editor.execute, apps.get_model("connections", "Call")
    execute("ALTER TABLE connections_call NO FORCE ROW LEVEL SECURITY")
    execute("CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM connections_call WHERE at > now() - interval '30 days'")
    execute("CREATE TEMP TABLE shape (LIKE connections_call INCLUDING DEFAULTS) ON COMMIT DROP")
    execute("DROP TABLE connections_call")
    execute("""
        CREATE TABLE connections_call (LIKE shape INCLUDING DEFAULTS) PARTITION BY RANGE (at);
        ALTER TABLE connections_call
            ADD PRIMARY KEY (at, id),
            ADD CONSTRAINT connections_call_firm_fk FOREIGN KEY (firm_id) REFERENCES portal_firm (id) DEFERRABLE INITIALLY DEFERRED;
        CREATE INDEX connections_call_recent ON connections_call (connection_id, at DESC);
        CREATE INDEX connections_call_subject ON connections_call (subject, at DESC) WHERE subject IS NOT NULL;
        CREATE TABLE connections_call_default PARTITION OF connections_call DEFAULT;
        ALTER TABLE connections_call_default ENABLE ROW LEVEL SECURITY;
        REVOKE ALL ON connections_call_default FROM portal_app, portal_staff, portal_lookup;
    """)
    execute(SameFirm(name="connections_call_connection_same_firm", field="connection").create_sql(model, schema_editor))
    today = datetime.now(UTC).date()
    for number in range(8):
        execute(make_sql(today + timedelta(days=number)))
    execute(f"INSERT INTO connections_call ({COLUMNS}) SELECT {COLUMNS} FROM kept")
    execute(TenantWall(name="connections_call_wall").create_sql(model, schema_editor))


class Migration(migrations.Migration):

    dependencies = [("connections", "0006_more_lookups")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(by_day, elidable=False)],
            state_operations=[
                migrations.RemoveConstraint("call", "connections_call_in_firm"),
                migrations.RemoveIndex("call", "connections_call_subject"),
                migrations.AddIndex(
                    "call",
                    models.Index(
                        fields=["subject", "-at"],
                        condition=models.Q(("subject__isnull", False)),
                        name="connections_call_subject",
                    ),
                ),
            ],
        )
    ]
