"""The guard looks at each row before it is written, and a write that met another one is refused.

A condition of a trigger is a part of the statement's own plan. The trigger of a whole statement
kept a second copy of its rows and asked them by a statement of its own, twice for an upsert.
"""

from django.db import migrations

FORWARD = """
DROP TRIGGER sync_guard_i ON sync_record;
DROP TRIGGER sync_guard_u ON sync_record;
CREATE OR REPLACE FUNCTION sync_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'sync_record written without holding its feed lock' USING ERRCODE = 'MS001';
END $$;
CREATE TRIGGER sync_guard BEFORE INSERT OR UPDATE ON sync_record FOR EACH ROW
  WHEN (NEW.athlete_id::text <> coalesce(current_setting('mechanostat.feed', true), ''))
  EXECUTE FUNCTION sync_guard();
CREATE FUNCTION sync_written_around() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a record moved while its feed was locked' USING ERRCODE = 'MS002';
END $$;
"""
BACKWARD = """
DROP FUNCTION sync_written_around;
DROP TRIGGER sync_guard ON sync_record;
CREATE OR REPLACE FUNCTION sync_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM new_rows
             WHERE athlete_id::text <> coalesce(current_setting('mechanostat.feed', true), '')) THEN
    RAISE EXCEPTION 'sync_record written without holding its feed lock' USING ERRCODE = 'MS001';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER sync_guard_i AFTER INSERT ON sync_record REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION sync_guard();
CREATE TRIGGER sync_guard_u AFTER UPDATE ON sync_record REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION sync_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("sync", "0006_wishes")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
