"""Tombstones by feed: they are few among records, and a purge must not read feeds whole."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False  # built beside running writers
    dependencies = [("sync", "0003_reading")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS sync_record_tombstones "
            "ON sync_record (athlete_id, seq) WHERE deleted;",
            "DROP INDEX CONCURRENTLY IF EXISTS sync_record_tombstones;",
        )
    ]
