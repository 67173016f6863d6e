"""Consent in the database, for teams that last: paused grants, archived teams, assistants.

A coach sees what was granted since they joined, an assistant what of it they are assigned to; all
other policies look through the grants that the coach's role sees, so they need not say it again.
What coaches note about an athlete's row lies behind the same wall.
"""

from django.db import migrations

ACTOR = "NULLIF(current_setting('mechanostat.actor', true), '')::uuid"
LIVE = "g.ended_at IS NULL AND g.paused_at IS NULL AND g.ends_at > now()"
LIVE_BEFORE = "g.ended_at IS NULL AND g.ends_at > now()"
# The consent text says since this version that records are shared.
AGREED = " AND g.text_version >= '2026-12'"
# Record types by category; apps.coaching.sharing says the same, and a test compares the two.
OPENED = (
    "(VALUES (2::smallint, 'sessions'), (3::smallint, 'labs'), (4::smallint, 'body_composition'), "
    "(5::smallint, 'dxa'), (6::smallint, 'strength'), (9::smallint, 'injuries'), "
    "(11::smallint, 'cycle'), (65::smallint, 'reminders'))"
)
OPENED_BEFORE = (
    "(VALUES (2::smallint, 'sessions'), (3::smallint, 'labs'), (65::smallint, 'reminders'))"
)

ASSIGNED = """
ALTER TABLE coaching_assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE coaching_assignment FORCE ROW LEVEL SECURITY;
CREATE POLICY coaching_assignment_own ON coaching_assignment TO mechanostat_app
  USING (athlete_id = {actor}) WITH CHECK (athlete_id = {actor});
GRANT SELECT, INSERT, DELETE ON coaching_assignment TO mechanostat_coach;
CREATE POLICY coaching_assignment_team ON coaching_assignment FOR SELECT TO mechanostat_coach
  USING (team_id = ANY (ARRAY(SELECT m.team_id FROM coaching_teammember m
                              WHERE m.user_id = {actor})));
"""
TEAM = """
DROP POLICY coaching_consentgrant_team ON coaching_consentgrant;
CREATE POLICY coaching_consentgrant_team ON coaching_consentgrant FOR SELECT TO mechanostat_coach
  USING (team_id = ANY (ARRAY(SELECT m.team_id FROM coaching_teammember m
                              JOIN coaching_team t ON t.id = m.team_id
                              WHERE m.user_id = {actor} AND t.archived_at IS NULL))
    AND EXISTS (SELECT FROM coaching_teammember m
                WHERE m.user_id = {actor} AND m.team_id = coaching_consentgrant.team_id
                  AND m.joined_at <= coaching_consentgrant.granted_at
                  AND (m.role = 'head' OR EXISTS (
                    SELECT FROM coaching_assignment a
                    WHERE a.athlete_id = coaching_consentgrant.athlete_id
                      AND a.team_id = m.team_id AND a.user_id = m.user_id))));
"""
TEAM_BEFORE = """
DROP POLICY coaching_consentgrant_team ON coaching_consentgrant;
CREATE POLICY coaching_consentgrant_team ON coaching_consentgrant FOR SELECT TO mechanostat_coach
  USING (team_id = ANY (ARRAY(SELECT m.team_id FROM coaching_teammember m
                              WHERE m.user_id = {actor}))
    AND granted_at >= (SELECT m.joined_at FROM coaching_teammember m
                       WHERE m.user_id = {actor} AND m.team_id = coaching_consentgrant.team_id));
"""
# Only a head coach assigns and tags. An assignment can not ask for a grant, whose policy asks for
# assignments; without a grant it opens nothing.
IN_VIEW = (
    "(athlete_id, team_id) IN (SELECT g.athlete_id, g.team_id FROM coaching_consentgrant g "
    "WHERE {live})"
)
HEADS = (
    "team_id = ANY (ARRAY(SELECT m.team_id FROM coaching_teammember m "
    "WHERE m.user_id = {actor} AND m.role = 'head'))"
)
ASSIGNING = """
CREATE POLICY coaching_assignment_assign ON coaching_assignment FOR INSERT TO mechanostat_coach
  WITH CHECK ({heads}
    AND EXISTS (SELECT FROM coaching_teammember m
                WHERE m.team_id = coaching_assignment.team_id
                  AND m.user_id = coaching_assignment.user_id));
CREATE POLICY coaching_assignment_release ON coaching_assignment FOR DELETE TO mechanostat_coach
  USING (user_id = {actor} OR {heads});
"""
TAGS = """
ALTER TABLE coaching_rostertag ENABLE ROW LEVEL SECURITY;
ALTER TABLE coaching_rostertag FORCE ROW LEVEL SECURITY;
CREATE POLICY coaching_rostertag_own ON coaching_rostertag TO mechanostat_app
  USING (athlete_id = {actor}) WITH CHECK (athlete_id = {actor});
GRANT SELECT, INSERT, DELETE ON coaching_rostertag TO mechanostat_coach;
CREATE POLICY coaching_rostertag_team ON coaching_rostertag FOR SELECT TO mechanostat_coach
  USING ({in_view});
CREATE POLICY coaching_rostertag_tag ON coaching_rostertag FOR INSERT TO mechanostat_coach
  WITH CHECK ({heads} AND {in_view});
CREATE POLICY coaching_rostertag_untag ON coaching_rostertag FOR DELETE TO mechanostat_coach
  USING ({heads} AND {in_view});
"""
MARKS = """
ALTER TABLE coaching_mark ENABLE ROW LEVEL SECURITY;
ALTER TABLE coaching_mark FORCE ROW LEVEL SECURITY;
CREATE POLICY coaching_mark_own ON coaching_mark TO mechanostat_app
  USING (athlete_id = {actor}) WITH CHECK (athlete_id = {actor});
GRANT SELECT, INSERT ON coaching_mark TO mechanostat_coach;
GRANT UPDATE (undone_at, undone_by_id) ON coaching_mark TO mechanostat_coach;
CREATE POLICY coaching_mark_team ON coaching_mark FOR SELECT TO mechanostat_coach
  USING ({in_view});
CREATE POLICY coaching_mark_make ON coaching_mark FOR INSERT TO mechanostat_coach
  WITH CHECK (author_id = {actor} AND {in_view});
CREATE POLICY coaching_mark_undo ON coaching_mark FOR UPDATE TO mechanostat_coach
  USING ({in_view}) WITH CHECK (undone_by_id = {actor} AND {in_view});
"""
LOOKS = """
DROP POLICY coaching_accessline_look ON coaching_accessline;
CREATE POLICY coaching_accessline_look ON coaching_accessline FOR INSERT TO mechanostat_coach
  WITH CHECK (viewer_id = {actor}
    AND (athlete_id, team_id) IN (SELECT g.athlete_id, g.team_id FROM coaching_consentgrant g
                                  WHERE {live}));
"""
PANEL = """
DROP POLICY insights_panelrow_granted ON insights_panelrow;
CREATE POLICY insights_panelrow_granted ON insights_panelrow FOR SELECT TO mechanostat_coach
  USING (athlete_id = ANY (ARRAY(SELECT g.athlete_id FROM coaching_consentgrant g WHERE {live}))
    AND (athlete_id, category::text) IN (SELECT g.athlete_id, unnest(g.categories)::text
                                         FROM coaching_consentgrant g WHERE {live}));
DROP POLICY insights_loadday_granted ON insights_loadday;
CREATE POLICY insights_loadday_granted ON insights_loadday FOR SELECT TO mechanostat_coach
  USING (athlete_id = ANY (ARRAY(SELECT g.athlete_id FROM coaching_consentgrant g
                                 WHERE {live}
                                   AND 'loading' = ANY (g.categories)
                                   AND 'sessions' = ANY (g.categories))));
"""
OF_THE_FEED = """
  USING (athlete_id = ANY (ARRAY(
    SELECT g.athlete_id FROM coaching_consentgrant g JOIN {opened} AS o (type_id, category)
      ON o.category = ANY (g.categories::text[])
    WHERE {live}{agreed})));
"""
RECORDS = """
DROP POLICY sync_feed_shared ON sync_feed;
CREATE POLICY sync_feed_shared ON sync_feed FOR SELECT TO mechanostat_coach
{of_the_feed}
DROP POLICY sync_log_shared ON sync_log;
CREATE POLICY sync_log_shared ON sync_log FOR SELECT TO mechanostat_coach
{of_the_feed}
DROP POLICY sync_record_shared ON sync_record;
CREATE POLICY sync_record_shared ON sync_record FOR SELECT TO mechanostat_coach
  USING (athlete_id = ANY (ARRAY(SELECT g.athlete_id FROM coaching_consentgrant g
                                 WHERE {live}{agreed}))
    AND (athlete_id, type_id) IN (
      SELECT g.athlete_id, o.type_id
      FROM coaching_consentgrant g JOIN {opened} AS o (type_id, category)
        ON o.category = ANY (g.categories::text[])
      WHERE {live}{agreed}));
"""
CLOSED = """
DROP POLICY coaching_mark_undo ON coaching_mark;
DROP POLICY coaching_mark_make ON coaching_mark;
DROP POLICY coaching_mark_team ON coaching_mark;
DROP POLICY coaching_rostertag_untag ON coaching_rostertag;
DROP POLICY coaching_rostertag_tag ON coaching_rostertag;
DROP POLICY coaching_rostertag_team ON coaching_rostertag;
DROP POLICY coaching_assignment_release ON coaching_assignment;
DROP POLICY coaching_assignment_assign ON coaching_assignment;
"""
CLOSED_TABLES = """
DROP POLICY coaching_assignment_team ON coaching_assignment;
REVOKE ALL ON coaching_mark, coaching_rostertag, coaching_assignment FROM mechanostat_coach;
DROP POLICY coaching_mark_own ON coaching_mark;
DROP POLICY coaching_rostertag_own ON coaching_rostertag;
DROP POLICY coaching_assignment_own ON coaching_assignment;
"""


def wall(text: str, *, live: str = LIVE, opened: str = OPENED) -> str:
    """Return a statement with who asks, what a live grant is, and what it opens."""
    words = {"actor": ACTOR, "live": live, "opened": opened, "agreed": AGREED}
    return text.format(
        of_the_feed=OF_THE_FEED.format(**words),
        heads=HEADS.format(**words),
        in_view=IN_VIEW.format(**words),
        **words,
    )


def before(text: str) -> str:
    """Return a statement as it was before this migration."""
    return wall(text, live=LIVE_BEFORE, opened=OPENED_BEFORE)


class Migration(migrations.Migration):
    dependencies = [
        ("coaching", "0004_teams_that_last"),
        ("insights", "0002_walls"),
        ("sync", "0003_reading"),
    ]
    operations = [
        migrations.RunSQL(wall(ASSIGNED), CLOSED_TABLES),
        migrations.RunSQL(wall(TEAM), wall(TEAM_BEFORE)),
        migrations.RunSQL(wall(ASSIGNING + TAGS + MARKS), CLOSED),
        migrations.RunSQL(wall(LOOKS), before(LOOKS)),
        migrations.RunSQL(wall(PANEL), before(PANEL)),
        migrations.RunSQL(wall(RECORDS), before(RECORDS)),
    ]
