"""Erasure: a feed begins anew under another epoch, so nothing of the old one can come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.sync import reading_sql, sql
from apps.sync.purging import scrub
from apps.sync.selectors import feed_state
from apps.sync.writer import lock_feed


@dataclass(frozen=True)
class Erased:
    """How much there was."""

    records: int = 0
    ops: int = 0


def erase_feed(athlete_id: UUID) -> Erased:
    """Delete all records, history and receipts of a feed and give it a new epoch.

    Within the caller's transaction, acting as the athlete; what others derived from the feed
    is theirs to delete in the same one. Requests that name the old epoch are refused with
    ``epoch-changed``: phones wipe their copy and their outbox. Raises ``FeedBusy``.
    """
    if feed_state(athlete_id) is None:
        return Erased()
    lock_feed(athlete_id)
    ((records, ops),) = sql.run(reading_sql.ERASE, {"athlete": athlete_id})
    return Erased(records, ops)


def erase_deleted(athlete_id: UUID, records: Sequence[UUID]) -> int:
    """Remove what the log still says of deleted records, for good; return of how many ops.

    For a person who wants more than a deletion, which can be undone. Records that live are
    left alone; tombstones and receipts stay. Within the caller's transaction, acting as the
    athlete. Raises ``FeedBusy``.
    """
    if feed_state(athlete_id) is None:
        return 0
    lock_feed(athlete_id)
    return scrub(athlete_id, records)
