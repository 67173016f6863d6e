"""What a summary says that no session changes is kept, each athlete's for the athlete alone."""

from django.db import migrations, models

WALL = """
ALTER TABLE insights_measured ENABLE ROW LEVEL SECURITY;
ALTER TABLE insights_measured FORCE ROW LEVEL SECURITY;
CREATE POLICY insights_measured_own ON insights_measured TO mechanostat_app
  USING (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid)
  WITH CHECK (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid);
"""
OPEN = """
DROP POLICY insights_measured_own ON insights_measured;
ALTER TABLE insights_measured NO FORCE ROW LEVEL SECURITY;
ALTER TABLE insights_measured DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("insights", "0009_availability_said")]

    operations = [
        migrations.CreateModel(
            name="Measured",
            fields=[
                ("athlete_id", models.UUIDField(primary_key=True, serialize=False)),
                ("key", models.BinaryField()),
                ("said", models.BinaryField()),
            ],
        ),
        migrations.RunSQL(WALL, OPEN),
    ]
