"""The questions that are asked before a firm is known (see portal.lookups)."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("invoices", "0002_initial")]
    operations = [
        lookup(
            "firm_of_invoice",
            "invoice uuid",
            "firm_id uuid",
            "SELECT i.firm_id FROM invoices_invoice i WHERE i.id = invoice",
        ),
        lookup(
            "due_invoices",
            "at_most int, overdue_seconds int",
            "id uuid",
            """SELECT i.id FROM invoices_invoice i
               WHERE i.due_at <= now() - make_interval(secs => overdue_seconds) ORDER BY i.due_at LIMIT at_most""",
        ),
    ]
