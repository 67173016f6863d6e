"""Indexes for purging and for the history of a record, built beside running writers.

Tombstones are few among records, and ops without a number few among ops, so neither costs a
push anything; without them a purge or a look at one record would read feeds whole.
"""

from django.db import migrations

INDEXES = {
    "sync_record_tombstones": "sync_record (athlete_id, seq) WHERE deleted",
    "sync_log_unnumbered": "sync_log (athlete_id, record_id) WHERE seq IS NULL",
}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sync", "0003_reading")]
    operations = [
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {of};",
            f"DROP INDEX CONCURRENTLY IF EXISTS {name};",
        )
        for name, of in INDEXES.items()
    ]
