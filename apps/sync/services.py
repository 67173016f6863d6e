"""What higher apps do to feeds: claim stale ones, publish derived records, enter the queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC as UTC_ZONE
from datetime import date, datetime, time
from uuid import UUID

from apps.sync import sql
from apps.sync.before import version_of
from apps.sync.selectors import FeedState
from apps.sync.writer import lock_feed, write_rows
from backend.feed.fingerprint import fingerprint
from backend.feed.fold import Folded
from backend.feed.state import LogRow, Outcome
from backend.records import RecordType
from backend.records.ids import server_id

ATTEMPTS = 5
BACKOFF_S = (0, 10, 60, 600, 600)


@dataclass(frozen=True)
class Claim:
    """One athlete's recompute, leased; ``attempts`` counts this one."""

    athlete_id: UUID
    attempts: int


@dataclass(frozen=True)
class DerivedBody:
    """A server-owned record to publish; without a body it is deleted."""

    kind: RecordType
    body: bytes | None


def claim_stale(*, limit: int) -> list[Claim]:
    """Lease up to ``limit`` athletes whose inputs moved, oldest first; others are skipped."""
    return [Claim(*row) for row in sql.run(sql.CLAIM, {"limit": limit})]


def release_claim(claim: Claim, *, code: str) -> bool:
    """Give a failed claim back with a delay; return whether it is quarantined now."""
    delay = BACKOFF_S[min(claim.attempts, len(BACKOFF_S)) - 1]
    rows = sql.run(
        sql.RELEASE,
        {
            "athlete": claim.athlete_id,
            "attempts": claim.attempts,
            "code": code,
            "delay": delay,
            "limit": ATTEMPTS,
        },
    )
    return bool(rows) and rows[0][0] == "quarantined"


def enter_queue(athlete_ids: Sequence[UUID]) -> None:
    """Ask for a recompute because time passed, not because an input moved."""
    sql.run(sql.START_DAY, {"athletes": sql.array(athlete_ids)})


def is_overtaken(athlete_id: UUID, *, seen: FeedState) -> bool:
    """Lock the feed; return whether somebody published, or erased it, since ``seen`` was read."""
    head = lock_feed(athlete_id)
    if seen.epoch is not None and seen.epoch != head.epoch:
        return True
    return (head.derived_seq, head.derived_as_of) != (seen.derived_seq, seen.derived_as_of)


def publish_derived(
    *,
    athlete_id: UUID,
    records: Mapping[UUID, DerivedBody],
    covers: FeedState,
    as_of: date,
    now: datetime,
) -> int:
    """Write the records whose bodies changed and settle the queue; return the feed's head.

    Within the caller's transaction, after `is_overtaken` locked the feed. Derived records
    never mark the athlete stale.
    """
    head = publish_records(athlete_id=athlete_id, records=records, now=now)
    sql.run(
        sql.SETTLE,
        {
            "athlete": athlete_id,
            "seq": covers.input_seq,
            "as_of": datetime.combine(as_of, time(), UTC_ZONE),
        },
    )
    return head


def hold_feed(athlete_id: UUID) -> None:
    """Lock the feed until the caller's transaction ends: nobody else publishes meanwhile."""
    lock_feed(athlete_id)


def publish_records(*, athlete_id: UUID, records: Mapping[UUID, DerivedBody], now: datetime) -> int:
    """Write server-owned records whose bodies changed; return the feed's head.

    Within the caller's transaction, in which the feed stays locked from here on. What the
    models derived, and the queue that asks for it, are not touched.
    """
    head = lock_feed(athlete_id)
    current = {
        row[0]: version_of(row)
        for row in sql.run(sql.STATE, {"athlete": athlete_id, "records": sql.array(list(records))})
    }
    folded = Folded()
    for record_id, record in sorted(records.items()):
        before = current.get(record_id)
        if record.body == (before.body if before else None):
            continue
        folded.moved += 1
        folded.added += before is None
        seq = head.seq + folded.moved
        op_id = server_id(record_id, f"derived/{seq}")
        folded.rows.append(
            LogRow(
                op_id=op_id,
                record_id=record_id,
                type_id=record.kind.type_id,
                outcome=Outcome.APPLIED,
                op_hash=b"",
                edited_at=now,
                rev=before.rev + 1 if before else 1,
                seq=seq,
                body=record.body,
                schema=record.kind.schema,
                fp=fingerprint(record_id, op_id),
                final=True,
            )
        )
    write_rows(athlete_id=athlete_id, device_id=None, actor_id=None, folded=folded)
    return head.seq + folded.moved
