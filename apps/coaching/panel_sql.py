"""SQL of the panel: a team ranked, filtered and paged in one statement.

It reads a read model of `insights` by the columns made for ranking; the JSON of a part is opened
where a row was written before there were such columns, and else for the page shown alone. Who is
on it is the rule of `access`, beside that of the policies: each wall stands alone.
"""

from typing import Any

from apps.coaching.access import ASSIGNED, LIVE, PERSON, SEAT
from apps.common.statements import run
from backend.panel.due import DUE_SOON
from backend.panel.parts import SILENT_AFTER
from backend.panel.reasons import LOOK_FROM_SEVERITY

# Letters that are one with a stroke or a tie, so that no decomposition takes it off.
_STROKES = ("øłđħıæœßð", "oldhiaosd")


def folded(text: str) -> str:
    """Return the expression of a text as names are searched and sorted by: no case, no accents."""
    plain = f"normalize(lower(normalize({text}, NFKD)), NFKD)"
    bare = f"regexp_replace({plain}, '[\\u0300-\\u036f]', '', 'g')"
    return f"translate({bare}, '{_STROKES[0]}', '{_STROKES[1]}')"


# The newest mark of this consent that nobody undid is the one that stands.
_STANDING = """
  SELECT m.id, m.kind, m.author_id, m.reasons::text[] AS reasons, m.ending, m.until, m.note,
    m.made_at, (m.kind = 'reviewed' OR m.until > %(now)s::timestamptz) AS counts
  FROM coaching_mark m
  WHERE m.team_id = {team} AND m.athlete_id = {athlete} AND m.shared_since = {since}
    AND m.undone_at IS NULL AND m.kind <> 'nudged'
  ORDER BY m.made_at DESC LIMIT 1
"""
_SAID = """
  json_build_object('mark_id', {0}.id, 'kind', {0}.kind, 'author_id', {0}.author_id,
    'author', coalesce((SELECT w.display_name FROM accounts_user w WHERE w.id = {0}.author_id), ''),
    'at', {0}.made_at, 'ending', {0}.ending, 'note', {0}.note, 'until', {0}.until,
    'reasons', {0}.reasons)
"""
_STANDING_OF_SEEN = _STANDING.format(
    team="%(team)s::uuid", athlete="s.athlete_id", since="s.shared_since"
)
_STANDING_OF_ONE = _STANDING.format(
    team="%(team)s::uuid", athlete="%(athlete)s::uuid", since="%(since)s::timestamptz"
)

# Plans are made for any team, and of a usual one, a few athletes, everything is compared with
# everything: of ten thousand that would take minutes. How often `generate_series` answers is not
# known to the planner, so it expects many of ``seen``; it does once.
_ROSTER = f"""
seat AS (
  SELECT m.team_id, m.user_id, t.name, m.role, t.archived_at, m.joined_at
  {SEAT} WHERE m.user_id = %(viewer)s::uuid),
athlete AS MATERIALIZED (
  SELECT g.athlete_id, u.display_name AS name, {folded("u.display_name")} AS sorted_name,
    g.categories::text[] AS categories, g.ends_at, g.shared_since, g.text_version
  FROM seat m
  JOIN coaching_consentgrant g ON g.team_id = m.team_id AND g.granted_at >= m.joined_at
  {PERSON}
  WHERE m.team_id = %(team)s::uuid AND m.archived_at IS NULL AND {LIVE} AND u.is_active
    AND {ASSIGNED}),
seen AS MATERIALIZED (SELECT a.* FROM athlete a CROSS JOIN generate_series(1, %(once)s::int)),
tagged AS MATERIALIZED (
  SELECT r.athlete_id, array_agg(r.tag::text ORDER BY r.tag) AS tags
  FROM coaching_rostertag r
  WHERE r.team_id = %(team)s::uuid AND r.athlete_id = ANY (ARRAY(SELECT athlete_id FROM seen))
  GROUP BY r.athlete_id),
standing AS MATERIALIZED (
  SELECT s.athlete_id, st.* FROM seen s
  CROSS JOIN LATERAL ({_STANDING_OF_SEEN}) st)
"""  # noqa: S608 (constants of this module, as all below)

# What a row is ranked by where its columns were not written yet; a subplan, run for such rows alone.
_UNRANKED = f"""
  SELECT jsonb_build_object('band', p.part -> 'band', 'severity', coalesce(max(r.severity), 0),
    'since', min(r.since) FILTER (WHERE r.severity = r.worst),
    'codes', coalesce(jsonb_agg(r.code), '[]'),
    'marks', coalesce(jsonb_agg(r.code || '@' || r.since)
      FILTER (WHERE r.severity >= {LOOK_FROM_SEVERITY}), '[]'),
    'next_due_on', CASE WHEN p.category = 'reminders' THEN p.part -> 'facts' -> 'next_due_on' END)
  FROM (SELECT x.code, x.since, x.severity, max(x.severity) OVER () AS worst
        FROM jsonb_to_recordset(p.part -> 'reasons')
          AS x (code text, since date, severity smallint)) r
"""  # noqa: S608
# Only what is granted is joined, so what is hidden moves no row and passes no filter.
_SUMMED = f"""
stored AS MATERIALIZED (
  SELECT p.athlete_id, p.category::text AS category, p.band::text AS band, p.severity, p.since,
    p.codes::text[] AS codes, p.marks::text[] AS marks, p.next_due_on, p.last_data_at,
    CASE WHEN p.marks IS NULL THEN ({_UNRANKED}) END AS old
  FROM insights_panelrow p
  WHERE p.athlete_id = ANY (ARRAY(SELECT athlete_id FROM seen))),
part AS (
  SELECT s.athlete_id, p.category, p.band, p.severity, p.since, p.codes, p.marks, p.next_due_on,
    p.last_data_at
  FROM stored p JOIN seen s ON s.athlete_id = p.athlete_id
  WHERE p.old IS NULL AND p.category = ANY (s.categories)
  UNION ALL
  SELECT s.athlete_id, p.category, p.old ->> 'band', (p.old ->> 'severity')::smallint,
    (p.old ->> 'since')::date, ARRAY(SELECT jsonb_array_elements_text(p.old -> 'codes')),
    ARRAY(SELECT jsonb_array_elements_text(p.old -> 'marks')), (p.old ->> 'next_due_on')::date,
    p.last_data_at
  FROM stored p JOIN seen s ON s.athlete_id = p.athlete_id
  WHERE p.old IS NOT NULL AND p.category = ANY (s.categories)),
summed AS (
  SELECT p.athlete_id, max(p.severity) AS severity,
    (array_agg(p.since ORDER BY p.severity DESC, p.since))[1] AS since,
    max(p.last_data_at) AS last_data_at, min(p.next_due_on) AS next_due_on,
    array_agg(p.band) AS bands,
    bool_or(p.marks <> '{{}}'
      AND NOT p.marks <@ CASE WHEN st.counts THEN st.reasons ELSE '{{}}' END) AS is_open,
    bool_or(p.codes <> '{{}}' AND p.codes::text ~ '({"|".join(DUE_SOON)})[,}}]') AS is_due
  FROM part p LEFT JOIN standing st ON st.athlete_id = p.athlete_id
  GROUP BY p.athlete_id)
"""  # noqa: S608

_RANKED = f"""
ranked AS (
  SELECT s.*, p.severity, p.since, p.last_data_at, p.next_due_on,
    CASE WHEN p.is_open THEN 0
      WHEN p.last_data_at IS NULL
        OR %(now)s::timestamptz - p.last_data_at >= interval '{SILENT_AFTER.days} days' THEN 1
      WHEN p.is_due THEN 2 ELSE 3 END AS place
  FROM seen s LEFT JOIN summed p ON p.athlete_id = s.athlete_id
  LEFT JOIN tagged t ON t.athlete_id = s.athlete_id
  WHERE (%(tag)s::text IS NULL OR %(tag)s::text = ANY (t.tags))
    AND (%(band)s::text IS NULL OR %(band)s::text = ANY (p.bands))
    AND (%(stale)s::timestamptz IS NULL OR p.last_data_at IS NULL OR p.last_data_at <= %(stale)s::timestamptz)
    AND (%(due)s::date IS NULL OR p.next_due_on <= %(due)s::date)
    AND (%(q)s::text IS NULL OR strpos(s.sorted_name, {folded("%(q)s::text")}) > 0)),
keyed AS (
  SELECT r.*,
    CASE WHEN %(sort)s::text = 'attention' THEN r.place ELSE 0 END AS first,
    CASE WHEN %(sort)s::text = 'attention' THEN -coalesce(r.severity, 0) ELSE 0 END AS second,
    CASE %(sort)s::text
      WHEN 'attention' THEN CASE
        WHEN r.place = 1 THEN coalesce(extract(epoch FROM r.last_data_at), 0)
        ELSE coalesce(r.since - date '1970-01-01', 0) END
      WHEN 'last_data' THEN coalesce(extract(epoch FROM r.last_data_at), 0)
      WHEN 'due' THEN coalesce(r.next_due_on - date '1970-01-01', 1e9)
      ELSE 0 END::float8 AS third,
    left(r.sorted_name, %(name_length)s::int) AS fourth
  FROM ranked r),
page AS (
  SELECT * FROM keyed k
  WHERE (%(place)s::int IS NULL OR k.place = %(place)s::int)
    AND (%(after)s::uuid IS NULL OR (k.first, k.second, k.third, k.fourth, k.athlete_id)
      > (%(first)s::int, %(second)s::int, %(third)s::float8, %(fourth)s::text, %(after)s::uuid))
  ORDER BY k.first, k.second, k.third, k.fourth, k.athlete_id LIMIT %(limit)s::int)
"""  # noqa: S608

_ROW = f"""
  json_build_object('athlete_id', k.athlete_id, 'name', k.name, 'categories', k.categories,
    'ends_at', k.ends_at, 'shared_since', k.shared_since, 'text_version', k.text_version,
    'key', json_build_array(k.first, k.second, k.third, k.fourth),
    'tags', coalesce(t.tags, ARRAY[]::text[]),
    'standing', CASE WHEN st.counts THEN {_SAID.format("st")} END)
"""
PANEL = f"""
WITH {_ROSTER}, {_SUMMED}, {_RANKED}
SELECT json_build_object(
  'teams', (SELECT coalesce(json_agg(json_build_object('id', team_id, 'name', name, 'role', role,
      'archived_at', archived_at) ORDER BY name, team_id), '[]') FROM seat),
  'size', (SELECT count(*) FROM seen),
  'shared', (SELECT coalesce(json_agg(json_build_array(c.categories, c.n)), '[]')
    FROM (SELECT categories, count(*) AS n FROM seen GROUP BY categories) c),
  'tags', (SELECT coalesce(json_agg(DISTINCT tag ORDER BY tag), '[]')
    FROM tagged, unnest(tags) AS tag),
  'places', (SELECT coalesce(json_agg(json_build_array(c.place, c.n)), '[]')
    FROM (SELECT place, count(*) AS n FROM ranked GROUP BY place) c),
  'rows', (SELECT coalesce(json_agg({_ROW}
      ORDER BY k.first, k.second, k.third, k.fourth, k.athlete_id), '[]')
    FROM page k LEFT JOIN tagged t ON t.athlete_id = k.athlete_id
    LEFT JOIN standing st ON st.athlete_id = k.athlete_id))::text
"""  # noqa: S608

# What coaches noted about one athlete's row.
NOTED = f"""
SELECT json_build_object(
  'tags', (SELECT coalesce(json_agg(r.tag ORDER BY r.tag), '[]') FROM coaching_rostertag r
    WHERE r.athlete_id = %(athlete)s::uuid AND r.team_id = %(team)s::uuid),
  'standing', (SELECT {_SAID.format("st")} FROM (
    {_STANDING_OF_ONE}) st WHERE st.counts))::text
"""  # noqa: S608


def fetch(statement: str, **params: Any) -> bytes:
    """Run a statement of this module, prepared, and return its one answer, JSON."""
    [(text,)] = run(statement, {"once": 1} | params)
    return str(text).encode()
