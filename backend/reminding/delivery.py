"""When a reminder reaches the person: their hour, their zone, their quiet hours, their week."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from uuid import UUID

import msgspec

from backend.days import LATEST_YEAR, zone_of
from backend.records.athlete_profile import AthleteProfile
from backend.records.server_owned import Reminder
from backend.reminding.intervals import INTERVALS

DEFAULT_HOUR = 9
PER_WEEK = 2
PUSH, EMAIL = CHANNELS = ("push", "email")
WEEK = timedelta(days=7)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
URGENT_PRIORITY = 1
# A nudge older than this is news no more; the inbox goes on showing the reminder.
STALE_AFTER = timedelta(days=7)

STANDING = frozenset({"scheduled", "due", "sent", "seen", "snoozed"})
DELIVERABLE = STANDING - {"snoozed"}

_WINDOW = re.compile(r"^\s*(\d{1,2})(?::(\d{2}))?\s*-\s*(\d{1,2})(?::(\d{2}))?\s*$")
_NO_WINDOW = frozenset({"none", "off"})
_SECOND = timedelta(seconds=1)


class QuietHours(msgspec.Struct, frozen=True):
    """A span of the local clock, end exclusive; it may pass midnight."""

    starts: time
    ends: time

    def covers(self, at: time) -> bool:
        """Return whether the clock time ``at`` is quiet."""
        if self.starts < self.ends:
            return self.starts <= at < self.ends
        return at >= self.starts or at < self.ends


DEFAULT_QUIET = QuietHours(time(22), time(7))


class Wishes(msgspec.Struct, frozen=True):
    """How a person wants to be reached; ``zone`` an IANA name, an unknown one reads as UTC.

    ``channels_off`` and ``topics_off`` may name what nobody knows. ``paused_until`` is the local
    day on which what was held back is sent.
    """

    zone: str
    hour: int = DEFAULT_HOUR
    quiet: QuietHours | None = DEFAULT_QUIET
    per_week: int = PER_WEEK
    channels_off: frozenset[str] = frozenset()
    topics_off: frozenset[str] = frozenset()
    paused_until: date | None = None

    def allows(self, *, channel: str, topic: str) -> bool:
        """Return whether a reminder of ``topic`` may be sent by ``channel`` at all."""
        return channel not in self.channels_off and topic not in self.topics_off


def wishes_of(profile: AthleteProfile, *, home_zone: str) -> Wishes:
    """Return a profile's wishes; ``home_zone`` counts when the profile names no zone.

    Whatever a phone wrote there is read as something: nobody is left without reminders by it.
    """
    until = profile.reminders_paused_until
    return Wishes(
        zone=profile.zone or home_zone,
        hour=DEFAULT_HOUR if profile.delivery_hour is None else profile.delivery_hour,
        quiet=read_quiet_hours(profile.quiet_hours),
        per_week=PER_WEEK if profile.reminders_per_week is None else profile.reminders_per_week,
        channels_off=frozenset(profile.reminder_channels_off or ()),
        topics_off=frozenset(profile.reminder_topics_off or ()),
        paused_until=until if until is not None and until.year <= LATEST_YEAR else None,
    )


def read_quiet_hours(text: str | None) -> QuietHours | None:
    """Return the window written as ``22-7`` or ``22:00-07:00``; None for ``none`` and ``off``.

    A window that can not be read, or that leaves no minute of the day, is the default one.
    """
    if text is not None and text.strip().lower() in _NO_WINDOW:
        return None
    found = _WINDOW.match(text or "")
    if found is None:
        return DEFAULT_QUIET
    from_h, from_min, to_h, to_min = (int(part or 0) for part in found.groups())
    try:
        window = QuietHours(time(from_h % 24, from_min), time(to_h % 24, to_min))
    except ValueError:
        return DEFAULT_QUIET
    return DEFAULT_QUIET if window.starts == window.ends else window


def dedupe_key(*, reminder_id: UUID, due_date: date, address: str = "") -> str:
    """Return the name of one delivery, the same however often it is planned: 64 hex digits.

    Without an ``address`` that of the nudge itself, which its deliveries to all of a person's
    addresses share as collapse id.
    """
    name = f"{reminder_id}/{due_date.isoformat()}/{address}"
    return hashlib.sha256(name.encode()).hexdigest()


def deliver_at(*, due_date: date, now: datetime, wishes: Wishes) -> datetime:
    """Return the instant (UTC) to deliver at, never before ``now`` nor in quiet hours.

    That is the person's hour of the due date on their own clock; what is due already is
    delivered now. A shift out of quiet hours is the window's end. Nothing is delivered before
    the person's hour of the day their pause ends on.
    """
    zone = zone_of(wishes.zone)
    day = due_date if wishes.paused_until is None else max(due_date, wishes.paused_until)
    planned = first_instant(day, time(wishes.hour), zone)
    return after_quiet(max(planned, now), zone, wishes.quiet)


def next_digest(*, now: datetime, wishes: Wishes) -> tuple[date, datetime]:
    """Return the day and instant (UTC) of the next weekly mail: Monday, at the person's hour."""
    today = now.astimezone(zone_of(wishes.zone)).date()
    monday = today - timedelta(days=today.weekday())
    while True:
        at = deliver_at(due_date=monday, now=EPOCH, wishes=wishes)
        if at > now:
            return monday, at
        monday += WEEK


def has_room(reminders: Iterable[Reminder]) -> bool:
    """Return whether fewer are open than may be at a time; the first priority does not count.

    Without room what is ``scheduled`` is not sent: the plan makes it ``due`` when its turn comes.
    """
    is_open = (one for one in reminders if one.state in STANDING - {"scheduled", "snoozed"})
    counted = sum(one.priority > URGENT_PRIORITY for one in is_open)
    return counted < INTERVALS.open_most.value


def first_instant(day: date, at: time, zone: tzinfo) -> datetime:
    """Return the first instant (UTC) at which a local clock stands at ``at`` on ``day``.

    A clock time that is skipped gives the first instant after the gap; one that comes twice
    gives the first.
    """
    early, late = _readings(day, at, zone)
    return early if early <= late else _gap_end(late, early, zone)


def after_quiet(moment: datetime, zone: tzinfo, quiet: QuietHours | None) -> datetime:
    """Return ``moment`` (UTC), or the end of the quiet window it falls into."""
    if quiet is None:
        return moment.astimezone(UTC)
    # Twice when a clock change skips the only minutes that are not quiet.
    for _ in range(3):
        local = moment.astimezone(zone)
        if not quiet.covers(local.time()):
            break
        passes_midnight = quiet.ends <= quiet.starts <= local.time()
        day = local.date() + timedelta(days=1) if passes_midnight else local.date()
        ends_at = first_instant(day, quiet.ends, zone)
        if ends_at <= moment:  # that clock time comes twice and its first time is over
            ends_at = _readings(day, quiet.ends, zone)[1]
        moment = ends_at
    return moment.astimezone(UTC)


def week_opens_at(
    sent_at: Sequence[datetime], *, ahead: int, now: datetime, per_week: int
) -> datetime | None:
    """Return when the week's budget has room again, None when it has room now.

    Args:
        sent_at: instants of earlier deliveries to the person.
        ahead: deliveries due now that matter more and so take their place first.
        per_week: how many fit into any seven days.
    """
    recent = sorted(moment for moment in sent_at if moment > now - WEEK)
    over = len(recent) + ahead - per_week
    if over < 0:
        return None
    return (recent[over] if over < len(recent) else now) + WEEK


def _readings(day: date, at: time, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return a clock time by the offset before and after a nearby change (PEP 495)."""
    local = datetime.combine(day, at, zone)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def _gap_end(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the instant of the change of offset within ``(before, after]``."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
