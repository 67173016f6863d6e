"""The app's role may use every table; migrations of single tables take back what is too much."""

from django.db import migrations

GRANT = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO mechanostat_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO mechanostat_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO mechanostat_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO mechanostat_app;
GRANT USAGE ON SCHEMA public TO mechanostat_coach;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(GRANT, migrations.RunSQL.noop)]
