"""What each device holds of a feed, so that tombstones may go once all of them have them."""

from django.db import migrations

# One narrow row per device and feed, updated in place.
DEVICE_FEED = """
CREATE TABLE sync_device_feed (
  athlete_id    uuid NOT NULL REFERENCES sync_feed ON DELETE CASCADE,
  device_id     uuid NOT NULL,
  confirmed_seq bigint NOT NULL CONSTRAINT sync_device_feed_seq CHECK (confirmed_seq >= 0),
  seen_at       timestamptz NOT NULL,
  PRIMARY KEY (athlete_id, device_id)
) WITH (fillfactor = 70);
ALTER TABLE sync_device_feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE sync_device_feed FORCE ROW LEVEL SECURITY;
CREATE POLICY sync_device_feed_own ON sync_device_feed TO mechanostat_app
  USING (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid)
  WITH CHECK (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON sync_device_feed TO mechanostat_app;
"""

# Where sweeps over everybody go on: a name and an id, nothing about anybody.
SWEEP = """
CREATE TABLE sync_sweep (
  name     text PRIMARY KEY,
  after_id uuid NOT NULL,
  moved_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO sync_sweep (name, after_id) VALUES ('tombstones', '00000000-0000-0000-0000-000000000000');
GRANT SELECT, UPDATE ON sync_sweep TO mechanostat_app;
"""


class Migration(migrations.Migration):
    dependencies = [("sync", "0002_merge")]
    operations = [
        migrations.RunSQL(DEVICE_FEED, "DROP TABLE sync_device_feed;"),
        migrations.RunSQL(SWEEP, "DROP TABLE sync_sweep;"),
    ]
