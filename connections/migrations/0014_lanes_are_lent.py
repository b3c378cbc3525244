"""Asked over all firms: whose lane a division's is, which is lent to calls that no driver makes; and how many drivers
are busy with lanes that Exact did not answer lately."""

from django.db import migrations, models

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("connections", "0013_lookup_for_webhooks")]
    operations = [
        migrations.AddField("lane", "wanted_until", models.DateTimeField(null=True)),
        lookup(
            "lane_of_division",
            "of_site text, of_division int",
            "firm_id uuid, lane_id uuid",
            "SELECT l.firm_id, l.id FROM connections_lane l WHERE l.site = of_site AND l.division = of_division",
        ),
        lookup(
            "failing_lanes_driven",
            "of_site text",
            "number bigint",
            """SELECT count(*) FROM connections_lane l
               WHERE l.site = of_site AND l.failing_since IS NOT NULL AND l.leased_until > now()""",
        ),
    ]
