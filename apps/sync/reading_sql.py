"""The SQL of reading feeds. One statement reads any number of places in any number of feeds."""

from functools import partial

# What is read of a feed's own state by its owner; others learn nothing of computations.
_OWN_STATE = """
f.input_seq, f.derived_seq, z.state,
extract(epoch FROM now() - coalesce(z.first_dirty_at, f.input_at))::float8
"""
_OWN_JOIN = "LEFT JOIN recompute_queue z ON z.athlete_id = f.athlete_id"
_SHARED_STATE = "0::bigint, 0::bigint, NULL::text, NULL::float8"

_COLUMNS = """
r.record_id, r.type_id, r.v, r.rev, r.seq, r.schema_ver, r.body::text AS body, r.flags
"""
_NO_HEAD = "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
_NO_RECORD = """
NULL::uuid, NULL::smallint, NULL::uuid, NULL::integer, NULL::bigint, NULL::smallint, NULL::text,
NULL::text[]
"""

# Rows in order, no more than a page has room for and two: the frame lags behind, so that what
# is left out for its bytes is never taken for the end. How many that are is counted from sizes
# alone, which takes a fraction of carrying whole rows through a window.
_BOUNDED = """
SELECT {columns} FROM sync_record r
WHERE r.athlete_id = f.athlete_id AND r.type_id = ANY(t.types) AND {place}
ORDER BY r.seq {order} LIMIT (
  SELECT count(*) FROM (
    SELECT sum(c.size) OVER (
      ORDER BY c.seq {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 2 PRECEDING) AS before
    FROM (
      SELECT r.seq, octet_length(r.body::text) AS size FROM sync_record r
      WHERE r.athlete_id = f.athlete_id AND r.type_id = ANY(t.types) AND {place}
      ORDER BY r.seq {order} LIMIT %(rows)s) c
  ) w
  WHERE coalesce(w.before, 0) < %(bytes)s)
"""
_TAIL = _BOUNDED.format(
    order="ASC",
    columns=_NO_HEAD + _COLUMNS,
    place="NOT q.boot AND f.head_seq > q.position AND r.seq > q.position",
)
_BOOTSTRAP = _BOUNDED.format(
    order="DESC",
    columns=_NO_HEAD + _COLUMNS,
    place="q.boot AND r.seq < q.position AND NOT r.deleted",
)

# Heads and rows from one snapshot, and whether a reader's history is ours (one probe of an
# index; as EXISTS it could be planned as a look at the whole log): each place is a group of types of one feed. A tail goes
# upwards with tombstones, a bootstrap downwards without; only one branch of a place runs, and
# neither when the feed has not moved. The first row of a place has the head and no record, those
# after it records in order and no head: ten columns less to send and to read of each. OFFSET 0
# keeps the cast of the types out of the conditions of rows: there it was computed for each.
_PAGES = """
SELECT q.ord, p.*
FROM ROWS FROM (
  unnest(%(athletes)s::uuid[]), unnest(%(boot)s::boolean[]), unnest(%(position)s::bigint[]),
  unnest(%(types)s::text[]), unnest(%(wit_seq)s::bigint[]), unnest(%(wit_mark)s::bigint[])
) WITH ORDINALITY AS q(athlete_id, boot, position, types, wit_seq, wit_mark, ord)
JOIN sync_feed f ON f.athlete_id = q.athlete_id
{join}
CROSS JOIN LATERAL (SELECT q.types::smallint[] AS types OFFSET 0) t
CROSS JOIN LATERAL (
  SELECT f.epoch, f.head_seq, f.head_mark, f.purge_floor,
         (q.wit_seq = 0 OR (
           SELECT true FROM sync_log w WHERE w.athlete_id = f.athlete_id
             AND w.seq = q.wit_seq AND w.mark = q.wit_mark LIMIT 1) IS TRUE),
         {state}, {none}
  UNION ALL ({tail}) UNION ALL ({bootstrap})) p
"""
_PLACES = partial(_PAGES.format, none=_NO_RECORD, tail=_TAIL, bootstrap=_BOOTSTRAP)
OWN_PAGES = _PLACES(state=_OWN_STATE, join=_OWN_JOIN)
SHARED_PAGES = _PLACES(state=_SHARED_STATE, join="")

# The head of one feed alone, and with a short tail: nearly every request asks one of these;
# columns as above.
_OWN_HEAD = f"""
SELECT 1, f.epoch, f.head_seq, f.head_mark, f.purge_floor,
       (%(wit_seq)s::bigint = 0 OR (
         SELECT true FROM sync_log w WHERE w.athlete_id = f.athlete_id
           AND w.seq = %(wit_seq)s AND w.mark = %(wit_mark)s::bigint LIMIT 1) IS TRUE),
       {_OWN_STATE}, {{record}}
FROM sync_feed f
{_OWN_JOIN}
{{tail}}
WHERE f.athlete_id = %(athlete)s
"""  # noqa: S608 (constants of this module)
OWN_HEAD = _OWN_HEAD.format(record="NULL", tail="")
OWN_TAIL = _OWN_HEAD.format(
    record="p.*",
    tail=f"""
LEFT JOIN LATERAL (
  SELECT {_COLUMNS} FROM sync_record r
  WHERE r.athlete_id = f.athlete_id AND r.seq > %(position)s
    AND r.type_id = ANY(%(types)s::smallint[])
  ORDER BY r.seq LIMIT %(rows)s) p ON f.head_seq > %(position)s
""",  # noqa: S608 (constants of this module)
)

# Before either: note what the device proved to hold by the cursor it sent. Written when that
# moved or a day passed, so polling writes nothing; the commit does not wait for the disk,
# since a lost confirmation only keeps tombstones longer.
SEEN = """
WITH seen AS (
  INSERT INTO sync_device_feed (athlete_id, device_id, confirmed_seq, seen_at)
  SELECT f.athlete_id, %(device)s::uuid, %(confirmed)s::bigint,
         CASE WHEN set_config('synchronous_commit', 'off', true) IS NOT NULL THEN now() END
  FROM sync_feed f
  WHERE f.athlete_id = %(athlete)s AND f.epoch = %(epoch)s AND f.head_seq >= %(confirmed)s
    AND NOT EXISTS (
      SELECT 1 FROM sync_device_feed d
      WHERE d.athlete_id = f.athlete_id AND d.device_id = %(device)s
        AND d.confirmed_seq = %(confirmed)s AND d.seen_at > now() - interval '1 day')
  ON CONFLICT (athlete_id, device_id) DO UPDATE SET
    confirmed_seq = EXCLUDED.confirmed_seq, seen_at = EXCLUDED.seen_at
)
"""

# How many rows a long tail and a fresh load would bring.
COSTS = """
SELECT count(*) FILTER (WHERE r.seq > %(after)s), count(*) FILTER (WHERE NOT r.deleted)
FROM sync_record r
WHERE r.athlete_id = %(athlete)s AND r.type_id = ANY(%(types)s::smallint[])
"""

# Whether this is a standby: what it does not know may only not have reached it yet.
IS_STANDBY = "SELECT pg_is_in_recovery()"

HEADS = """
SELECT f.athlete_id, f.epoch, f.head_seq, f.head_mark FROM sync_feed f
WHERE f.athlete_id = ANY(%(athletes)s::uuid[])
"""

DIGEST = """
SELECT f.epoch, f.head_seq, f.head_mark, d.type_id, d.live, d.fps
FROM sync_feed f
LEFT JOIN LATERAL (
  SELECT r.type_id, count(*) AS live, bit_xor(r.fp) AS fps FROM sync_record r
  WHERE r.athlete_id = f.athlete_id AND NOT r.deleted GROUP BY r.type_id) d ON true
WHERE f.athlete_id = %(athlete)s
ORDER BY d.type_id
"""

LOOKUP = """
SELECT f.epoch, f.head_seq, f.head_mark,
       l.op_id, l.record_id, l.type_id, l.outcome, l.rev, l.seq, l.detail->>'code'
FROM sync_feed f
LEFT JOIN LATERAL (
  SELECT o.* FROM unnest(%(ops)s::uuid[]) AS q(op_id)
  JOIN sync_log o ON o.athlete_id = f.athlete_id AND o.op_id = q.op_id
  WHERE o.outcome <> %(group)s) l ON true
WHERE f.athlete_id = %(athlete)s
"""

RECORD = """
SELECT r.record_id, r.type_id, r.v, r.rev, r.seq, r.schema_ver, r.body::text, r.flags, r.edited_at,
       r.occurred_at, r.created_at, r.updated_at,
       (SELECT l.actor_id FROM sync_log l WHERE l.athlete_id = r.athlete_id AND l.op_id = r.v)
FROM sync_record r WHERE r.athlete_id = %(athlete)s AND r.record_id = %(record)s
"""

# Of these versions those that somebody else than the athlete wrote.
BY_OTHERS = """
SELECT op_id FROM sync_log
WHERE athlete_id = %(athlete)s AND op_id = ANY(%(versions)s::uuid[]) AND actor_id <> athlete_id
"""

# Every op on a record, newest first; those without a number too (refused, or nothing new). Of
# one request's ops the version says which came later, and what only found it so came after it.
NO_NUMBER = 2**62
_ENTRIES = """
SELECT l.op_id, l.type_id, l.outcome, l.rev, l.seq, l.same_as, l.body::text, l.detail::text,
       l.device_id, l.actor_id, l.edited_at, l.received_at
FROM sync_log l
WHERE l.athlete_id = %(athlete)s AND l.record_id = %(record)s AND l.seq {has_number}
  AND (l.received_at, coalesce(l.rev, 0), coalesce(l.seq, {beyond}), l.op_id)
    < (%(at)s::timestamptz, %(rev)s::integer, %(seq)s::bigint, %(op)s::uuid)
"""
HISTORY = f"""
SELECT * FROM (
  {_ENTRIES.format(has_number="IS NOT NULL", beyond=NO_NUMBER)}
  UNION ALL
  {_ENTRIES.format(has_number="IS NULL", beyond=NO_NUMBER)}
) e
ORDER BY received_at DESC, coalesce(rev, 0) DESC, coalesce(seq, {NO_NUMBER}) DESC, op_id DESC
LIMIT %(rows)s
"""  # noqa: S608 (constants of this module)

# Tombstones every device in use has seen, or so old that a device without them starts over;
# none that a worker has yet to read, or what was deleted would stay in the models for ever.
PURGE = """
WITH confirmed AS (
  SELECT min(confirmed_seq) AS seq FROM sync_device_feed
  WHERE athlete_id = %(athlete)s AND device_id = ANY(%(devices)s::uuid[])
    AND seen_at > %(seen_after)s
), dead AS (
  DELETE FROM sync_record r USING confirmed c, sync_feed f
  WHERE r.athlete_id = %(athlete)s AND f.athlete_id = r.athlete_id AND r.deleted
    AND (r.type_id >= 64 OR r.seq <= f.derived_seq)
    AND (r.seq <= c.seq OR r.updated_at < %(older_than)s)
  RETURNING r.record_id, r.seq
), moved AS (
  UPDATE sync_feed SET
    purge_floor = greatest(purge_floor, (SELECT max(seq) FROM dead)),
    record_count = greatest(0, record_count - (SELECT count(*) FROM dead))
  WHERE athlete_id = %(athlete)s AND EXISTS (SELECT 1 FROM dead)
)
SELECT record_id FROM dead
"""

# Bodies of records that do not live, in every version and every refused edit. Receipts stay,
# and of their details what holds no value of the record.
SCRUB = """
UPDATE sync_log l SET body = NULL, detail = (
  SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(l.detail) e
  WHERE e.key = ANY(%(kept)s::text[]))
WHERE l.athlete_id = %(athlete)s AND l.record_id = ANY(%(records)s::uuid[])
  AND (l.body IS NOT NULL OR l.detail - %(kept)s::text[] <> '{}'::jsonb)
  AND NOT EXISTS (
    SELECT 1 FROM sync_record r
    WHERE r.athlete_id = l.athlete_id AND r.record_id = l.record_id AND NOT r.deleted)
RETURNING 1
"""

ERASE = """
WITH records AS (DELETE FROM sync_record WHERE athlete_id = %(athlete)s RETURNING 1),
     history AS (DELETE FROM sync_log WHERE athlete_id = %(athlete)s RETURNING 1),
     devices AS (DELETE FROM sync_device_feed WHERE athlete_id = %(athlete)s),
     stale AS (DELETE FROM recompute_queue WHERE athlete_id = %(athlete)s)
UPDATE sync_feed SET epoch = gen_random_uuid(), head_seq = 0, head_mark = 0, input_seq = 0,
  input_at = NULL, derived_seq = 0, derived_as_of = '1970-01-01T00:00:00Z', purge_floor = 0,
  record_count = 0, versions_today = 0, updated_at = now()
WHERE athlete_id = %(athlete)s
RETURNING (SELECT count(*) FROM records), (SELECT count(*) FROM history)
"""

# Where the sweep over everybody goes on; of two sweeps at once the first one moves it.
SWEEP_PLACE = """
SELECT after_id FROM sync_sweep WHERE name = %(name)s
"""
SWEEP_MOVE = """
UPDATE sync_sweep SET after_id = %(after)s, moved_at = now()
WHERE name = %(name)s AND after_id = %(before)s
"""
