"""A reminder reached the person: its record says so once the feed was computed again."""

from datetime import datetime
from uuid import UUID

from apps.common.statements import Call, Question
from apps.insights import sql
from apps.sync.services import queue_call


def noted_question(athlete_id: UUID, reminder_id: UUID, name: str) -> Question[bool]:
    """Return what asks whether it is noted that the nudge ``name`` about a reminder was sent."""
    told = {"athlete": athlete_id, "reminder": reminder_id, "delivery": name}
    return Question(sql.call(sql.IS_NOTED, told), bool)


def note_calls(athlete_id: UUID, reminder_id: UUID, name: str, *, now: datetime) -> list[Call]:
    """Return what notes that the nudge ``name`` about a reminder was sent, and has that computed.

    To be run in a transaction of the athlete, before it locks anything that erasing a feed locks
    after the queue.
    """
    told = {"athlete": athlete_id, "reminder": reminder_id, "delivery": name, "now": now}
    return [queue_call([athlete_id]), sql.call(sql.NOTE_SENT, told)]
