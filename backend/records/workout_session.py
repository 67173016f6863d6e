"""`workout_session`: one workout with its sets, impacts, jumps and laps."""

from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec

from backend.records.base import (
    ClientBody,
    Count,
    Fraction,
    Instant,
    LongText,
    NonNegative,
    Rating,
    RecordType,
    ShortText,
    Uid,
    one_of,
)
from backend.records.times import day_flags, time_flags
from backend.records.workout_spellings import DOWN, UP

LONGEST = timedelta(hours=48)
LONGEST_S = LONGEST.total_seconds()
# Beyond what anybody has lifted, repeated or jumped; our convention, wide on purpose. [E]
MOST_REPS = 10_000
HEAVIEST_KG = 1_500
HIGHEST_CM = 300
MOST_VOLUME_KG = 1_000_000  # repetitions times load of a whole session

SET_TYPES = ("normal", "warmup", "drop", "failure")
LOAD_KINDS = ("external", "bodyweight", "assisted", "band")
AVAILABILITIES = ("full", "limited", "out")


class ExerciseSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """One set of an exercise.

    Fields:
        uid: names the set for ever, unique within its exercise.
        set_type: what the set was for; another than these is not counted.
        reps: repetitions done.
        load_kg: load of the kind `load_kind` says; null when not entered, 0 when stated so.
        load_kind: what the load is; of another than these no force is computed.
        rpe: effort, 0 to 10 (CR10).
        rir: repetitions in reserve.
        duration_s: how long the set took.
        distance_m: distance covered in the set.
        height_cm: height jumped, or dropped from.
        rest_after_s: rest before the next set.
        started_at: when the set began.
    """

    uid: Uid
    set_type: Annotated[str, one_of(*SET_TYPES)] | None = None
    reps: Count | None = None
    load_kg: NonNegative | None = None
    load_kind: Annotated[str, one_of(*LOAD_KINDS)] | None = None
    rpe: Rating | None = None
    rir: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    duration_s: NonNegative | None = None
    distance_m: NonNegative | None = None
    height_cm: NonNegative | None = None
    rest_after_s: NonNegative | None = None
    started_at: Instant | None = None


class Exercise(msgspec.Struct, frozen=True, omit_defaults=True):
    """One exercise and its sets, in the order they were done.

    Fields:
        uid: names the exercise for ever, unique within the session.
        exercise: key of the exercise table, or the app's own.
        exercise_source_text: what the source called it.
        confidence: whether a person said so or a device guessed.
        kind: how the load acts, where the exercise is none of ours.
        tempo: how the repetitions were done.
        side: side of the body.
        sets: sets, in order.
    """

    uid: Uid
    exercise: ShortText | None = None
    exercise_source_text: ShortText | None = None
    confidence: Annotated[str, one_of("stated", "device_guess")] | None = None
    kind: Annotated[str, one_of("standing", "leg_press", "upper_limb", "jump")] | None = None
    tempo: Annotated[str, one_of("controlled", "explosive")] | None = None
    side: Annotated[str, one_of("left", "right", "both")] | None = None
    sets: tuple[ExerciseSet, ...] = ()


class ImpactBin(msgspec.Struct, frozen=True):
    """How many peaks fell between two accelerations.

    Fields:
        lower_g: lower edge, itself included.
        upper_g: upper edge; null for the open bin at the top.
        count: number of peaks.
    """

    lower_g: NonNegative
    upper_g: NonNegative | None
    count: Count


class Impacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Histogram of acceleration peaks measured during the session.

    Fields:
        placement: where the sensor was.
        axis: which acceleration was binned.
        gravity_included: whether standing still reads 1 g.
        sampling_hz: sampling rate of the raw signal.
        coverage: measured time over session time, 0 to 1.
        bins: peaks by size.
        detector: method and version that found the peaks.
    """

    placement: Annotated[str, one_of("hip", "lower_back", "wrist", "ankle", "other")]
    axis: Annotated[str, one_of("resultant", "vertical")]
    gravity_included: bool
    sampling_hz: NonNegative
    coverage: Fraction
    bins: tuple[ImpactBin, ...]
    detector: ShortText | None = None


class Jump(msgspec.Struct, frozen=True, omit_defaults=True):
    """One jump as the device reported it; no force is derived from it.

    Fields:
        at: when it was.
        hang_time_s: time in the air.
        height_cm: height as reported.
        distance_m: distance as reported.
        score: the device's own score.
    """

    at: Instant | None = None
    hang_time_s: NonNegative | None = None
    height_cm: NonNegative | None = None
    distance_m: NonNegative | None = None
    score: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)] | None = None


class Lap(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of the session the person or the device marked off.

    Fields:
        uid: names the lap for ever, unique within the session.
        started_at: when it began.
        ended_at: when it ended.
        elapsed_s: duration with pauses.
        timer_s: duration without pauses.
        distance_m: distance covered.
        energy_kcal: energy spent, as the device estimates it.
        hr_avg: mean heart rate, beats per minute.
        hr_max: highest heart rate, beats per minute.
    """

    uid: Uid
    started_at: Instant | None = None
    ended_at: Instant | None = None
    elapsed_s: NonNegative | None = None
    timer_s: NonNegative | None = None
    distance_m: NonNegative | None = None
    energy_kcal: NonNegative | None = None
    hr_avg: NonNegative | None = None
    hr_max: NonNegative | None = None


class WorkoutSession(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """A workout. It belongs to ``local_date``, the local day of its start.

    Fields:
        started_at: when it began, with the offset of the place.
        ended_at: when it ended, with the offset of the place.
        utc_offset_min: offset of the place, minutes east of UTC.
        local_date: calendar day of the start, where it was.
        activity: key of the sport table, or the app's own.
        zone: IANA name of the zone, when known.
        time_quality: how much of the time is known.
        activity_source: what the source called it.
        title: what the person or the source calls it.
        elapsed_s: duration with pauses.
        timer_s: duration without pauses.
        distance_m: distance covered.
        energy_kcal: energy spent, as the device estimates it.
        hr_avg: mean heart rate, beats per minute.
        hr_max: highest heart rate, beats per minute.
        rpe: effort of the whole session, 0 to 10 (CR10).
        body_mass_kg: body mass on that day; the models take no other.
        planned_rest: whether the day was meant to rest.
        exercises: exercises in order, with their sets.
        impacts: peaks of acceleration, binned by the phone.
        jumps: jumps as the device reported them.
        laps: laps, in order.
        availability: how far the person could train.
        status: whether the recording may still grow.
    """

    started_at: Instant
    ended_at: Instant
    utc_offset_min: Annotated[int, msgspec.Meta(ge=-840, le=840)]
    local_date: date
    activity: ShortText
    zone: ShortText | None = None
    time_quality: Annotated[str, one_of("utc", "local_only", "date_only")] | None = None
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
    laps: tuple[Lap, ...] = ()
    availability: Annotated[str, one_of(*AVAILABILITIES)] | None = None
    status: Annotated[str, one_of("provisional", "final")] | None = None


def plausibility(body: WorkoutSession, now: datetime) -> tuple[str, ...]:
    """Return why a session must stay out of the models, if at all."""
    flags = list(time_flags(body.started_at, now) or day_flags(body.local_date, body.started_at))
    longest_s = max(body.elapsed_s or 0.0, body.timer_s or 0.0)
    if body.ended_at < body.started_at:
        flags.append("ends_before_start")
    elif body.ended_at - body.started_at > LONGEST or longest_s > LONGEST_S:
        flags.append("implausible")
    if not sets_are_possible(body) and "implausible" not in flags:
        flags.append("implausible")
    return tuple(flags)


def sets_are_possible(body: WorkoutSession) -> bool:
    """Return whether no set, and not all of them together, is beyond what anybody did."""
    volume_kg = 0.0
    for exercise in body.exercises:
        for one in exercise.sets:
            reps, load_kg = one.reps or 0.0, one.load_kg or 0.0
            volume_kg += reps * load_kg
            if (
                reps > MOST_REPS
                or load_kg > HEAVIEST_KG
                or (one.duration_s or 0.0) > LONGEST_S
                or (one.height_cm or 0.0) > HIGHEST_CM
            ):
                return False
    return volume_kg <= MOST_VOLUME_KG


WORKOUT_SESSION = RecordType(
    name="workout_session",
    type_id=2,
    schema=3,
    owner="client",
    policy="auto",
    body=WorkoutSession,
    occurred_at=lambda body: body.started_at,
    plausibility=plausibility,
    up=UP,
    down=DOWN,
    keyed={"exercises": {"sets": {}}, "laps": {}},
    category="sessions",
)
