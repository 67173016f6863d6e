"""Notes of coaches: which record of a feed was sent for which team.

A team reads the notes it sent, of athletes who share with it now. The words are records of the
athlete's feed, so the policy of records opens these too, beside what the categories open.
"""

from django.db import migrations, models

ACTOR = "NULLIF(current_setting('mechanostat.actor', true), '')::uuid"
LIVE = "g.ended_at IS NULL AND g.paused_at IS NULL AND g.ends_at > now()"
AGREED = " AND g.text_version >= '2026-12'"
OPENED = (
    "(VALUES (2::smallint, 'sessions'), (3::smallint, 'labs'), (4::smallint, 'body_composition'), "
    "(5::smallint, 'dxa'), (6::smallint, 'strength'), (9::smallint, 'injuries'), "
    "(11::smallint, 'cycle'), (65::smallint, 'reminders'))"
)
WALL = f"""
ALTER TABLE coaching_sentnote ENABLE ROW LEVEL SECURITY;
ALTER TABLE coaching_sentnote FORCE ROW LEVEL SECURITY;
CREATE POLICY coaching_sentnote_own ON coaching_sentnote TO mechanostat_app
  USING (athlete_id = {ACTOR}) WITH CHECK (athlete_id = {ACTOR});
GRANT SELECT ON coaching_sentnote TO mechanostat_coach;
CREATE POLICY coaching_sentnote_team ON coaching_sentnote FOR SELECT TO mechanostat_coach
  USING ((athlete_id, team_id) IN (SELECT g.athlete_id, g.team_id FROM coaching_consentgrant g
                                   WHERE {LIVE}));
"""  # noqa: S608 (constants of this module)
NO_WALL = """
REVOKE ALL ON coaching_sentnote FROM mechanostat_coach;
DROP POLICY coaching_sentnote_team ON coaching_sentnote;
DROP POLICY coaching_sentnote_own ON coaching_sentnote;
"""
RECORDS = """
DROP POLICY sync_record_shared ON sync_record;
CREATE POLICY sync_record_shared ON sync_record FOR SELECT TO mechanostat_coach
  USING (athlete_id = ANY (ARRAY(SELECT g.athlete_id FROM coaching_consentgrant g
                                 WHERE {live}{agreed}))
    AND ((athlete_id, type_id) IN (
      SELECT g.athlete_id, o.type_id
      FROM coaching_consentgrant g JOIN {opened} AS o (type_id, category)
        ON o.category = ANY (g.categories::text[])
      WHERE {live}{agreed}){more}));
"""
OF_NOTES = """
      OR type_id = 16 AND (athlete_id, record_id) IN (SELECT n.athlete_id, n.id
                                                      FROM coaching_sentnote n)"""


def records(*, more: str) -> str:
    """Return the policy of records, and what it opens beside categories."""
    return RECORDS.format(live=LIVE, agreed=AGREED, opened=OPENED, more=more)


class Migration(migrations.Migration):
    dependencies = [("coaching", "0005_walls_of_teams")]
    operations = [
        migrations.CreateModel(
            name="SentNote",
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
                ("id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("author_id", models.UUIDField()),
                ("sent_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("athlete_id"),
                        models.F("team_id"),
                        models.F("sent_at"),
                        name="coaching_sentnote_team",
                    )
                ],
            },
        ),
        migrations.RunSQL(WALL, NO_WALL),
        migrations.RunSQL(records(more=OF_NOTES), records(more="")),
    ]
