"""A live grant looks its person up: as a join it was planned to read everybody there is."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("apps.coaching.migrations.0010_walls_of_one_consent")
VIEW = f"""
CREATE OR REPLACE VIEW coaching_livegrant WITH (security_invoker) AS
  SELECT g.athlete_id, g.team_id, g.categories, g.text_version, g.shared_since
  FROM coaching_consentgrant g CROSS JOIN LATERAL (
    SELECT FROM accounts_user u WHERE u.id = g.athlete_id AND u.is_active LIMIT 1) u
  WHERE {BEFORE.LIVE};
"""  # noqa: S608 (constants)


class Migration(migrations.Migration):
    dependencies = [("coaching", "0012_one_link")]
    operations = [
        migrations.RunSQL(VIEW, BEFORE.VIEW.replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
    ]
