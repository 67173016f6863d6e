"""How much of everything: what operators may set, and what is fixed."""

from datetime import timedelta

from django.conf import settings

KEPT_OPEN = timedelta(hours=24)  # after the last byte; an abandoned upload is gone in a day
UNNAMED_KEPT = timedelta(days=30)  # a content no record names: time for an undo, a slow outbox
FINISHED_BY_SWEEP = timedelta(minutes=1)  # a complete upload whose request died
MAX_OPEN = 100  # uploads on their way, per athlete
MAX_BLOBS = 20_000  # files per athlete
PIECE_BYTES = 4 * 1024 * 1024  # stored for good at least this often
# A piece smaller than this is rewritten together with the next, so parts stay few.
FOLDED_BYTES = 1024 * 1024


def max_bytes() -> int:
    """Return the size of the largest file taken."""
    return int(settings.UPLOADS_MAX_BYTES)


def quota_bytes() -> int:
    """Return how many bytes of files one athlete may have."""
    return int(settings.UPLOADS_QUOTA_BYTES)
