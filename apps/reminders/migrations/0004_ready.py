"""The engine asks channel by channel, so that one that waits hides nothing of the others."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("reminders", "0003_channels")]

    operations = [
        AddIndexConcurrently(
            "delivery",
            models.Index(
                models.F("channel"),
                models.F("due_at"),
                condition=models.Q(("state__in", ["planned", "uncertain"]), ("unknowns__lt", 3)),
                name="reminders_delivery_ready",
            ),
        ),
        RemoveIndexConcurrently("delivery", "reminders_delivery_due"),
    ]
