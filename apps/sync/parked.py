"""Parked ops: refused for a shape the server could not hold, kept whole, tried again later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from apps.sync import sql
from apps.sync.before import questions, read_before
from apps.sync.writer import lock_and_ask, write_rows
from backend.feed.fingerprint import said_by
from backend.feed.fold import Fold
from backend.feed.strict import tainted
from backend.feed.wire import Op
from backend.feed.work import Folded

KEPT_FOR = timedelta(days=180)
_OPTIONAL = frozenset(Op.__struct_fields__) - {"set", "body"}  # these two are kept as they came


@dataclass(frozen=True)
class Rerun:
    """How many of a feed's parked ops were tried again, and how many got through."""

    tried: int
    taken: int


def rerun_parked(*, athlete_id: UUID) -> Rerun:
    """Try the feed's parked ops again, oldest first, within `acting_as`; safe to repeat.

    An op that gets through now loses its old receipt and its sync issue, as if it had been
    taken when it came; one that is refused again stays as it is. So does one of which a part could
    not be read, which nobody could make up; and one of a group, of which nothing else is kept: it
    is all or nothing. Nothing else changes.
    """
    rows = sql.run(sql.PARKED, {"athlete": athlete_id})
    tried = taken = 0
    for op_id, body, received_at, device_id, pointer in rows:
        op = msgspec.json.decode(body, type=Op)
        if op.group is not None:
            continue
        tried += 1
        unread = _unread(op, body.encode(), pointer)
        folded = _try(athlete_id, op, unread, received_at=received_at, device_id=device_id)
        if folded.results[0].status not in ("applied", "merged", "noop"):
            continue
        sql.run(sql.UNPARK, {"athlete": athlete_id, "op": op_id})
        write_rows(athlete_id=athlete_id, device_id=device_id, actor_id=athlete_id, folded=folded)
        taken += 1
    return Rerun(tried=tried, taken=taken)


def forget_parked(*, athlete_id: UUID, now: datetime) -> int:
    """Scrub parked ops older than 180 days, within `acting_as`; return how many."""
    return len(sql.run(sql.FORGET_PARKED, {"athlete": athlete_id, "before": now - KEPT_FOR}))


def _unread(op: Op, body: bytes, pointer: str | None) -> dict[UUID, str]:
    """Return where an op could not be read when it came: a member that was left out for it, or
    what no strict decoder reads.
    """
    name = (pointer or "").removeprefix("/")
    if name in _OPTIONAL and name not in msgspec.json.decode(body, type=dict[str, msgspec.Raw]):
        return {op.op: f"/{name}"}
    return tainted(b'{"ops":[%b]}' % body, [op])


def _try(
    athlete_id: UUID,
    op: Op,
    unread: Mapping[UUID, str],
    *,
    received_at: datetime,
    device_id: UUID | None,
) -> Folded:
    """Fold one op as if its refusal had never been, with the clock of when it came."""
    head, found = lock_and_ask(athlete_id, questions(athlete_id, [op]))
    before = read_before(athlete_id, [op], found, head=head, tainted=unread, forget={op.op})
    return Fold(
        athlete_id=athlete_id,
        device_id=device_id,
        before=before,
        said=said_by([op]),
        received_at=received_at,
        sent_at=None,
    ).run([op])
