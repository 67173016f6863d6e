"""Records and log belong to a feed: looked at once a statement, where a foreign key looks once a row.

The key's own check was a quarter of what PostgreSQL spent on a push. What holds stays the same:
no row without its feed, which is locked against deletion until the commit; with a feed go its rows;
neither moves to another athlete.
"""

from django.db import migrations

TABLES = ("sync_record", "sync_log")

FUNCTIONS = """
CREATE FUNCTION sync_has_feed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT athlete_id FROM new_rows) n
    WHERE NOT EXISTS (SELECT FROM sync_feed f WHERE f.athlete_id = n.athlete_id FOR KEY SHARE)
  ) THEN
    RAISE EXCEPTION '% written without a feed', TG_TABLE_NAME
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION sync_feed_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM sync_log WHERE athlete_id = OLD.athlete_id;
  DELETE FROM sync_record WHERE athlete_id = OLD.athlete_id;
  RETURN NULL;
END $$;
CREATE FUNCTION sync_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% moved to another athlete', TG_TABLE_NAME
    USING ERRCODE = 'foreign_key_violation';
END $$;
CREATE TRIGGER sync_feed_goes AFTER DELETE ON sync_feed
  FOR EACH ROW EXECUTE FUNCTION sync_feed_goes();
"""
NO_FUNCTIONS = """
DROP TRIGGER sync_feed_goes ON sync_feed;
DROP FUNCTION sync_stays, sync_feed_goes, sync_has_feed;
"""

# Not looked at by statements that leave the column alone.
STAYS = """
CREATE TRIGGER sync_stays BEFORE UPDATE OF athlete_id ON {table}
  FOR EACH ROW WHEN (NEW.athlete_id <> OLD.athlete_id) EXECUTE FUNCTION sync_stays();
"""
HAS_FEED = """
CREATE TRIGGER sync_has_feed AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION sync_has_feed();
ALTER TABLE {table} DROP CONSTRAINT {table}_athlete_id_fkey;
"""
HAS_KEY = """
ALTER TABLE {table} ADD CONSTRAINT {table}_athlete_id_fkey
  FOREIGN KEY (athlete_id) REFERENCES sync_feed ON DELETE CASCADE;
DROP TRIGGER sync_has_feed ON {table};
"""


class Migration(migrations.Migration):
    dependencies = [("sync", "0007_guard")]
    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        *(
            migrations.RunSQL(STAYS.format(table=table), f"DROP TRIGGER sync_stays ON {table};")
            for table in ("sync_feed", *TABLES)
        ),
        *(
            migrations.RunSQL(HAS_FEED.format(table=table), HAS_KEY.format(table=table))
            for table in TABLES
        ),
    ]
