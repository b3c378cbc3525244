from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0024_newest_of_a_supplier")]

    operations = [
        migrations.AddField(
            "supplierresponse", "action", models.CharField(blank=True, default="", max_length=3), preserve_default=False
        ),
    ]
