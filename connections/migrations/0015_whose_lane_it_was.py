"""Which life of a worker drives a lane, so that one that follows it need not wait for the lease."""

from django.db import migrations, models

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("connections", "0014_lanes_are_lent")]
    operations = [
        migrations.AddField("lane", "driver", models.CharField(max_length=32, blank=True, default="", db_default="")),
        lookup(
            "lanes_driven_by",
            "life text",
            "firm_id uuid, lane_id uuid",
            "SELECT l.firm_id, l.id FROM connections_lane l WHERE l.driver = life AND l.leased_until > now()",
        ),
    ]
