"""Reminders as an iCalendar file (RFC 5545): whole days that take up no time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event, vDuration

PRODUCT = "-//Mechanostat//Reminders//EN"
ASK_AGAIN = timedelta(hours=12)


@dataclass(frozen=True)
class Entry:
    """One reminder; ``sequence`` grows each time it changes, last at ``changed_at``."""

    reminder_id: UUID
    due_date: date
    title: str
    sequence: int
    changed_at: datetime


def calendar_file(entries: Sequence[Entry], *, name: str, host: str, link: str) -> bytes:
    """Return the file; the same entries give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", vDuration(ASK_AGAIN), parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, host=host, link=link))
    written: bytes = calendar.to_ical()
    return written


def _event(entry: Entry, *, host: str, link: str) -> Event:
    changed_at = entry.changed_at.astimezone(UTC).replace(microsecond=0)
    event = Event()
    event.add("uid", f"{entry.reminder_id}@{host}")
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.due_date)
    event.add("dtend", entry.due_date + timedelta(days=1))
    event.add("summary", entry.title)
    event.add("url", link)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    return event
