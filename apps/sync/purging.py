"""Purge: tombstones every device in use has seen, and what the log still says of them.

By default they stay for ever, so cursors do not expire and deletions can be undone; an
operator may have them purged.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

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
KEPT_DETAILS = ("code", "pointers", "by")
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Purged:
    """What was taken away: tombstones of the feed, and bodies of so many ops in the log."""

    tombstones: int = 0
    bodies: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        return Purged(self.tombstones + other.tombstones, self.bodies + other.bodies)


def purge_feed(*, athlete_id: UUID, devices: Sequence[UUID], now: datetime) -> Purged:
    """Purge one feed's tombstones and scrub their history; safe to repeat.

    Args:
        devices: the athlete's devices that still have access. Tombstones go once each of them
            that was seen of late has proved to hold them, or after 400 days.

    Raises ``FeedBusy``.
    """
    with acting_as(athlete_id):
        if feed_state(athlete_id) is None:
            return Purged()
        lock_feed(athlete_id)
        params = {
            "athlete": athlete_id,
            "devices": sql.array(devices),
            "seen_after": now - IN_USE,
            "older_than": now - KEPT_ANYWAY,
        }
        dead = [row[0] for row in sql.run(reading_sql.PURGE, params)]
        return Purged(len(dead), scrub(athlete_id, dead) if dead else 0)


def scrub(athlete_id: UUID, records: Sequence[UUID]) -> int:
    """Remove the bodies of records that do not live from the log; return of how many ops.

    Receipts stay, so nothing of them can be pushed again.
    """
    params = {
        "athlete": athlete_id,
        "records": sql.array(records),
        "kept": sql.array(KEPT_DETAILS),
    }
    return len(sql.run(reading_sql.SCRUB, params))


def purge_everybody(*, now: datetime, tell: Callable[[int, Purged], None]) -> Purged:
    """Purge all feeds, one transaction each; ``tell`` hears of each person done."""
    total = Purged()
    for athlete_id, devices in _people():
        total += _purge_if_free(athlete_id, devices, now=now)
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
        _purge_if_free(athlete_id, devices.get(athlete_id, []), now=now)
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


def _purge_if_free(athlete_id: UUID, devices: Sequence[UUID], *, now: datetime) -> Purged:
    try:
        return purge_feed(athlete_id=athlete_id, devices=devices, now=now)
    except FeedBusy:  # its writer goes first; the next sweep comes by again
        return Purged()
