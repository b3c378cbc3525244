"""Questions before a firm is known: whose offer a link is, and which moves are due."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("invoices", "0020_clients_move")]
    operations = [
        lookup(
            "transfer_by_link",
            "hash text",
            "firm_id uuid, id uuid",
            "SELECT t.firm_id, t.id FROM invoices_transfer t WHERE t.token_hash = hash",
        ),
        lookup(
            "due_transfers",
            "at_most int",
            "firm_id uuid, id uuid",
            """SELECT t.firm_id, t.id FROM invoices_transfer t
               WHERE t.due_at <= now() ORDER BY t.due_at LIMIT at_most""",
        ),
    ]
