"""How long something has held: how far back that is followed, and what counts as a pause."""

from collections.abc import Callable
from datetime import date, timedelta

BRIDGED_DAYS = 7  # a rolling week that pauses for less goes on


def followed_from(as_of: date) -> date:
    """Return the first day that episodes are followed back to: January of the year before.

    A day that moves once a year, so that what began before it keeps one day for a year.
    """
    return date(as_of.year - 1, 1, 1)


def began(holds: Callable[[date], bool], *, as_of: date, known_from: date, needs_days: int) -> date:
    """Return the first day of what holds on ``as_of``, pauses shorter than a week bridged.

    ``holds`` looks at ``needs_days`` days up to its own, and days are known from ``known_from``
    on; that day is returned when what holds may have begun before it.
    """
    first = as_of
    for back in range(1, (as_of - known_from).days - needs_days + 2):
        day = as_of - timedelta(days=back)
        if holds(day):
            first = day
        elif (first - day).days >= BRIDGED_DAYS:
            return first
    return known_from
