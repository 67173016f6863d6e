"""Index of what a person wished to be reminded of; read at each recompute, few rows each."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sync", "0005_facts")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS sync_record_wishes "
            "ON sync_record (athlete_id, seq DESC) WHERE type_id = 17 AND NOT deleted;",
            "DROP INDEX CONCURRENTLY IF EXISTS sync_record_wishes;",
        )
    ]
