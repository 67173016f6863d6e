"""Deliveries are forgotten some time after nothing can ask for them any more."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("reminders", "0008_access_notices")]

    operations = [
        migrations.AddField("delivery", "closed_at", models.DateTimeField(null=True)),
        AddIndexConcurrently(
            "delivery",
            models.Index(
                models.F("closed_at"),
                condition=models.Q(("closed_at__isnull", False)),
                name="reminders_delivery_closed",
            ),
        ),
        AddIndexConcurrently(
            "delivery",
            models.Index(
                models.F("not_after"),
                condition=models.Q(("kind", "remind"), _negated=True),
                name="reminders_delivery_past",
            ),
        ),
    ]
