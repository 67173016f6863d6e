"""What the rule looks at in a workout: when, what, from where, and how much it holds."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec

from backend.fusion.tables import OWN_SYSTEMS, RULE, SENSED, family_of, role_of
from backend.records.base import Source
from backend.records.ids import SEPARATOR
from backend.records.workout_session import LONGEST, WorkoutSession

# Two zones differ by at most 26 hours, so a wall clock without a zone is off by no more.
WIDEST_ZONES = timedelta(hours=26)
NEAR_START = timedelta(minutes=RULE.near_start_min.value)
DAY = timedelta(days=1)


class Candidate(msgspec.Struct, frozen=True):
    """One workout record as the rule sees it.

    ``source`` tells two sources apart, ``label`` names one for people. ``exact`` is false when
    only a wall clock is known, ``timed`` when not even that. ``sets_digest`` is equal for
    equal sets, None when there are too few to prove anything. ``echo_of`` names the record
    this one is our own export of.
    """

    record_id: UUID
    starts_at: datetime
    ends_at: datetime
    local_date: date
    activity: str
    family: str
    source: str
    label: str
    role: str
    exact: bool
    timed: bool
    sets: int
    sets_digest: str | None
    echo_of: UUID | None

    @property
    def utc_date(self) -> date:
        """The day it starts on in UTC, by which its neighbours are found."""
        return self.starts_at.astimezone(UTC).date()

    @property
    def duration_s(self) -> float:
        """Seconds from start to end."""
        return (self.ends_at - self.starts_at).total_seconds()

    @property
    def rank(self) -> tuple[bool, bool, bool, int, float, str]:
        """Sorts the members of one workout, the one that stands for it first.

        Trusted times come first, then measured ones, then whoever holds more.
        """
        return (
            not self.timed,
            not self.exact,
            self.role != SENSED,
            -self.sets,
            -self.duration_s,
            str(self.record_id),
        )


def candidate_of(record_id: UUID, body: WorkoutSession) -> Candidate:
    """Return what the rule looks at in a plausible workout."""
    source = body.source or Source()
    counted, digest = _sets(body)
    return Candidate(
        record_id=record_id,
        starts_at=body.started_at.astimezone(UTC),
        ends_at=body.ended_at.astimezone(UTC),
        local_date=body.local_date,
        activity=body.activity,
        family="=rest" if body.planned_rest else family_of(body.activity),
        source=SEPARATOR.join((source.system or "", source.app or "", source.device or "")),
        label=source.app or source.device or source.system or "",
        role=role_of(system=source.system, app=source.app, method=source.method),
        exact=body.time_quality not in ("local_only", "date_only"),
        timed=body.time_quality != "date_only",
        sets=counted,
        sets_digest=digest,
        echo_of=_original(record_id, source),
    )


def days_near(candidate: Candidate) -> Iterator[date]:
    """Yield the UTC days on which anything the rule could ever link with it starts."""
    slack = WIDEST_ZONES if candidate.exact else 2 * WIDEST_ZONES
    day = (candidate.starts_at - LONGEST - slack).date()
    last = (candidate.ends_at + slack).date()
    while day <= last:
        yield day
        day += DAY


class Nearby:
    """Candidates by day, so that looking for neighbours does not grow with their number."""

    def __init__(self, candidates: Iterable[Candidate] = ()) -> None:
        self._by_day: dict[date, list[Candidate]] = {}
        # How far before another one something in here may start and still be its neighbour.
        self._longest = timedelta()
        self._slack = NEAR_START
        for candidate in candidates:
            self.add(candidate)

    def add(self, candidate: Candidate) -> None:
        """Take one more in."""
        self._by_day.setdefault(candidate.utc_date, []).append(candidate)
        self._longest = max(self._longest, candidate.ends_at - candidate.starts_at)
        if not candidate.exact:
            self._slack = WIDEST_ZONES

    def around(self, candidate: Candidate) -> Iterator[Candidate]:
        """Yield others that may be linked with it."""
        slack = self._slack if candidate.exact else WIDEST_ZONES
        since, until = candidate.starts_at - slack, candidate.ends_at + slack
        day, last = (since - self._longest).date(), until.date()
        while day <= last:
            for other in self._by_day.get(day, ()):
                is_near = other.starts_at <= until and other.ends_at >= since
                if is_near and other.record_id != candidate.record_id:
                    yield other
            day += DAY


def _sets(body: WorkoutSession) -> tuple[int, str | None]:
    """Return the number of sets, and a digest of those with repetitions if it proves a copy."""
    told = [
        f"{exercise.exercise or exercise.exercise_source_text or ''}|{one.reps:g}|{one.load_kg or 0:g}"
        for exercise in body.exercises
        for one in exercise.sets
        if one.reps
    ]
    count = sum(len(exercise.sets) for exercise in body.exercises)
    if len(told) < RULE.same_sets.value:
        return count, None
    return count, sha256(SEPARATOR.join(sorted(told)).encode()).hexdigest()[:32]


def _original(record_id: UUID, source: Source) -> UUID | None:
    """Return the record that was exported as this one, by our mark and its id."""
    if (source.system or "").lower() not in OWN_SYSTEMS or not source.external_id:
        return None
    try:
        original = UUID(source.external_id)
    except ValueError:
        return None
    return None if original == record_id else original
