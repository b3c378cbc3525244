"""Is it our client that Exact rejects, or one damaged token? The other authorisations of the site know."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("connections", "0010_suppliers_over_the_firm")]
    operations = [
        lookup(
            "others_say",
            "of_site text, own uuid, since timestamptz",
            "works_since boolean, agrees boolean, alone boolean",
            """WITH tried AS (
                   SELECT a.id, t.at, t.outcome = 'client_rejected' AS rejected
                   FROM connections_authorisation a
                   LEFT JOIN LATERAL (
                       SELECT c.at, c.outcome FROM connections_tokencall c
                       WHERE c.authorisation_id = a.id AND c.at >= since
                         AND c.outcome IN ('refreshed', 'consent', 'client_rejected')
                       ORDER BY c.at DESC LIMIT 1
                   ) t ON true
                   WHERE a.site = of_site AND a.status = 'active'
               ), others AS (SELECT * FROM tried WHERE own IS NULL OR id <> own),
               worked AS (SELECT max(at) AS last FROM others WHERE NOT rejected)
               SELECT COALESCE((SELECT rejected AND last > at FROM tried, worked WHERE id = own), false),
                      EXISTS (SELECT 1 FROM others, worked WHERE rejected AND (last IS NULL OR at > last)),
                      NOT EXISTS (SELECT 1 FROM others)""",
        ),
    ]
