"""One workout as bone feels it: from measured impacts, its sets, or its sport and duration."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from backend.loading import units
from backend.loading.impacts import impact_blocks, why_unusable
from backend.loading.tables import JUMPS, LIFTS, SPORTS, sport_blocks
from backend.models import run
from backend.readmodels import Block, SessionLoad
from backend.records.workout_session import (
    AVAILABILITIES,
    SET_TYPES,
    Exercise,
    ExerciseSet,
    WorkoutSession,
)
from backend.results import Result

LEG_KINDS = ("standing", "leg_press")
EXTERNAL = (None, "external")  # of any other load the force on the ground is unknown
USUAL_TEMPO = "controlled"  # the lower of the two factors; used when nothing says more


class SetMeaning(msgspec.Struct, frozen=True):
    """What one set adds: a block or None, and repetitions that were heavy."""

    block: Block | None = None
    heavy_reps: int = 0
    flags: tuple[str, ...] = ()


def rate_session(record_id: UUID, body: WorkoutSession) -> SessionLoad:
    """Return what a workout meant for bone, and its volume beside it.

    Tier A by a usable histogram of impacts, else B when one leg or jump set has a computable
    force, else C by activity and minutes, else D, which contributes no units.
    Sets a device guessed, and warm-up sets, count like any other; a set or load of a kind we
    do not know does not. A set to failure has no repetition in reserve. Body mass comes from
    the workout only. Heavy repetitions need no body mass and count in every tier.

    Args:
        record_id: the workout's record.
        body: any valid workout; nothing in it makes this raise.
    Returns:
        Blocks pooled by force, units before recovery, minutes (0 when unknown or longer
        than a day), session rating times minutes, repetitions times kg.
    """
    meanings = [
        mean_set(exercise, one, body.body_mass_kg)
        for exercise in body.exercises
        for one in exercise.sets
        if one.set_type is None or one.set_type in SET_TYPES
    ]
    minutes, flags = minutes_of(body)
    blocks = [meaning.block for meaning in meanings if meaning.block]
    unusable = why_unusable(body.impacts, body.body_mass_kg) if body.impacts else ()
    flags |= set(unusable)
    tier = choose_tier(body, computable_sets=len(blocks), minutes=minutes, histogram=not unusable)
    if tier == "A" and body.impacts and body.body_mass_kg:
        blocks = list(impact_blocks(body.impacts, body_mass_kg=body.body_mass_kg))
    elif tier == "C":
        blocks = list(sport_blocks(body.activity, minutes))
    pooled = pool(blocks if tier in units.TIERS else [])
    rated = units.units_of(pooled)
    effort = run("load.srpe", {"rpe": body.rpe, "minutes": minutes}).get("load_au")
    for meaning in meanings:
        flags |= set(meaning.flags)
    return SessionLoad(
        record_id=record_id,
        local_date=body.local_date,
        starts_at=body.started_at,
        ends_at=max(body.started_at, body.ended_at),
        activity=body.activity,
        tier=tier,
        blocks=pooled,
        blu=rated.blu,
        habitual_cycles=rated.habitual_cycles,
        cycles_ge_2bw=rated.cycles_ge_2bw,
        cycles_ge_3bw=rated.cycles_ge_3bw,
        heavy_reps=sum(meaning.heavy_reps for meaning in meanings),
        minutes=minutes,
        srpe_au=effort if isinstance(effort, float) else None,
        volume_kg=volume_kg(body.exercises),
        flags=tuple(sorted(flags)),
        energy_kcal=body.energy_kcal,
        availability=body.availability if body.availability in AVAILABILITIES else None,
    )


def minutes_of(body: WorkoutSession) -> tuple[float, set[str]]:
    """Return the minutes trained and flags: timer, else elapsed, else end minus start.

    A zero is a device's default and reads as not given; more than a day can not be true.
    """
    given = (body.timer_s, body.elapsed_s, (body.ended_at - body.started_at).total_seconds())
    seconds = next((second for second in given if second is not None and second > 0), 0.0)
    if seconds / 60 > units.LONGEST_MIN:
        return 0.0, {"minutes_out_of_range"}
    return seconds / 60, set() if seconds else {"minutes_unknown"}


def choose_tier(
    body: WorkoutSession, *, computable_sets: int, minutes: float, histogram: bool
) -> str:
    """Return the tier by ``load.select_tier``; ``histogram`` says whether impacts are usable."""
    known = body.activity in SPORTS and minutes > 0
    measured = body.impacts if histogram else None
    inputs = {
        "histogram": measured is not None,
        "placement": measured.placement if measured else None,
        "body_mass_kg": body.body_mass_kg if measured else None,
        "coverage": measured.coverage if measured else None,
        "computable_sets": computable_sets,
        "activity": body.activity if known else None,
        "minutes": minutes if known else None,
    }
    return str(run("load.select_tier", inputs)["tier"])


def pool(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Return one block per force, smallest first, so that a split set looks like one."""
    cycles: dict[float, float] = {}
    for block in blocks:
        cycles[block.bw] = cycles.get(block.bw, 0.0) + block.cycles
    return tuple(Block(bw, count) for bw, count in sorted(cycles.items()))


def mean_set(exercise: Exercise, one: ExerciseSet, body_mass_kg: float | None) -> SetMeaning:
    """Return what one set adds, with flags that say why it could not count or what was assumed."""
    key = exercise.exercise or ""
    lift = LIFTS.get(key)
    kind = exercise.kind or (lift.kind if lift else "jump" if key in JUMPS else None)
    guessed = ("exercise_guessed",) if exercise.confidence == "device_guess" else ()
    if not one.reps:
        return SetMeaning()
    if kind == "jump":
        if key not in JUMPS:
            return SetMeaning(flags=("jump_unknown", *guessed))
        return SetMeaning(block=Block(JUMPS[key].bw, one.reps), flags=guessed)
    if kind == "upper_limb":
        return SetMeaning(flags=guessed)
    if kind not in LEG_KINDS:
        return SetMeaning(flags=("exercise_unknown", *guessed))
    load = external_load(one)
    tempo = exercise.tempo or (lift.tempo if lift else USUAL_TEMPO)
    inputs = {"kind": kind, "tempo": tempo, "load_kg": load, "body_mass_kg": body_mass_kg}
    result = run("load.lift_intensity", inputs)
    bw = result.get("bw")
    assumed = () if exercise.tempo else ("tempo_assumed",)
    multi_joint = lift.multi_joint if lift else True
    return SetMeaning(
        block=Block(bw, one.reps) if isinstance(bw, float) else None,
        heavy_reps=heavy_reps(one, load) if multi_joint else 0,
        flags=(*guessed, *(assumed if isinstance(bw, float) else why_not(result))),
    )


def external_load(one: ExerciseSet) -> float | None:
    """Return the kg added to the body, 0 for a body-weight set, None when unknown."""
    if one.load_kind == "bodyweight":
        return 0.0
    return one.load_kg if one.load_kind in EXTERNAL else None


def heavy_reps(one: ExerciseSet, load_kg: float | None) -> int:
    """Return the set's whole repetitions when it was heavy, else 0.

    Without an external load a share of the maximum means nothing, so such a set is not heavy.
    """
    if not load_kg:
        return 0
    reserve = one.rir
    if reserve is None and one.rpe is None and one.set_type == "failure":
        reserve = 0.0
    inputs = {"load_kg": load_kg, "reps": one.reps, "rir": reserve, "rpe": one.rpe}
    return int(one.reps or 0) if run("load.e1rm", inputs).get("heavy") is True else 0


def why_not(result: Result) -> tuple[str, ...]:
    """Return flags for a lift whose force can not be computed: what is missing or wrong."""
    names = result.get("missing", ())
    absent = [f"{name}_missing" for name in names] if isinstance(names, list) else []
    wrong = [f"{result['field']}_out_of_range"] if "field" in result else []
    return tuple(absent + wrong)


def volume_kg(exercises: Iterable[Exercise]) -> float | None:
    """Return repetitions times external kg over all sets, or None when no set has both."""
    lifted = [
        one.reps * one.load_kg
        for exercise in exercises
        for one in exercise.sets
        if one.reps and one.load_kg and one.load_kind in EXTERNAL
    ]
    return sum(lifted) if lifted else None
