"""Row-level security of files: what is known of an athlete's is the athlete's alone.

`uploads_look` is a marker (ids and instants) and stays open: the sweep must find what is due
before it knows whose it is.
"""

from django.db import migrations

PERSONAL = ("blob", "upload", "part", "reference", "place")
WALL = """
ALTER TABLE uploads_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE uploads_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY uploads_{table}_own ON uploads_{table} TO mechanostat_app
  USING (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid)
  WITH CHECK (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid);
"""
OPEN = """
DROP POLICY uploads_{table}_own ON uploads_{table};
ALTER TABLE uploads_{table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE uploads_{table} DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("uploads", "0001_files"), ("common", "0001_privileges")]
    operations = [
        migrations.RunSQL(WALL.format(table=table), OPEN.format(table=table)) for table in PERSONAL
    ]
