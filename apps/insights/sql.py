"""Set-based reads and writes of the read models; rows travel as one JSON array."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from apps.common import statements

UPSERT = {
    "sessionload": (
        "athlete_id, record_id",
        "local_date, starts_at, ends_at, activity, tier, "
        "blocks, blu, habitual_cycles, cycles_ge_2bw, cycles_ge_3bw, heavy_reps, "
        "minutes, srpe_au, volume_kg, flags, energy_kcal, availability",
    ),
    "loadday": (
        "athlete_id, local_date",
        "blu, blu_by_tier, day_class, heavy_day, "
        "cycles_ge_2bw, cycles_ge_3bw, heavy_reps, minutes, srpe_au, volume_kg, "
        "sessions, last_loading_end, energy_kcal",
    ),
    "observation": (
        "athlete_id, record_id",
        "analyte, observed_at, precision, local_date, "
        "value, unit, comparator, source_value, source_unit, ref_low, ref_high, "
        "lab, method, status, usable, flags",
    ),
    "sessionsource": (
        "athlete_id, record_id",
        "utc_date, starts_at, ends_at, local_date, activity, family, source, label, role, "
        "exact, timed, sets, sets_digest, echo_of",
    ),
    "fusiondecision": (
        "athlete_id, record_id",
        "one, other, is_same, decided_at, edited_at",
    ),
    "fusion": (
        "athlete_id, fusion_id",
        "records, primary_id, rule_version, score, reason, decided_by, state, fields, "
        "decided_at, starts_at",
    ),
    "panelrow": (
        "athlete_id, category",
        "part, severity, since, next_due_on, band, codes, marks, last_data_at, as_of, updated_at",
    ),
}

# Its texts are long: as parameters of their own they are read once, in an array of rows thrice.
KEEP_SUMMARY = """
INSERT INTO insights_summary (athlete_id, inputs_hash, as_of, algorithm_version, covers_seq, body,
                              inputs, published_at)
VALUES (%(athlete)s, %(inputs_hash)s, %(as_of)s, %(algorithm)s, %(covers_seq)s, %(body)s, %(inputs)s,
        %(now)s)
ON CONFLICT (athlete_id, inputs_hash) DO UPDATE SET
  (as_of, algorithm_version, covers_seq, body, inputs, published_at) = ROW(
    EXCLUDED.as_of, EXCLUDED.algorithm_version, EXCLUDED.covers_seq, EXCLUDED.body,
    EXCLUDED.inputs, EXCLUDED.published_at)
"""

# Plans are made once, on few or old statistics, and for everybody: a list that is searched for in
# a column reads all rows of a person then. Each of its items, joined, reads its own (OFFSET 0).

# Days whose sessions changed, the next loading day after each (its recovery factor depends on
# them), for all of those the end of the loading before, and the sessions that did not change.
TOUCHED_DAYS = """
WITH changed AS (
  SELECT unnest(%(days)s::date[]) AS day
  UNION SELECT s.local_date FROM unnest(%(records)s::uuid[]) AS r(record_id) CROSS JOIN LATERAL (
    SELECT local_date FROM insights_sessionload
    WHERE athlete_id = %(athlete)s AND record_id = r.record_id OFFSET 0) s
), days AS (
  SELECT day FROM changed
  UNION
  SELECT n.local_date FROM changed c CROSS JOIN LATERAL (
    SELECT local_date FROM insights_sessionload s
    WHERE s.athlete_id = %(athlete)s AND s.local_date > c.day AND s.blu > 0
      AND s.record_id <> ALL(%(records)s::uuid[])
    ORDER BY s.local_date LIMIT 1) n
)
SELECT d.day, p.local_date, p.ends_at, s.* FROM days d LEFT JOIN LATERAL (
  SELECT local_date, ends_at FROM insights_sessionload s
  WHERE s.athlete_id = %(athlete)s AND s.local_date < d.day AND s.blu > 0
    AND s.record_id <> ALL(%(records)s::uuid[])
  ORDER BY s.local_date DESC, s.ends_at DESC LIMIT 1) p ON true
LEFT JOIN LATERAL (
  SELECT record_id, local_date, starts_at, ends_at, activity, tier, blocks::text, blu,
         habitual_cycles, cycles_ge_2bw, cycles_ge_3bw, heavy_reps, minutes, srpe_au, volume_kg,
         flags, energy_kcal, availability
  FROM insights_sessionload
  WHERE athlete_id = %(athlete)s AND local_date = d.day
    AND record_id <> ALL(%(records)s::uuid[]) OFFSET 0) s ON true
ORDER BY d.day
"""

LOAD_DAYS = """
SELECT local_date, blu, blu_by_tier::text, day_class, heavy_day, cycles_ge_2bw, cycles_ge_3bw,
       heavy_reps, minutes, srpe_au, volume_kg, sessions, last_loading_end, energy_kcal
FROM insights_loadday
WHERE athlete_id = %(athlete)s AND local_date BETWEEN %(first)s AND %(last)s
ORDER BY local_date
"""

FIRST_SESSION = """
SELECT local_date FROM insights_sessionload
WHERE athlete_id = %(athlete)s AND record_id <> ALL(%(records)s::uuid[])
ORDER BY local_date LIMIT 1
"""

# The newest sessions that say how far the person could train; an index holds these alone.
AVAILABILITY_SAID = """
SELECT record_id, local_date, starts_at, availability FROM insights_sessionload
WHERE athlete_id = %(athlete)s AND availability IS NOT NULL
  AND record_id <> ALL(%(records)s::uuid[])
ORDER BY starts_at DESC, record_id DESC LIMIT %(most)s
"""

# The newest few results of each analyte, and the newest few that models may read; without the
# records that just changed. Most analytes a person has none of, which is found out first. The cost
# does not grow with history.
NEWEST_OBSERVATIONS = """
SELECT o.record_id, o.analyte, o.observed_at, o.precision, o.local_date, o.value, o.unit,
       o.comparator, o.source_value, o.source_unit, o.ref_low, o.ref_high, o.lab, o.method,
       o.status, o.usable, o.flags
FROM (
  SELECT k.analyte FROM unnest(%(analytes)s::text[]) AS k(analyte) CROSS JOIN LATERAL (
    SELECT FROM insights_observation
    WHERE athlete_id = %(athlete)s AND analyte = k.analyte LIMIT 1) present) a
CROSS JOIN LATERAL (
  (SELECT * FROM insights_observation r
   WHERE r.athlete_id = %(athlete)s AND r.analyte = a.analyte
     AND r.record_id <> ALL(%(records)s::uuid[])
   ORDER BY r.observed_at DESC, r.record_id DESC LIMIT %(each)s)
  UNION
  (SELECT * FROM insights_observation r
   WHERE r.athlete_id = %(athlete)s AND r.analyte = a.analyte AND r.usable
     AND r.record_id <> ALL(%(records)s::uuid[])
   ORDER BY r.observed_at DESC, r.record_id DESC LIMIT %(each)s)) o
ORDER BY o.observed_at DESC, o.record_id DESC
"""

# The day of the first session, and when the newest ended. A session lasts two days at most, and its
# local day is at most a day from that of UTC: one of five days before the newest ended before it
# began.
SESSIONS_SPAN = f"""
SELECT ({FIRST_SESSION}), (SELECT max(s.ends_at) FROM (
  SELECT local_date FROM insights_sessionload
  WHERE athlete_id = %(athlete)s AND record_id <> ALL(%(records)s::uuid[])
  ORDER BY local_date DESC LIMIT 1) n
CROSS JOIN LATERAL (
  SELECT ends_at FROM insights_sessionload
  WHERE athlete_id = %(athlete)s AND record_id <> ALL(%(records)s::uuid[])
    AND local_date BETWEEN n.local_date - 4 AND n.local_date OFFSET 0) s)
"""  # noqa: S608 (constants of this module)

# Records whose sets count, newest first: not copies of our own exports, and of a fused workout
# the one that gave its sets.
LOGGED = """
SELECT s.record_id FROM insights_sessionsource s
WHERE s.athlete_id = %(athlete)s AND s.utc_date >= %(first)s AND s.sets > 0 AND s.echo_of IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM insights_fusionmember m
    JOIN insights_fusion f ON f.athlete_id = m.athlete_id AND f.fusion_id = m.fusion_id
    WHERE m.athlete_id = %(athlete)s AND m.record_id = s.record_id AND f.state = 'fused'
      AND f.fields->>'exercises' <> s.record_id::text)
ORDER BY s.utc_date DESC, s.starts_at DESC LIMIT %(most)s
"""

KEEP_MEASURED = """
INSERT INTO insights_measured (athlete_id, key, said) VALUES (%(athlete)s, %(key)s, %(said)s)
ON CONFLICT (athlete_id) DO UPDATE SET (key, said) = ROW(EXCLUDED.key, EXCLUDED.said)
"""

REMOVE_RECORDS = {
    table: f"DELETE FROM insights_{table} "  # noqa: S608 (names of this module)
    "WHERE athlete_id = %(athlete)s AND record_id = ANY(%(records)s::uuid[])"
    for table in ("sessionload", "observation", "sessionsource", "fusiondecision")
}
REMOVE_DAYS = """
DELETE FROM insights_loadday
WHERE athlete_id = %(athlete)s AND local_date = ANY(%(days)s::date[])
"""

MARK_PUBLISHED = """
INSERT INTO insights_published AS p (athlete_id, seq, collected_seq, next_day_at, models_version)
VALUES (%(athlete)s, %(seq)s, 0, %(next_day_at)s, %(models)s)
-- Who read only what changed knows nothing of the rest, nor who read before somebody asked.
ON CONFLICT (athlete_id) DO UPDATE SET seq = greatest(p.seq, EXCLUDED.seq),
  next_day_at = EXCLUDED.next_day_at,
  models_version = CASE WHEN %(whole)s THEN EXCLUDED.models_version ELSE p.models_version END,
  rebuild_asked_at = CASE WHEN p.rebuild_asked_at <= %(asked_at)s::timestamptz THEN NULL
                          ELSE p.rebuild_asked_at END
"""

# Everything that can be made anew from the records.
FORGET = tuple(
    f"DELETE FROM insights_{table} WHERE athlete_id = %(athlete)s"  # noqa: S608 (names of this module)
    for table in (
        "sessionload",
        "loadday",
        "observation",
        "panelrow",
        "sessionsource",
        "fusiondecision",
        "fusion",
        "fusionmember",
        "measured",
    )
)

# With it, by the same statement, which reminders reached the person, and what was measured at some
# earlier run, under a digest of what it was made of.
HOW_MADE = """
SELECT p.models_version, p.rebuild_asked_at, ARRAY(
  SELECT delivery FROM insights_remindersent s WHERE s.athlete_id = p.athlete_id), m.key, m.said
FROM insights_published p LEFT JOIN insights_measured m ON m.athlete_id = p.athlete_id
WHERE p.athlete_id = %(athlete)s
"""

IS_NOTED = """
SELECT 1 FROM insights_remindersent
WHERE athlete_id = %(athlete)s AND reminder_id = %(reminder)s AND delivery = %(delivery)s
"""

NOTE_SENT = """
INSERT INTO insights_remindersent AS s (athlete_id, reminder_id, delivery, sent_at)
VALUES (%(athlete)s, %(reminder)s, %(delivery)s, %(now)s)
ON CONFLICT (athlete_id, reminder_id) DO UPDATE SET delivery = EXCLUDED.delivery,
  sent_at = EXCLUDED.sent_at
WHERE s.delivery <> EXCLUDED.delivery
"""

# One statement: of a run that was killed either everybody is marked or nobody.
ASK_REBUILD = """
UPDATE insights_published SET rebuild_asked_at = now() WHERE rebuild_asked_at IS NULL
"""

TO_REBUILD = """
SELECT athlete_id FROM insights_published WHERE rebuild_asked_at IS NOT NULL ORDER BY athlete_id
"""

IS_TO_REBUILD = """
SELECT rebuild_asked_at IS NOT NULL FROM insights_published WHERE athlete_id = %(athlete)s
"""

# Whatever of them the actor may see; as text, which is decoded once.
PANEL_ROWS = """
SELECT athlete_id, category, part::text, last_data_at, as_of
FROM insights_panelrow WHERE athlete_id = ANY(%(athletes)s::uuid[])
"""

# From any place on and around: those whose reading fails stand in nobody's way.
UNCOLLECTED = """
(SELECT athlete_id, seq FROM insights_published
 WHERE seq > collected_seq AND athlete_id >= %(start)s ORDER BY athlete_id LIMIT %(limit)s)
UNION ALL
(SELECT athlete_id, seq FROM insights_published
 WHERE seq > collected_seq AND athlete_id < %(start)s ORDER BY athlete_id LIMIT %(limit)s)
LIMIT %(limit)s
"""

MARK_COLLECTED = """
UPDATE insights_published SET collected_seq = greatest(collected_seq, %(seq)s)
WHERE athlete_id = %(athlete)s
"""

# Whose local day, the one their derived records were computed for, is over.
DAY_PASSED = """
SELECT athlete_id FROM insights_published WHERE next_day_at <= now()
ORDER BY next_day_at LIMIT %(limit)s
"""


def fetch(statement: str, params: Mapping[str, Any]) -> statements.Rows:
    """Run one statement of this module, prepared, and return its rows; lists become arrays."""
    return statements.run_all([call(statement, params)])[0]


def call(statement: str, params: Mapping[str, Any]) -> statements.Call:
    """Return a statement of this module to be run with others; lists become arrays."""
    plain = {
        name: statements.array(value) if isinstance(value, list | tuple) else value
        for name, value in params.items()
    }
    return statements.Call(statement, plain)


def upsert(table: str, rows: Sequence[Mapping[str, Any]]) -> list[statements.Call]:
    """Return what inserts or replaces read-model rows, any number in one statement."""
    if not rows:
        return []
    return [statements.Call(_UPSERTS[table], {"rows": msgspec.json.encode(rows).decode()})]


def _upsert(table: str, key: str, columns: str) -> str:
    replaced = ", ".join(f"EXCLUDED.{name.strip()}" for name in columns.split(","))
    return (
        f"INSERT INTO insights_{table} ({key}, {columns}) "  # noqa: S608 (names of this module)
        f"SELECT {key}, {columns} "
        f"FROM json_populate_recordset(NULL::insights_{table}, %(rows)s::json) "
        f"ON CONFLICT ({key}) DO UPDATE SET ({columns}) = ROW({replaced})"
    )


_UPSERTS = {table: _upsert(table, *names) for table, names in UPSERT.items()}
