"""The code of the last release writes no action: the database says what that means."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0025_actions_wanted_of_suppliers")]
    operations = [
        migrations.AlterField(
            "supplierresponse", "action", models.CharField(blank=True, db_default="", max_length=3)
        ),
    ]
