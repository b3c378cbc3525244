"""Whose division an event of Exact's is about, asked before a firm is known (see portal.lookups)."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("connections", "0012_people_choose_their_mails")]
    operations = [
        lookup(
            "connection_of_division",
            "of_site text, of_division int",
            "firm_id uuid, id uuid",
            """SELECT c.firm_id, c.id FROM connections_lane l JOIN connections_connection c ON c.id = l.connection_id
               WHERE l.site = of_site AND l.division = of_division AND c.status <> 'disconnected'""",
        ),
    ]
