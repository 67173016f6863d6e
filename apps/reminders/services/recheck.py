"""The last look before a delivery is sent, under the person's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.selectors import person
from apps.common.actor import acting_as
from apps.reminders import sql
from apps.reminders.models import Delivery, InboxItem
from apps.reminders.selectors import wishes_for
from apps.sync.selectors import profile_of
from backend.reminding.delivery import (
    DELIVERABLE,
    URGENT_PRIORITY,
    WEEK,
    Wishes,
    dedupe_key,
    deliver_at,
    week_opens_at,
)

_OUT = (Delivery.State.LEASED, Delivery.State.ACCEPTED, Delivery.State.UNCERTAIN)
_WAITING = (Delivery.State.PLANNED, Delivery.State.LEASED, Delivery.State.UNCERTAIN)


@dataclass(frozen=True)
class Letter:
    """What a transport needs, and nothing else about the person."""

    address: str
    collapse_id: str
    reminder_id: UUID
    due_date: date
    locale: str | None


def let_go(*, athlete_id: UUID, delivery_id: UUID, attempts: int, now: datetime) -> Letter | str:
    """Return the letter to send now, or the code that says why there is none.

    The delivery is settled accordingly: cancelled when the reminder was closed or moved or
    the person left, expired when it is too old or was read since it arrived, put off to the
    person's hour or to when their week has room.
    """
    with acting_as(athlete_id):
        sql.lock_person(athlete_id, wait=True)
        ours = Delivery.objects.filter(
            athlete_id=athlete_id, id=delivery_id, state=Delivery.State.LEASED, attempts=attempts
        )
        delivery = ours.first()
        if delivery is None:
            return "lease-lost"
        item = _item_of(delivery)
        reachable = person(athlete_id)
        if item is None or reachable is None:
            return _settle(delivery, "closed", state=Delivery.State.CANCELLED)
        return _send_or_settle(delivery, item, reachable, now=now)


def _item_of(delivery: Delivery) -> InboxItem | None:
    """Return the open reminder this delivery is still about."""
    item = InboxItem.objects.filter(
        athlete_id=delivery.athlete_id, reminder_id=delivery.reminder_id
    ).first()
    if item is None or not item.is_open or item.state not in DELIVERABLE:
        return None
    key = dedupe_key(reminder_id=item.reminder_id, due_date=item.due_date, channel=delivery.channel)
    return item if key == delivery.dedupe_key else None


def _send_or_settle(
    delivery: Delivery, item: InboxItem, reachable: User, *, now: datetime
) -> Letter | str:
    if now > delivery.not_after:
        return _settle(delivery, "expired", state=Delivery.State.EXPIRED)
    # Zone, quiet hours or the zone's rules may have changed since this was planned.
    wishes = wishes_for(reachable)
    due_at = deliver_at(due_date=item.due_date, now=now, wishes=wishes)
    if due_at > now:
        return _settle(delivery, "not-yet", state=delivery.resting_state, due_at=due_at)
    arrived_at = deliver_at(due_date=item.due_date, now=item.created_at, wishes=wishes)
    if item.seen_at is not None and item.seen_at >= arrived_at:
        return _settle(delivery, "seen", state=Delivery.State.EXPIRED)
    opens_at = _week_opens_at(delivery, item, wishes, now=now)
    if opens_at is not None:
        return _settle(
            delivery,
            "week-full",
            state=delivery.resting_state,
            due_at=opens_at,
            not_after=delivery.not_after + (opens_at - now),
        )
    _settle(delivery, "let-go", let_go_at=now, lease_until=delivery.lease_until)
    # Read ahead of its day: now it arrives, and the inbox says so too.
    InboxItem.objects.filter(athlete_id=item.athlete_id, reminder_id=item.reminder_id).exclude(
        seen_at=None
    ).update(seen_at=None)
    return Letter(
        address=reachable.email,
        collapse_id=delivery.collapse_id,
        reminder_id=item.reminder_id,
        due_date=item.due_date,
        locale=profile_of(item.athlete_id).locale,
    )


def _settle(delivery: Delivery, code: str, **changes: object) -> str:
    """Write where the delivery goes from here; its lease ends unless ``changes`` keep it."""
    mine = Delivery.objects.filter(athlete_id=delivery.athlete_id, id=delivery.id)
    mine.update(**{"last_code": code, "lease_until": None, **changes})
    return code


def _week_opens_at(
    delivery: Delivery, item: InboxItem, wishes: Wishes, *, now: datetime
) -> datetime | None:
    """Return when the person's week has room for this delivery; None when it has now."""
    if item.priority <= URGENT_PRIORITY:
        return None
    others = Delivery.objects.filter(athlete_id=delivery.athlete_id).exclude(id=delivery.id)
    sent_at: list[datetime] = []
    waiting: list[UUID] = []
    for other in others.filter(
        Q(state__in=_OUT, let_go_at__gt=now - WEEK) | Q(state__in=_WAITING, due_at__lte=now)
    ):
        if other.let_go_at is not None:
            sent_at.append(other.let_go_at)
        else:
            waiting.append(other.reminder_id)
    ahead = _ahead(item, waiting) if waiting else 0
    return week_opens_at(sent_at, ahead=ahead, now=now, per_week=wishes.per_week)


def _ahead(item: InboxItem, waiting: Sequence[UUID]) -> int:
    """Return how many waiting reminders matter more: priority, then the earlier day."""
    mine = (item.priority, item.due_date, item.reminder_id)
    others = InboxItem.objects.filter(
        athlete_id=item.athlete_id, reminder_id__in=waiting, closed_at=None
    )
    return sum((other.priority, other.due_date, other.reminder_id) < mine for other in others)
