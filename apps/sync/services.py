"""What higher apps do to feeds: claim stale ones, publish derived records, enter the queue."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC as UTC_ZONE
from datetime import date, datetime, time
from uuid import UUID

from apps.common.statements import Call, run_all
from apps.sync import sql
from apps.sync.before import Head, version_of
from apps.sync.selectors import FeedState
from apps.sync.writer import lock_and_ask, lock_feed, write_rows
from backend.feed.fingerprint import fingerprint
from backend.feed.state import LogRow, Outcome, Version
from backend.feed.work import Folded
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


@dataclass(frozen=True)
class Locked:
    """A locked feed, and what stands of the records asked for."""

    head: Head
    versions: Mapping[UUID, Version]


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
    run_all([queue_call(athlete_ids)])


def queue_call(athlete_ids: Sequence[UUID]) -> Call:
    """Return what does `enter_queue`, to be run with others."""
    return Call(sql.START_DAY, {"athletes": sql.array(athlete_ids)})


def lock_for(athlete_id: UUID, record_ids: Iterable[UUID]) -> Locked:
    """Lock the feed until the transaction ends; return it with what stands of some records."""
    asked = Call(sql.STATE, {"athlete": athlete_id, "records": sql.ids(record_ids)})
    head, (rows,) = lock_and_ask(athlete_id, [asked])
    return Locked(head, {row[0]: version_of(row) for row in rows})


def is_overtaken(locked: Locked, *, seen: FeedState) -> bool:
    """Return whether somebody published, or erased the feed, since ``seen`` was read."""
    head = locked.head
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
    locked: Locked | None = None,
    beside: Callable[[int], Sequence[Call]] = lambda head: (),
) -> int:
    """Write the records whose bodies changed and settle the queue; return the feed's head.

    Within the caller's transaction. Derived records never mark the athlete stale.

    Args:
        locked: the feed, when it is locked already, with all of ``records`` that stand.
        beside: what is written in the same round trip, given where the head will be.
    """
    settle = Call(
        sql.SETTLE,
        {
            "athlete": athlete_id,
            "seq": covers.input_seq,
            "as_of": datetime.combine(as_of, time(), UTC_ZONE),
        },
    )
    return _publish(athlete_id, records, locked, now, lambda head: [settle, *beside(head)])


def hold_feed(athlete_id: UUID) -> None:
    """Lock the feed until the caller's transaction ends: nobody else publishes meanwhile."""
    lock_feed(athlete_id)


def publish_records(*, athlete_id: UUID, records: Mapping[UUID, DerivedBody], now: datetime) -> int:
    """Write server-owned records whose bodies changed; return the feed's head.

    Within the caller's transaction, in which the feed stays locked from here on. What the
    models derived, and the queue that asks for it, are not touched.
    """
    return _publish(athlete_id, records, None, now, lambda head: ())


def _publish(
    athlete_id: UUID,
    records: Mapping[UUID, DerivedBody],
    locked: Locked | None,
    now: datetime,
    beside: Callable[[int], Sequence[Call]],
) -> int:
    locked = locked or lock_for(athlete_id, records)
    folded = Folded()
    for record_id, record in sorted(records.items()):
        before = locked.versions.get(record_id)
        if record.body == (before.body if before else None):
            continue
        folded.moved += 1
        folded.added += before is None
        seq = locked.head.seq + folded.moved
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
    head = locked.head.seq + folded.moved
    write_rows(
        athlete_id=athlete_id, device_id=None, actor_id=None, folded=folded, beside=beside(head)
    )
    return head
