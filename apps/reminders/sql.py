"""SQL of the collector and the due engine: any number of rows in one statement each."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from apps.common.statements import Call, Question, run
from apps.reminders.models import MAX_UNKNOWN

# Of a channel in one claim.
MOST_AT_ONCE = 20

# One writer per person until the transaction ends: an older reading can not overwrite a newer.
LOCK_PERSON = "SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))"
TRY_LOCK_PERSON = "SELECT pg_try_advisory_xact_lock(hashtextextended(%(name)s, 0))"

# The day it was seen counts for the due date it was seen with.
FILL_INBOX = """
INSERT INTO reminders_inboxitem AS i (athlete_id, reminder_id, rule, rule_version, topic, text,
  reason, source_record, due_date, priority, state, created_at, seen_at, closed_at)
SELECT %(athlete)s, r.reminder_id, r.rule, r.rule_version, r.topic, r.text, r.reason,
       r.source_record, r.due_date, r.priority, r.state, %(now)s,
       CASE WHEN r.state = 'seen' THEN %(now)s::timestamptz END, NULL
FROM json_to_recordset(%(rows)s::json) AS r(reminder_id uuid, rule text, rule_version integer,
  topic text, text jsonb, reason text, source_record uuid, due_date date, priority smallint,
  state text)
ON CONFLICT (athlete_id, reminder_id) DO UPDATE SET
  rule = EXCLUDED.rule, rule_version = EXCLUDED.rule_version, topic = EXCLUDED.topic,
  text = EXCLUDED.text, reason = EXCLUDED.reason, source_record = EXCLUDED.source_record,
  due_date = EXCLUDED.due_date, priority = EXCLUDED.priority, state = EXCLUDED.state,
  closed_at = NULL,
  seen_at = CASE WHEN EXCLUDED.state = 'seen' AND i.state <> 'seen' THEN %(now)s::timestamptz
                 WHEN EXCLUDED.due_date <> i.due_date OR i.closed_at IS NOT NULL THEN NULL
                 ELSE i.seen_at END
WHERE (i.rule, i.rule_version, i.topic, i.text, i.reason, i.source_record, i.due_date, i.priority,
       i.state, i.closed_at IS NULL)
  IS DISTINCT FROM
      (EXCLUDED.rule, EXCLUDED.rule_version, EXCLUDED.topic, EXCLUDED.text, EXCLUDED.reason,
       EXCLUDED.source_record, EXCLUDED.due_date, EXCLUDED.priority, EXCLUDED.state, true)
"""

CLOSE_OTHERS = """
UPDATE reminders_inboxitem SET state = 'closed', closed_at = %(now)s
WHERE athlete_id = %(athlete)s AND closed_at IS NULL
  AND reminder_id <> ALL(%(open)s::uuid[])
"""

# What waits for a day or a place moves with the person's clock and wishes; a cancelled one may stand again.
PLAN = """
INSERT INTO reminders_delivery AS d (athlete_id, id, kind, reminder_id, channel, dedupe_key,
  collapse_id, state, due_at, not_after, attempts, unknowns, last_code, created_at)
SELECT %(athlete)s, gen_random_uuid(), 'remind', r.reminder_id, 'any', r.dedupe_key, r.dedupe_key,
       'planned', r.due_at, r.not_after, 0, 0, '', %(now)s
FROM json_to_recordset(%(rows)s::json) AS r(reminder_id uuid, dedupe_key text,
  due_at timestamptz, not_after timestamptz)
ON CONFLICT (athlete_id, dedupe_key) DO UPDATE SET
  state = CASE WHEN d.unknowns > 0 THEN 'uncertain' ELSE 'planned' END,
  due_at = EXCLUDED.due_at, not_after = EXCLUDED.not_after, last_code = ''
WHERE d.state = 'cancelled'
   OR (d.state = 'planned' AND d.last_code IN ('', 'not-yet', 'week-full')
       AND d.due_at > %(now)s AND d.due_at <> EXCLUDED.due_at)
"""

# What waits and is not planned any more is cancelled. As long as its reminder stands, a delivery is
# what keeps it from being sent again. Spelled out on the row itself: one that is claimed meanwhile
# is looked at anew.
_IS_OFF = "(state IN ('planned', 'uncertain') AND collapse_id <> ALL(%(keys)s::text[]))"
_STANDS = "(collapse_id = ANY(%(standing)s::text[]))"
CLOSE_DELIVERIES = f"""
UPDATE reminders_delivery SET
  state = CASE WHEN {_IS_OFF} THEN 'cancelled' ELSE state END,
  last_code = CASE WHEN {_IS_OFF} THEN 'closed' ELSE last_code END,
  closed_at = CASE WHEN NOT {_STANDS} THEN coalesce(closed_at, %(now)s::timestamptz) END
WHERE athlete_id = %(athlete)s AND kind = 'remind'
  AND ({_IS_OFF} OR (closed_at IS NULL) <> {_STANDS})
"""  # noqa: S608 (a constant of this app)

# The same nudge at a person's other addresses.
SPREAD = """
INSERT INTO reminders_delivery AS d (athlete_id, id, kind, reminder_id, device_id, channel,
  dedupe_key, collapse_id, state, due_at, not_after, attempts, unknowns, last_code, created_at)
SELECT %(athlete)s, gen_random_uuid(), %(kind)s, r.reminder_id, r.device_id, r.channel,
       r.dedupe_key, r.collapse_id, 'planned', r.due_at, r.not_after, 0, 0, '', %(now)s
FROM json_to_recordset(%(rows)s::json) AS r(reminder_id uuid, device_id uuid, channel text,
  dedupe_key text, collapse_id text, due_at timestamptz, not_after timestamptz)
ON CONFLICT (athlete_id, dedupe_key) DO UPDATE SET state = 'planned', due_at = EXCLUDED.due_at,
  not_after = EXCLUDED.not_after, channel = EXCLUDED.channel, last_code = ''
WHERE d.state IN ('cancelled', 'expired')
"""

# What may stand on a screen although it is settled or was seen on another device.
SHOWN = """
SELECT d.reminder_id, d.device_id, d.channel, d.collapse_id FROM reminders_delivery d
WHERE d.athlete_id = %(athlete)s AND d.kind = 'remind' AND d.device_id IS NOT NULL
  AND d.state NOT IN ('planned', 'failed') AND d.let_go_at > %(since)s
  AND d.collapse_id <> ALL(%(keys)s::text[])
  AND NOT EXISTS (SELECT 1 FROM reminders_delivery w WHERE w.athlete_id = d.athlete_id
    AND w.kind = 'withdraw' AND w.device_id = d.device_id AND w.collapse_id = d.collapse_id)
"""

# One for each week: it moves with the person's clock, and goes when it is not wanted any more.
# One whose hour has come is left to its last look, also while it waits to be tried again.
PLAN_DIGEST = """
WITH wanted AS (
  SELECT * FROM json_to_recordset(%(rows)s::json) AS r(reminder_id uuid, channel text,
    dedupe_key text, collapse_id text, due_at timestamptz, not_after timestamptz)),
others AS (
  UPDATE reminders_delivery d SET state = 'cancelled', last_code = 'closed'
  WHERE d.athlete_id = %(athlete)s AND d.kind = 'digest' AND d.state = 'planned'
    AND d.not_after - %(late)s::interval > %(now)s
    AND d.dedupe_key NOT IN (SELECT dedupe_key FROM wanted))
INSERT INTO reminders_delivery AS d (athlete_id, id, kind, reminder_id, channel, dedupe_key,
  collapse_id, state, due_at, not_after, attempts, unknowns, last_code, created_at)
SELECT %(athlete)s, gen_random_uuid(), 'digest', w.reminder_id, w.channel, w.dedupe_key,
       w.collapse_id, 'planned', w.due_at, w.not_after, 0, 0, '', %(now)s
FROM wanted w
ON CONFLICT (athlete_id, dedupe_key) DO UPDATE SET state = 'planned', due_at = EXCLUDED.due_at,
  not_after = EXCLUDED.not_after, last_code = ''
WHERE d.state = 'cancelled'
   OR (d.state = 'planned' AND d.attempts = 0 AND d.due_at <> EXCLUDED.due_at)
"""

# One row a device: sent again whenever there is something new, but not soon after the last time.
WAKE = """
INSERT INTO reminders_delivery AS d (athlete_id, id, kind, reminder_id, device_id, channel,
  dedupe_key, collapse_id, state, due_at, not_after, attempts, unknowns, last_code, created_at)
SELECT %(athlete)s, gen_random_uuid(), 'wake', %(athlete)s, r.device_id, r.channel, r.dedupe_key,
       r.dedupe_key, 'planned', %(now)s, %(now)s + %(useful)s::interval, 0, 0, '', %(now)s
FROM json_to_recordset(%(rows)s::json) AS r(device_id uuid, channel text, dedupe_key text)
ON CONFLICT (athlete_id, dedupe_key) DO UPDATE SET state = 'planned', channel = EXCLUDED.channel,
  unknowns = 0, last_code = '', attempts = 0,
  due_at = greatest(%(now)s, d.let_go_at + %(apart)s::interval),
  not_after = greatest(%(now)s, d.let_go_at + %(apart)s::interval) + %(useful)s::interval
WHERE d.state NOT IN ('planned', 'leased')
"""

# Whoever held these died or stalled. Only an attempt that was let go can have reached anybody;
# its repeat takes the same place on the screen. A message that takes its sender down each time
# waits longer and longer.
LOSE_LEASES = """
WITH lost AS MATERIALIZED (
  SELECT athlete_id, id FROM reminders_delivery
  WHERE state = 'leased' AND lease_until < %(now)s FOR UPDATE SKIP LOCKED)
UPDATE reminders_delivery d SET
  state = CASE WHEN d.let_go_at IS NOT NULL OR d.unknowns > 0 THEN 'uncertain' ELSE 'planned' END,
  lease_until = NULL, last_code = 'lease-lost',
  due_at = %(now)s + make_interval(
    secs => CASE WHEN d.attempts <= 3 THEN 0 ELSE least(60 * 2.0 ^ (d.attempts - 4), 3600) END)
FROM lost WHERE d.athlete_id = lost.athlete_id AND d.id = lost.id
"""

# Each channel has its own queue, so that one with much to do hides nothing of the others.
# MATERIALIZED: a join that ran the inner query again would claim past the limit. The number inside
# tells the planner how few there are: of a parameter it expects a tenth of all that is due, and
# reads the whole table to join that. What may have arrived keeps the instant: it has its place in
# the week, and may have to be taken down.
CLAIM = f"""
WITH due AS MATERIALIZED (
  SELECT d.athlete_id, d.id FROM unnest(%(channels)s::text[]) AS c(channel)
  CROSS JOIN LATERAL (SELECT athlete_id, id FROM (
    SELECT athlete_id, id FROM reminders_delivery
    WHERE channel = c.channel AND state IN ('planned', 'uncertain') AND unknowns < {MAX_UNKNOWN}
      AND due_at <= %(now)s
    ORDER BY due_at LIMIT {MOST_AT_ONCE} FOR UPDATE SKIP LOCKED) first LIMIT %(limit)s) d)
UPDATE reminders_delivery d SET state = 'leased', lease_until = %(until)s,
  let_go_at = CASE WHEN d.state = 'uncertain' THEN d.let_go_at END, attempts = d.attempts + 1
FROM due WHERE d.athlete_id = due.athlete_id AND d.id = due.id
RETURNING d.athlete_id, d.id, d.attempts, d.kind, d.reminder_id, d.device_id, d.collapse_id
"""  # noqa: S608 (a constant of this app)

# A thousand a run: a sweep comes every half minute. Workers at it together share the work.
FORGET_ATTEMPTS = """
WITH old AS MATERIALIZED (
  SELECT athlete_id, id FROM reminders_attempt WHERE at < %(before)s
  ORDER BY at LIMIT 1000 FOR UPDATE SKIP LOCKED)
DELETE FROM reminders_attempt a USING old WHERE a.athlete_id = old.athlete_id AND a.id = old.id
"""

# A nudge goes some time after its reminder was closed, anything else after its own last moment.
FORGET_DELIVERIES = """
WITH closed AS MATERIALIZED (
  SELECT athlete_id, id FROM reminders_delivery
  WHERE closed_at < %(before)s AND state <> 'leased'
  ORDER BY closed_at LIMIT 1000 FOR UPDATE SKIP LOCKED),
past AS MATERIALIZED (
  SELECT athlete_id, id FROM reminders_delivery
  WHERE kind <> 'remind' AND not_after < %(before)s AND state <> 'leased'
  ORDER BY not_after LIMIT 1000 FOR UPDATE SKIP LOCKED)
DELETE FROM reminders_delivery d USING (TABLE closed UNION ALL TABLE past) old
WHERE d.athlete_id = old.athlete_id AND d.id = old.id
"""

COLUMNS = (
    "athlete_id", "id", "kind", "reminder_id", "device_id", "channel", "dedupe_key", "collapse_id",
    "state", "due_at", "not_after", "attempts", "unknowns", "lease_until", "let_go_at", "last_code",
    "created_at",
)  # fmt: skip

# "Leased" is a parameter in what follows: written out, the index of all that is leased is taken for
# a cheaper way to one of them than its key, and grows with what was leased before.

# A leased delivery and those it has to be seen with: the same nudge at other addresses, what is to
# be taken down, and what has or waits for a place in the person's week.
AROUND = f"""
SELECT {", ".join(f"d.{name}" for name in COLUMNS)}
FROM reminders_delivery m JOIN reminders_delivery d ON d.athlete_id = m.athlete_id
WHERE m.athlete_id = %(athlete)s AND m.id = %(delivery)s
  AND m.state = %(leased)s AND m.attempts = %(attempts)s
  AND (d.collapse_id = m.collapse_id OR (m.kind = 'remind' AND d.kind = 'remind' AND (
    (d.state IN ('leased', 'accepted', 'uncertain') AND d.let_go_at > %(since)s)
    OR (d.state IN ('planned', 'leased', 'uncertain') AND d.due_at <= %(now)s))))
"""  # noqa: S608 (a constant of this app)

HOLD_LEASE = f"""
SELECT {", ".join(COLUMNS)} FROM reminders_delivery
WHERE athlete_id = %(athlete)s AND id = %(delivery)s AND state = %(leased)s
  AND attempts = %(attempts)s FOR UPDATE
"""  # noqa: S608 (a constant of this app)

IS_LEASED = """
SELECT 1 FROM reminders_delivery
WHERE athlete_id = %(athlete)s AND id = %(delivery)s AND state = %(leased)s AND attempts = %(attempts)s
"""

# Whoever claimed it meanwhile has counted an attempt more.
SETTLE = """
UPDATE reminders_delivery SET state = %(state)s, channel = %(channel)s, device_id = %(device_id)s,
  due_at = %(due_at)s, not_after = %(not_after)s, attempts = %(attempts)s, unknowns = %(unknowns)s,
  lease_until = %(lease_until)s, let_go_at = %(let_go_at)s, last_code = %(last_code)s
WHERE athlete_id = %(athlete)s AND id = %(delivery)s AND state = %(leased)s AND attempts = %(claimed)s
RETURNING 1
"""

ACCEPT = """
UPDATE reminders_delivery SET state = 'accepted', lease_until = NULL, last_code = %(code)s
WHERE athlete_id = %(athlete)s AND id = %(delivery)s AND state = %(leased)s AND attempts = %(attempts)s
RETURNING 1
"""

# Nothing is noted of somebody whose feed was erased meanwhile.
LOG = """
INSERT INTO reminders_attempt
  (athlete_id, id, delivery_id, number, outcome, code, provider_id, at)
SELECT athlete_id, gen_random_uuid(), id, %(attempts)s::smallint, %(outcome)s, %(code)s,
  %(provider_id)s, %(now)s::timestamptz
FROM reminders_delivery WHERE athlete_id = %(athlete)s AND id = %(delivery)s
"""

OPEN_ITEMS = """
SELECT reminder_id, topic, due_date, priority, state, created_at, seen_at
FROM reminders_inboxitem WHERE athlete_id = %(athlete)s AND closed_at IS NULL
"""

UNREAD = """
UPDATE reminders_inboxitem SET seen_at = NULL
WHERE athlete_id = %(athlete)s AND reminder_id = %(reminder)s
"""


def fetch(statement: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement of this module and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def lock_person(athlete_id: UUID, *, wait: bool) -> bool:
    """Become the one writer of a person's inbox and deliveries; return whether it worked."""
    if wait:
        lock_question(athlete_id).ask()
        return True
    return bool(run(TRY_LOCK_PERSON, {"name": f"reminders/{athlete_id}"})[0][0])


def lock_question(athlete_id: UUID) -> Question[None]:
    """Return what waits to become that writer; what is asked after it sees what others wrote."""
    return Question(Call(LOCK_PERSON, {"name": f"reminders/{athlete_id}"}), lambda rows: None)


def name_of(*parts: str) -> str:
    """Return the dedupe key made of these parts: 64 hex digits."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()
