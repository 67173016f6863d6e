"""Whether a person's week has room for another nudge."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from apps.reminders.models import Delivery
from apps.reminders.services.glance import Glance, OpenItem
from backend.reminding.delivery import URGENT_PRIORITY, WEEK, Wishes, week_opens_at

_OUT = (Delivery.State.LEASED, Delivery.State.ACCEPTED, Delivery.State.UNCERTAIN)
_WAITING = (Delivery.State.PLANNED, Delivery.State.LEASED, Delivery.State.UNCERTAIN)


def opens_at(seen: Glance, item: OpenItem, wishes: Wishes, *, now: datetime) -> datetime | None:
    """Return when the person's week has room for this nudge; None when it has now.

    However many addresses it goes to, it is one, and what was let go once has its place.
    """
    if item.priority <= URGENT_PRIORITY:
        return None
    collapse_id = seen.delivery.collapse_id
    sent_at: dict[str, datetime] = {}
    waiting: dict[str, UUID] = {}
    for other in (seen.delivery, *seen.others):
        if not _counts(other, now=now):
            continue
        if other.let_go_at is not None:
            first = sent_at.get(other.collapse_id, other.let_go_at)
            sent_at[other.collapse_id] = min(first, other.let_go_at)
        elif other.collapse_id != collapse_id:
            waiting[other.collapse_id] = other.reminder_id
    if collapse_id in sent_at:
        return None
    others = [waiting[one] for one in waiting.keys() - sent_at.keys()]
    ahead = _ahead(item, seen.items, others)
    return week_opens_at(list(sent_at.values()), ahead=ahead, now=now, per_week=wishes.per_week)


def _counts(other: Delivery, *, now: datetime) -> bool:
    """Return whether a delivery has a place in the week or waits for one."""
    if other.kind != Delivery.Kind.REMIND:
        return False
    is_out = other.let_go_at is not None and other.let_go_at > now - WEEK and other.state in _OUT
    return is_out or (other.state in _WAITING and other.due_at <= now)


def _ahead(item: OpenItem, items: Sequence[OpenItem], waiting: Sequence[UUID]) -> int:
    """Return how many waiting reminders matter more: priority, then the earlier day."""
    mine = (item.priority, item.due_date, item.reminder_id)
    return sum(
        (other.priority, other.due_date, other.reminder_id) < mine
        for other in items
        if other.reminder_id in waiting
    )
