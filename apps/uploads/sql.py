"""SQL of the sweep's marker, and the lock of one person's uploads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

# Creations of one person come one after another: quota and "the same file" are decided once.
LOCK_PERSON = "SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))"

PLACE = "SELECT seq FROM uploads_place WHERE athlete_id = %(athlete)s"

# One reader at a time until the transaction ends, and only if there is something to read.
HOLD_PLACE = """
INSERT INTO uploads_place AS p (athlete_id, seq) VALUES (%(athlete)s, 0)
ON CONFLICT (athlete_id) DO UPDATE SET seq = p.seq WHERE p.seq < %(until)s
RETURNING p.seq
"""
# A place that is lost in a crash is read again: nothing waits for the disk.
NEED_NOT_LAST = "SET LOCAL synchronous_commit TO off"
MOVE_PLACE = "UPDATE uploads_place SET seq = %(seq)s WHERE athlete_id = %(athlete)s"

NAMED_BY = """
SELECT record_id, sha256 FROM uploads_reference
WHERE athlete_id = %(athlete)s AND record_id = ANY(%(records)s::uuid[])
"""

LOOK_AT = """
INSERT INTO uploads_look (athlete_id, upload_id, due_at)
SELECT %(athlete)s, u, %(due)s FROM unnest(%(uploads)s::uuid[]) AS u
ON CONFLICT (athlete_id, upload_id) DO UPDATE SET due_at = EXCLUDED.due_at
"""

# The lease is the marker itself, moved on: who dies while looking is followed by another.
# MATERIALIZED: a join that ran the inner query again would claim more than one.
CLAIM = """
WITH due AS MATERIALIZED (
  SELECT athlete_id, upload_id FROM uploads_look WHERE due_at <= %(now)s
  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE uploads_look l SET due_at = %(until)s
FROM due WHERE l.athlete_id = due.athlete_id AND l.upload_id = due.upload_id
RETURNING l.athlete_id, l.upload_id
"""

# Only if nobody asked for another look since the claim.
LOOK_AGAIN = """
UPDATE uploads_look SET due_at = %(next)s
WHERE athlete_id = %(athlete)s AND upload_id = %(upload)s AND due_at = %(lease)s
"""
LOOK_NO_MORE = """
DELETE FROM uploads_look
WHERE athlete_id = %(athlete)s AND upload_id = %(upload)s AND due_at = %(lease)s
"""

LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class LookClaim:
    """One leased look."""

    athlete_id: UUID
    upload_id: UUID
    lease_until: datetime


def fetch(statement: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement of this module and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def lock_person(athlete_id: UUID) -> None:
    """Become the one who creates uploads of this person until the transaction ends."""
    fetch(LOCK_PERSON, {"name": f"uploads/{athlete_id}"})


def look_at(athlete_id: UUID, uploads: Sequence[UUID], *, due_at: datetime) -> None:
    """Ask for a look at these uploads, at that instant and no other."""
    fetch(LOOK_AT, {"athlete": athlete_id, "uploads": list(uploads), "due": due_at})


def claim_look(*, now: datetime) -> LookClaim | None:
    """Lease the look that is due longest, if any is."""
    until = now + LEASE
    rows = fetch(CLAIM, {"now": now, "until": until})
    return LookClaim(rows[0][0], rows[0][1], until) if rows else None


def end_look(claim: LookClaim, *, next_at: datetime | None) -> None:
    """Say when to look again, or never."""
    fetch(
        LOOK_NO_MORE if next_at is None else LOOK_AGAIN,
        {
            "athlete": claim.athlete_id,
            "upload": claim.upload_id,
            "lease": claim.lease_until,
            "next": next_at,
        },
    )
