"""A coach asks an athlete to have a look, once a day of the athlete's own for each team.

What counts is the record in the athlete's feed; the message that points to it says nothing and may
never arrive. It waits for the end of quiet hours and is not sent once the athlete answered, the
note is gone, or the consent, or the coach who sent it may not see the athlete any more.
"""

import hashlib
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID, uuid5

import msgspec

from apps.accounts.models import User
from apps.accounts.selectors import person
from apps.coaching import access
from apps.coaching.announcing import announce_team
from apps.coaching.models import Mark, SentNote
from apps.coaching.services.looking import log_access
from apps.coaching.services.notes import send_within
from apps.common.actor import Wall, acting_as
from apps.common.errors import AppError, NotFound
from apps.reminders.selectors import wishes_for
from apps.reminders.services.coach_nudges import plan_nudge
from apps.sync.selectors import live_bodies
from apps.sync.writer import lock_feed
from backend.days import local_day
from backend.records.coach_note import CoachNote

NUDGE_TEXT = "Your coach asks you to have a look."


class NudgedAlready(AppError):
    """Your team nudged this athlete today, by their own clock; once a day is enough."""

    code: ClassVar[str] = "coaching.nudged_already"
    status: ClassVar[int] = 429
    retry: ClassVar[str] = "after"
    retry_after_s = 3600  # not until when exactly: that would tell the athlete's time zone


def nudge(*, coach: User, team_id: UUID, athlete_id: UUID, now: datetime) -> Mark:
    """Write the nudge into the athlete's feed and plan a message that points there.

    Raises ``NotFound``, ``NudgedAlready`` and ``NoteNotTaken``.
    """
    with acting_as(coach.id, wall=Wall.COACH):
        access.athlete_for(coach.id, athlete_id, None, team_id=team_id)
    with acting_as(athlete_id):  # whose zone no coach reads
        _todays_id(athlete_id, team_id, now=now)
    with acting_as(coach.id, wall=Wall.COACH):
        granted = access.athlete_for(coach.id, athlete_id, None, team_id=team_id)
        log_access(viewer_id=coach.id, what="nudge", seen=[granted], now=now)
    with acting_as(athlete_id):
        lock_feed(athlete_id)
        right = access.hold_right(coach.id, athlete_id, team_id=team_id)
        athlete = person(athlete_id)
        if athlete is None:
            raise NotFound
        mark_id = _todays_id(athlete_id, team_id, now=now)  # a colleague may have been first
        body = CoachNote(text=NUDGE_TEXT, is_nudge=True)
        note_id = send_within(coach, right, body, now=now)
        plan_nudge(athlete=athlete, record_id=note_id, now=now)
        announce_team(team_id)
        return Mark.objects.create(
            athlete_id=athlete_id,
            id=mark_id,
            team_id=team_id,
            shared_since=right.shared_since,
            author_id=coach.id,
            kind=Mark.Kind.NUDGED,
            made_at=now,
        )


def _todays_id(athlete_id: UUID, team_id: UUID, *, now: datetime) -> UUID:
    """Return the id of the nudge of the athlete's own day. Raises ``NudgedAlready``."""
    athlete = person(athlete_id)
    zone = wishes_for(athlete).zone if athlete else None
    mark_id = nudge_id(athlete_id, team_id, local_day(now, zone=zone or "UTC"))
    if Mark.objects.filter(athlete_id=athlete_id, id=mark_id).exists():
        raise NudgedAlready
    return mark_id


def nudge_id(athlete_id: UUID, team_id: UUID, day: date) -> UUID:
    """Return the id of a team's one nudge of an athlete's day."""
    name = hashlib.sha256(f"nudge/{team_id}/{day.isoformat()}".encode()).hexdigest()
    return uuid5(athlete_id, name)


def may_arrive(athlete_id: UUID, note_id: UUID, now: datetime) -> bool:
    """Return whether a planned nudge is still to be sent. Called acting as the athlete."""
    sent = SentNote.objects.filter(athlete_id=athlete_id, id=note_id).first()
    if sent is None:
        return False
    try:
        right = access.hold_right(sent.author_id, athlete_id, team_id=sent.team_id)
    except NotFound:
        return False
    if right.shared_since != sent.shared_since:
        return False
    body = live_bodies(athlete_id, [note_id]).get(note_id)
    return body is not None and msgspec.json.decode(body, type=CoachNote).answer is None
