"""`workout_session`: one workout with its sets, impacts, jumps and laps."""

from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec

from backend.records.base import Body, Instant, LongText, Rating, RecordType, ShortText, Uid

FUTURE_LIMIT = timedelta(hours=48)  # protocol, limits: later is stored and flagged
LONGEST = timedelta(hours=48)

NonNegative = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Count = Annotated[float, msgspec.Meta(ge=0, le=1e7)]


class ExerciseSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """One set; loads in kg, times in s, heights in cm, effort as RPE or reps in reserve."""

    uid: Uid
    set_type: ShortText | None = None
    reps: Count | None = None
    load_kg: NonNegative | None = None
    load_kind: ShortText | None = None
    rpe: Rating | None = None
    rir: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    duration_s: NonNegative | None = None
    distance_m: NonNegative | None = None
    height_cm: NonNegative | None = None
    rest_after_s: NonNegative | None = None
    started_at: Instant | None = None


class Exercise(msgspec.Struct, frozen=True, omit_defaults=True):
    """One exercise and its sets, in the order they were done."""

    uid: Uid
    exercise: ShortText | None = None
    exercise_source_text: ShortText | None = None
    confidence: ShortText | None = None
    kind: ShortText | None = None
    tempo: ShortText | None = None
    side: ShortText | None = None
    sets: tuple[ExerciseSet, ...] = ()


class ImpactBin(msgspec.Struct, frozen=True):
    """How many peaks fell between two accelerations in g; an open top bin has no upper."""

    lower_g: NonNegative
    upper_g: NonNegative | None
    count: Count


class Impacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Histogram of acceleration peaks measured during the session."""

    placement: ShortText
    axis: ShortText
    gravity_included: bool
    sampling_hz: NonNegative
    coverage: Annotated[float, msgspec.Meta(ge=0, le=1)]
    bins: tuple[ImpactBin, ...]
    detector: ShortText | None = None


class Jump(msgspec.Struct, frozen=True, omit_defaults=True):
    """One jump as the device reported it; no force is derived from it."""

    at: Instant | None = None
    hang_time_s: NonNegative | None = None
    height_cm: NonNegative | None = None
    distance_m: NonNegative | None = None
    score: float | None = None


class WorkoutSession(Body, frozen=True, omit_defaults=True, kw_only=True):
    """A workout. It belongs to ``local_date``, the local day of its start."""

    started_at: Instant
    ended_at: Instant
    utc_offset_min: Annotated[int, msgspec.Meta(ge=-1080, le=1080)]
    local_date: date
    activity: ShortText
    zone: ShortText | None = None
    time_quality: ShortText | None = None
    activity_source: ShortText | None = None
    title: LongText | None = None
    elapsed_s: NonNegative | None = None
    timer_s: NonNegative | None = None
    distance_m: NonNegative | None = None
    energy_kcal: NonNegative | None = None
    hr_avg: NonNegative | None = None
    hr_max: NonNegative | None = None
    rpe: Rating | None = None
    body_mass_kg: NonNegative | None = None
    planned_rest: bool | None = None
    exercises: tuple[Exercise, ...] = ()
    impacts: Impacts | None = None
    jumps: tuple[Jump, ...] = ()
    availability: ShortText | None = None
    status: ShortText | None = None


def plausibility(body: WorkoutSession, now: datetime) -> tuple[str, ...]:
    """Return why a session must stay out of the models, if at all."""
    flags = []
    if body.ended_at < body.started_at:
        flags.append("ends_before_start")
    elif body.ended_at - body.started_at > LONGEST:
        flags.append("implausible")
    if body.started_at > now + FUTURE_LIMIT:
        flags.append("in_future")
    return tuple(flags)


WORKOUT_SESSION = RecordType(
    name="workout_session",
    type_id=2,
    schema=3,
    owner="client",
    policy="auto",
    body=WorkoutSession,
    occurred_at=lambda body: body.started_at,
    plausibility=plausibility,
    keyed={"exercises": {"sets": {}}, "laps": {}},
    category="sessions",
)
