"""Notes of coaches: records of the athlete's feed, which the athlete answers and keeps.

The right is looked at twice: under the coach's wall, as every look is, and again in the transaction
that writes, in which all that it rests on is held. What ends in between wins. A coach reads back only
what their team sent, and only while the consent lasts under which it was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import msgspec
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.accounts.selectors import names_of
from apps.coaching import access
from apps.coaching.access import Granted
from apps.coaching.models import SentNote
from apps.coaching.services.looking import log_access
from apps.common.actor import Wall, acting_as
from apps.common.errors import AppError, NotFound
from apps.sync.selectors import live_bodies, versions_of
from apps.sync.writer import lock_feed, write_own
from backend.feed.state import Version
from backend.feed.wire import Op
from backend.records.coach_note import COACH_NOTE, MOST_CHARACTERS, CoachNote

MOST_A_DAY = 20
NEWEST_NOTES = 100
DAY = timedelta(days=1)


class UnfitNote(AppError):
    """A note is words to read, at most 5,000 characters of them."""

    code: ClassVar[str] = "coaching.unfit_note"
    status: ClassVar[int] = 422


class TooManyNotes(AppError):
    """Your team wrote twenty notes to this athlete within a day; that is enough."""

    code: ClassVar[str] = "coaching.too_many_notes"
    status: ClassVar[int] = 429
    retry: ClassVar[str] = "after"
    retry_after_s = 3600


class NoteNotTaken(AppError):
    """The note could not be stored; nothing was changed."""

    code: ClassVar[str] = "coaching.note_not_taken"
    status: ClassVar[int] = 409


@dataclass(frozen=True)
class Note:
    """A note as it stands; ``author`` is the coach's name today."""

    id: UUID
    team_id: UUID
    author_id: UUID
    author: str
    sent_at: datetime
    body: CoachNote


def write_note(
    *,
    coach: User,
    team_id: UUID,
    athlete_id: UUID,
    text: str,
    about: UUID | None = None,
    planned_rest_until: date | None = None,
    now: datetime,
) -> UUID:
    """Write a note into an athlete's feed and return its record's id.

    Raises ``NotFound``, ``UnfitNote``, ``TooManyNotes`` and ``NoteNotTaken``.
    """
    body = CoachNote(text=fit(text), about=about, planned_rest_until=planned_rest_until)
    with acting_as(coach.id, wall=Wall.COACH):
        granted = access.athlete_for(coach.id, athlete_id, None, team_id=team_id)
        _check_not_too_many(athlete_id, team_id, now=now)
        log_access(viewer_id=coach.id, what="note", seen=[granted], now=now)
    with acting_as(athlete_id):
        lock_feed(athlete_id)
        right = access.hold_right(coach.id, athlete_id, team_id=team_id)
        _check_not_too_many(athlete_id, team_id, now=now)  # colleagues wait at the feed
        return send_within(coach, right, body, now=now)


def change_note(
    *,
    coach: User,
    team_id: UUID,
    athlete_id: UUID,
    note_id: UUID,
    changes: Mapping[str, Any],
    now: datetime,
) -> None:
    """Change what one wrote: ``text``, ``about``, ``planned_rest_until``; None takes one away.

    Raises ``NotFound``, also for a colleague's note, ``UnfitNote`` and ``NoteNotTaken``.
    """
    given = dict(changes)
    if "text" in given:
        given["text"] = fit(given["text"])
    _on_own(coach, team_id, athlete_id, note_id, given, now=now)


def delete_note(
    *, coach: User, team_id: UUID, athlete_id: UUID, note_id: UUID, now: datetime
) -> None:
    """Take a note of one's own back. Raises ``NotFound`` and ``NoteNotTaken``."""
    _on_own(coach, team_id, athlete_id, note_id, None, now=now)


def notes_of(
    *, coach: User, team_id: UUID, athlete_id: UUID, now: datetime | None = None
) -> list[Note]:
    """Return what the team wrote to an athlete and what they answered, newest first.

    With ``now`` the athlete is told of the look. Raises ``NotFound``.
    """
    with acting_as(coach.id, wall=Wall.COACH):
        granted = access.athlete_for(coach.id, athlete_id, None, team_id=team_id)
        newest = _sent(granted).order_by("-sent_at", "id")[:NEWEST_NOTES]
        found = _read(athlete_id, list(newest))
        if now is not None:
            log_access(viewer_id=coach.id, what="notes", seen=[granted], now=now)
    return found


def notes_to(*, owner: User) -> list[Note]:
    """Return what coaches wrote to a person, newest first, whatever became of their consent."""
    with acting_as(owner.id):
        rows = SentNote.objects.filter(athlete_id=owner.id)
        return _read(owner.id, list(rows.order_by("-sent_at", "id")[:NEWEST_NOTES]))


def answer_note(*, owner: User, note_id: UUID, answer: str, now: datetime) -> None:
    """Answer a note, as a phone does; no words take the answer back.

    Raises ``NotFound``, ``UnfitNote`` and ``NoteNotTaken``.
    """
    said = fit(answer) if answer.strip() else None
    with acting_as(owner.id):
        lock_feed(owner.id)
        version = _standing(owner.id, note_id)
        _push(owner.id, note_id, version, {"answer": said}, now=now, author_id=owner.id)


def fit(text: str) -> str:
    """Return a text without the space around it. Raises ``UnfitNote``."""
    words = text.replace("\r\n", "\n").strip()
    is_read = all(letter >= " " or letter in "\n\t" for letter in words) and "\x7f" not in words
    if not words or len(words) > MOST_CHARACTERS or not is_read:
        raise UnfitNote
    return words


def send_within(coach: User, right: Granted, body: CoachNote, *, now: datetime) -> UUID:
    """Write a note within the caller's transaction, acting as the athlete.

    The athlete's feed is locked, and ``right`` is held.
    """
    note_id = uuid4()
    signed = msgspec.structs.replace(
        body,
        written_by=coach.id,
        by_name=coach.display_name[:200],
        team_id=right.team_id,
        written_at=now,
    )
    fields = msgspec.to_builtins(signed)
    _push(right.athlete_id, note_id, None, fields, now=now, author_id=coach.id)
    SentNote.objects.create(
        athlete_id=right.athlete_id,
        id=note_id,
        team_id=right.team_id,
        shared_since=right.shared_since,
        author_id=coach.id,
        sent_at=now,
    )
    return note_id


def _check_not_too_many(athlete_id: UUID, team_id: UUID, *, now: datetime) -> None:
    recent = SentNote.objects.filter(athlete_id=athlete_id, team_id=team_id, sent_at__gt=now - DAY)
    if recent.count() >= MOST_A_DAY:
        raise TooManyNotes


def _on_own(
    coach: User,
    team_id: UUID,
    athlete_id: UUID,
    note_id: UUID,
    changes: Mapping[str, Any] | None,
    *,
    now: datetime,
) -> None:
    """Change a coach's own note; None deletes it."""
    with acting_as(coach.id, wall=Wall.COACH):
        granted = access.athlete_for(coach.id, athlete_id, None, team_id=team_id)
        _check_own(coach, granted, note_id)
        log_access(viewer_id=coach.id, what="note", seen=[granted], now=now)
    with acting_as(athlete_id):
        lock_feed(athlete_id)
        _check_own(coach, access.hold_right(coach.id, athlete_id, team_id=team_id), note_id)
        version = _standing(athlete_id, note_id)
        if changes is None or changes:
            _push(athlete_id, note_id, version, changes, now=now, author_id=coach.id)


def _check_own(coach: User, right: Granted, note_id: UUID) -> None:
    """Raise ``NotFound`` unless the coach sent this note under the consent that lasts."""
    if not _sent(right).filter(id=note_id, author_id=coach.id).exists():
        raise NotFound


def _sent(right: Granted) -> QuerySet[SentNote]:
    """Return the notes that were sent under a consent."""
    return SentNote.objects.filter(
        athlete_id=right.athlete_id, team_id=right.team_id, shared_since=right.shared_since
    )


def _read(athlete_id: UUID, sent: list[SentNote]) -> list[Note]:
    bodies = live_bodies(athlete_id, [one.id for one in sent]) if sent else {}
    names = names_of({one.author_id for one in sent if one.id in bodies})
    return [
        Note(
            id=one.id,
            team_id=one.team_id,
            author_id=one.author_id,
            author=names.get(one.author_id, ""),
            sent_at=one.sent_at,
            body=msgspec.json.decode(bodies[one.id], type=CoachNote),
        )
        for one in sent
        if one.id in bodies
    ]


def _standing(athlete_id: UUID, note_id: UUID) -> Version:
    version = versions_of(athlete_id, [note_id]).get(note_id)
    if version is None or version.body is None or version.type_id != COACH_NOTE.type_id:
        raise NotFound
    return version


def _push(
    athlete_id: UUID,
    note_id: UUID,
    version: Version | None,
    fields: Mapping[str, Any] | None,
    *,
    now: datetime,
    author_id: UUID,
) -> None:
    """Write fields of a note as somebody; None takes one away, and no fields delete the note."""
    given = {name: one for name, one in (fields or {}).items() if one is not None}
    gone = tuple(name for name, one in (fields or {}).items() if one is None) if version else ()
    op = Op(
        op=uuid4(),
        type=COACH_NOTE.name,
        id=note_id,
        action="delete" if fields is None else "put",
        base=version.v if version else None,
        schema=COACH_NOTE.schema,
        edited_at=now,
        set=msgspec.Raw(msgspec.json.encode(given) if fields is not None else b""),
        unset=gone,
    )
    if not write_own(athlete_id=athlete_id, ops=[op], now=now, actor_id=author_id):
        raise NoteNotTaken
