"""A person's answer to a reminder: the same record as from a phone, through the same push."""

from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID, uuid4

import msgspec

from apps.accounts.selectors import person
from apps.common.actor import acting_as
from apps.common.errors import AppError, NotFound
from apps.reminders import sql
from apps.reminders.models import InboxItem
from apps.reminders.selectors import InboxEntry, entry_of, standing_answer, wishes_for
from apps.sync.writer import lock_feed, write_own
from backend.days import local_day
from backend.feed.wire import Op
from backend.records.ids import ack_id
from backend.records.reminder_ack import REMINDER_ACK, ReminderAck
from backend.reminding.answers import USUAL_SNOOZE

SEEN, DONE, SNOOZED, DISMISSED = ACTIONS = ("seen", "done", "snoozed", "dismissed")
CLOSING = frozenset({DONE, DISMISSED})
LONGEST_SNOOZE = timedelta(days=366)


class ReminderClosed(AppError):
    """This reminder is closed: there is nothing left to answer."""

    code: ClassVar[str] = "reminders.closed"
    status: ClassVar[int] = 409


class SnoozeOutOfRange(AppError):
    """A snooze lasts until a day after today and within a year."""

    code: ClassVar[str] = "reminders.snooze_out_of_range"
    status: ClassVar[int] = 422


class AnswerNotTaken(AppError):
    """The answer could not be stored; nothing was changed."""

    code: ClassVar[str] = "reminders.answer_not_taken"
    status: ClassVar[int] = 409


def answer(
    *,
    athlete_id: UUID,
    reminder_id: UUID,
    action: str,
    now: datetime,
    snooze_until: date | None = None,
) -> InboxEntry:
    """Write what a person did with a reminder into their feed, and return it as it stands now.

    The answer that stands already is written once, however often it is given. A snooze without
    a day lasts a week. Raises ``NotFound`` when the person never had that reminder,
    ``ReminderClosed``, ``SnoozeOutOfRange`` and ``AnswerNotTaken``.
    """
    with acting_as(athlete_id):
        lock_feed(athlete_id)
        return answer_within(
            athlete_id=athlete_id,
            reminder_id=reminder_id,
            action=action,
            now=now,
            snooze_until=snooze_until,
        )


def answer_within(
    *,
    athlete_id: UUID,
    reminder_id: UUID,
    action: str,
    now: datetime,
    snooze_until: date | None = None,
) -> InboxEntry:
    """Do what ``answer`` does within the caller's transaction, which holds the feed's lock."""
    item = InboxItem.objects.filter(athlete_id=athlete_id, reminder_id=reminder_id).first()
    reachable = person(athlete_id)
    if item is None or reachable is None:
        raise NotFound
    today = local_day(now, zone=wishes_for(reachable).zone)
    until = _until(snooze_until, today) if action == SNOOZED else None
    standing = standing_answer(athlete_id, reminder_id, zone=reachable.zone)
    is_said = standing is not None and (
        action == SEEN or (standing.state, standing.until) == (action, until)
    )
    if not item.is_open and not is_said and action != SEEN:
        raise ReminderClosed
    if not is_said and item.is_open:
        _push(athlete_id, reminder_id, action=action, until=until, now=now)
    sql.lock_person(athlete_id, wait=True)
    return entry_of(_shown(item, action=action, until=until, now=now))


def _until(wanted: date | None, today: date) -> date:
    until = wanted or today + USUAL_SNOOZE
    if not today < until <= today + LONGEST_SNOOZE:
        raise SnoozeOutOfRange
    return until


def _push(
    athlete_id: UUID, reminder_id: UUID, *, action: str, until: date | None, now: datetime
) -> None:
    body = msgspec.json.encode(
        ReminderAck(reminder=reminder_id, action=action, acted_at=now, snooze_until=until)
    )
    spelled = msgspec.to_builtins(now)
    op = Op(
        op=uuid4(),
        type=REMINDER_ACK.name,
        id=ack_id(reminder_id, action, spelled),
        action="put",
        schema=REMINDER_ACK.schema,
        edited_at=now,
        set=msgspec.Raw(body),
    )
    if not write_own(athlete_id=athlete_id, ops=[op], now=now):
        raise AnswerNotTaken


def _shown(item: InboxItem, *, action: str, until: date | None, now: datetime) -> InboxItem:
    """Change the inbox at once as the recompute will: it may take a moment to come."""
    mine = InboxItem.objects.filter(athlete_id=item.athlete_id, reminder_id=item.reminder_id)
    changes: dict[str, object] = {}
    if item.seen_at is None:
        changes["seen_at"] = now
    if item.is_open and action in CLOSING:
        changes |= {"state": action, "closed_at": now}
    elif item.is_open and until is not None:
        changes |= {"state": SNOOZED, "due_date": max(item.due_date, until)}
    if changes:
        mine.update(**changes)
    for name, value in changes.items():
        setattr(item, name, value)
    return item
