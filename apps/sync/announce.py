"""Tells listeners that a feed moved, or that what a person may see did."""

from uuid import UUID

from apps.common.announcing import PAUSE_S as PAUSE_S
from apps.common.announcing import announce
from backend.feed.head import Head

CHANNEL_PREFIX = "feed:"
# In place of a head: the feeds this person may see have changed.
READ_AGAIN = "?"


def announce_head(athlete_id: UUID, *, seq: int, mark: int) -> None:
    """Publish where the feed stands, once the surrounding transaction commits; never raises.

    The message holds the head and nothing of what is in the feed.
    """
    announce(channel(athlete_id), Head(seq, mark).text)


def announce_view(viewer_id: UUID) -> None:
    """Have the open streams of a person read anew whose feeds they may see, after the commit."""
    announce(channel(viewer_id), READ_AGAIN)


def channel(athlete_id: UUID) -> str:
    """Return the channel on which the heads of this athlete's feed are announced."""
    return f"{CHANNEL_PREFIX}{athlete_id}"
