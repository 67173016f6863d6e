"""What minors ask their guardians for; behind the athlete's wall, and in no coach's sight."""

import uuid

import django.contrib.postgres.fields
from django.db import migrations, models

ACTOR = "NULLIF(current_setting('mechanostat.actor', true), '')::uuid"
WALL = f"""
ALTER TABLE coaching_guardianrequest ENABLE ROW LEVEL SECURITY;
ALTER TABLE coaching_guardianrequest FORCE ROW LEVEL SECURITY;
CREATE POLICY coaching_guardianrequest_own ON coaching_guardianrequest TO mechanostat_app
  USING (athlete_id = {ACTOR}) WITH CHECK (athlete_id = {ACTOR});
"""
OPEN = """
DROP POLICY coaching_guardianrequest_own ON coaching_guardianrequest;
ALTER TABLE coaching_guardianrequest NO FORCE ROW LEVEL SECURITY;
ALTER TABLE coaching_guardianrequest DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("coaching", "0007_notes")]
    operations = [
        migrations.CreateModel(
            name="GuardianRequest",
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
                ("invitation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("renews_id", models.UUIDField(null=True)),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), size=None
                    ),
                ),
                ("ends_at", models.DateTimeField()),
                ("text_version", models.CharField(max_length=16)),
                ("token_digest", models.BinaryField(max_length=32)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("grant_id", models.UUIDField(null=True)),
            ],
        ),
        migrations.RunSQL(WALL, OPEN),
    ]
