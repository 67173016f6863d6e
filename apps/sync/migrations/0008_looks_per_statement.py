"""Records and log belong to a feed: looked at once a statement, where a foreign key looks once a row.

The key's own check was a quarter of what PostgreSQL spent on a push. What holds stays the same:
no row without its feed, which is locked against deletion until the commit; with a feed go its rows;
a feed keeps its athlete.
"""

from django.db import migrations

TABLES = ("sync_record", "sync_log")

FUNCTIONS = """
CREATE FUNCTION sync_has_feed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  feed uuid;
BEGIN
  FOR feed IN SELECT DISTINCT athlete_id FROM new_rows LOOP
    PERFORM 1 FROM sync_feed WHERE athlete_id = feed FOR KEY SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION '% written without a feed', TG_TABLE_NAME
        USING ERRCODE = 'foreign_key_violation';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE FUNCTION sync_feed_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM sync_log WHERE athlete_id = OLD.athlete_id;
  DELETE FROM sync_record WHERE athlete_id = OLD.athlete_id;
  RETURN NULL;
END $$;
CREATE FUNCTION sync_feed_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a feed keeps its athlete' USING ERRCODE = 'foreign_key_violation';
END $$;
CREATE TRIGGER sync_feed_goes AFTER DELETE ON sync_feed
  FOR EACH ROW EXECUTE FUNCTION sync_feed_goes();
CREATE TRIGGER sync_feed_stays BEFORE UPDATE OF athlete_id ON sync_feed
  FOR EACH ROW WHEN (NEW.athlete_id <> OLD.athlete_id) EXECUTE FUNCTION sync_feed_stays();
"""
NO_FUNCTIONS = """
DROP TRIGGER sync_feed_stays ON sync_feed;
DROP TRIGGER sync_feed_goes ON sync_feed;
DROP FUNCTION sync_feed_stays, sync_feed_goes, sync_has_feed;
"""

OF_TABLE = """
CREATE TRIGGER sync_has_feed_i AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION sync_has_feed();
CREATE TRIGGER sync_has_feed_u AFTER UPDATE ON {table} REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION sync_has_feed();
ALTER TABLE {table} DROP CONSTRAINT {table}_athlete_id_fkey;
"""
NOT_OF_TABLE = """
ALTER TABLE {table} ADD CONSTRAINT {table}_athlete_id_fkey
  FOREIGN KEY (athlete_id) REFERENCES sync_feed ON DELETE CASCADE;
DROP TRIGGER sync_has_feed_u ON {table};
DROP TRIGGER sync_has_feed_i ON {table};
"""


class Migration(migrations.Migration):
    dependencies = [("sync", "0007_guard")]
    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        *(
            migrations.RunSQL(OF_TABLE.format(table=table), NOT_OF_TABLE.format(table=table))
            for table in TABLES
        ),
    ]
