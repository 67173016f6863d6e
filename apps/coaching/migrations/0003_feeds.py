"""Records of athletes, for teams they share them with: by category, and by the words agreed to.

A feed's head is open to a team that may read any of its records; of the log, only numbers and
marks, by which a reader's history is checked. Ended grants can be seen by the team they were
given to: a reader is told to drop what it holds. Every other policy asks for a live one.
"""

from django.db import migrations

ACTOR = "NULLIF(current_setting('mechanostat.actor', true), '')::uuid"
LIVE = "g.ended_at IS NULL AND g.ends_at > now()"
# The consent text says since this version that records are shared.
AGREED = LIVE + " AND g.text_version >= '2026-12'"
# Record types by category; apps.coaching.sharing says the same, and a test compares the two.
OPENED = "(VALUES (2::smallint, 'sessions'), (3::smallint, 'labs'), (65::smallint, 'reminders'))"

TEAM = """
DROP POLICY coaching_consentgrant_team ON coaching_consentgrant;
CREATE POLICY coaching_consentgrant_team ON coaching_consentgrant FOR SELECT TO mechanostat_coach
  USING (team_id = ANY (ARRAY(SELECT m.team_id FROM coaching_teammember m
                              WHERE m.user_id = {actor}))
    AND granted_at >= (SELECT m.joined_at FROM coaching_teammember m
                       WHERE m.user_id = {actor} AND m.team_id = coaching_consentgrant.team_id));
"""
TEAM_BEFORE = """
DROP POLICY coaching_consentgrant_team ON coaching_consentgrant;
CREATE POLICY coaching_consentgrant_team ON coaching_consentgrant FOR SELECT TO mechanostat_coach
  USING (ended_at IS NULL AND ends_at > now()
    AND team_id = ANY (ARRAY(SELECT m.team_id FROM coaching_teammember m
                             WHERE m.user_id = {actor}))
    AND granted_at >= (SELECT m.joined_at FROM coaching_teammember m
                       WHERE m.user_id = {actor} AND m.team_id = coaching_consentgrant.team_id));
"""

# Arrays and row sets that name no row of the table are computed once per statement.
OF_THE_FEED = """
  USING (athlete_id = ANY (ARRAY(
    SELECT g.athlete_id FROM coaching_consentgrant g JOIN {opened} AS o (type_id, category)
      ON o.category = ANY (g.categories::text[])
    WHERE {agreed})));
"""
HEAD = """
GRANT SELECT (athlete_id, epoch, head_seq, head_mark, purge_floor) ON sync_feed
  TO mechanostat_coach;
CREATE POLICY sync_feed_shared ON sync_feed FOR SELECT TO mechanostat_coach
{of_the_feed}
GRANT SELECT (athlete_id, seq, mark) ON sync_log TO mechanostat_coach;
CREATE POLICY sync_log_shared ON sync_log FOR SELECT TO mechanostat_coach
{of_the_feed}
"""
HEAD_BEFORE = """
DROP POLICY sync_log_shared ON sync_log;
REVOKE SELECT (athlete_id, seq, mark) ON sync_log FROM mechanostat_coach;
DROP POLICY sync_feed_shared ON sync_feed;
REVOKE SELECT (athlete_id, epoch, head_seq, head_mark, purge_floor) ON sync_feed
  FROM mechanostat_coach;
"""
COLUMNS = "athlete_id, record_id, type_id, v, rev, seq, deleted, schema_ver, body, flags"
RECORDS = """
GRANT SELECT ({columns}) ON sync_record TO mechanostat_coach;
CREATE POLICY sync_record_shared ON sync_record FOR SELECT TO mechanostat_coach
  USING (athlete_id = ANY (ARRAY(SELECT g.athlete_id FROM coaching_consentgrant g WHERE {agreed}))
    AND (athlete_id, type_id) IN (
      SELECT g.athlete_id, o.type_id
      FROM coaching_consentgrant g JOIN {opened} AS o (type_id, category)
        ON o.category = ANY (g.categories::text[])
      WHERE {agreed}));
"""
RECORDS_BEFORE = """
DROP POLICY sync_record_shared ON sync_record;
REVOKE SELECT ({columns}) ON sync_record FROM mechanostat_coach;
"""


def wall(text: str) -> str:
    """Return a statement with who asks, what was agreed to, and what it opens."""
    words = {"actor": ACTOR, "agreed": AGREED, "opened": OPENED, "columns": COLUMNS}
    return text.format(of_the_feed=OF_THE_FEED.format(**words), **words)


class Migration(migrations.Migration):
    dependencies = [("coaching", "0002_walls"), ("sync", "0003_reading")]
    operations = [
        migrations.RunSQL(wall(TEAM), wall(TEAM_BEFORE)),
        migrations.RunSQL(wall(HEAD), HEAD_BEFORE),
        migrations.RunSQL(wall(RECORDS), wall(RECORDS_BEFORE)),
    ]
