"""Searching a firm's invoices by what somebody remembers (see `invoices.pages.listing.matching`)."""

from django.db import migrations

from portal.lookups import lookup

# Not a question without a firm, but one that indexes can only answer outside the wall: what compares parts of a text
# is not trusted behind it. So each branch names the scope's own firm, and without a scope there is none to be found.
# In this order, until there are enough: by number, reference, the seller's numbers; by the seller's name among the last
# ten thousand, which is quick for a name that is everywhere; by its name by the index, which is quick for a rare one.
FIRM = "nullif(current_setting('portal.firm', true), '')::uuid"
MINE = f"FROM invoices_invoice i WHERE i.firm_id = {FIRM} AND (client IS NULL OR i.organisation_id = client)"


class Migration(migrations.Migration):
    dependencies = [("invoices", "0014_indexes_for_a_million")]
    operations = [
        lookup(
            "search_invoices",
            "wanted text, pattern text, bare text, plain text, client uuid, at_most int",
            "id uuid",
            f"""WITH latest AS MATERIALIZED (
                    SELECT i.id, i.seller_name {MINE} ORDER BY i.created_at DESC, i.id DESC LIMIT 10000
                ), named AS MATERIALIZED (
                    SELECT i.id, i.created_at {MINE} AND i.seller_name ILIKE pattern AND length(wanted) > 2
                )
                (SELECT i.id {MINE} AND i.number_normalised ~>=~ bare
                        AND i.number_normalised ~<~ (bare || chr(1114111)) LIMIT at_most)
                UNION ALL (SELECT i.id {MINE} AND i.external_reference = wanted AND i.external_reference <> ''
                           LIMIT at_most)
                UNION ALL (SELECT i.id {MINE} AND i.seller_ids @> ARRAY[plain]::varchar[] LIMIT at_most)
                UNION ALL (SELECT latest.id FROM latest WHERE latest.seller_name ILIKE pattern LIMIT at_most)
                UNION ALL (SELECT named.id FROM named ORDER BY named.created_at DESC LIMIT at_most)
                LIMIT at_most""",
        ),
    ]
