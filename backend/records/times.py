"""When a record says it happened: what no clock could have meant is flagged."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import msgspec

FUTURE_LIMIT = timedelta(hours=48)  # protocol, limits: later is stored and flagged
# Clocks that were never set count from 1970 (Unix) or from 1989-12-31 (FIT), and nothing we
# read was measured by a device before. [E]
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def midnight(day: date | None) -> datetime | None:
    """Return the instant a day begins in UTC: where an event of a day stands in order."""
    return None if day is None else datetime.combine(day, time(), UTC)


def future_flags(moment: datetime | None, now: datetime) -> tuple[str, ...]:
    """Return ``in_future`` for what lies further ahead than clocks and zones explain."""
    if moment is None or is_past_day(moment, now):
        return ()
    return ("in_future",) if moment > now + FUTURE_LIMIT else ()


def is_past_day(moment: datetime, now: datetime) -> bool:
    """Return whether a moment's own day is before today's: then no zone makes it the future.

    Two instants of different offsets take ten times as long to compare as two days.
    """
    return moment.date() < now.date()


def time_flags(moment: datetime, now: datetime) -> tuple[str, ...]:
    """Return why an event that something measured can not have been then, if at all."""
    if moment.year <= EARLIEST.year and moment < EARLIEST:
        return ("too_early",)
    return future_flags(moment, now)


def day_flags(day: date, moment: datetime) -> tuple[str, ...]:
    """Return ``local_date_differs`` when no zone has that day at that moment."""
    if day == moment.date():
        return ()  # the day by the moment's own offset, as nearly always
    apart = abs(day - moment.astimezone(UTC).date())
    return ("local_date_differs",) if apart > timedelta(days=1) else ()


def order_flags(first: date | None, last: date | None) -> tuple[str, ...]:
    """Return ``ends_before_start`` when a period does."""
    turned = first is not None and last is not None and last < first
    return ("ends_before_start",) if turned else ()


def range_flags(part: msgspec.Struct, bounds: Mapping[str, tuple[float, float]]) -> tuple[str, ...]:
    """Return ``implausible`` when a number lies outside what has ever been measured.

    Bounds are our convention, wide on purpose: beyond them a slip of the unit or of a finger
    is likelier than a true value.
    """
    for name, (low, high) in bounds.items():
        value = getattr(part, name)
        if value is not None and not low <= value <= high:
            return ("implausible",)
    return ()
