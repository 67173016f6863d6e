"""A person reads their inbox."""

from datetime import datetime
from uuid import UUID

from apps.common.actor import acting_as
from apps.common.errors import NotFound
from apps.reminders.models import InboxItem
from apps.reminders.selectors import InboxEntry, entry_of


def mark_seen(*, athlete_id: UUID, reminder_id: UUID, now: datetime) -> InboxEntry:
    """Note that the person saw a reminder; the first time counts.

    Raises ``NotFound`` when there is no such reminder in their inbox.
    """
    with acting_as(athlete_id):
        mine = InboxItem.objects.filter(athlete_id=athlete_id, reminder_id=reminder_id)
        mine.filter(seen_at=None).update(seen_at=now)
        item = mine.first()
    if item is None:
        raise NotFound
    return entry_of(item)
