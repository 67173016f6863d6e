"""A secret address that calendars subscribe to: made, ended, and what it gives.

The secret begins with whose it is, so its row lies behind the same wall as the rest; it is known
by its digest alone.
"""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare

from apps.accounts.selectors import person
from apps.common.actor import acting_as
from apps.common.errors import NotFound
from apps.reminders.calendar_file import Entry, calendar_file
from apps.reminders.models import Calendar, InboxItem
from apps.reminders.selectors import wishes_for
from apps.sync.selectors import profile_of, versions_of
from backend.reminding.delivery import Wishes
from backend.reminding.nudges import language_of, words_for

RANDOM_BYTES = 24
MAX_SECRET = 100
MOST_ENTRIES = 500
INBOX_PATH = "/me/inbox"


@dataclass(frozen=True)
class CalendarState:
    """What is known of a person's calendar address; not the address."""

    with_titles: bool
    created_at: datetime


def calendar_of(*, owner: UUID) -> CalendarState | None:
    """Return whether there is an address. Call inside ``acting_as``."""
    row = Calendar.objects.filter(athlete_id=owner).first()
    return CalendarState(row.with_titles, row.created_at) if row else None


def make_calendar(*, athlete_id: UUID, with_titles: bool, now: datetime) -> str:
    """Return a new secret address, shown this once; an earlier one ends."""
    packed = athlete_id.bytes + secrets.token_bytes(RANDOM_BYTES)
    secret = base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
    kept = {"digest": _digest(secret), "with_titles": with_titles, "created_at": now}
    with acting_as(athlete_id):
        Calendar.objects.update_or_create(athlete_id=athlete_id, defaults=kept)
    return f"{settings.PUBLIC_URL.rstrip('/')}/calendar/{secret}.ics"


def end_calendar(*, athlete_id: UUID) -> None:
    """End a person's address, if there is one."""
    with acting_as(athlete_id):
        Calendar.objects.filter(athlete_id=athlete_id).delete()


def read_calendar(*, secret: str) -> bytes:
    """Return the calendar file behind an address. Raises ``NotFound`` for any that is none."""
    athlete_id = _owner(secret)
    with acting_as(athlete_id):
        calendar = Calendar.objects.filter(athlete_id=athlete_id).first()
        reachable = person(athlete_id)
        if calendar is None or reachable is None:
            raise NotFound
        if not constant_time_compare(bytes(calendar.digest), _digest(secret)):
            raise NotFound
        words = words_for(locale := profile_of(athlete_id).locale)
        entries = _entries(
            athlete_id,
            wishes_for(reachable),
            title=None if calendar.with_titles else words.calendar,
            language=language_of(locale),
        )
    return calendar_file(
        entries,
        name=words.calendar,
        host=urlsplit(settings.PUBLIC_URL).hostname or "localhost",
        link=settings.PUBLIC_URL.rstrip("/") + INBOX_PATH,
    )


def _entries(athlete_id: UUID, wishes: Wishes, *, title: str | None, language: str) -> list[Entry]:
    """Return what is open and not muted; in a pause nothing before its end."""
    rows = InboxItem.objects.filter(athlete_id=athlete_id, closed_at=None)
    if wishes.paused_until is not None:
        rows = rows.filter(due_date__gte=wishes.paused_until)
    rows = rows.exclude(topic__in=wishes.topics_off)
    items = list(rows.order_by("due_date", "reminder_id")[:MOST_ENTRIES])
    # The feed counts how often a reminder changed, and when: what a calendar asks for.
    versions = versions_of(athlete_id, [item.reminder_id for item in items])
    entries = []
    for item in items:
        version = versions.get(item.reminder_id)
        said = item.text.get(language) or next(iter(item.text.values()), "")
        entries.append(
            Entry(
                reminder_id=item.reminder_id,
                due_date=item.due_date,
                title=title or said,
                sequence=version.rev - 1 if version else 0,
                changed_at=version.edited_at if version else item.created_at,
            )
        )
    return entries


def _owner(secret: str) -> UUID:
    """Return whose secret this would be. Raises ``NotFound``."""
    if len(secret) > MAX_SECRET:
        raise NotFound
    try:
        packed = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
    except (binascii.Error, ValueError) as error:
        raise NotFound from error
    if len(packed) != 16 + RANDOM_BYTES:
        raise NotFound
    return UUID(bytes=packed[:16])


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
