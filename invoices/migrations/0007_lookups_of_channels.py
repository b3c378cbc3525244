"""Questions before a firm is known: mails and responses that are due."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("invoices", "0006_channels")]
    operations = [
        lookup(
            "due_mails",
            "at_most int",
            "firm_id uuid, id uuid",
            "SELECT m.firm_id, m.id FROM invoices_mailmessage m WHERE m.due_at <= now() ORDER BY m.due_at LIMIT at_most",
        ),
        lookup(
            "due_responses",
            "at_most int",
            "firm_id uuid, id uuid",
            """SELECT r.firm_id, r.id FROM invoices_supplierresponse r
               WHERE r.due_at <= now() ORDER BY r.due_at LIMIT at_most""",
        ),
    ]
