"""A mail is kept as it came, uncompressed: its attachments are base64, in which PostgreSQL's compression finds nothing
after looking at all of it, for every mail."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("invoices", "0018_clients_approve")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE invoices_mailmessage ALTER COLUMN raw SET STORAGE EXTERNAL",
            "ALTER TABLE invoices_mailmessage ALTER COLUMN raw SET STORAGE EXTENDED",
        )
    ]
