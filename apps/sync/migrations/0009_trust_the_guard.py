"""What holds for a row of a push is looked at once a statement, where the guard has seen each row.

Rows that pass the guard are all of the one feed this transaction says it holds, so that only this
feed is looked for, and no second copy of the rows is kept to be asked which feeds they name. The
guard stands before the log now, too. Who may write is the same for all rows of a statement: as a
subquery it is asked once, where a plain expression is computed for each row.
"""

from django.db import migrations

TABLES = ("sync_record", "sync_log")

# All at once, in the order of a push, which looks at the log first: half of them, and a push that
# holds the other half waits for this as this for it.
LOCK = "LOCK TABLE sync_log, sync_record IN ACCESS EXCLUSIVE MODE;"

FORWARD = """
CREATE OR REPLACE FUNCTION sync_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% written without holding its feed lock', TG_TABLE_NAME
    USING ERRCODE = 'MS001';
END $$;
CREATE TRIGGER sync_guard BEFORE INSERT ON sync_log FOR EACH ROW
  WHEN (NEW.athlete_id::text <> coalesce(current_setting('mechanostat.feed', true), ''))
  EXECUTE FUNCTION sync_guard();
CREATE OR REPLACE FUNCTION sync_has_feed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  feed text := current_setting('mechanostat.feed', true);
BEGIN
  -- Without one, the guard has let no row pass.
  IF feed <> '' THEN
    PERFORM FROM sync_feed WHERE athlete_id = feed::uuid FOR KEY SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION '% written without a feed', TG_TABLE_NAME
        USING ERRCODE = 'foreign_key_violation';
    END IF;
  END IF;
  RETURN NULL;
END $$;
"""
BACKWARD = """
DROP TRIGGER sync_guard ON sync_log;
CREATE OR REPLACE FUNCTION sync_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'sync_record written without holding its feed lock' USING ERRCODE = 'MS001';
END $$;
CREATE OR REPLACE FUNCTION sync_has_feed() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""

HAS_FEED = """
DROP TRIGGER sync_has_feed ON {table};
CREATE TRIGGER sync_has_feed AFTER INSERT ON {table} {rows}
  FOR EACH STATEMENT EXECUTE FUNCTION sync_has_feed();
"""
KEPT = "REFERENCING NEW TABLE AS new_rows"

POLICY = """
ALTER POLICY {table}_own ON {table} WITH CHECK (athlete_id = {actor});
"""
ACTOR = "NULLIF(current_setting('mechanostat.actor', true), '')::uuid"


class Migration(migrations.Migration):
    dependencies = [("sync", "0008_looks_per_statement")]
    operations = [
        migrations.RunSQL(LOCK, migrations.RunSQL.noop),
        migrations.RunSQL(FORWARD, BACKWARD),
        *(
            migrations.RunSQL(
                HAS_FEED.format(table=table, rows=""),
                HAS_FEED.format(table=table, rows=KEPT),
            )
            for table in TABLES
        ),
        *(
            migrations.RunSQL(
                POLICY.format(table=table, actor=f"(SELECT {ACTOR})"),
                POLICY.format(table=table, actor=ACTOR),
            )
            for table in TABLES
        ),
        migrations.RunSQL(migrations.RunSQL.noop, LOCK),  # the first one on the way back
    ]
