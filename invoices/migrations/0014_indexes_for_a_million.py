"""What lists and searches of a firm with half a million invoices stand on; made while the portal works."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("connections", "0010_suppliers_over_the_firm"),
        ("invoices", "0013_backtests"),
        ("portal", "0012_indexes_of_firms"),
    ]

    operations = [
        AddIndexConcurrently("invoice", index)
        for index in (
            models.Index(
                condition=models.Q(status__in=["review", "on_hold", "failed", "unrouted", "unreadable"]),
                fields=["firm", "organisation"],
                name="invoices_invoice_waiting",
            ),
            models.Index(
                fields=["firm", "number_normalised"],
                opclasses=["uuid_ops", "text_pattern_ops"],
                name="invoices_invoice_by_number",
            ),
            models.Index(
                condition=~models.Q(external_reference=""),
                fields=["firm", "external_reference"],
                name="invoices_invoice_by_reference",
            ),
            GinIndex(fields=["firm", "seller_ids"], name="invoices_invoice_by_seller_id"),
            GinIndex(
                fields=["firm", "seller_name"],
                opclasses=["uuid_ops", "gin_trgm_ops"],
                name="invoices_invoice_by_seller",
            ),
        )
    ]
