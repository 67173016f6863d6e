"""The feed's tables, the guard that no writer can go around, and row-level security."""

from django.db import migrations

TABLES = """
CREATE TABLE sync_feed (
  athlete_id  uuid PRIMARY KEY,
  epoch       uuid   NOT NULL DEFAULT gen_random_uuid(),
  head_seq    bigint NOT NULL DEFAULT 0,
  head_mark   bigint NOT NULL DEFAULT 0,
  input_seq   bigint NOT NULL DEFAULT 0,
  input_at    timestamptz,
  derived_seq bigint NOT NULL DEFAULT 0,
  derived_as_of timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z',
  purge_floor bigint NOT NULL DEFAULT 0,
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT sync_feed_order CHECK (
    head_seq >= input_seq AND head_seq >= derived_seq AND head_seq >= purge_floor)
) WITH (fillfactor = 50);

CREATE TABLE sync_record (
  athlete_id  uuid     NOT NULL REFERENCES sync_feed ON DELETE CASCADE,
  record_id   uuid     NOT NULL,
  type_id     smallint NOT NULL,
  v           uuid     NOT NULL,
  rev         integer  NOT NULL,
  seq         bigint   NOT NULL,
  deleted     boolean  NOT NULL DEFAULT false,
  schema_ver  smallint NOT NULL,
  body        json,
  occurred_at timestamptz,
  edited_at   timestamptz NOT NULL,
  fp          bigint   NOT NULL,
  flags       text[]   NOT NULL DEFAULT '{}',
  device_id   uuid,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (athlete_id, record_id),
  CONSTRAINT sync_record_tombstone CHECK (deleted = (body IS NULL))
);
CREATE UNIQUE INDEX sync_record_seq ON sync_record (athlete_id, seq);
CREATE INDEX sync_record_derived ON sync_record (athlete_id, type_id) WHERE type_id >= 64;

CREATE TABLE sync_log (
  athlete_id  uuid     NOT NULL REFERENCES sync_feed ON DELETE CASCADE,
  op_id       uuid     NOT NULL,
  record_id   uuid     NOT NULL,
  type_id     smallint NOT NULL,
  outcome     smallint NOT NULL,
  rev         integer,
  seq         bigint,
  mark        bigint,
  same_as     uuid,
  body        json,
  op_hash     bytea    NOT NULL,
  detail      jsonb,
  device_id   uuid,
  actor_id    uuid,
  edited_at   timestamptz,
  received_at timestamptz NOT NULL DEFAULT now(),
  skew_ms     bigint,
  PRIMARY KEY (athlete_id, op_id),
  CONSTRAINT sync_log_mark CHECK ((seq IS NULL) = (mark IS NULL))
);
CREATE UNIQUE INDEX sync_log_seq ON sync_log (athlete_id, seq) INCLUDE (mark)
  WHERE seq IS NOT NULL;

CREATE TABLE recompute_queue (
  athlete_id     uuid PRIMARY KEY REFERENCES sync_feed ON DELETE CASCADE,
  need_seq       bigint NOT NULL,
  first_dirty_at timestamptz NOT NULL DEFAULT now(),
  not_before     timestamptz NOT NULL DEFAULT now(),
  lease_until    timestamptz,
  attempts       integer NOT NULL DEFAULT 0,
  state          text NOT NULL DEFAULT 'open',
  last_code      text,
  CONSTRAINT recompute_queue_state CHECK (state IN ('open', 'quarantined'))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX recompute_queue_open ON recompute_queue (first_dirty_at) WHERE state = 'open';
"""

GUARD = """
CREATE FUNCTION sync_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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

# The queue is a marker (an id and numbers, nothing of health): sweepers see all of it.
POLICIES = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY {table}_own ON {table} TO mechanostat_app
  USING (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid)
  WITH CHECK (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON {table} TO mechanostat_app;
"""

DROP = """
DROP TABLE recompute_queue, sync_log, sync_record, sync_feed;
DROP FUNCTION sync_guard;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("common", "0001_privileges")]
    operations = [
        migrations.RunSQL(TABLES, DROP),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
        *(
            migrations.RunSQL(POLICIES.format(table=table), migrations.RunSQL.noop)
            for table in ("sync_feed", "sync_record", "sync_log")
        ),
        migrations.RunSQL(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON recompute_queue TO mechanostat_app;",
            migrations.RunSQL.noop,
        ),
    ]
