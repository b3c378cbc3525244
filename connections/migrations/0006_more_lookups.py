"""Questions before a firm is known: how a site is doing, who sleeps because of it, and whom to remind."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("connections", "0005_how_connections_live")]
    operations = [
        lookup(
            "lanes_lately",
            "of_site text, since timestamptz",
            "lane_id uuid, failing boolean",
            """SELECT l.id, l.failing_since IS NOT NULL AND l.failed_at >= since FROM connections_lane l
               WHERE l.site = of_site AND (l.failed_at >= since OR l.heard_at >= since)""",
        ),
        lookup(
            "lanes_asleep",
            "of_site text, reason text",
            "firm_id uuid, lane_id uuid",
            """SELECT l.firm_id, l.id FROM connections_lane l
               WHERE l.site = of_site AND l.sleeps_for = reason AND l.due_at > now()""",
        ),
        lookup(
            "unfinished_consents",
            "older_than timestamptz",
            "firm_id uuid, id uuid",
            """SELECT c.firm_id, c.id FROM connections_consent c
               WHERE c.outcome = 'stored' AND c.finished_at IS NULL
                 AND CASE WHEN c.retry_at IS NULL THEN c.issued_at < older_than ELSE c.retry_at <= now() END""",
        ),
        lookup(
            "firms_with_connections",
            "",
            "firm_id uuid",
            "SELECT DISTINCT c.firm_id FROM connections_connection c WHERE c.status <> 'disconnected'",
        ),
    ]
