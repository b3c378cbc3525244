"""Questions before a firm is known: a partner's grants, and the webhook deliveries that are due."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("portal", "0004_clients_and_webhooks")]
    operations = [
        # A minute's count is worth no journal: without one, counting a call costs no write to the disk.
        migrations.RunSQL("ALTER TABLE portal_partneruse SET UNLOGGED", "ALTER TABLE portal_partneruse SET LOGGED"),
        lookup(
            "firms_granting",
            "of_partner uuid, wanted text",
            "firm_id uuid, granting uuid",
            """SELECT g.firm_id, CASE WHEN wanted = '' OR wanted = ANY (g.scopes) THEN g.firm_id END
               FROM portal_grant g WHERE g.partner_id = of_partner AND g.revoked_at IS NULL ORDER BY g.created_at""",
        ),
        lookup(
            "due_webhook_deliveries",
            "at_most int",
            "firm_id uuid, id uuid",
            """SELECT d.firm_id, d.id FROM portal_webhookdelivery d
               WHERE d.due_at <= now() ORDER BY d.due_at LIMIT at_most""",
        ),
        lookup(
            "due_jobs",
            "at_most int",
            "firm_id uuid, id uuid",
            "SELECT j.firm_id, j.id FROM portal_job j WHERE j.due_at <= now() ORDER BY j.due_at LIMIT at_most",
        ),
    ]
