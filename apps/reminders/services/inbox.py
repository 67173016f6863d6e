"""A person reads their inbox."""

from datetime import datetime
from uuid import UUID

from apps.reminders.selectors import InboxEntry
from apps.reminders.services.answer import SEEN, answer


def mark_seen(*, athlete_id: UUID, reminder_id: UUID, now: datetime) -> InboxEntry:
    """Note that the person saw a reminder, on all their devices; the first time counts.

    Raises ``NotFound`` when there is no such reminder in their inbox.
    """
    return answer(athlete_id=athlete_id, reminder_id=reminder_id, action=SEEN, now=now)
