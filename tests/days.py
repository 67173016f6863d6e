"""The day a test runs on, which is one day from its beginning to its end."""

from datetime import UTC, datetime, time, timedelta

# Longer than a test takes; a day begins once a run at most.
LONGEST_TEST = timedelta(minutes=2)


def until_day_is_long_enough(now: datetime) -> timedelta:
    """Return how long a test has to wait at ``now``, so that no day ends, in UTC, before it does."""
    tomorrow = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    left = tomorrow - now
    return left + timedelta(seconds=1) if left < LONGEST_TEST else timedelta()
