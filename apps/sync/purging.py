"""What deletions leave behind, taken away in time: bodies in the log, then tombstones.

A deleted record's bodies stay while the deletion can be undone. Tombstones stay for ever by
default, so cursors do not expire; an operator may have them purged.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.accounts.selectors import live_devices_of, people_after
from apps.common.actor import acting_as
from apps.sync import reading_sql, sql
from apps.sync.errors import FeedBusy
from apps.sync.selectors import feed_state
from apps.sync.writer import lock_feed

IN_USE = timedelta(days=180)  # a device not seen for longer holds nobody's tombstones back
KEPT_ANYWAY = timedelta(days=400)  # older ones go whatever devices have not seen them
SWEEP = "tombstones"
SWEEP_BATCH = 200
# Of a log row's details, those that hold no value of the record.
KEPT_DETAILS = ("code", "pointers", "by", "kind", "flags")
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Purged:
    """What was taken away: tombstones of the feed, bodies of the log."""

    tombstones: int = 0
    bodies: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        return Purged(self.tombstones + other.tombstones, self.bodies + other.bodies)


def purge_feed(
    *, athlete_id: UUID, devices: Sequence[UUID], now: datetime, with_tombstones: bool
) -> Purged:
    """Scrub one feed's deleted records and, if asked, purge its tombstones; safe to repeat.

    Args:
        devices: the athlete's devices that still have access. Tombstones go once each of them
            that was seen of late has proved to hold them, or after 400 days.

    Raises ``FeedBusy``.
    """
    with acting_as(athlete_id):
        if feed_state(athlete_id) is None:
            return Purged()
        bodies = scrub(athlete_id, older_than=now - timedelta(days=settings.SCRUB_AFTER_DAYS))
        if not with_tombstones:
            return Purged(bodies=bodies)
        lock_feed(athlete_id)
        ((tombstones,),) = sql.run(
            reading_sql.PURGE,
            {
                "athlete": athlete_id,
                "devices": sql.array(devices),
                "seen_after": now - IN_USE,
                "older_than": now - KEPT_ANYWAY,
            },
        )
        return Purged(tombstones, bodies)


def scrub(athlete_id: UUID, *, older_than: datetime, records: Sequence[UUID] | None = None) -> int:
    """Remove the bodies of deleted records from the log; receipts stay. Return how many.

    Args:
        older_than: only of records deleted before.
        records: only of these, if given.
    """
    return len(
        sql.run(
            reading_sql.SCRUB,
            {
                "athlete": athlete_id,
                "older_than": older_than,
                "records": None if records is None else sql.array(records),
                "kept": sql.array(KEPT_DETAILS),
            },
        )
    )


def purge_everybody(
    *, now: datetime, with_tombstones: bool, tell: Callable[[int, Purged], None]
) -> Purged:
    """Purge all feeds, one transaction each; ``tell`` hears of each person done."""
    total = Purged()
    for athlete_id, devices in _people():
        total += _purge_if_free(athlete_id, devices, now=now, with_tombstones=with_tombstones)
        tell(1, total)
    return total


def sweep_some(*, now: datetime) -> int:
    """Purge the next few feeds and remember where to go on; return how many were looked at.

    Two sweeps at once do the same work twice, which changes nothing.
    """
    ((after,),) = sql.run(reading_sql.SWEEP_PLACE, {"name": SWEEP})
    batch = people_after(after, limit=SWEEP_BATCH)
    devices = live_devices_of(batch)
    for athlete_id in batch:
        _purge_if_free(
            athlete_id,
            devices.get(athlete_id, []),
            now=now,
            with_tombstones=settings.PURGE_TOMBSTONES,
        )
    place = batch[-1] if len(batch) == SWEEP_BATCH else NOBODY
    with transaction.atomic():
        sql.run(reading_sql.SWEEP_MOVE, {"name": SWEEP, "before": after, "after": place})
    return len(batch)


def _people() -> Iterator[tuple[UUID, list[UUID]]]:
    after = NOBODY
    while batch := people_after(after, limit=SWEEP_BATCH):
        devices = live_devices_of(batch)
        yield from ((athlete_id, devices.get(athlete_id, [])) for athlete_id in batch)
        after = batch[-1]


def _purge_if_free(
    athlete_id: UUID, devices: Sequence[UUID], *, now: datetime, with_tombstones: bool
) -> Purged:
    try:
        return purge_feed(
            athlete_id=athlete_id, devices=devices, now=now, with_tombstones=with_tombstones
        )
    except FeedBusy:  # its writer goes first; the next sweep comes by again
        return Purged()
