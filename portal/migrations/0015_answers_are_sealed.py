"""Answers kept for repeated requests are encrypted: a webhook's secret and a consent link stand in them."""

from django.db import migrations

import portal.encryption


class Migration(migrations.Migration):
    dependencies = [("portal", "0014_people_choose_their_mails")]
    operations = [
        migrations.AddField(
            "idempotencykey", "answer", portal.encryption.SecretField(db_default="", default="", editable=False)
        ),
    ]
