"""A reminder reached the person: its record says so once the feed was computed again."""

from datetime import datetime
from uuid import UUID

from apps.insights import sql
from apps.sync.services import enter_queue


def note_sent_within(*, athlete_id: UUID, reminder_id: UUID, name: str, now: datetime) -> None:
    """Note that the nudge ``name`` about a reminder was sent; again changes nothing.

    Within the caller's transaction, acting as the athlete.
    """
    rows = sql.fetch(
        sql.NOTE_SENT,
        {"athlete": athlete_id, "reminder": reminder_id, "delivery": name, "now": now},
    )
    if rows:
        enter_queue([athlete_id])
