"""The feed's SQL, but for pages (`reading_sql`) and for what other apps read (`selecting_sql`).

Columns of any number of ops travel as arrays. Record bodies are stored verbatim.
"""

from apps.common.statements import array as array
from apps.common.statements import ids as ids
from apps.common.statements import numbers as numbers
from apps.common.statements import run as run
from backend.records.server_owned import SYNC_ISSUE

OPEN = """
INSERT INTO sync_feed (athlete_id, epoch) VALUES (%(athlete)s, %(epoch)s) ON CONFLICT DO NOTHING
"""

# Lock the feed, and open the guard for it, until commit; whether the sender's lineage is ours.
LOCK = """
SELECT epoch, head_seq, head_mark, input_seq, derived_seq, derived_as_of, purge_floor,
       record_count, CASE WHEN versions_day = current_date THEN versions_today ELSE 0 END,
       (%(wit_seq)s::bigint = 0 OR EXISTS (SELECT 1 FROM sync_log w
          WHERE w.athlete_id = %(athlete)s AND w.seq = %(wit_seq)s
            AND w.mark = %(wit_mark)s::bigint)),
       set_config('mechanostat.feed', athlete_id::text, true)
FROM sync_feed WHERE athlete_id = %(athlete)s FOR NO KEY UPDATE
"""

# Receipts of these ops, of their bases and of their groups.
RECEIPTS = """
SELECT l.op_id, l.record_id, l.outcome, l.rev, l.seq, l.same_as, l.op_hash, l.detail::text
FROM sync_log l WHERE l.athlete_id = %(athlete)s AND l.op_id = ANY(%(ops)s::uuid[])
"""

STATE = """
SELECT record_id, type_id, v, rev, seq, schema_ver, body::text, flags, edited_at
FROM sync_record WHERE athlete_id = %(athlete)s AND record_id = ANY(%(records)s::uuid[])
"""

# The touched records, and the live issues, which a new version of their record resolves.
TOUCHED = f"""
{STATE}
UNION ALL
SELECT record_id, type_id, v, rev, seq, schema_ver, body::text, flags, edited_at
FROM sync_record WHERE athlete_id = %(athlete)s AND type_id = {SYNC_ISSUE.type_id} AND NOT deleted
"""  # noqa: S608 (constants of this module)

# Older states that some pushes need: what stale bases made; the last body of deleted records; the
# body that the standing version of an import had when it came; which records ever were.
HISTORY = """
SELECT 'base', l.op_id, coalesce(b.body, l.body)::text
FROM unnest(%(bases)s::uuid[]) AS q(op_id)
JOIN sync_log l ON l.athlete_id = %(athlete)s AND l.op_id = q.op_id
LEFT JOIN sync_log b ON b.athlete_id = %(athlete)s AND b.op_id = l.same_as
UNION ALL
SELECT 'live', q.record_id, l.body::text
FROM unnest(%(deleted)s::uuid[]) AS q(record_id) CROSS JOIN LATERAL (
  SELECT body FROM sync_log h
  WHERE h.athlete_id = %(athlete)s AND h.record_id = q.record_id AND h.seq IS NOT NULL
    AND h.body IS NOT NULL
  ORDER BY h.seq DESC LIMIT 1) l
UNION ALL
SELECT 'imported', q.record_id, l.body::text
FROM unnest(%(imported)s::uuid[], %(versions)s::text[]) AS q(record_id, version)
CROSS JOIN LATERAL (
  SELECT body FROM sync_log h
  WHERE h.athlete_id = %(athlete)s AND h.record_id = q.record_id AND h.seq IS NOT NULL
    AND h.body->'source'->>'version' = q.version
  ORDER BY h.seq LIMIT 1) l
UNION ALL
SELECT 'known', q.record_id, NULL
FROM unnest(%(missing)s::uuid[]) AS q(record_id)
WHERE EXISTS (SELECT 1 FROM sync_log h WHERE h.athlete_id = %(athlete)s
              AND h.record_id = q.record_id AND h.seq IS NOT NULL)
"""

# Decided rows side by side, and one alone, which is what most pushes bring: opening arrays costs
# PostgreSQL more than writing one row.
_ROWS = """
  SELECT * FROM ROWS FROM (
    unnest(%(op_id)s::uuid[]), unnest(%(record_id)s::uuid[]), unnest(%(type_id)s::smallint[]),
    unnest(%(outcome)s::smallint[]), unnest(%(rev)s::integer[]), unnest(%(seq)s::bigint[]),
    unnest(%(same_as)s::uuid[]), unnest(%(op_hash)s::bytea[]), unnest(%(edited_at)s::timestamptz[]),
    unnest(%(schema_ver)s::smallint[]), unnest(%(occurred_at)s::timestamptz[]),
    unnest(%(fp)s::bigint[]), unnest(%(flags)s::text[]), unnest(%(detail)s::text[]),
    unnest(%(final)s::boolean[]), unnest(%(body)s::json[])
  ) AS c(op_id, record_id, type_id, outcome, rev, seq, same_as, op_hash, edited_at, schema_ver,
         occurred_at, fp, flags, detail, final, body)
"""
_ONE_ROW = """
  SELECT %(op_id)s::uuid AS op_id, %(record_id)s::uuid AS record_id,
         %(type_id)s::smallint AS type_id, %(outcome)s::smallint AS outcome,
         %(rev)s::integer AS rev, %(seq)s::bigint AS seq, %(same_as)s::uuid AS same_as,
         %(op_hash)s::bytea AS op_hash, %(edited_at)s::timestamptz AS edited_at,
         %(schema_ver)s::smallint AS schema_ver, %(occurred_at)s::timestamptz AS occurred_at,
         %(fp)s::bigint AS fp, %(flags)s::text AS flags, %(detail)s::text AS detail,
         %(final)s::boolean AS final, %(body)s::json AS body
"""

# One pass writes history and the newest versions. Nothing here orders rows: two writers of one
# feed never meet, since both hold its lock. The count must equal the number of final rows, else
# somebody wrote around the lock.
_WRITE = """
WITH u AS MATERIALIZED ({rows}), history AS (
  INSERT INTO sync_log (athlete_id, op_id, record_id, type_id, outcome, rev, seq, mark, same_as,
                        body, op_hash, detail, device_id, actor_id, edited_at, skew_ms)
  SELECT %(athlete)s::uuid, op_id, record_id, type_id, outcome, rev, seq,
         CASE WHEN seq IS NOT NULL THEN %(mark)s::bigint END, same_as,
         body, op_hash, detail::jsonb, %(device)s::uuid,
         %(actor)s::uuid, edited_at, %(skew)s::bigint
  FROM u
), newest AS (
  INSERT INTO sync_record AS t (athlete_id, record_id, type_id, v, rev, seq, deleted, schema_ver,
                                body, occurred_at, edited_at, fp, flags, device_id)
  SELECT %(athlete)s::uuid, record_id, type_id, op_id, rev, seq, body IS NULL, schema_ver,
         body, occurred_at, edited_at, fp,
         CASE WHEN flags = '' THEN '{{}}'::text[] ELSE string_to_array(flags, ',') END,
         %(device)s::uuid
  FROM u WHERE final
  {meeting}
  RETURNING 1
)
SELECT CASE WHEN count(*) <> %(finals)s::bigint THEN sync_written_around() END FROM newest
"""
_REPLACING = """
  ON CONFLICT (athlete_id, record_id) DO UPDATE SET
    v = EXCLUDED.v, rev = EXCLUDED.rev, seq = EXCLUDED.seq, deleted = EXCLUDED.deleted,
    schema_ver = EXCLUDED.schema_ver, body = EXCLUDED.body, occurred_at = EXCLUDED.occurred_at,
    edited_at = EXCLUDED.edited_at, fp = EXCLUDED.fp, flags = EXCLUDED.flags,
    device_id = EXCLUDED.device_id, updated_at = now()
  WHERE t.rev < EXCLUDED.rev AND t.seq < EXCLUDED.seq AND t.type_id = EXCLUDED.type_id
"""
WRITE = _WRITE.format(rows=_ROWS, meeting=_REPLACING)
WRITE_ONE = _WRITE.format(rows=_ONE_ROW, meeting=_REPLACING)
# Records the feed did not have, all of them: one that stands all the same was written around the
# lock, and its key refuses the other. To look for it before each row costs as much as the row.
WRITE_NEW = _WRITE.format(rows=_ROWS, meeting="")

# Move the head; when an input moved, mark the athlete for the worker in this transaction. Says
# whether the mark is new or was re-opened: a standing one has its wake-up under way, or a worker on it.
MOVE = """
WITH f AS (
  UPDATE sync_feed
     SET head_seq = head_seq + %(moved)s, head_mark = %(mark)s, updated_at = now(),
         input_seq = CASE WHEN %(inputs)s THEN head_seq + %(moved)s ELSE input_seq END,
         input_at = CASE WHEN %(inputs)s THEN now() ELSE input_at END,
         record_count = record_count + %(added)s,
         versions_today = %(moved)s
           + CASE WHEN versions_day = current_date THEN versions_today ELSE 0 END,
         versions_day = current_date
   WHERE athlete_id = %(athlete)s RETURNING athlete_id, input_seq)
INSERT INTO recompute_queue AS q (athlete_id, need_seq)
SELECT athlete_id, input_seq FROM f WHERE %(inputs)s
ON CONFLICT (athlete_id) DO UPDATE SET
  need_seq = greatest(q.need_seq, EXCLUDED.need_seq), state = 'open',
  attempts = CASE WHEN q.state = 'quarantined' THEN 0 ELSE q.attempts END,
  not_before = CASE WHEN q.state = 'quarantined' THEN now() ELSE q.not_before END,
  lease_until = CASE WHEN q.state = 'quarantined' THEN NULL ELSE q.lease_until END,
  first_dirty_at = CASE WHEN q.state = 'quarantined' THEN now() ELSE q.first_dirty_at END
RETURNING first_dirty_at = now()
"""

# Refused ops that are kept whole, for a server that has learned to read them.
PARKED = """
SELECT op_id, body::text, received_at, device_id, detail->'pointers'->>0 FROM sync_log
WHERE athlete_id = %(athlete)s AND outcome = 6 AND body IS NOT NULL
  AND detail->>'code' IN ('invalid', 'unknown-type')
ORDER BY received_at, op_id
"""

UNPARK = "DELETE FROM sync_log WHERE athlete_id = %(athlete)s AND op_id = %(op)s AND outcome = 6"

# Their bodies, once nobody will read them; the receipts stay.
FORGET_PARKED = """
UPDATE sync_log SET body = NULL
WHERE athlete_id = %(athlete)s AND outcome = 6 AND body IS NOT NULL
  AND detail->>'code' IN ('invalid', 'unknown-type') AND received_at < %(before)s
RETURNING 1
"""

# MATERIALIZED: a join that ran the inner query again would lease athletes past the limit, and
# nobody would look at those until their leases end.
CLAIM = """
WITH c AS MATERIALIZED (
  SELECT athlete_id FROM recompute_queue
  WHERE state = 'open' AND not_before <= now() AND (lease_until IS NULL OR lease_until < now())
  ORDER BY first_dirty_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE recompute_queue q SET lease_until = now() + interval '60 seconds', attempts = attempts + 1
FROM c WHERE q.athlete_id = c.athlete_id RETURNING q.athlete_id, q.attempts
"""

RELEASE = """
UPDATE recompute_queue SET lease_until = NULL, last_code = %(code)s,
  not_before = now() + make_interval(secs => %(delay)s),
  state = CASE WHEN attempts >= %(limit)s THEN 'quarantined' ELSE 'open' END
WHERE athlete_id = %(athlete)s AND attempts = %(attempts)s RETURNING state
"""

# Inputs up to here are in the derived rows; keep the mark if more came meanwhile.
SETTLE = """
WITH f AS (UPDATE sync_feed SET derived_seq = greatest(derived_seq, %(seq)s),
                                derived_as_of = greatest(derived_as_of, %(as_of)s)
           WHERE athlete_id = %(athlete)s RETURNING athlete_id),
     d AS (DELETE FROM recompute_queue q USING f
           WHERE q.athlete_id = f.athlete_id AND q.need_seq <= %(seq)s RETURNING 1)
UPDATE recompute_queue SET lease_until = NULL, attempts = 0, first_dirty_at = now()
WHERE athlete_id = %(athlete)s AND need_seq > %(seq)s
"""

# Time alone can make something due: enter the athletes whose computed day has passed.
START_DAY = """
INSERT INTO recompute_queue AS q (athlete_id, need_seq)
SELECT athlete_id, 0 FROM unnest(%(athletes)s::uuid[]) AS a(athlete_id)
ON CONFLICT (athlete_id) DO NOTHING
"""
