"""Is it our client that Exact rejects, or one damaged token? The other authorisations of the site know."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("connections", "0010_suppliers_over_the_firm")]
    operations = [
        lookup(
            "client_tried",
            "of_site text, since timestamptz",
            "authorisation_id uuid, at timestamptz, outcome text",
            """SELECT a.id, t.at, t.outcome FROM connections_authorisation a
               LEFT JOIN LATERAL (
                   SELECT c.at, c.outcome FROM connections_tokencall c
                   WHERE c.authorisation_id = a.id AND c.at >= since
                     AND c.outcome IN ('refreshed', 'consent', 'client_rejected')
                   ORDER BY c.at DESC LIMIT 1
               ) t ON true
               WHERE a.site = of_site AND a.status = 'active'""",
        ),
    ]
