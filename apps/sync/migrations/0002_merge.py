"""What merging needs: history by record, and how much a feed holds and took today."""

from django.db import migrations

FORWARD = """
ALTER TABLE sync_feed
  ADD COLUMN record_count bigint NOT NULL DEFAULT 0,
  ADD COLUMN versions_day date NOT NULL DEFAULT '1970-01-01',
  ADD COLUMN versions_today integer NOT NULL DEFAULT 0;
CREATE INDEX sync_log_record ON sync_log (athlete_id, record_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX sync_log_parked ON sync_log (athlete_id)
  WHERE outcome = 6 AND body IS NOT NULL AND detail->>'code' IN ('invalid', 'unknown-type');
"""
BACKWARD = """
DROP INDEX sync_log_parked, sync_log_record;
ALTER TABLE sync_feed
  DROP COLUMN record_count, DROP COLUMN versions_day, DROP COLUMN versions_today;
"""


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_feed")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
