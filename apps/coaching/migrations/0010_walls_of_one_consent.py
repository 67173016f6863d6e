"""The policies of the coach's role, for one unbroken consent between two accounts that are not disabled.

What a live grant is stands in one view, which shows each role what its own policies show it.
"""

from django.db import migrations

ACTOR = "NULLIF(current_setting('mechanostat.actor', true), '')::uuid"
LIVE = "g.ended_at IS NULL AND g.paused_at IS NULL AND g.ends_at > now()"
AGREED = "g.text_version >= '2026-12'"
OPENED = (
    "(VALUES (2::smallint, 'sessions'), (3::smallint, 'labs'), (4::smallint, 'body_composition'), "
    "(5::smallint, 'dxa'), (6::smallint, 'strength'), (9::smallint, 'injuries'), "
    "(11::smallint, 'cycle'), (65::smallint, 'reminders'))"
)
# Uncorrelated, so asked once per statement.
ACTIVE = f"AND EXISTS (SELECT FROM accounts_user me WHERE me.id = {ACTOR} AND me.is_active)"  # noqa: S608

VIEW = f"""
CREATE VIEW coaching_livegrant WITH (security_invoker) AS
  SELECT g.athlete_id, g.team_id, g.categories, g.text_version, g.shared_since
  FROM coaching_consentgrant g JOIN accounts_user u ON u.id = g.athlete_id AND u.is_active
  WHERE {LIVE};
GRANT SELECT ON coaching_livegrant TO mechanostat_coach;
"""  # noqa: S608
LIVEGRANT = "coaching_livegrant"
# By name: a column that is named here can not be dropped without the policy.
LIVEGRANT_BEFORE = (
    "(SELECT g.athlete_id, g.team_id, g.categories, g.text_version FROM coaching_consentgrant g "  # noqa: S608
    f"WHERE {LIVE})"
)

IN_VIEW = "(athlete_id, team_id) IN (SELECT g.athlete_id, g.team_id FROM {livegrant} g)"
OF_THIS_CONSENT = (
    "(athlete_id, team_id, shared_since) IN "
    "(SELECT g.athlete_id, g.team_id, g.shared_since FROM {livegrant} g)"
)
HEADS = (
    "(team_id = ANY (ARRAY(SELECT m.team_id FROM coaching_teammember m "
    "WHERE m.user_id = {actor} AND m.role = 'head')) {active})"
)

GRANTS = """
ALTER POLICY coaching_consentgrant_team ON coaching_consentgrant
  USING (team_id = ANY (ARRAY(SELECT m.team_id FROM coaching_teammember m
                              JOIN coaching_team t ON t.id = m.team_id
                              WHERE m.user_id = {actor} AND t.archived_at IS NULL)) {active}
    AND EXISTS (SELECT FROM coaching_teammember m
                WHERE m.user_id = {actor} AND m.team_id = coaching_consentgrant.team_id
                  AND m.joined_at <= coaching_consentgrant.granted_at
                  AND (m.role = 'head' OR EXISTS (
                    SELECT FROM coaching_assignment a
                    WHERE a.athlete_id = coaching_consentgrant.athlete_id
                      AND a.team_id = m.team_id AND a.user_id = m.user_id))));
ALTER POLICY coaching_accessline_look ON coaching_accessline
  WITH CHECK (viewer_id = {actor} AND {in_view});
"""
TEAMS = """
ALTER POLICY coaching_assignment_team ON coaching_assignment
  USING (team_id = ANY (ARRAY(SELECT m.team_id FROM coaching_teammember m
                              WHERE m.user_id = {actor})) {active});
ALTER POLICY coaching_assignment_assign ON coaching_assignment
  WITH CHECK ({heads}
    AND EXISTS (SELECT FROM coaching_teammember m
                WHERE m.team_id = coaching_assignment.team_id
                  AND m.user_id = coaching_assignment.user_id));
ALTER POLICY coaching_assignment_release ON coaching_assignment
  USING (user_id = {actor} {active} OR {heads});
ALTER POLICY coaching_rostertag_team ON coaching_rostertag USING ({in_view});
ALTER POLICY coaching_rostertag_tag ON coaching_rostertag WITH CHECK ({heads} AND {in_view});
ALTER POLICY coaching_rostertag_untag ON coaching_rostertag USING ({heads} AND {in_view});
"""
WRITTEN = """
ALTER POLICY coaching_mark_team ON coaching_mark USING ({of_this_consent});
ALTER POLICY coaching_mark_make ON coaching_mark
  WITH CHECK (author_id = {actor} AND {of_this_consent});
ALTER POLICY coaching_mark_undo ON coaching_mark
  USING ({of_this_consent}) WITH CHECK (undone_by_id = {actor} AND {of_this_consent});
ALTER POLICY coaching_sentnote_team ON coaching_sentnote USING ({of_this_consent});
"""
READ_MODELS = """
ALTER POLICY insights_panelrow_granted ON insights_panelrow
  USING (athlete_id = ANY (ARRAY(SELECT g.athlete_id FROM {livegrant} g))
    AND (athlete_id, category::text) IN (SELECT g.athlete_id, unnest(g.categories)::text
                                         FROM {livegrant} g));
ALTER POLICY insights_loadday_granted ON insights_loadday
  USING (athlete_id = ANY (ARRAY(SELECT g.athlete_id FROM {livegrant} g
                                 WHERE 'loading' = ANY (g.categories)
                                   AND 'sessions' = ANY (g.categories))));
"""
OF_THE_FEED = """
  USING (athlete_id = ANY (ARRAY(
    SELECT g.athlete_id FROM {livegrant} g JOIN {opened} AS o (type_id, category)
      ON o.category = ANY (g.categories::text[])
    WHERE {agreed})))"""
RECORDS = """
ALTER POLICY sync_feed_shared ON sync_feed {of_the_feed};
ALTER POLICY sync_log_shared ON sync_log {of_the_feed};
ALTER POLICY sync_record_shared ON sync_record
  USING (athlete_id = ANY (ARRAY(SELECT g.athlete_id FROM {livegrant} g WHERE {agreed}))
    AND ((athlete_id, type_id) IN (
      SELECT g.athlete_id, o.type_id
      FROM {livegrant} g JOIN {opened} AS o (type_id, category)
        ON o.category = ANY (g.categories::text[])
      WHERE {agreed})
      OR type_id = 16 AND (athlete_id, record_id) IN (SELECT n.athlete_id, n.id
                                                      FROM coaching_sentnote n)));
"""
POLICIES = GRANTS + TEAMS + WRITTEN + READ_MODELS + RECORDS


def walls(*, livegrant: str, active: str, of_this_consent: str) -> str:
    """Return all policies, for what a live grant is and whose account may look."""
    words = {
        "actor": ACTOR, "active": active, "livegrant": livegrant, "opened": OPENED,
        "agreed": AGREED,
    }  # fmt: skip
    return POLICIES.format(
        heads=HEADS.format(**words),
        in_view=IN_VIEW.format(**words),
        of_this_consent=of_this_consent.format(**words),
        of_the_feed=OF_THE_FEED.format(**words),
        **words,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("coaching", "0009_one_consent"),
        ("insights", "0002_walls"),
        ("sync", "0003_reading"),
    ]
    operations = [
        migrations.RunSQL(VIEW, "DROP VIEW coaching_livegrant;"),
        migrations.RunSQL(
            walls(livegrant=LIVEGRANT, active=ACTIVE, of_this_consent=OF_THIS_CONSENT),
            walls(livegrant=LIVEGRANT_BEFORE, active="", of_this_consent=IN_VIEW),
        ),
    ]
