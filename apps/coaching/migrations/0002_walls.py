"""Consent in the database: a coach's transaction shows what is granted now, and no more.

The coach role may read grants of its actor's teams and, through them, two read models by
category; it may add lines to the access log, never read or change them. Teams, members and
invitations say nothing about health and stay open to the app.
"""

from django.db import migrations

ACTOR = "NULLIF(current_setting('mechanostat.actor', true), '')::uuid"
LIVE = "g.ended_at IS NULL AND g.ends_at > now()"

OWN = """
ALTER TABLE coaching_consentgrant ENABLE ROW LEVEL SECURITY;
ALTER TABLE coaching_consentgrant FORCE ROW LEVEL SECURITY;
CREATE POLICY coaching_consentgrant_own ON coaching_consentgrant TO mechanostat_app
  USING (athlete_id = {actor}) WITH CHECK (athlete_id = {actor});
ALTER TABLE coaching_accessline ENABLE ROW LEVEL SECURITY;
ALTER TABLE coaching_accessline FORCE ROW LEVEL SECURITY;
CREATE POLICY coaching_accessline_own ON coaching_accessline FOR SELECT TO mechanostat_app
  USING (athlete_id = {actor});
REVOKE INSERT, UPDATE, DELETE ON coaching_accessline FROM mechanostat_app;
"""

# A member sees what was granted since they joined: nobody is added to an old consent.
TEAM = """
GRANT SELECT ON coaching_team, coaching_teammember, coaching_consentgrant TO mechanostat_coach;
GRANT SELECT (id, display_name, is_active) ON accounts_user TO mechanostat_coach;
CREATE POLICY coaching_consentgrant_team ON coaching_consentgrant FOR SELECT TO mechanostat_coach
  USING (ended_at IS NULL AND ends_at > now()
    AND team_id = ANY (ARRAY(SELECT m.team_id FROM coaching_teammember m
                             WHERE m.user_id = {actor}))
    AND granted_at >= (SELECT m.joined_at FROM coaching_teammember m
                       WHERE m.user_id = {actor} AND m.team_id = coaching_consentgrant.team_id));
GRANT INSERT ON coaching_accessline TO mechanostat_coach;
CREATE POLICY coaching_accessline_look ON coaching_accessline FOR INSERT TO mechanostat_coach
  WITH CHECK (viewer_id = {actor}
    AND (athlete_id, team_id) IN (SELECT g.athlete_id, g.team_id FROM coaching_consentgrant g
                                  WHERE {live}));
"""

# The array is computed once and gives the index its condition.
PANEL = """
GRANT SELECT ON insights_panelrow TO mechanostat_coach;
CREATE POLICY insights_panelrow_granted ON insights_panelrow FOR SELECT TO mechanostat_coach
  USING (athlete_id = ANY (ARRAY(SELECT g.athlete_id FROM coaching_consentgrant g WHERE {live}))
    AND (athlete_id, category::text) IN (SELECT g.athlete_id, unnest(g.categories)::text
                                         FROM coaching_consentgrant g WHERE {live}));
"""
# A load day tells loading and minutes, so it needs both categories. No other read model is
# opened.
LOADING = """
GRANT SELECT ON insights_loadday TO mechanostat_coach;
CREATE POLICY insights_loadday_granted ON insights_loadday FOR SELECT TO mechanostat_coach
  USING (athlete_id = ANY (ARRAY(SELECT g.athlete_id FROM coaching_consentgrant g
                                 WHERE {live}
                                   AND 'loading' = ANY (g.categories)
                                   AND 'sessions' = ANY (g.categories))));
"""

CLOSED = """
DROP POLICY {policy} ON {table};
REVOKE ALL ON {table} FROM mechanostat_coach;
"""
UNDO_OWN = """
GRANT INSERT, UPDATE, DELETE ON coaching_accessline TO mechanostat_app;
DROP POLICY coaching_accessline_own ON coaching_accessline;
DROP POLICY coaching_consentgrant_own ON coaching_consentgrant;
"""
UNDO_TEAM = """
REVOKE SELECT ON coaching_team, coaching_teammember FROM mechanostat_coach;
REVOKE SELECT (id, display_name, is_active) ON accounts_user FROM mechanostat_coach;
"""


def wall(text: str) -> str:
    """Return a statement with who asks and what a live grant is."""
    return text.format(actor=ACTOR, live=LIVE)


def closed(policy: str, table: str) -> str:
    """Return what takes the coach's role off a table."""
    return CLOSED.format(policy=policy, table=table)


class Migration(migrations.Migration):
    dependencies = [
        ("coaching", "0001_teams"),
        ("accounts", "0001_initial"),
        ("insights", "0002_walls"),
    ]
    operations = [
        migrations.RunSQL(wall(OWN), UNDO_OWN),
        migrations.RunSQL(
            wall(TEAM),
            [
                closed("coaching_accessline_look", "coaching_accessline"),
                closed("coaching_consentgrant_team", "coaching_consentgrant"),
                UNDO_TEAM,
            ],
        ),
        migrations.RunSQL(wall(PANEL), closed("insights_panelrow_granted", "insights_panelrow")),
        migrations.RunSQL(wall(LOADING), closed("insights_loadday_granted", "insights_loadday")),
    ]
