"""Full checks that are due, whosever they are."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("invoices", "0011_what_copies_share")]
    operations = [
        lookup(
            "due_full_checks",
            "at_most int",
            "firm_id uuid, id uuid",
            """SELECT c.firm_id, c.id FROM invoices_fullcheck c
               WHERE c.due_at <= now() ORDER BY c.due_at LIMIT at_most""",
        ),
    ]
