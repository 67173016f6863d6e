"""Which records are one workout: what the rule reads, what the athlete decided, what came of it.

All of it lies behind row-level security like the other read models.
"""

import django.contrib.postgres.fields
from django.db import migrations, models


PERSONAL = ("sessionsource", "fusiondecision", "fusion", "fusionmember")
WALL = """
ALTER TABLE insights_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE insights_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY insights_{table}_own ON insights_{table} TO mechanostat_app
  USING (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid)
  WITH CHECK (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid);
"""
OPEN = """
DROP POLICY insights_{table}_own ON insights_{table};
ALTER TABLE insights_{table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE insights_{table} DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="FusionMember",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "athlete_id",
                        "record_id",
                        "fusion_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("athlete_id", models.UUIDField()),
                ("record_id", models.UUIDField()),
                ("fusion_id", models.UUIDField()),
            ],
        ),
        migrations.AddField(
            model_name="published",
            name="models_version",
            field=models.CharField(db_default="", default="", max_length=40),
        ),
        migrations.CreateModel(
            name="Fusion",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "athlete_id",
                        "fusion_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("athlete_id", models.UUIDField()),
                ("fusion_id", models.UUIDField()),
                (
                    "records",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                ("primary_id", models.UUIDField()),
                ("rule_version", models.CharField(max_length=40)),
                ("score", models.FloatField()),
                ("reason", models.CharField(max_length=16)),
                ("decided_by", models.CharField(max_length=16)),
                ("state", models.CharField(max_length=16)),
                ("fields", models.JSONField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("starts_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("athlete_id"),
                        models.OrderBy(models.F("starts_at"), descending=True),
                        models.F("fusion_id"),
                        name="insights_fusion_newest",
                    ),
                    models.Index(
                        models.F("athlete_id"),
                        models.OrderBy(models.F("starts_at"), descending=True),
                        condition=models.Q(("state", "asks")),
                        name="insights_fusion_asks",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FusionDecision",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "athlete_id",
                        "record_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("athlete_id", models.UUIDField()),
                ("record_id", models.UUIDField()),
                ("one", models.UUIDField()),
                ("other", models.UUIDField()),
                ("is_same", models.BooleanField()),
                ("decided_at", models.DateTimeField()),
                ("edited_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("athlete_id"), models.F("one"), name="insights_fusiondecision_one"
                    ),
                    models.Index(
                        models.F("athlete_id"),
                        models.F("other"),
                        name="insights_fusiondecision_other",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionSource",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "athlete_id",
                        "record_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("athlete_id", models.UUIDField()),
                ("record_id", models.UUIDField()),
                ("utc_date", models.DateField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("local_date", models.DateField()),
                ("activity", models.CharField(max_length=200)),
                ("family", models.CharField(max_length=201)),
                ("source", models.CharField(max_length=602)),
                ("label", models.CharField(max_length=200)),
                ("role", models.CharField(max_length=16)),
                ("exact", models.BooleanField()),
                ("timed", models.BooleanField()),
                ("sets", models.IntegerField()),
                ("sets_digest", models.CharField(max_length=32, null=True)),
                ("echo_of", models.UUIDField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("athlete_id"),
                        models.F("utc_date"),
                        name="insights_sessionsource_day",
                    ),
                    models.Index(
                        models.F("athlete_id"),
                        models.F("echo_of"),
                        condition=models.Q(("echo_of__isnull", False)),
                        name="insights_sessionsource_echo",
                    ),
                ],
            },
        ),
        *(
            migrations.RunSQL(WALL.format(table=table), OPEN.format(table=table))
            for table in PERSONAL
        ),
    ]
