"""The newest invoices of a supplier, and what waits at a client in its order; each in the place of a shorter index."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

import portal.base


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("connections", "0013_lookup_for_webhooks"),
        ("invoices", "0023_found_by_seller"),
    ]
    operations = [
        AddIndexConcurrently(
            "invoice",
            models.Index(fields=["supplier", "-created_at", "-id"], name="invoices_invoice_by_supplier"),
        ),
        AddIndexConcurrently(
            "invoice",
            models.Index(
                condition=models.Q(status__in=["review", "on_hold", "failed", "unrouted", "unreadable"]),
                fields=["firm", "organisation", "created_at", "id"],
                name="invoices_invoice_client_waits",
            ),
        ),
        RemoveIndexConcurrently("invoice", "invoices_invoice_waiting"),
        migrations.AlterField(
            "invoice",
            "supplier",
            portal.base.TenantKey(
                blank=True, db_constraint=False, db_index=False, null=True,
                on_delete=django.db.models.deletion.PROTECT, related_name="invoices", to="connections.supplier",
            ),
        ),
    ]
