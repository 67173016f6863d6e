"""Local calendar days, instants of partial precision, and windows of days."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.errors import CoreError

EARLIEST_YEAR = 1900
LATEST_YEAR = 2199
WIDEST_OFFSET = timedelta(hours=14)  # no zone in use is further from UTC
_PARTIAL = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
_LEAP = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d):60(?:\.\d+)?(Z|[+-]\d\d:\d\d)$", re.ASCII)


class InvalidInstant(CoreError):
    """The text is not an RFC 3339 instant with an offset, nor a calendar date."""

    code = "core.invalid_instant"


def parse_instant(text: str) -> tuple[datetime, str]:
    """Return an instant and its precision.

    Args:
        text: RFC 3339 with an offset, or a date of day, month or year precision. A leap
            second is the instant after it.
    Returns:
        The aware instant (midnight UTC of the first day for a bare date) and one of
        ``second``, ``day``, ``month``, ``year``.
    Raises:
        InvalidInstant: another form, no offset, or a year we can not hold (1900-2199).
    """
    partial = _PARTIAL.match(text)
    if partial:
        year, month, day = partial.groups()
        try:
            moment = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
        except ValueError as error:
            raise InvalidInstant(str(error)) from error
        return hold_instant(moment), "day" if day else "month" if month else "year"
    try:
        moment = datetime.fromisoformat(after_leap_second(text) or text)
    except ValueError as error:
        raise InvalidInstant from error
    if moment.tzinfo is None or "T" not in text.upper():
        raise InvalidInstant
    return hold_instant(moment), "second"


def after_leap_second(text: str) -> str | None:
    """Return the instant after a leap second (``23:59:60Z``), or None when it is none.

    Neither Python nor PostgreSQL counts such a second; the next one begins where it ends.
    """
    found = _LEAP.match(text) if ":60" in text else None
    if found is None:
        return None
    try:
        return (
            datetime.fromisoformat(f"{found[1]}:59{found[2]}") + timedelta(seconds=1)
        ).isoformat()
    except (ValueError, OverflowError):
        return None


def hold_instant(moment: datetime) -> datetime:
    """Return ``moment`` if its year and offset can be stored and compared in every zone."""
    offset = moment.utcoffset()
    if offset is not None and not -WIDEST_OFFSET <= offset <= WIDEST_OFFSET:
        raise InvalidInstant("offsets up to 14:00 can be stored")
    hold_day(moment)
    return moment


def hold_day(day: date) -> date:
    """Return ``day`` if every window around it is still a calendar day."""
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise InvalidInstant(f"years {EARLIEST_YEAR} to {LATEST_YEAR} can be stored")
    return day


def local_day(moment: datetime, *, zone: str | None = None) -> date:
    """Return the calendar day of ``moment`` in ``zone``, else by its own offset."""
    return moment.astimezone(zone_of(zone)).date() if zone else moment.date()


def zone_of(name: str | None) -> ZoneInfo | timezone:
    """Return the named IANA zone, or UTC when it is unknown."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def next_midnight(day: date, *, zone: str | None) -> datetime:
    """Return the instant, in UTC, at which ``day`` ends in ``zone`` (UTC when unknown)."""
    return datetime.combine(day + timedelta(days=1), time(), zone_of(zone)).astimezone(UTC)


def window(*, ending: date, days: int) -> tuple[date, date]:
    """Return the first and last day of a window of ``days`` days ending on ``ending``."""
    return ending - timedelta(days=days - 1), ending


def completed_years(*, born: date, on: date) -> int:
    """Return the age in completed years on a day (science: age on the day measured)."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def months_later(day: date, months: int) -> date:
    """Return the same day of the month so many calendar months later.

    A day the month does not have becomes its last: 29 February plus 12 is 28 February.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
