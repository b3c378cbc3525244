"""Which memories are out of date, before a firm is known (see portal.lookups)."""

from django.db import migrations

from portal.lookups import lookup


class Migration(migrations.Migration):
    dependencies = [("invoices", "0008_what_was_learnt")]
    operations = [
        lookup(
            "stale_memories",
            "at_most int",
            "firm_id uuid, connection_id uuid, supplier uuid",
            """(SELECT b.firm_id, b.connection_id, NULL::uuid FROM invoices_bookkeeping b
                 WHERE b.stale_at <= now() ORDER BY b.stale_at LIMIT at_most)
               UNION ALL
               (SELECT m.firm_id, m.connection_id, m.supplier_id_in_exact FROM invoices_suppliermemory m
                 WHERE m.stale_at <= now() ORDER BY m.stale_at LIMIT at_most)""",
        ),
    ]
