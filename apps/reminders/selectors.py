"""Reads of the inbox. Call inside `acting_as`: items of others are not there."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.selectors import unreached_devices
from apps.common.paging import InvalidCursor
from apps.common.sealing import cipher_of
from apps.reminders import sql
from apps.reminders.models import InboxItem
from apps.sync.selectors import answers_to, profile_of
from backend.reminding.answers import Answer, answers_of
from backend.reminding.catalogue import RULES
from backend.reminding.delivery import Wishes, wishes_of
from backend.summary.facts import facts_of

PAGE_SIZE = 50
NOT_YET = ("scheduled", "snoozed")  # open, and nothing to read today
MAX_CURSOR = 200
_PLACE = struct.Struct(">i16s")


@dataclass(frozen=True)
class InboxEntry:
    """One reminder as its owner reads it, with the evidence its rule stands on.

    ``text`` maps locales to sentences. ``grade`` and ``evidence`` are empty for a rule that is
    no longer in the catalogue.
    """

    reminder_id: UUID
    rule: str
    rule_version: int
    topic: str
    text: dict[str, str]
    reason: str
    grade: str
    evidence: str
    source_record: UUID
    due_date: date
    priority: int
    state: str
    created_at: datetime
    seen_at: datetime | None

    @property
    def is_unread(self) -> bool:
        """Whether it is due and nobody has seen it; `InboxPage.unread` counts these."""
        return self.seen_at is None and self.state not in NOT_YET


@dataclass(frozen=True)
class InboxPage:
    """Some open reminders, soonest first; ``unread`` counts all that are due and were not seen.

    ``push_stopped`` names the person's devices that messages reach no more.
    """

    items: list[InboxEntry]
    unread: int
    next_cursor: str | None
    push_stopped: list[str]


def inbox_of(*, owner: UUID, cursor: str | None = None, limit: int = PAGE_SIZE) -> InboxPage:
    """Return what is open in a person's inbox behind the place ``cursor``.

    A cursor holds the day and the id behind which it goes on, so whatever becomes of that item,
    nothing is left out. It is sealed, so that no day stands in an address. Raises
    ``InvalidCursor``.
    """
    rows = InboxItem.objects.filter(athlete_id=owner, closed_at=None)
    unread = rows.filter(seen_at=None).exclude(state__in=NOT_YET).count()
    if cursor is not None:
        day, last = _place_of(cursor)
        rows = rows.filter(Q(due_date__gt=day) | Q(due_date=day, reminder_id__gt=last))
    found = list(rows.order_by("due_date", "reminder_id")[: limit + 1])
    page = found[:limit]
    return InboxPage(
        items=[entry_of(item) for item in page],
        unread=unread,
        next_cursor=_cursor_after(page[-1]) if len(found) > limit else None,
        push_stopped=unreached_devices(owner),
    )


def _cursor_after(item: InboxItem) -> str:
    packed = _PLACE.pack(item.due_date.toordinal(), item.reminder_id.bytes)
    return _seal().encrypt(packed).decode()


def _place_of(cursor: str) -> tuple[date, UUID]:
    try:
        day, last = _PLACE.unpack(_seal().decrypt(cursor.encode()))
        return date.fromordinal(day), UUID(bytes=last)
    except (InvalidToken, struct.error, ValueError) as error:
        raise InvalidCursor from error


def _seal() -> Fernet:
    return cipher_of(f"inbox cursor {settings.SECRET_KEY}".encode())


def entry_of(item: InboxItem) -> InboxEntry:
    """Return a stored item as its owner reads it."""
    rule = RULES.get(item.rule)
    own: dict[str, Any] = {
        name: getattr(item, name)
        for name in InboxEntry.__dataclass_fields__
        if name not in ("grade", "evidence")
    }
    return InboxEntry(
        **own, grade=rule.evidence if rule else "", evidence=rule.source if rule else ""
    )


def wishes_for(person: User) -> Wishes:
    """Return how a person wants to be reached, from their synced profile."""
    return wishes_of(profile_of(person.id), home_zone=person.zone)


def standing_answer(athlete_id: UUID, reminder_id: UUID, *, zone: str) -> Answer | None:
    """Return the answer that stands for a reminder, as the next recompute will fold it."""
    return answer_among(answers_to(athlete_id, reminder_id), reminder_id, zone=zone)


def answer_among(
    answers: Iterable[tuple[str, UUID, bytes]], reminder_id: UUID, *, zone: str
) -> Answer | None:
    """Return which of ``answers`` to a reminder stands; None when there is none."""
    return answers_of(facts_of(answers, zone=zone).acks).get(reminder_id)


def database_clock() -> datetime:
    """Return the database's time: workers' own clocks may differ, what is due must not."""
    now: datetime = sql.fetch("SELECT clock_timestamp()", {})[0][0]
    return now
