"""Answers kept for idempotency keys, behind the wall; where a device can be woken."""

from django.db import migrations, models

WALL = """
ALTER TABLE accounts_keptanswer ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_keptanswer FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_keptanswer_own ON accounts_keptanswer TO mechanostat_app
  USING (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid)
  WITH CHECK (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.AddField("device", "push_channel", models.CharField(default="", max_length=16)),
        migrations.AddField("device", "push_token", models.CharField(default="", max_length=2000)),
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "athlete_id",
                        "digest",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("athlete_id", models.UUIDField()),
                ("digest", models.BinaryField(max_length=32)),
                ("asked", models.BinaryField(max_length=32)),
                ("answer", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(WALL, migrations.RunSQL.noop),
    ]
