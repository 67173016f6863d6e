"""Nudges: how many a sender claims and hands to Apple's server, beside a million that wait."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from functools import cache
from typing import Any

from django.utils import timezone

from apps.reminders import sql
from bench.figures import Reading
from bench.stage import PROJECT, Stage
from tests.peers import PushPeer, push_peer

SENDERS = 4
LOOKS = 50

# Deliveries of the coming year, of people nobody asks for.
FILL = """
INSERT INTO reminders_delivery (athlete_id, id, kind, reminder_id, channel, dedupe_key,
  collapse_id, state, due_at, not_after, attempts, unknowns, last_code, created_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'remind', gen_random_uuid(), 'any', md5(n::text),
       md5(n::text), 'planned', %(now)s + n * interval '30 seconds' + interval '1 day',
       %(now)s + interval '2 years', 0, 0, '', %(now)s
FROM generate_series(1, %(rows)s) n
"""

# People with one phone each and one reminder due today.
DUE = """
WITH person AS (
  INSERT INTO accounts_user (id, password, email, display_name, zone, is_active, is_staff, joined_at)
  SELECT gen_random_uuid(), '!', gen_random_uuid() || '@bench.invalid', 'Somebody', 'UTC', true,
         false, %(now)s
  FROM generate_series(1, %(people)s) RETURNING id),
phone AS (
  INSERT INTO accounts_device (id, user_id, installation, name, platform, created_at, push_channel,
    push_token, push_environment, push_stopped)
  SELECT gen_random_uuid(), id, gen_random_uuid(), 'Phone', 'bench', %(now)s, 'apns',
         encode(sha256(id::text::bytea), 'hex'), 'production', ''
  FROM person RETURNING id, user_id),
signed_in AS (
  INSERT INTO accounts_devicetoken (digest, device_id, created_at, expires_at)
  SELECT sha256(id::text::bytea), id, %(now)s, %(now)s + interval '90 days' FROM phone),
feed AS (INSERT INTO sync_feed (athlete_id) SELECT id FROM person),
item AS (
  INSERT INTO reminders_inboxitem (athlete_id, reminder_id, rule, rule_version, topic, text, reason,
    source_record, due_date, priority, state, created_at)
  SELECT user_id, gen_random_uuid(), 'rem.vitd_retest_low', 1, 'vitd_25oh', '{"en": "Due."}', 'low',
         gen_random_uuid(), %(today)s, 2, 'due', %(now)s
  FROM phone RETURNING athlete_id, reminder_id, due_date),
named AS (
  SELECT athlete_id, reminder_id,
         encode(sha256(convert_to(reminder_id || '/' || due_date || '/', 'UTF8')), 'hex') AS name
  FROM item)
INSERT INTO reminders_delivery (athlete_id, id, kind, reminder_id, channel, dedupe_key, collapse_id,
  state, due_at, not_after, attempts, unknowns, last_code, created_at)
SELECT athlete_id, gen_random_uuid(), 'remind', reminder_id, 'any', name, name, 'planned', %(now)s,
       %(now)s + interval '7 days', 0, 0, '', %(now)s
FROM named
"""


def due(stage: Stage) -> list[Reading]:
    """N1 to N3: one sender's rate, an idle look, and four senders at once."""
    _fill(stage)
    with push_peer() as peer, _senders(peer, 1 + SENDERS) as senders:
        one = _send(stage, peer, senders[:1])
        four = _send(stage, peer, senders[1:])
    return [
        Reading("N1", one["sent"] / one["cpu_s"], {"rate": one["sent"] / one["wall_s"], **one}),
        Reading("N2", _idle(["any"]) / _idle(["nobody"]), {"ms": 1e3 * _idle(["any"])}),
        Reading("N3", four["doubled"], {"rate": four["sent"] / four["wall_s"], **four}),
    ]


@cache
def _fill(stage: Stage) -> None:
    """Have a million deliveries wait; once for all rounds."""
    with stage.admin() as admin:
        admin.execute(FILL, {"now": timezone.now(), "rows": stage.scale.waiting_nudges})
        admin.execute("VACUUM ANALYZE reminders_delivery")


def _noon() -> datetime:
    """Return an instant outside of everybody's quiet hours."""
    return datetime.combine(timezone.now().date(), clock_time(12), UTC)


def _send(stage: Stage, peer: PushPeer, senders: list[Any]) -> dict[str, float]:
    """Make reminders due, let the senders go, and read the provider's log."""
    now, people = _noon(), stage.scale.due_nudges
    peer.forget()
    with stage.admin() as admin:
        admin.execute(DUE, {"now": now, "today": now.date(), "people": people})
    began, wall = time.time(), time.perf_counter()
    for sender in senders:
        sender.stdin.write(f"{now.isoformat()}\n")
        sender.stdin.flush()
    told = [json.loads(sender.stdout.readline()) for sender in senders]
    wall_s = time.perf_counter() - wall
    entries = [entry for entry in peer.log("apns") if entry["answered"] == 200]
    late = sorted(entry["at"] - began for entry in entries)
    names = [entry["collapse"] for entry in entries]
    return {
        "sent": float(sum(one["accepted"] for one in told)),
        "wall_s": wall_s,
        "cpu_s": sum(one["cpu_s"] for one in told),
        "rss_mb": max(one["rss_mb"] for one in told),
        "doubled": float(len(names) - len(set(names))),
        "p99_s": late[int(0.99 * (len(late) - 1))],
    }


@contextmanager
def _senders(peer: PushPeer, number: int) -> Iterator[list[Any]]:
    command = [sys.executable, "-m", "bench.sender", json.dumps(peer.settings)]
    started: list[Any] = [
        subprocess.Popen(  # noqa: S603 (ourselves)
            command, cwd=PROJECT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(number)
    ]
    try:
        for sender in started:
            sender.stdout.readline()
        yield started
    finally:
        for sender in started:
            sender.stdin.close()
            sender.wait(timeout=60)


def _idle(channels: list[str]) -> float:
    """Return the seconds of one look at queues in which nothing is due."""
    before = timezone.now() - timedelta(days=1)
    told = {"now": before, "until": before, "limit": 20, "channels": channels}
    sql.fetch(sql.CLAIM, told)
    started = time.perf_counter()
    for _ in range(LOOKS):
        sql.fetch(sql.CLAIM, told)
    return (time.perf_counter() - started) / LOOKS
