"""Indexes by kind and time of what models read whole: scans, tests, questionnaires, logs.

Such records are few beside workouts, whose pushes these partial indexes cost nothing.
"""

from django.db import migrations

INDEXES = {
    "sync_record_facts": "sync_record (athlete_id, type_id, occurred_at DESC, record_id DESC) "
    "WHERE type_id BETWEEN 4 AND 15 AND NOT deleted",
    "sync_record_lean": "sync_record (athlete_id, occurred_at DESC, record_id DESC) "
    "WHERE type_id = 4 AND NOT deleted AND body->>'alm_kg' IS NOT NULL",
    "sync_record_parts": "sync_record (athlete_id, type_id, coalesce(body->>'test', body->>'kind'),"
    " occurred_at DESC, record_id DESC) WHERE type_id IN (6, 11) AND NOT deleted",
}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sync", "0004_tombstones")]
    operations = [
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {of};",
            f"DROP INDEX CONCURRENTLY IF EXISTS {name};",
        )
        for name, of in INDEXES.items()
    ]
