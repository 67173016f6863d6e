"""An athlete has one open question to a guardian about each team; of older ones the newest stays."""

from django.db import migrations, models

NEWEST = """
ALTER TABLE coaching_guardianrequest NO FORCE ROW LEVEL SECURITY;
DELETE FROM coaching_guardianrequest r USING coaching_guardianrequest n
  WHERE r.decided_at IS NULL AND n.decided_at IS NULL
    AND n.athlete_id = r.athlete_id AND n.team_id = r.team_id
    AND (n.made_at, n.id) > (r.made_at, r.id);
ALTER TABLE coaching_guardianrequest FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("coaching", "0011_consents_told")]
    operations = [
        migrations.RunSQL(NEWEST, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="guardianrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at", None)),
                fields=("athlete_id", "team_id"),
                name="coaching_guardianrequest_one_open",
            ),
        ),
    ]
