"""Device clocks: corrected for skew, never used for order."""

from datetime import UTC, datetime, timedelta

from backend.feed.wire import Op


def corrected(op: Op, *, received_at: datetime, sent_at: datetime | None) -> datetime:
    """Return when the edit was made by the server's clock, at the latest ``received_at``.

    The monotonic age is believed first, then the device's own clock less its offset.
    """
    try:
        if op.age_ms is not None:
            return (received_at - timedelta(milliseconds=op.age_ms)).astimezone(UTC)
        if op.edited_at is None or op.edited_at.tzinfo is None:
            return received_at
        skew = received_at - sent_at if sent_at and sent_at.tzinfo else timedelta()
        return min(op.edited_at.astimezone(UTC) + skew, received_at)
    except OverflowError:
        return received_at


def offset_ms(*, sent_at: datetime | None, received_at: datetime) -> int | None:
    """Return how far the device's clock is ahead of the server's, in milliseconds."""
    if sent_at is None or sent_at.tzinfo is None:
        return None
    try:
        return round((sent_at - received_at) / timedelta(milliseconds=1))
    except OverflowError:
        return None
