"""Reads and writes behind the fusion of sessions. Their cost does not depend on history."""

SOURCE_COLUMNS = """
s.record_id, s.starts_at, s.ends_at, s.local_date, s.activity, s.family, s.source, s.label,
s.role, s.exact, s.timed, s.sets, s.sets_digest, s.echo_of
"""
FUSION_COLUMNS = """
f.fusion_id, f.records, f.primary_id, f.rule_version, f.score, f.reason, f.decided_by, f.state,
f.fields, f.decided_at, f.starts_at
"""

# These records, and the copies of exports that name one of them. Each is looked up by itself, for
# the reason that `sql` gives.
SOURCES = f"""
SELECT f.* FROM unnest(%(records)s::uuid[]) AS r(record_id) CROSS JOIN LATERAL (
  SELECT {SOURCE_COLUMNS} FROM insights_sessionsource s
  WHERE s.athlete_id = %(athlete)s AND s.record_id = r.record_id OFFSET 0) f
UNION
SELECT f.* FROM unnest(%(records)s::uuid[]) AS r(record_id) CROSS JOIN LATERAL (
  SELECT {SOURCE_COLUMNS} FROM insights_sessionsource s
  WHERE s.athlete_id = %(athlete)s AND s.echo_of = r.record_id OFFSET 0) f
"""  # noqa: S608 (constants of this module)

# What starts on these days, without records that just changed. Of a crowded day only so many
# that it shows: nothing is decided there.
SOURCES_ON = f"""
SELECT f.* FROM unnest(%(days)s::date[]) AS d(day) CROSS JOIN LATERAL (
  SELECT {SOURCE_COLUMNS} FROM insights_sessionsource s
  WHERE s.athlete_id = %(athlete)s AND s.utc_date = d.day
    AND s.record_id <> ALL(%(changed)s::uuid[])
  LIMIT %(most)s) f
"""  # noqa: S608 (constants of this module)

DECISIONS = """
SELECT record_id, one, other, is_same, decided_at, edited_at FROM insights_fusiondecision
WHERE athlete_id = %(athlete)s AND record_id = ANY(%(decisions)s::uuid[])
UNION
SELECT record_id, one, other, is_same, decided_at, edited_at FROM insights_fusiondecision
WHERE athlete_id = %(athlete)s AND one = ANY(%(records)s::uuid[])
UNION
SELECT record_id, one, other, is_same, decided_at, edited_at FROM insights_fusiondecision
WHERE athlete_id = %(athlete)s AND other = ANY(%(records)s::uuid[])
"""

STANDING = f"""
SELECT DISTINCT ON (f.fusion_id) f.*
FROM unnest(%(records)s::uuid[]) AS r(record_id) CROSS JOIN LATERAL (
  SELECT fusion_id FROM insights_fusionmember
  WHERE athlete_id = %(athlete)s AND record_id = r.record_id OFFSET 0) m
CROSS JOIN LATERAL (
  SELECT {FUSION_COLUMNS} FROM insights_fusion f
  WHERE f.athlete_id = %(athlete)s AND f.fusion_id = m.fusion_id OFFSET 0) f
"""  # noqa: S608 (constants of this module)

# One step of a search: what hangs on some records, and what starts on some days.
STEP = f"""
SELECT json_build_object(
  'sources', (SELECT coalesce(json_agg(x), '[]') FROM ({SOURCES}) x),
  'around', (SELECT coalesce(json_agg(x), '[]') FROM ({SOURCES_ON}) x),
  'decisions', (SELECT coalesce(json_agg(x), '[]') FROM ({DECISIONS}) x),
  'fusions', (SELECT coalesce(json_agg(x), '[]') FROM ({STANDING}) x))::text
"""  # noqa: S608 (constants of this module)


def _rows(condition: str) -> str:
    """Return a statement for fusions as one JSON array."""
    return f"""
SELECT coalesce(json_agg(x), '[]')::text FROM (
  SELECT {FUSION_COLUMNS} FROM insights_fusion f WHERE f.athlete_id = %(athlete)s AND {condition}
) x
"""  # noqa: S608 (constants of this module)


# Newest first; ids decide among those that start together.
PAGE = _rows("""f.starts_at <= %(until)s
  AND (f.starts_at < %(until)s OR f.fusion_id > %(after)s)
ORDER BY f.starts_at DESC, f.fusion_id LIMIT %(rows)s""")
QUESTIONS = _rows("f.state = 'asks' ORDER BY f.starts_at DESC LIMIT %(rows)s")
SETTLED = _rows("""f.starts_at >= %(since)s AND f.state <> 'asks'
ORDER BY f.starts_at DESC LIMIT %(rows)s""")
ONE = _rows("f.fusion_id = %(fusion)s")

REMOVE_FUSIONS = """
WITH gone AS (
  DELETE FROM insights_fusion
  WHERE athlete_id = %(athlete)s AND fusion_id = ANY(%(fusions)s::uuid[]) RETURNING fusion_id, records
)
DELETE FROM insights_fusionmember m USING (SELECT fusion_id, unnest(records) AS record_id FROM gone) g
WHERE m.athlete_id = %(athlete)s AND m.record_id = g.record_id AND m.fusion_id = g.fusion_id
"""

# The members of a fusion never change: its id is made of theirs.
ENROL = """
INSERT INTO insights_fusionmember (athlete_id, record_id, fusion_id)
SELECT f.athlete_id, unnest(f.records), f.fusion_id FROM insights_fusion f
WHERE f.athlete_id = %(athlete)s AND f.fusion_id = ANY(%(fusions)s::uuid[])
ON CONFLICT DO NOTHING
"""
