"""What an athlete's own feed says of looks: one `access_note` a day, viewer, team and view.

Lines are the truth; notes follow from them, so again, late or for nothing changes nothing. Each
note carries number and digest of the last line it stands for: every phone keeps places of the
chain, and who cuts or rewrites it has to reach those, too.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import transaction

from apps.accounts.selectors import names_of, person
from apps.coaching.models import AccessLine, AccessPlace, Team
from apps.common.actor import acting_as
from apps.common.jobs import Job, wake
from apps.sync.selectors import versions_of
from apps.sync.services import DerivedBody, hold_feed, publish_records
from backend.days import local_day, next_midnight
from backend.feed.state import Version
from backend.records.ids import server_id
from backend.records.server_owned import ACCESS_NOTE, AccessNote

logger = logging.getLogger(__name__)
BUDGET_S = 8.0  # well inside a job's soft limit
LEASE = timedelta(minutes=5)
# The first look of a day is told at once; more of the same change its note this often at most,
# and once more when the day is over.
PAUSE = timedelta(hours=6)
ONE_DAY = timedelta(days=1)


class NoteKey(NamedTuple):
    """What one note is about; ``day`` is the athlete's local day."""

    day: date
    viewer_id: UUID
    team_id: UUID
    what: str


@dataclass(frozen=True)
class Held:
    """Lines whose note waits: from which on, and until when."""

    from_seq: int
    until: datetime


def tell_looks(*, now: datetime, budget_s: float = BUDGET_S) -> int:
    """Tell athletes whose lines are new until none is left, or for a while; return how many.

    ``now`` is the database's: so are the instants of the markers.
    """
    ends = time.monotonic() + budget_s
    done = 0
    while place := _claim(now):
        done += 1
        try:
            _tell(place, now=now)
        except Exception:  # one athlete's defect must not keep the others from being told
            logger.exception("tell_looks_failed", extra={"athlete_id": str(place.athlete_id)})
        if time.monotonic() >= ends:
            wake(Job.TELL_LOOKS)
            break
    return done


def note_id(athlete_id: UUID, key: NoteKey) -> UUID:
    """Return the id of the note about these looks."""
    return server_id(athlete_id, f"access_note/{key.day}/{key.viewer_id}/{key.team_id}/{key.what}")


@transaction.atomic
def _claim(now: datetime) -> AccessPlace | None:
    """Lease the marker that is due longest; a new line takes the lease away."""
    due = AccessPlace.objects.select_for_update(skip_locked=True).filter(due_at__lte=now)
    place = due.order_by("due_at").first()
    if place is not None:
        place.due_at = now + LEASE
        place.save(update_fields=["due_at"])
    return place


def _tell(place: AccessPlace, *, now: datetime) -> None:
    athlete_id = place.athlete_id
    own = AccessPlace.objects.filter(athlete_id=athlete_id)
    with acting_as(athlete_id):
        owner = person(athlete_id)
        next_at = None
        if owner is not None:
            lines = AccessLine.objects.filter(athlete_id=athlete_id)
            # Locked before the place is read: of two workers the second sees what the first did.
            hold_feed(athlete_id)
            told = own.values_list("told_seq", flat=True).get()
            new = list(lines.filter(seq__gt=told).order_by("seq"))
            if new:
                held = _publish(athlete_id, new, zone=owner.zone, now=now)
                last = min((one.from_seq - 1 for one in held), default=new[-1].seq)
                own.update(told_seq=last)
                next_at = min((one.until for one in held), default=None)
        own.filter(due_at=place.due_at).update(due_at=next_at)


def _publish(
    athlete_id: UUID, new: Sequence[AccessLine], *, zone: str, now: datetime
) -> list[Held]:
    """Write the notes that may be written now; return those that wait."""
    fresh = _by_key(new, zone)
    since = next_midnight(min(key.day for key in fresh) - ONE_DAY, zone=zone)
    of_these_days = AccessLine.objects.filter(athlete_id=athlete_id, at__gte=since)
    groups = _by_key(of_these_days.order_by("seq"), zone)
    bodies = _bodies({key: groups[key] for key in fresh})
    ids = {key: note_id(athlete_id, key) for key in fresh}
    standing = versions_of(athlete_id, list(ids.values()))
    held: list[Held] = []
    records: dict[UUID, DerivedBody] = {}
    for key, body in bodies.items():
        until = _waits_until(standing.get(ids[key]), body, key.day, zone)
        if until is not None and until > now:
            held.append(Held(from_seq=fresh[key][0].seq, until=until))
        else:
            records[ids[key]] = DerivedBody(ACCESS_NOTE, body)
    publish_records(athlete_id=athlete_id, records=records, now=now)
    return held


def _by_key(lines: Iterable[AccessLine], zone: str) -> dict[NoteKey, list[AccessLine]]:
    groups: dict[NoteKey, list[AccessLine]] = {}
    for line in lines:
        key = NoteKey(local_day(line.at, zone=zone), line.viewer_id, line.team_id, line.what)
        groups.setdefault(key, []).append(line)
    return groups


def _waits_until(told: Version | None, body: bytes, day: date, zone: str) -> datetime | None:
    """Return when a note may say this; None: any time, or it says so already."""
    if told is None or told.body == body:
        return None
    return min(told.edited_at + PAUSE, next_midnight(day, zone=zone))


def _bodies(groups: Mapping[NoteKey, Sequence[AccessLine]]) -> dict[NoteKey, bytes]:
    names = names_of({key.viewer_id for key in groups})
    team_ids = {key.team_id for key in groups}
    teams = dict(Team.objects.filter(pk__in=team_ids).values_list("pk", "name"))
    return {
        key: msgspec.json.encode(
            AccessNote(
                at=max(line.at for line in lines),
                viewer_name=names.get(key.viewer_id, ""),
                team_name=teams.get(key.team_id, ""),
                what=key.what,
                categories=tuple(dict.fromkeys(c for line in lines for c in line.categories)),
                day=key.day,
                first_at=min(line.at for line in lines),
                looks=len(lines),
                viewer_id=key.viewer_id,
                team_id=key.team_id,
                seq=lines[-1].seq,
                digest=bytes(lines[-1].digest).hex(),
            )
        )
        for key, lines in groups.items()
    }
