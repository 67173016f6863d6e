"""Paused and renewed consents, archived teams, assistants, tags, and what coaches did about a row."""

import django.contrib.postgres.fields
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coaching", "0003_feeds"),
    ]

    operations = [
        migrations.AddField(
            model_name="consentgrant",
            name="channel",
            field=models.CharField(
                choices=[("app", "App"), ("page", "Page"), ("guardian", "Guardian")],
                db_default="app",
                default="app",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="consentgrant",
            name="guardian",
            field=models.CharField(db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="consentgrant",
            name="paused_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="for_coach",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="invitation",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="team",
            name="archived_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "athlete_id",
                        "team_id",
                        "user_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("athlete_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("user_id", models.UUIDField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("team_id"), models.F("user_id"), name="coaching_assignment_of"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Mark",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "athlete_id",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("athlete_id", models.UUIDField()),
                ("id", models.UUIDField(default=uuid.uuid4)),
                ("team_id", models.UUIDField()),
                ("author_id", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reviewed", "Reviewed"),
                            ("snoozed", "Snoozed"),
                            ("nudged", "Nudged"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=96), default=list, size=None
                    ),
                ),
                (
                    "ending",
                    models.CharField(
                        choices=[
                            ("monitor", "Monitor"),
                            ("adjust", "Adjust"),
                            ("ask", "Ask"),
                            ("refer", "Refer"),
                            ("ignore", "Ignore"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("until", models.DateTimeField(null=True)),
                ("note", models.CharField(default="", max_length=500)),
                ("made_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by_id", models.UUIDField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("team_id"),
                        models.F("athlete_id"),
                        models.F("made_at"),
                        name="coaching_mark_team",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RosterTag",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "athlete_id",
                        "team_id",
                        "tag",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("athlete_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("tag", models.CharField(max_length=40)),
            ],
            options={
                "indexes": [models.Index(models.F("team_id"), name="coaching_rostertag_team")],
            },
        ),
    ]
