"""Push: lock the feed, fold, number, log, commit. The only way records are written."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from apps.common.jobs import Job, wake
from apps.common.statements import Call, Rows, run_all, send_later
from apps.sync import sql
from apps.sync.announce import announce_head
from apps.sync.before import Head, mark_text, questions, read_before, witness_params
from apps.sync.columns import columns_of, values_of
from apps.sync.errors import EpochChanged, FeedBusy, FeedForked
from backend.feed.clocks import offset_ms
from backend.feed.fingerprint import said_by
from backend.feed.fold import Fold
from backend.feed.wire import Op, Result, Witness
from backend.feed.work import Folded
from backend.records.ids import server_id

TAKEN = frozenset({"applied", "merged", "noop"})


@dataclass(frozen=True)
class Pushed:
    """Results of a push, and where the feed stands after it."""

    results: tuple[Result, ...]
    epoch: UUID
    witness: Witness


def write_own(
    *, athlete_id: UUID, ops: Sequence[Op], now: datetime, actor_id: UUID | None = None
) -> bool:
    """Apply ops that no device sent, such as what a person did on a page, as `push_ops` does.

    Returns whether all of them were taken; when not, the caller rolls its transaction back.
    """
    pushed = push_ops(
        athlete_id=athlete_id,
        device_id=None,
        ops=ops,
        epoch=None,
        witness=None,
        sent_at=None,
        now=now,
        actor_id=actor_id,
    )
    return all(result.status in TAKEN for result in pushed.results)


def push_ops(
    *,
    athlete_id: UUID,
    device_id: UUID | None,
    ops: Sequence[Op],
    epoch: UUID | None,
    witness: Witness | None,
    sent_at: datetime | None,
    now: datetime,
    tainted: Mapping[UUID, str] | None = None,
    actor_id: UUID | None = None,
) -> Pushed:
    """Apply ``ops`` in order within the caller's transaction; the same ops again change nothing.

    The number of statements does not depend on the number of ops. ``tainted`` ops hold what no
    strict decoder would read, where the pointer says. ``actor_id`` is who writes, when that is not
    the athlete; whether they may is the caller's to know. Raises ``EpochChanged``, ``FeedForked``, ``FeedBusy`` and
    ``SplitGroup`` with nothing evaluated.
    """
    said = said_by(ops)
    head, found = lock_and_ask(athlete_id, questions(athlete_id, ops), witness=witness)
    if epoch is not None and epoch != head.epoch:
        raise EpochChanged
    if not head.is_lineage:
        raise FeedForked
    before = read_before(athlete_id, ops, found, head=head, tainted=tainted or {})
    folded = Fold(
        athlete_id=athlete_id,
        device_id=device_id,
        before=before,
        said=said,
        received_at=now,
        sent_at=sent_at,
        by_other=actor_id not in (None, athlete_id),
    ).run(ops)
    mark = write_rows(
        athlete_id=athlete_id,
        device_id=device_id,
        actor_id=actor_id or athlete_id,
        folded=folded,
        skew_ms=offset_ms(sent_at=sent_at, received_at=now),
    )
    seq = head.seq + folded.moved
    kept = head.mark if mark is None else mark
    return Pushed(tuple(folded.results), head.epoch, Witness(seq, mark_text(kept)))


def lock_feed(athlete_id: UUID) -> Head:
    """Lock the athlete's feed until the transaction ends; opened at its first use."""
    return lock_and_ask(athlete_id, [])[0]


def lock_and_ask(
    athlete_id: UUID, calls: Sequence[Call], *, witness: Witness | None = None
) -> tuple[Head, list[Rows]]:
    """Lock the feed, and read under the lock in the same round trip."""
    lock = Call(sql.LOCK, {"athlete": athlete_id, **witness_params(witness)})
    try:
        locked, *found = run_all([lock, *calls])
        if not locked:
            # The same whenever it is opened: a feed that a restore took is forked, not erased.
            first = {"athlete": athlete_id, "epoch": server_id(athlete_id, "epoch")}
            _, locked, *found = run_all([Call(sql.OPEN, first), lock, *calls])
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise FeedBusy from error
        raise
    return Head(*locked[0][:-1]), found


def write_rows(
    *,
    athlete_id: UUID,
    device_id: UUID | None,
    actor_id: UUID | None,
    folded: Folded,
    skew_ms: int | None = None,
    beside: Sequence[Call] = (),
) -> int | None:
    """Write decided rows and move the feed's head; return its new mark, None when it stays.

    ``beside`` goes after them in the same trip, which is that of the commit where it can be.
    The statements refuse what was written around the lock.
    """
    if not folded.rows:
        if beside:
            run_all(beside)
        return None
    mark = secrets.randbits(63)
    finals = sum(row.final for row in folded.rows)
    common = {
        "athlete": athlete_id,
        "device": device_id,
        "actor": actor_id,
        "mark": mark,
        "skew": skew_ms,
        "finals": finals,
    }
    if len(folded.rows) == 1:
        calls = [Call(sql.WRITE_ONE, {**values_of(folded.rows[0]), **common})]
    else:
        write = sql.WRITE_NEW if folded.added == finals else sql.WRITE
        calls = [Call(write, {**columns_of(folded.rows), **common})]
    if not folded.moved:
        send_later([*calls, *beside], lambda told: None)
        return None
    moves = {
        "athlete": athlete_id,
        "moved": folded.moved,
        "added": folded.added,
        "mark": mark,
        "inputs": folded.feeds_models,
    }
    send_later([*calls, Call(sql.MOVE, moves), *beside], _wake_if_stale)
    announce_head(athlete_id, seq=max(row.seq or 0 for row in folded.rows), mark=mark)
    return mark


def _wake_if_stale(told: Sequence[Rows]) -> None:
    """Wake a worker when the second statement, `MOVE`, says that the athlete is newly stale."""
    if told[1] and told[1][0][0]:
        wake(Job.RECOMPUTE)
