"""Local calendar days, instants of partial precision, and windows of days."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.errors import CoreError

EARLIEST_YEAR = 1900
LATEST_YEAR = 2199
WIDEST_OFFSET = timedelta(hours=16)  # what PostgreSQL reads
_PARTIAL = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")


class InvalidInstant(CoreError):
    """The text is not an RFC 3339 instant with an offset, nor a calendar date."""

    code = "core.invalid_instant"


def parse_instant(text: str) -> tuple[datetime, str]:
    """Return an instant and its precision.

    Args:
        text: RFC 3339 with an offset, or a date of day, month or year precision.
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
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInstant from error
    if moment.tzinfo is None or "T" not in text.upper():
        raise InvalidInstant
    return hold_instant(moment), "second"


def hold_instant(moment: datetime) -> datetime:
    """Return ``moment`` if its year and offset can be stored and compared in every zone."""
    offset = moment.utcoffset()
    if offset is not None and abs(offset) >= WIDEST_OFFSET:
        raise InvalidInstant("offsets up to 15:59 can be stored")
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise InvalidInstant(f"years {EARLIEST_YEAR} to {LATEST_YEAR} can be stored")
    return moment


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
