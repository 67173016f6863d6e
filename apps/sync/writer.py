"""Push: lock the feed, fold, number, log, commit. The only way records are written."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from apps.common.jobs import Job, wake
from apps.sync import sql
from apps.sync.announce import announce_head
from apps.sync.before import Head, mark_text, read_before, witness_params
from apps.sync.errors import EpochChanged, FeedBusy, FeedForked, WrittenAround
from backend.feed.clocks import offset_ms
from backend.feed.fold import Fold, Folded
from backend.feed.state import LogRow
from backend.feed.wire import Op, Result, Witness


@dataclass(frozen=True)
class Pushed:
    """Results of a push, and where the feed stands after it."""

    results: tuple[Result, ...]
    epoch: UUID
    witness: Witness


@dataclass(frozen=True)
class Written:
    """What a write did to the feed; ``mark`` is None when its head did not move."""

    mark: int | None = None
    is_newly_stale: bool = False


def push_ops(
    *,
    athlete_id: UUID,
    device_id: UUID | None,
    ops: Sequence[Op],
    epoch: UUID | None,
    witness: Witness | None,
    sent_at: datetime | None,
    now: datetime,
    tainted: frozenset[UUID] = frozenset(),
) -> Pushed:
    """Apply ``ops`` in order within the caller's transaction; the same ops again change nothing.

    The number of statements does not depend on the number of ops. ``tainted`` ops hold what no
    strict decoder would read. Raises ``EpochChanged``, ``FeedForked``, ``FeedBusy`` and
    ``SplitGroup`` with nothing evaluated.
    """
    head = lock_feed(athlete_id, witness=witness)
    if epoch is not None and epoch != head.epoch:
        raise EpochChanged
    if not head.is_lineage:
        raise FeedForked
    before = read_before(athlete_id, ops, head=head, tainted=tainted)
    folded = Fold(
        athlete_id=athlete_id,
        device_id=device_id,
        before=before,
        received_at=now,
        sent_at=sent_at,
    ).run(ops)
    written = write_rows(
        athlete_id=athlete_id,
        device_id=device_id,
        actor_id=athlete_id,
        folded=folded,
        skew_ms=offset_ms(sent_at=sent_at, received_at=now),
    )
    if written.is_newly_stale:
        wake(Job.RECOMPUTE)
    seq = head.seq + folded.moved
    kept = head.mark if written.mark is None else written.mark
    return Pushed(tuple(folded.results), head.epoch, Witness(seq, mark_text(kept)))


def lock_feed(athlete_id: UUID, *, witness: Witness | None = None) -> Head:
    """Lock the athlete's feed until the transaction ends; opened at its first use."""
    params = {"athlete": athlete_id, **witness_params(witness)}
    try:
        rows = sql.run(sql.LOCK, params)
        if not rows:
            sql.run(sql.OPEN, {"athlete": athlete_id})
            rows = sql.run(sql.LOCK, params)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise FeedBusy from error
        raise
    return Head(*rows[0][:-1])


def write_rows(
    *,
    athlete_id: UUID,
    device_id: UUID | None,
    actor_id: UUID | None,
    folded: Folded,
    skew_ms: int | None = None,
) -> Written:
    """Write decided rows and move the feed's head."""
    if not folded.rows:
        return Written()
    mark = secrets.randbits(63)
    common = {
        "athlete": athlete_id,
        "device": device_id,
        "actor": actor_id,
        "mark": mark,
        "skew": skew_ms,
    }
    written = sql.run(sql.WRITE, {**_columns(folded.rows), **common})[0][0]
    if written != sum(row.final for row in folded.rows):
        raise WrittenAround
    if not folded.moved:
        return Written()
    marked = sql.run(
        sql.MOVE,
        {
            "athlete": athlete_id,
            "moved": folded.moved,
            "added": folded.added,
            "mark": mark,
            "inputs": folded.feeds_models,
        },
    )
    announce_head(athlete_id, seq=max(row.seq or 0 for row in folded.rows), mark=mark)
    return Written(mark, is_newly_stale=bool(marked and marked[0][0]))


def _columns(rows: Sequence[LogRow]) -> dict[str, object]:
    """Return one parameter per column; bodies as one JSON array, verbatim."""
    array = sql.array
    return {
        "op_id": array([row.op_id for row in rows]),
        "record_id": array([row.record_id for row in rows]),
        "type_id": array([row.type_id for row in rows]),
        "outcome": array([int(row.outcome) for row in rows]),
        "rev": array([row.rev for row in rows]),
        "seq": array([row.seq for row in rows]),
        "same_as": array([row.same_as for row in rows]),
        "op_hash": array([f"\\\\x{row.op_hash.hex()}" for row in rows]),
        "edited_at": array([row.edited_at.isoformat() for row in rows]),
        "schema_ver": array([row.schema for row in rows]),
        "occurred_at": array(
            [row.occurred_at.isoformat() if row.occurred_at else None for row in rows]
        ),
        "fp": array([row.fp for row in rows]),
        "flags": array([",".join(row.flags) for row in rows]),
        "detail": _details(rows),
        "has_body": array([row.body is not None for row in rows]),
        "final": array([row.final for row in rows]),
        "bodies": (b"[" + b",".join(row.body or b"null" for row in rows) + b"]").decode(),
    }


def _details(rows: Sequence[LogRow]) -> list[str | None] | str:
    """Return what stands beside outcomes; an empty column costs nothing when there is none."""
    if not any(row.code or row.clashes for row in rows):
        return sql.array([None] * len(rows))
    return [_detail(row) for row in rows]


def _detail(row: LogRow) -> str | None:
    if not row.code and not row.clashes:
        return None
    told: dict[str, object] = {"code": row.code, "pointers": row.pointers}
    if row.clashes:
        told["clashes"] = row.clashes
    return msgspec.json.encode(told).decode()
