"""What coaches do about an athlete's row: reviewed, snoozed, nudged, and undone.

One mark stands on a row: the newest that nobody undid. Only that one can be undone, and then the
one before it stands again. Coaches who act on a row at once wait for each other, so each is told
what is. A mark covers the reasons its coach saw and no later ones. Who is let in again after a consent
ended begins anew: marks of another consent neither stand nor are shown.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.accounts.selectors import names_of
from apps.coaching import access
from apps.coaching.access import Granted
from apps.coaching.announcing import announce_team
from apps.coaching.models import Mark
from apps.coaching.roster import granted_parts
from apps.coaching.services.nudging import nudge as nudge
from apps.common.actor import Wall, acting_as
from apps.common.errors import AppError, NotFound

LONGEST_SNOOZE = timedelta(days=30)
MOST_REASONS = 64
NEWEST_MARKS = 100
_REASON = re.compile(r"[a-z0-9_.]{1,80}@\d{4}-\d{2}-\d{2}")
# Of a team and an athlete: one mark after the other.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class NoteNeeded(AppError):
    """Say why this is to be ignored."""

    code: ClassVar[str] = "coaching.note_needed"
    status: ClassVar[int] = 422


class UnfitSnooze(AppError):
    """A snooze ends after now and at most 30 days ahead."""

    code: ClassVar[str] = "coaching.unfit_snooze"
    status: ClassVar[int] = 422


class UnfitReasons(AppError):
    """Name the reasons as the panel does, at most 64 of them."""

    code: ClassVar[str] = "coaching.unfit_reasons"
    status: ClassVar[int] = 422


class MarkNotStanding(AppError):
    """A newer mark stands on this row, or this one never stood; look again."""

    code: ClassVar[str] = "coaching.mark_not_standing"
    status: ClassVar[int] = 409


@dataclass(frozen=True)
class MarkInView:
    """A mark with the names of who made it and who undid it."""

    mark: Mark
    author: str
    undone_by: str | None
    is_standing: bool


def review(
    *,
    coach: User,
    team_id: UUID,
    athlete_id: UUID,
    ending: str,
    note: str = "",
    reasons: Collection[str],
    now: datetime,
) -> Mark:
    """Say what a look at a row came to; ``ignore`` needs a note.

    Raises ``NotFound``, ``NoteNeeded`` and ``UnfitReasons``.
    """
    if ending == Mark.Ending.IGNORE and not note.strip():
        raise NoteNeeded
    mark = Mark(
        athlete_id=athlete_id,
        team_id=team_id,
        author_id=coach.id,
        kind=Mark.Kind.REVIEWED,
        reasons=_checked(reasons),
        ending=Mark.Ending(ending),
        note=note.strip(),
    )
    return _make(mark, now=now)


def snooze(
    *,
    coach: User,
    team_id: UUID,
    athlete_id: UUID,
    until: datetime,
    reasons: Collection[str],
    now: datetime,
    note: str = "",
) -> Mark:
    """Leave the reasons of a row alone until then.

    Raises ``NotFound``, ``UnfitSnooze`` and ``UnfitReasons``.
    """
    if not now < until <= now + LONGEST_SNOOZE:
        raise UnfitSnooze
    mark = Mark(
        athlete_id=athlete_id,
        team_id=team_id,
        author_id=coach.id,
        kind=Mark.Kind.SNOOZED,
        reasons=_checked(reasons),
        until=until,
        note=note.strip(),
    )
    return _make(mark, now=now)


def undo(*, coach: User, team_id: UUID, athlete_id: UUID, mark_id: UUID, now: datetime) -> Mark:
    """Undo the mark that stands; any coach who sees the athlete may.

    Undoing again changes nothing: the mark tells who undid it first. Raises ``NotFound`` and, of a
    mark that a newer one replaced and of a nudge, ``MarkNotStanding``.
    """
    with acting_as(coach.id, wall=Wall.COACH):
        _wait_in_line(team_id, athlete_id)
        granted = access.athlete_for(coach.id, athlete_id, None, team_id=team_id)
        rows = _rows(granted)
        mark = rows.filter(id=mark_id).first()
        if mark is None:
            raise NotFound
        if mark.undone_at is None:
            if _newest(granted) != mark:
                raise MarkNotStanding
            rows.filter(id=mark_id).update(undone_at=now, undone_by_id=coach.id)
            mark.undone_at, mark.undone_by_id = now, coach.id
            announce_team(team_id)
        _name_only_what_is_shown([mark], granted)
    return mark


def marks_of(*, coach: User, team_id: UUID, athlete_id: UUID, now: datetime) -> list[MarkInView]:
    """Return the newest marks of a row, undone ones too, with the reasons that stand today.

    Raises ``NotFound``.
    """
    with acting_as(coach.id, wall=Wall.COACH):
        granted = access.athlete_for(coach.id, athlete_id, None, team_id=team_id)
        marks = list(_rows(granted).order_by("-made_at", "id")[:NEWEST_MARKS])
        _name_only_what_is_shown(marks, granted)
        newest = _newest(granted)
        people = {mark.author_id for mark in marks}
        names = names_of(people | {mark.undone_by_id for mark in marks if mark.undone_by_id})
    return [
        MarkInView(
            mark,
            author=names.get(mark.author_id, ""),
            undone_by=names.get(mark.undone_by_id, "") if mark.undone_by_id else None,
            is_standing=mark == newest and (mark.until is None or mark.until > now),
        )
        for mark in marks
    ]


def _make(mark: Mark, *, now: datetime) -> Mark:
    """Write a mark; it is newer than every other one of the row, whatever the clocks say."""
    with acting_as(mark.author_id, wall=Wall.COACH):
        _wait_in_line(mark.team_id, mark.athlete_id)
        granted = access.athlete_for(mark.author_id, mark.athlete_id, None, team_id=mark.team_id)
        mark.shared_since = granted.shared_since
        made = _rows(granted).order_by("-made_at").values_list("made_at", flat=True)
        newest = made.first()
        mark.made_at = now if newest is None else max(now, newest + timedelta.resolution)
        mark.save(force_insert=True)
        announce_team(mark.team_id)
    return mark


def _rows(granted: Granted) -> QuerySet[Mark]:
    """Return the marks that were made under a consent."""
    return Mark.objects.filter(
        team_id=granted.team_id,
        athlete_id=granted.athlete_id,
        shared_since=granted.shared_since,
    )


def _newest(granted: Granted) -> Mark | None:
    rows = _rows(granted).filter(undone_at=None)
    return rows.exclude(kind=Mark.Kind.NUDGED).order_by("-made_at").first()


def _name_only_what_is_shown(marks: Collection[Mark], granted: Granted) -> None:
    """Leave marks, unsaved, the reasons that stand in the row: others may tell of what is hidden."""
    rows = granted_parts({granted.athlete_id: granted}).get(granted.athlete_id, ())
    shown = {reason.mark for row in rows for reason in row.part.reasons}
    for mark in marks:
        mark.reasons = [reason for reason in mark.reasons if reason in shown]


def _wait_in_line(team_id: UUID, athlete_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"mark {team_id} {athlete_id}"])


def _checked(reasons: Collection[str]) -> list[str]:
    wanted = sorted(set(reasons))
    if len(wanted) > MOST_REASONS or not all(_REASON.fullmatch(reason) for reason in wanted):
        raise UnfitReasons
    return wanted
