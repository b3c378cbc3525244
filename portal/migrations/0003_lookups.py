"""The questions that are asked before a firm is known (see portal.lookups)."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("portal", "0002_partners")]
    operations = [
        lookup(
            "firms_of_user",
            "of_user uuid",
            "firm_id uuid",
            "SELECT m.firm_id FROM portal_membership m WHERE m.user_id = of_user ORDER BY m.created_at",
        ),
        lookup(
            "firms_of_partner",
            "of_partner uuid",
            "firm_id uuid",
            "SELECT g.firm_id FROM portal_grant g WHERE g.partner_id = of_partner AND g.revoked_at IS NULL ORDER BY g.created_at",
        ),
        lookup(
            "organisations_by_kvk",
            "kvk text",
            "firm_id uuid, id uuid",
            "SELECT o.firm_id, o.id FROM portal_organisation o WHERE o.kvk_number = kvk",
        ),
    ]
