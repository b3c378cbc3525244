"""What signing in asks before a firm is known, and the table in which all processes count guesses."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("portal", "0009_changes_are_audited")]
    operations = [
        # How often somebody tried to sign in is worth no journal: after a crash everybody starts anew.
        migrations.RunSQL(
            """CREATE UNLOGGED TABLE portal_cache (
                   cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
               );
               CREATE INDEX portal_cache_expires ON portal_cache (expires)""",
            "DROP TABLE portal_cache",
        ),
        lookup(
            "firms_owned_by",
            "of_user uuid",
            "firm_id uuid",
            "SELECT m.firm_id FROM portal_membership m WHERE m.user_id = of_user AND m.role = 'owner'",
        ),
    ]
