"""Secret calendar addresses, of which only a digest is kept; behind the wall."""

from django.db import migrations, models

WALL = """
ALTER TABLE reminders_calendar ENABLE ROW LEVEL SECURITY;
ALTER TABLE reminders_calendar FORCE ROW LEVEL SECURITY;
CREATE POLICY reminders_calendar_own ON reminders_calendar TO mechanostat_app
  USING (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid)
  WITH CHECK (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid);
"""
OPEN = """
DROP POLICY reminders_calendar_own ON reminders_calendar;
ALTER TABLE reminders_calendar NO FORCE ROW LEVEL SECURITY;
ALTER TABLE reminders_calendar DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0005_used_links")]
    operations = [
        migrations.CreateModel(
            name="Calendar",
            fields=[
                ("athlete_id", models.UUIDField(primary_key=True, serialize=False)),
                ("digest", models.BinaryField(max_length=32)),
                ("with_titles", models.BooleanField()),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(WALL, OPEN),
    ]
