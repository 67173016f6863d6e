"""Which signed links were spent; behind the wall, since it tells what a person answered."""

from django.db import migrations, models

WALL = """
ALTER TABLE reminders_usedlink ENABLE ROW LEVEL SECURITY;
ALTER TABLE reminders_usedlink FORCE ROW LEVEL SECURITY;
CREATE POLICY reminders_usedlink_own ON reminders_usedlink TO mechanostat_app
  USING (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid)
  WITH CHECK (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid);
"""
OPEN = """
DROP POLICY reminders_usedlink_own ON reminders_usedlink;
ALTER TABLE reminders_usedlink NO FORCE ROW LEVEL SECURITY;
ALTER TABLE reminders_usedlink DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0004_ready")]
    operations = [
        migrations.CreateModel(
            name="UsedLink",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "athlete_id",
                        "digest",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("athlete_id", models.UUIDField()),
                ("digest", models.BinaryField(max_length=32)),
                ("used_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(WALL, OPEN),
    ]
