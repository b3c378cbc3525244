"""The sellers of the invoices that are there; what finds invoices by them, orders the queue, and tells what changed.

The trigger of 0022 keeps the sellers from then on, of old processes' invoices too. Nothing here holds up who writes.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

from portal.lookups import lookup

# The owner is bound by forced row level security unless it may bypass it; the helpdesk's role sees every firm.
SELLERS = """
    SET LOCAL ROLE portal_staff;
    INSERT INTO invoices_seller (id, created_at, firm_id, name, last_on)
    SELECT gen_random_uuid(), clock_timestamp(), firm_id, seller_name,
           (max(created_at) AT TIME ZONE 'UTC')::date
    FROM invoices_invoice WHERE seller_name <> '' GROUP BY firm_id, seller_name
    ON CONFLICT (firm_id, name) DO UPDATE SET last_on = greatest(invoices_seller.last_on, EXCLUDED.last_on);
    RESET ROLE;
    ANALYZE invoices_seller;
"""

# As it was (0015), but for the seller's name. Of the firm's names that fit, as many as there may be hits, those who
# sent something last, are enough: each has an invoice that is at least as new as its day. So when there are so many,
# nothing that came in before the last of these days can be among the newest. Of one client everything is looked
# through, if the firm knows such a name at all: it has few invoices beside its firm, and its sellers may have sent others
# something lately.
FIRM = "nullif(current_setting('portal.firm', true), '')::uuid"
MINE = f"FROM invoices_invoice i WHERE i.firm_id = {FIRM} AND (client IS NULL OR i.organisation_id = client)"
SEARCH = f"""
    WITH sellers AS MATERIALIZED (
        SELECT s.name, s.last_on FROM invoices_seller s
        WHERE client IS NULL AND length(wanted) > 2 AND s.firm_id = {FIRM} AND s.name ILIKE pattern
        ORDER BY s.last_on DESC FETCH FIRST (at_most) ROWS WITH TIES
    ), since AS MATERIALIZED (
        SELECT CASE WHEN count(*) < at_most THEN '-infinity' ELSE min(last_on)::timestamp AT TIME ZONE 'UTC' END AS at
        FROM sellers
    )
    (SELECT i.id {MINE} AND i.number_normalised ~>=~ bare
            AND i.number_normalised ~<~ (bare || chr(1114111)) LIMIT at_most)
    UNION ALL (SELECT i.id {MINE} AND i.external_reference = wanted AND i.external_reference <> '' LIMIT at_most)
    UNION ALL (SELECT i.id {MINE} AND i.seller_ids @> ARRAY[plain]::varchar[] LIMIT at_most)
    UNION ALL (SELECT hit.id FROM sellers CROSS JOIN LATERAL (
                   SELECT i.id, i.created_at FROM invoices_invoice i
                   WHERE i.firm_id = {FIRM} AND i.seller_name = sellers.name AND i.created_at >= (SELECT at FROM since)
                   ORDER BY i.created_at DESC, i.id DESC LIMIT at_most
               ) hit ORDER BY hit.created_at DESC, hit.id DESC LIMIT at_most)
    UNION ALL (SELECT i.id FROM invoices_invoice i
               WHERE length(wanted) > 2 AND i.firm_id = {FIRM} AND i.organisation_id = client
               AND i.seller_name ILIKE pattern
               AND EXISTS (SELECT FROM invoices_seller s WHERE s.firm_id = {FIRM} AND s.name ILIKE pattern)
               ORDER BY i.created_at DESC, i.id DESC LIMIT at_most)
    LIMIT at_most
"""


def fill(apps, schema_editor):
    schema_editor.execute(SELLERS)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoices", "0022_sellers_of_a_firm")]
    operations = [
        AddIndexConcurrently(
            "invoice",
            models.Index(
                fields=["firm", "created_at", "id"],
                condition=models.Q(status__in=["review", "on_hold", "failed", "unrouted", "unreadable"]),
                name="invoices_invoice_queue",
            ),
        ),
        AddIndexConcurrently(
            "invoice",
            models.Index(
                fields=["firm", "seller_name", "-created_at", "-id"], name="invoices_invoice_of_seller"
            ),
        ),
        AddIndexConcurrently(
            "invoice", models.Index(fields=["firm", "updated_at"], name="invoices_invoice_changed")
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, atomic=True),
        AddIndexConcurrently(
            "seller",
            GinIndex(
                fields=["firm", "name"], opclasses=["uuid_ops", "gin_trgm_ops"], fastupdate=False,
                name="invoices_seller_by_part",
            ),
        ),
        lookup(
            "search_invoices",
            "wanted text, pattern text, bare text, plain text, client uuid, at_most int",
            "id uuid",
            SEARCH,
        ),
        RemoveIndexConcurrently("invoice", "invoices_invoice_by_seller"),
    ]
