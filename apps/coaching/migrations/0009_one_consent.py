"""Which consent a team wrote something under: it reads that back while the same one lasts.

`shared_since` names an unbroken consent. Marks and sent notes carry it, and their policies compare
it with that of the live grant, as plain equality: once per statement, by hash.
"""

from django.db import migrations, models
from django.db.models.functions import Now

# Rows lie behind forced row-level security, for their owner too; so it is lifted meanwhile.
OPENED = "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
CLOSED = "ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"

# A renewal ended one grant and made another in the same instant.
GRANTS = """
WITH RECURSIVE unbroken AS (
  SELECT g.athlete_id, g.team_id, g.id, g.ended_at, g.granted_at AS since
  FROM coaching_consentgrant g
  WHERE NOT EXISTS (SELECT FROM coaching_consentgrant b
                    WHERE b.athlete_id = g.athlete_id AND b.team_id = g.team_id
                      AND b.ended_at = g.granted_at AND b.id <> g.id)
  UNION
  SELECT n.athlete_id, n.team_id, n.id, n.ended_at, u.since
  FROM unbroken u
  JOIN coaching_consentgrant n ON n.athlete_id = u.athlete_id AND n.team_id = u.team_id
    AND n.granted_at = u.ended_at AND n.id <> u.id)
UPDATE coaching_consentgrant g SET shared_since = u.since
FROM unbroken u WHERE u.athlete_id = g.athlete_id AND u.id = g.id;
"""
# What was written belongs to the consent that had begun last; without any, to none.
WRITTEN = """
ALTER TABLE {table} ADD COLUMN shared_since timestamptz;
UPDATE {table} w SET shared_since = coalesce(
  (SELECT max(g.shared_since) FROM coaching_consentgrant g
   WHERE g.athlete_id = w.athlete_id AND g.team_id = w.team_id AND g.shared_since <= w.{written_at}),
  w.{written_at});
ALTER TABLE {table} ALTER shared_since SET NOT NULL;
"""


def filled(statement: str, *tables: str) -> str:
    """Return a statement with row-level security lifted for the owner of these tables."""
    lifted = "".join(OPENED.format(table=table) for table in tables)
    return lifted + statement + "".join(CLOSED.format(table=table) for table in tables)


def written(model: str, written_at: str) -> migrations.RunSQL:
    """Return the column of a table of what coaches wrote, filled."""
    table = f"coaching_{model}"
    statement = WRITTEN.format(table=table, written_at=written_at)
    return migrations.RunSQL(
        filled(statement, table, "coaching_consentgrant"),
        f"ALTER TABLE {table} DROP shared_since;",
        state_operations=[
            migrations.AddField(
                model, "shared_since", models.DateTimeField(), preserve_default=False
            )
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("coaching", "0008_guardian")]
    operations = [
        migrations.AddField("consentgrant", "shared_since", models.DateTimeField(db_default=Now())),
        migrations.RunSQL(filled(GRANTS, "coaching_consentgrant"), migrations.RunSQL.noop),
        written("mark", "made_at"),
        written("sentnote", "sent_at"),
    ]
