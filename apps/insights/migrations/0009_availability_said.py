"""Sessions that say how far the person could train are few; the newest are found at once."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("insights", "0008_panel_columns")]

    operations = [
        AddIndexConcurrently(
            "sessionload",
            models.Index(
                models.F("athlete_id"),
                models.F("starts_at"),
                models.F("record_id"),
                condition=models.Q(("availability__isnull", False)),
                name="insights_sessionload_said",
            ),
        ),
    ]
