"""What sessions say of how far the person could train."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from backend.panel.episodes import followed_from
from backend.panel.reasons import Reason, on_day, plural, reason

SAID_DAYS = 28  # an older word about availability says nothing of today [E]
MOST_SAID = 50  # statements that are read at first
MOST_LINKED = 10


class Said(msgspec.Struct, frozen=True):
    """What a session says of how far the person could train: full, limited or out."""

    record_id: UUID
    local_date: date
    starts_at: datetime
    availability: str


def said_alike(as_of: date, said: Sequence[Said]) -> list[Said]:
    """Return the newest statement and those before it that say the same; none when it is old."""
    first = followed_from(as_of)
    newest = sorted(
        (one for one in said if first <= one.local_date <= as_of),
        key=lambda one: (one.starts_at, one.record_id),
        reverse=True,
    )
    if not newest or (as_of - newest[0].local_date).days >= SAID_DAYS:
        return []
    other = (n for n, one in enumerate(newest) if one.availability != newest[0].availability)
    return newest[: next(other, len(newest))]


def restricted(run_of: Sequence[Said]) -> Reason | None:
    """Return that the person said they could train in part only, or not at all."""
    if not run_of or run_of[0].availability not in ("limited", "out"):
        return None
    said, since = run_of[0].availability, min(one.local_date for one in run_of)
    return reason(
        f"availability_{said}",
        f"availability {said} since {on_day(since)}, at {plural(len(run_of), 'session')} up to "
        f"{on_day(run_of[0].local_date)}",
        severity=2,
        since=since,
        number=float(len(run_of)),
        unit="1",
        records=[one.record_id for one in run_of[:MOST_LINKED]],
    )
