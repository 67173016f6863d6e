"""The SQL of what other apps read of a feed: its state, inputs of a computation, what is shared."""

_INPUT = "record_id, type_id, deleted, body::text, flags, edited_at, seq"
INPUTS = f"""
SELECT {_INPUT} FROM sync_record
WHERE athlete_id = %(athlete)s AND seq > %(after)s AND seq <= %(until)s
  AND type_id = ANY(%(types)s::smallint[])
ORDER BY seq
"""  # noqa: S608 (constants of this module)

# Those that came since something was derived last.
INPUTS_SINCE = f"""
SELECT r.* FROM sync_feed f CROSS JOIN LATERAL (
  SELECT {_INPUT} FROM sync_record
  WHERE athlete_id = f.athlete_id AND seq > f.derived_seq AND seq <= f.input_seq
    AND type_id = ANY(%(types)s::smallint[])
  OFFSET 0) r
WHERE f.athlete_id = %(athlete)s ORDER BY r.seq
"""  # noqa: S608 (constants of this module)

LIVE_BODIES = """
SELECT record_id, body::text FROM sync_record
WHERE athlete_id = %(athlete)s AND record_id = ANY(%(records)s::uuid[]) AND NOT deleted
"""

# The newest unflagged records of each kind; the predicates are those of the partial indexes. Lean
# mass is read apart, and tests and cycle days each by what they are of: a scale's daily weights
# would hide the scan of last year, and daily jumps the grip of last month. Wishes have no time of
# their own: those written last count.
NEWEST = """
SELECT r.record_id, r.type_id, r.body::text
FROM unnest(%(types)s::smallint[], %(most)s::int[]) AS k(type_id, most) CROSS JOIN LATERAL (
  SELECT record_id, type_id, body FROM sync_record
  WHERE athlete_id = %(athlete)s AND type_id = k.type_id AND type_id BETWEEN 4 AND 15
    AND NOT deleted AND flags = '{}'
  ORDER BY occurred_at DESC, record_id DESC LIMIT k.most) r
UNION ALL
SELECT l.record_id, 4::smallint, l.body::text FROM (
  SELECT record_id, body FROM sync_record
  WHERE athlete_id = %(athlete)s AND type_id = 4 AND NOT deleted AND flags = '{}'
    AND body->>'alm_kg' IS NOT NULL
  ORDER BY occurred_at DESC, record_id DESC LIMIT %(lean)s) l
UNION ALL
SELECT p.record_id, p.type_id, p.body::text
FROM unnest(%(part_types)s::smallint[], %(parts)s::text[], %(part_most)s::int[])
  AS k(type_id, part, most) CROSS JOIN LATERAL (
  SELECT record_id, type_id, body FROM sync_record
  WHERE athlete_id = %(athlete)s AND type_id = k.type_id AND type_id IN (6, 11) AND NOT deleted
    AND flags = '{}' AND coalesce(body->>'test', body->>'kind') = k.part
  ORDER BY occurred_at DESC, record_id DESC LIMIT k.most) p
UNION ALL
SELECT w.record_id, 17::smallint, w.body::text FROM (
  SELECT record_id, body FROM sync_record
  WHERE athlete_id = %(athlete)s AND type_id = 17 AND NOT deleted AND flags = '{}'
  ORDER BY seq DESC LIMIT %(wishes)s) w
"""

FEED = """
SELECT epoch, head_seq, input_seq, derived_seq, derived_as_of, input_at
FROM sync_feed WHERE athlete_id = %(athlete)s
"""

# When a device of theirs last asked for what is new, to a day: see `SEEN`.
CONTACT = """
SELECT max(seen_at) FROM sync_device_feed WHERE athlete_id = %(athlete)s
"""

# Heads of many people's own feeds. Each row is read as the person it is read for: the setting of
# row-level security follows the list. OFFSET 0 keeps the two steps apart and in this order.
OWN_HEADS = """
SELECT f.athlete_id, f.head_seq, f.head_mark
FROM unnest(%(viewers)s::uuid[]) AS v(viewer)
CROSS JOIN LATERAL (
  SELECT set_config('mechanostat.actor', v.viewer::text, true) AS actor OFFSET 0) a
CROSS JOIN LATERAL (
  SELECT athlete_id, head_seq, head_mark FROM sync_feed
  WHERE athlete_id = a.actor::uuid OFFSET 0) f
"""

DERIVED = """
SELECT record_id, type_id, v, rev, seq, schema_ver, body::text, flags, edited_at
FROM sync_record
WHERE athlete_id = %(athlete)s AND type_id >= 64 AND type_id = ANY(%(types)s::smallint[])
  AND NOT deleted
"""

# What others than the owner may see of a feed's sessions and derived records, by columns they
# may read. The first reads all rows of one person: there is no index by day.
SHARED_SESSIONS = """
SELECT record_id, body::text FROM sync_record
WHERE athlete_id = %(athlete)s AND type_id = %(type)s AND NOT deleted
  AND body->>'local_date' >= %(since)s
ORDER BY body->>'local_date' DESC, body->>'started_at' DESC, record_id LIMIT %(most)s
"""
SHARED_DERIVED = """
SELECT record_id, body::text FROM sync_record
WHERE athlete_id = %(athlete)s AND type_id >= 64 AND type_id = %(type)s AND NOT deleted
"""

# Which of these devices has something to pull that is not its own doing: changes others wrote,
# or derived records that time alone brought about.
BEHIND = """
SELECT d.device_id FROM unnest(%(devices)s::uuid[]) AS d(device_id)
JOIN sync_feed f ON f.athlete_id = %(athlete)s
LEFT JOIN sync_device_feed c ON c.athlete_id = f.athlete_id AND c.device_id = d.device_id
WHERE f.head_seq > coalesce(c.confirmed_seq, 0) AND (
  EXISTS (SELECT 1 FROM sync_record r
    WHERE r.athlete_id = f.athlete_id AND r.seq > coalesce(c.confirmed_seq, 0) AND r.type_id < 64
      AND r.device_id IS DISTINCT FROM d.device_id)
  OR NOT EXISTS (SELECT 1 FROM sync_record r
    WHERE r.athlete_id = f.athlete_id AND r.seq > coalesce(c.confirmed_seq, 0) AND r.type_id < 64))
"""

# Which device answered a reminder last.
ANSWERED_ON = """
SELECT DISTINCT ON (body->>'reminder') (body->>'reminder')::uuid, device_id FROM sync_record
WHERE athlete_id = %(athlete)s AND type_id = %(type)s AND NOT deleted
  AND body->>'reminder' = ANY(%(reminders)s::text[])
ORDER BY body->>'reminder', occurred_at DESC, record_id
"""

ANSWERS = """
SELECT record_id, body::text FROM sync_record
WHERE athlete_id = %(athlete)s AND type_id = %(type)s AND NOT deleted
  AND body->>'reminder' = %(reminder)s AND flags = '{}'
ORDER BY occurred_at DESC, record_id DESC LIMIT 100
"""
