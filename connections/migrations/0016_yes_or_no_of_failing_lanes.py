"""Whether too many drivers are busy with lanes that fail: yes or no, as look-ups over all firms answer, and no number."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("connections", "0015_whose_lane_it_was")]
    operations = [
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS failing_lanes_driven(of_site text)", migrations.RunSQL.noop
        ),
        lookup(
            "too_many_failing_lanes",
            "of_site text, at_most int",
            "too_many boolean",
            """SELECT count(*) > at_most FROM connections_lane l
               WHERE l.site = of_site AND l.failing_since IS NOT NULL AND l.leased_until > now()""",
        ),
    ]
