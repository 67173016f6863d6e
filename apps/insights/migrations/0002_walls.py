"""Row-level security of the read models: an athlete's rows are the athlete's alone.

`insights_published` is a marker (ids and numbers) and stays open to sweeps. Measured values
keep every digit and their scale, so that what is read back equals what was derived.
"""

from django.db import migrations

PERSONAL = ("observation", "sessionload", "loadday", "summary", "panelrow")
WALL = """
ALTER TABLE insights_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE insights_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY insights_{table}_own ON insights_{table} TO mechanostat_app
  USING (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid)
  WITH CHECK (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid);
"""
OPEN = """
DROP POLICY insights_{table}_own ON insights_{table};
ALTER TABLE insights_{table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE insights_{table} DISABLE ROW LEVEL SECURITY;
"""


EXACT = """
ALTER TABLE insights_observation
  ALTER COLUMN value TYPE numeric, ALTER COLUMN source_value TYPE numeric,
  ALTER COLUMN ref_low TYPE numeric, ALTER COLUMN ref_high TYPE numeric;
"""


class Migration(migrations.Migration):
    dependencies = [("insights", "0001_initial"), ("common", "0001_privileges")]
    operations = [
        *(
            migrations.RunSQL(WALL.format(table=table), OPEN.format(table=table))
            for table in PERSONAL
        ),
        migrations.RunSQL(EXACT, migrations.RunSQL.noop),
    ]
